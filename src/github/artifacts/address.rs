//! Addresses that hold a credential, and texts that may hold such an address.

use std::net::IpAddr;

use reqwest::Url;

/// What stands where a signature stood.
const MASK: &str = "[masked:sig]";

/// An address of the blob store: whoever knows it may use it.
#[derive(Clone)]
pub(super) struct SignedUrl(Url);

impl std::fmt::Debug for SignedUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&masked(self.0.as_str()))
    }
}

impl SignedUrl {
    /// `None` when the text is no address that a credential may be sent to.
    pub(super) fn read(text: &str) -> Option<Self> {
        Url::parse(text).ok().filter(is_safe).map(Self)
    }

    /// The address itself.
    pub(super) fn plain(&self) -> Url {
        self.0.clone()
    }

    /// The address with more in its query; what stands there, which is signed, stays as it is.
    pub(super) fn with(&self, more: &[(&str, &str)]) -> Url {
        let mut url = self.0.clone();
        url.query_pairs_mut().extend_pairs(more);
        url
    }
}

/// Whether nobody between here and there can read along: TLS, or this machine.
pub(super) fn is_safe(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let number = host.trim_matches(['[', ']']).parse();
    let is_here = number.map_or_else(
        |_| host == "localhost" || host.ends_with(".localhost"),
        |address: IpAddr| address.is_loopback(),
    );
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

/// A text without the signatures of the addresses in it: the value of each `sig=`, also where the
/// sign is written as `%3D`.
pub(super) fn masked(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut masked = String::new();
    let mut done = 0;
    for (start, _) in lower.match_indices("sig") {
        let behind = &lower[start + 3..];
        let sign = ["=", "%3d"]
            .into_iter()
            .find(|sign| behind.starts_with(sign));
        let Some(sign) = sign.filter(|_| start >= done) else {
            continue;
        };
        let from = start + 3 + sign.len();
        let ends = |c: char| c.is_whitespace() || matches!(c, '&' | '"' | '\'' | '<' | '>' | ')');
        let until = text[from..]
            .find(ends)
            .map_or(text.len(), |length| from + length);
        masked.push_str(&text[done..from]);
        masked.push_str(MASK);
        done = until;
    }
    masked.push_str(&text[done..]);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_do_not_show() {
        for (text, expected) in [
            ("no signature", "no signature"),
            ("http://x/a?sig=s3cr3t", "http://x/a?sig=[masked:sig]"),
            ("<a?se=1&SIG=a%3D&sp=cw>", "<a?se=1&SIG=[masked:sig]&sp=cw>"),
            (
                "(x?sig=a) y?sig=b z",
                "(x?sig=[masked:sig]) y?sig=[masked:sig] z",
            ),
            ("u=x%3Fsig%3Ds3cr3t ü", "u=x%3Fsig%3D[masked:sig] ü"),
            ("sig=sig=sig=", "sig=[masked:sig]"),
        ] {
            assert_eq!(masked(text), expected);
        }
        let url = SignedUrl::read("https://x/a?sig=s3cr3t%3D&sp=cw").unwrap();
        assert_eq!(format!("{url:?}"), "https://x/a?sig=[masked:sig]&sp=cw");
    }

    #[test]
    fn what_is_signed_stays_as_it_is() {
        let url = SignedUrl::read("https://x/a?sig=abc%3D&se=2030-01-01&sp=cw").unwrap();
        let more = url.with(&[("comp", "block"), ("blockid", "a+/=")]);
        let expected = "https://x/a?sig=abc%3D&se=2030-01-01&sp=cw&comp=block&blockid=a%2B%2F%3D";
        assert_eq!(more.as_str(), expected);
    }

    #[test]
    fn credentials_go_over_tls_or_nowhere() {
        for text in [
            "https://x/",
            "http://127.0.0.1:1/",
            "http://[::1]/",
            "http://a.localhost/",
        ] {
            assert!(SignedUrl::read(text).is_some(), "{text}");
        }
        for text in [
            "",
            "/a",
            "http://x/",
            "ftp://x/",
            "file:///a",
            "http://127.0.0.1.evil/",
        ] {
            assert!(SignedUrl::read(text).is_none(), "{text}");
        }
    }
}
