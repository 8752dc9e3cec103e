//! Which names an entry may have: those that GitHub takes in artifacts, and that stay below the
//! folder they are unpacked to.

/// `PATH_MAX` of Linux.
const LONGEST_NAME: usize = 4096;

/// What is wrong with a name; `None` when nothing is. The characters are those of
/// <https://github.com/actions/toolkit/blob/main/packages/artifact/src/internal/upload/path-and-artifact-name-validation.ts>.
pub(super) fn problem(name: &str) -> Option<&'static str> {
    let is_refused =
        |c: char| matches!(c, '"' | ':' | '<' | '>' | '|' | '*' | '?' | '\\') || c.is_control();
    if name.is_empty() {
        return Some("it is empty");
    }
    if name.len() > LONGEST_NAME {
        return Some("it is longer than 4096 bytes");
    }
    if name.starts_with('/') {
        return Some("it is absolute");
    }
    if name.contains(is_refused) {
        return Some("it holds one of \" : < > | * ? \\ or a control character");
    }
    let is_step = |part: &str| matches!(part, "" | "." | "..");
    name.split('/')
        .any(is_step)
        .then_some("one of its parts is empty, `.` or `..`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_relative_paths_are_names() {
        for name in ["a", "a/b.txt", ".gitignore", "a b/ü😀", "..a/b..", "a..b/c"] {
            assert_eq!(problem(name), None, "{name}");
        }
        assert_eq!(problem(&"a".repeat(LONGEST_NAME)), None);
    }

    #[test]
    fn other_paths_are_none() {
        for (name, part) in [
            ("", "empty"),
            ("/etc/passwd", "absolute"),
            ("../a", "`..`"),
            ("a/../../b", "`..`"),
            ("a/..", "`..`"),
            ("./a", "`.`"),
            ("a//b", "empty"),
            ("a/", "empty"),
            ("C:/a", "one of"),
            ("a\\..\\b", "one of"),
            ("a\nb", "control"),
            ("a\r", "control"),
            ("a\0", "control"),
            ("a\"", "one of"),
            ("a<b", "one of"),
            ("a>b", "one of"),
            ("a|b", "one of"),
            ("a*", "one of"),
            ("a?", "one of"),
        ] {
            let found = problem(name).unwrap_or_default();
            assert!(found.contains(part), "{name}: {found}");
        }
        assert!(problem(&"a".repeat(LONGEST_NAME + 1)).is_some());
    }
}
