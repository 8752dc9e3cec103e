//! Takes secrets out of what drivers and servers say.

use percent_encoding::percent_decode_str;
use url::Url;

/// What stands for a secret.
const MASK: &str = "[masked:secret]";

/// Shorter parts of a URL are left in: masking them would garble every text.
const SHORTEST: usize = 3;

/// The secrets of a URL: the whole of it, its password, and the values of its query.
#[derive(Clone)]
pub struct Scrubber(Vec<String>);

impl Scrubber {
    /// Knows the secrets of a URL as it was given, whether it can be read or not.
    pub fn of_url(text: &str) -> Self {
        let mut secrets = vec![text.to_owned()];
        if let Ok(url) = Url::parse(text) {
            secrets.extend(url.password().map(str::to_owned));
            let values = url.query_pairs().filter(|(key, _)| is_secret(key));
            secrets.extend(values.map(|(_, value)| value.into_owned()));
        }
        Self::of(secrets)
    }

    /// Knows these secrets, percent-encoded or not.
    pub fn of(secrets: Vec<String>) -> Self {
        let decoded = |secret: &String| percent_decode_str(secret).decode_utf8_lossy().into_owned();
        let decoded: Vec<String> = secrets.iter().map(decoded).collect();
        let mut all: Vec<String> = secrets.into_iter().chain(decoded).collect();
        all.retain(|secret| secret.chars().count() >= SHORTEST);
        all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        all.dedup();
        Self(all)
    }

    /// The text without the secrets, on one line.
    pub fn clean(&self, text: &str) -> String {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let secrets = self.0.iter();
        secrets.fold(text, |text, secret| text.replace(secret, MASK))
    }
}

fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["password", "key", "secret", "token"]
        .iter()
        .any(|word| key.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_and_its_password_are_taken_out() {
        let url = "postgres://shop:p%40ss-w0rd@db.example/shop?sslpassword=s3cret&sslmode=require";
        let scrubber = Scrubber::of_url(url);
        for (text, expect) in [
            (
                "can't parse ".to_owned() + url,
                "can't parse [masked:secret]",
            ),
            ("p%40ss-w0rd".to_owned(), "[masked:secret]"),
            (
                "not p@ss-w0rd\n  at all".to_owned(),
                "not [masked:secret] at all",
            ),
            ("s3cret".to_owned(), "[masked:secret]"),
            (
                "shop at db.example, require".to_owned(),
                "shop at db.example, require",
            ),
        ] {
            assert_eq!(scrubber.clean(&text), expect);
        }
    }

    #[test]
    fn what_is_no_url_is_a_secret_as_a_whole() {
        let scrubber = Scrubber::of_url("not a url");
        assert_eq!(scrubber.clean("`not a url`"), "`[masked:secret]`");
        assert_eq!(Scrubber::of(vec![String::new()]).clean("a b"), "a b");
    }
}
