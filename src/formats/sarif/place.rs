//! Where a result is: artifact locations (§3.4) → paths.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The longest chain of bases that is followed.
const LONGEST_CHAIN: usize = 8;

/// How many characters of a path are kept.
const LONGEST_PATH: usize = 4096;

/// `artifactLocation`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(
    rename_all = "camelCase",
    expecting = "an artifact location (an object)"
)]
pub(super) struct Artifact {
    #[serde(default)]
    uri: Option<String>,
    #[serde(default)]
    uri_base_id: Option<String>,
}

/// `originalUriBaseIds` of a run.
pub(super) type Bases = BTreeMap<String, Artifact>;

impl Artifact {
    /// The path, without `file://` and percent-encoding. A path below a base that has an absolute
    /// place is relative to that base: the base is the source root, or a part of it.
    pub(super) fn path(&self, bases: &Bases) -> Option<String> {
        let uri = self.uri.as_deref().filter(|uri| !uri.is_empty())?;
        let mut path = plain(uri);
        let mut base = self.uri_base_id.as_deref();
        for _ in 0..LONGEST_CHAIN {
            let Some(artifact) = base.and_then(|id| bases.get(id)) else {
                break;
            };
            let parent = plain(artifact.uri.as_deref().unwrap_or_default());
            if is_absolute(&path) || is_absolute(&parent) {
                break;
            }
            path = format!("{parent}{path}");
            base = artifact.uri_base_id.as_deref();
        }
        let path = below_a_base(&path, bases).unwrap_or(path);
        let path = path.trim_start_matches("./");
        Some(path.chars().take(LONGEST_PATH).collect())
    }
}

fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || path.get(1..3) == Some(":/") || path.contains("://")
}

/// The rest of an absolute path below the longest base that it is below.
fn below_a_base(path: &str, bases: &Bases) -> Option<String> {
    let roots = bases.values().filter_map(|base| base.uri.as_deref());
    let rests = roots
        .map(plain)
        .filter(|root| is_absolute(root))
        .filter_map(|root| {
            let rest = path.strip_prefix(root.trim_end_matches('/'))?;
            let rest = rest.strip_prefix('/')?;
            Some(rest.to_owned()).filter(|rest| !rest.is_empty())
        });
    rests.min_by_key(String::len)
}

/// A URI as a path: `file:///a%20b` is `/a b`, `file:///C:/a` is `C:/a`.
fn plain(uri: &str) -> String {
    let Some(rest) = uri.strip_prefix("file:") else {
        return match uri.contains("://") {
            true => uri.to_owned(),
            false => decoded(uri),
        };
    };
    let path = match rest.strip_prefix("//") {
        // What stands before the next slash is a host, mostly empty.
        Some(rest) => rest.find('/').map_or("", |slash| &rest[slash..]),
        None => rest,
    };
    let path = decoded(path);
    match path.get(2..4) {
        Some(":/") => path[1..].to_owned(),
        _ => path,
    }
}

/// Percent-decoded (RFC 3986 §2.1); what is no encoding stays as it is.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(uri: &str, base: Option<&str>) -> Artifact {
        Artifact {
            uri: Some(uri.to_owned()),
            uri_base_id: base.map(str::to_owned),
        }
    }

    #[test]
    fn uris_become_paths() {
        let bases = Bases::from([
            (
                "%SRCROOT%".to_owned(),
                artifact("file:///home/runner/shop/", None),
            ),
            ("PORTAL".to_owned(), artifact("portal/", Some("%SRCROOT%"))),
            ("LOOP".to_owned(), artifact("l/", Some("LOOP"))),
            ("NOWHERE".to_owned(), Artifact::default()),
        ]);
        for (uri, base, path) in [
            ("src/a.py", None, "src/a.py"),
            ("./src/a.py", None, "src/a.py"),
            ("src/a.py", Some("%SRCROOT%"), "src/a.py"),
            ("src/a.py", Some("UNKNOWN"), "src/a.py"),
            ("src/a.py", Some("NOWHERE"), "src/a.py"),
            ("src/a.js", Some("PORTAL"), "portal/src/a.js"),
            ("src/a%20b/%C3%A9.py", None, "src/a b/é.py"),
            ("100%.py", None, "100%.py"),
            ("a%é.py", None, "a%é.py"),
            ("file:///home/runner/shop/src/a.py", None, "src/a.py"),
            ("/home/runner/shop/src/a.py", None, "src/a.py"),
            (
                "file:///home/runner/shopping/a.py",
                None,
                "/home/runner/shopping/a.py",
            ),
            ("file:///other/a.py", Some("PORTAL"), "/other/a.py"),
            ("file:/other/a.py", None, "/other/a.py"),
            ("file://host/share/a.py", None, "/share/a.py"),
            ("file:///C:/work/a.py", None, "C:/work/a.py"),
            ("https://example.org/a.py", None, "https://example.org/a.py"),
            ("a", Some("LOOP"), "l/l/l/l/l/l/l/l/a"),
        ] {
            assert_eq!(
                artifact(uri, base).path(&bases).as_deref(),
                Some(path),
                "{uri}"
            );
        }
        assert_eq!(Artifact::default().path(&bases), None);
        assert_eq!(artifact("", None).path(&bases), None);
    }
}
