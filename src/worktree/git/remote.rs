//! `owner/name` from the address of a remote (<https://git-scm.com/docs/git-clone#_git_urls>).

use crate::domain::release::Repository;

/// Reads a URL or the scp-like form `user@host:owner/name.git`. An address without a host, or
/// with another number of names than two, gives `None`.
pub(super) fn repository(address: &str) -> Option<Repository> {
    let path = path_on_host(address.trim())?;
    let path = path.trim_matches('/');
    path.strip_suffix(".git").unwrap_or(path).parse().ok()
}

fn path_on_host(address: &str) -> Option<&str> {
    if let Some((scheme, rest)) = address.split_once("://") {
        let (host, path) = rest.split_once('/')?;
        return (scheme != "file" && !host.is_empty()).then_some(path);
    }
    let (host, path) = address.split_once(':')?;
    let is_scp_like = host.len() > 1 && !host.contains('/'); // one letter is a drive
    is_scp_like.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, expect: Option<&str>) {
        let found = repository(address);
        assert_eq!(found.as_ref().map(Repository::as_str), expect, "{address}");
    }

    #[test]
    fn addresses_that_name_a_repository() {
        let shop = Some("acme/shop");
        check("https://github.com/acme/shop", shop);
        check("https://github.com/acme/shop.git", shop);
        check("https://github.com/acme/shop.git/", shop);
        check("https://user:token@github.example:8443/acme/shop.git", shop);
        check("ssh://git@github.com/acme/shop.git", shop);
        check("ssh://git@github.com:22/acme/shop", shop);
        check("git://github.com/acme/shop.git", shop);
        check("git@github.com:acme/shop.git", shop);
        check("git@github.com:/acme/shop.git", shop);
        check("github.com:acme/shop", shop);
        check("git@github.com:Acme/Shop.js.git", Some("Acme/Shop.js"));
    }

    #[test]
    fn addresses_that_name_none() {
        for address in [
            "",
            "/srv/git/acme/shop.git",
            "../acme/shop.git",
            "file:///acme/shop.git",
            "C:acme/shop",
            "https://github.com/shop",
            "https://gitlab.example/acme/platform/shop.git",
            "https://github.com",
            "https://github.com/acme/.git",
        ] {
            check(address, None);
        }
    }
}
