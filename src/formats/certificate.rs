//! The date on which a certificate ends (X.509, RFC 5280, section 4.1.2.5). Nothing else of it is
//! looked at: whether it is good was settled in the handshake.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Reads `notAfter` of a certificate in DER; `None` for what is no certificate.
pub fn not_after(der: &[u8]) -> Option<Timestamp> {
    let (certificate, _) = sequence(der)?;
    let (mut fields, _) = sequence(certificate)?;
    if fields.first() == Some(&VERSION) {
        fields = element(fields)?.rest;
    }
    for _ in ["serialNumber", "signature", "issuer"] {
        fields = element(fields)?.rest;
    }
    let (validity, _) = sequence(fields)?;
    let not_before = element(validity)?;
    let not_after = element(not_before.rest)?;
    time(not_after.tag, not_after.contents)
}

/// One element of DER: tag, length, contents.
struct Element<'d> {
    tag: u8,
    contents: &'d [u8],
    rest: &'d [u8],
}

fn element(der: &[u8]) -> Option<Element<'_>> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first & 0x80 {
        0 => (usize::from(*first), rest),
        _ => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (length(bytes)?, rest)
        }
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    let tag = *tag;
    Some(Element {
        tag,
        contents,
        rest,
    })
}

fn length(bytes: &[u8]) -> Option<usize> {
    let is_sane = (1..=4).contains(&bytes.len());
    let add = |sum: usize, byte: &u8| (sum << 8) | usize::from(*byte);
    is_sane.then(|| bytes.iter().fold(0, add))
}

/// The contents of a sequence, and what follows it.
fn sequence(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let found = element(der)?;
    (found.tag == SEQUENCE).then_some((found.contents, found.rest))
}

/// `YYMMDDhhmmssZ`, in which 50 is 1950 and 49 is 2049, or `YYYYMMDDhhmmssZ`.
fn time(tag: u8, contents: &[u8]) -> Option<Timestamp> {
    let text = str::from_utf8(contents).ok()?.strip_suffix('Z')?;
    let text = match tag {
        UTC_TIME if text.len() == 12 && text >= "50" => format!("19{text}"),
        UTC_TIME if text.len() == 12 => format!("20{text}"),
        GENERALIZED_TIME if text.len() == 14 => text.to_owned(),
        _ => return None,
    };
    let moment = DateTime::strptime("%Y%m%d%H%M%S", &text).ok()?;
    let moment = moment.to_zoned(TimeZone::UTC).ok()?;
    Some(moment.timestamp())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn certificate(year: i32) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["shop.example".to_owned()]).unwrap();
        params.not_before = date_time_ymd(1990, 1, 1);
        params.not_after = date_time_ymd(year, 3, 4);
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn the_end_of_a_certificate_is_read() {
        for (year, expect) in [
            (1999, "1999-03-04T00:00:00Z"),
            (2031, "2031-03-04T00:00:00Z"),
            (2049, "2049-03-04T00:00:00Z"),
            (2050, "2050-03-04T00:00:00Z"),
            (9998, "9998-03-04T00:00:00Z"),
        ] {
            let found = not_after(&certificate(year)).unwrap();
            assert_eq!(found.to_string(), expect);
        }
    }

    #[test]
    fn what_is_cut_off_has_no_end() {
        let whole = certificate(2031);
        for length in 0..whole.len() {
            assert_eq!(not_after(&whole[..length]), None, "{length}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0..300_usize, byte: u8) {
            let _ = not_after(&bytes);
            let mut certificate = certificate(2031);
            let at = at.min(certificate.len() - 1);
            certificate[at] = byte;
            let _ = not_after(&certificate);
        }
    }
}
