//! The addresses of the API: where it begins, and how names are written into them.

use reqwest::Url;

use super::{Client, GitHubError};

/// Reads the address of the API. It may have a path: `https://HOST/api/v3` on GitHub Enterprise
/// Server.
pub(super) fn api(text: &str) -> Result<Url, GitHubError> {
    let unusable = |problem: &str| GitHubError::Unreachable {
        message: format!("the address of its API, `{text}`, {problem}"),
    };
    let url = Url::parse(text.trim_end_matches('/'))
        .map_err(|error| unusable(&format!("can't be read: {error}")))?;
    match url.scheme() {
        "http" | "https" if url.query().is_none() && url.fragment().is_none() => Ok(url),
        "http" | "https" => Err(unusable("has a query")),
        _ => Err(unusable("does not begin with https://")),
    }
}

impl Client {
    /// The address of a route, which begins behind the repository, or with a slash at the root.
    pub(super) fn address(&self, route: &str) -> Result<Url, GitHubError> {
        let path = route.split('?').next().unwrap_or_default();
        if path.split('/').any(|part| part == "." || part == "..") {
            // They would lead to another endpoint, and can't be escaped.
            let message = format!("no name on GitHub is `.` or `..`: {path}");
            return Err(GitHubError::Refused { message });
        }
        let api = self.api.as_str().trim_end_matches('/');
        let address = match route {
            "" => format!("{api}/repos/{}", self.repository),
            absolute if absolute.starts_with('/') => format!("{api}{absolute}"),
            relative => format!("{api}/repos/{}/{relative}", self.repository),
        };
        Url::parse(&address).map_err(|error| GitHubError::Unreachable {
            message: format!("`{address}` is no address: {error}"),
        })
    }

    /// Where a redirect leads, when it stays within the API. The token is sent nowhere else.
    pub(super) fn within_the_api(&self, from: &Url, location: &str) -> Option<Url> {
        let to = from.join(location).ok()?;
        let root = self.api.path().trim_end_matches('/');
        let rest = to.path().strip_prefix(root)?;
        (to.origin() == self.api.origin() && rest.starts_with('/')).then_some(to)
    }
}

/// Writes a text into one segment of a path (RFC 3986, section 3.3).
pub(super) fn in_segment(text: &str) -> String {
    escaped(text, |_| false)
}

/// Writes a text as a value of a query.
pub(super) fn in_query(text: &str) -> String {
    escaped(text, |_| false)
}

/// Writes a name into a path: a slash stays, what would end or change the path is escaped.
pub(super) fn in_path(name: &str) -> String {
    escaped(name, |byte| byte == b'/')
}

fn escaped(text: &str, also_plain: impl Fn(u8) -> bool) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        if is_plain || also_plain(byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_in_paths() {
        assert_eq!(in_path("v1.2.3-rc.1"), "v1.2.3-rc.1");
        assert_eq!(in_path("shop/v1+x"), "shop/v1%2Bx");
        assert_eq!(in_path("a#b%c é"), "a%23b%25c%20%C3%A9");
        assert_eq!(in_segment("a/b?c"), "a%2Fb%3Fc");
        assert_eq!(
            in_query("tollgate / test&x=1"),
            "tollgate%20%2F%20test%26x%3D1"
        );
    }

    fn client(api: &str) -> Client {
        Client::new(api, "t".into(), "acme/shop".parse().unwrap()).unwrap()
    }

    #[tokio::test]
    async fn addresses_begin_where_the_api_does() {
        for (api, route, expect) in [
            (
                "https://api.github.com",
                "",
                "https://api.github.com/repos/acme/shop",
            ),
            (
                "https://api.github.com/",
                "releases",
                "https://api.github.com/repos/acme/shop/releases",
            ),
            (
                "https://api.acme.ghe.com",
                "/meta",
                "https://api.acme.ghe.com/meta",
            ),
            (
                "https://git.example/api/v3",
                "/meta",
                "https://git.example/api/v3/meta",
            ),
            (
                "https://git.example/repos",
                "tags?page=2",
                "https://git.example/repos/repos/acme/shop/tags?page=2",
            ),
        ] {
            assert_eq!(client(api).address(route).unwrap().as_str(), expect);
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_elsewhere_is_refused() {
        for route in ["environments/..", "environments/./secrets", "/orgs/../x"] {
            let error = client("https://api.github.com").address(route).unwrap_err();
            assert!(error.is_certain_refusal(), "{error}");
        }
    }

    #[tokio::test]
    async fn the_token_stays_within_the_api() {
        let client = client("https://git.example/api/v3");
        let from = client.address("").unwrap();
        let within = |location: &str| client.within_the_api(&from, location).map(String::from);
        let moved = "https://git.example/api/v3/repositories/7";
        assert_eq!(within(moved), Some(moved.to_owned()));
        assert_eq!(within("/api/v3/repositories/7"), Some(moved.to_owned()));
        for elsewhere in [
            "http://git.example/api/v3/repositories/7",
            "https://git.example:8443/api/v3/repositories/7",
            "https://git.example.evil.example/api/v3/repositories/7",
            "https://git.example/api/v33/repositories/7",
            "https://git.example/login",
            "//evil.example/api/v3/x",
            "https://[",
        ] {
            assert_eq!(within(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn an_address_that_is_none_is_refused() {
        for text in ["no address", "ftp://x", "https://x/?a=b", ""] {
            assert!(api(text).unwrap_err().is_outage(), "{text}");
        }
    }
}
