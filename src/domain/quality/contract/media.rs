//! Media types and ranges of them (RFC 9110, section 12.5.1).

use super::Direction;

/// Which media type of the current document stands for one of the base: the same, or one whose
/// range holds it. Clients that receive `*/*` are ready for any; what they send as `*/*` may be any.
pub(super) fn partner<'m, T>(
    wanted: &str,
    offered: &'m [T],
    range: impl Fn(&T) -> &str,
    direction: Direction,
) -> Option<&'m T> {
    let same = offered.iter().find(|it| range(it) == wanted);
    let wider = || offered.iter().find(|it| holds(range(it), wanted));
    let narrower = || {
        let is_received = direction == Direction::Received;
        offered
            .iter()
            .find(|it| is_received && holds(wanted, range(it)))
    };
    same.or_else(wider).or_else(narrower)
}

/// Tells whether a range holds a media type: `application/*` holds `application/json`.
fn holds(range: &str, media_type: &str) -> bool {
    match range.strip_suffix("/*") {
        Some("*") => true,
        Some(main) => media_type.split('/').next() == Some(main),
        None => false,
    }
}

/// Tells whether a response of the current document stands for one of the base: the same status,
/// its range, or what stands for all others.
pub(super) fn status_partner<'r, T>(
    wanted: &str,
    offered: &'r [T],
    status: impl Fn(&T) -> &str,
) -> Option<&'r T> {
    let named = |name: &str| {
        offered
            .iter()
            .find(|it| status(it).eq_ignore_ascii_case(name))
    };
    let range = || named(&format!("{}XX", wanted.get(..1)?));
    named(wanted).or_else(range).or_else(|| named("default"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_media_type_comes_before_a_range() {
        let towards = |direction, wanted: &str, offered: &[&str]| {
            partner(wanted, offered, |it| it, direction).map(|it| (*it).to_owned())
        };
        let of = |wanted: &str, offered: &[&str]| towards(Direction::Received, wanted, offered);
        let json = "application/json";
        assert_eq!(of(json, &["*/*", json]).as_deref(), Some(json));
        assert_eq!(
            of(json, &["text/*", "application/*"]).as_deref(),
            Some("application/*")
        );
        assert_eq!(of("*/*", &[json]).as_deref(), Some(json));
        assert_eq!(of(json, &["text/*", "application/xml"]), None);
        assert_eq!(of("", &[json]), None);
        assert_eq!(towards(Direction::Sent, "*/*", &[json]), None);
    }

    #[test]
    fn a_status_is_met_by_its_range_or_the_default() {
        let of = |wanted: &str, offered: &[&str]| {
            status_partner(wanted, offered, |it| it).map(|it| (*it).to_owned())
        };
        assert_eq!(
            of("200", &["default", "2XX", "200"]).as_deref(),
            Some("200")
        );
        assert_eq!(of("200", &["default", "2xx"]).as_deref(), Some("2xx"));
        assert_eq!(of("200", &["default", "4XX"]).as_deref(), Some("default"));
        assert_eq!(of("200", &["201"]), None);
        assert_eq!(of("default", &["200"]), None);
    }
}
