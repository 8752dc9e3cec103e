//! Where a file of the project lies in its repository. The project may be a folder of it.

use super::clean;

/// The longest path that an annotation is given, in bytes.
const LONGEST_PATH: usize = 1024;

/// A path relative to the project's root → relative to the repository's. `directory` is where the
/// project lies, such as `services/api`. An absolute path stays.
pub(super) fn in_repository(directory: &str, file: &str) -> String {
    let directory = directory.trim_matches('/').trim_start_matches("./");
    let path = clean::line(file.trim_start_matches("./"));
    let inside = directory.is_empty() || directory == "." || path.starts_with('/');
    if inside {
        path
    } else {
        format!("{directory}/{path}")
    }
}

/// The path that an annotation can be given: relative, without `.` and `..`. `None` for what can
/// be no file of the repository.
pub(super) fn annotated(directory: &str, file: &str) -> Option<String> {
    let path = in_repository(directory, file);
    let is_elsewhere =
        file.starts_with('/') || file.contains("://") || file.get(1..3) == Some(":/");
    if is_elsewhere || path.len() > LONGEST_PATH {
        return None;
    }
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_from_the_root_of_the_repository() {
        for (directory, file, expected) in [
            ("", "src/a.py", Some("src/a.py")),
            (".", "./src/a.py", Some("src/a.py")),
            ("services/api", "src/a.py", Some("services/api/src/a.py")),
            ("./services/api/", "../web/a.ts", Some("services/web/a.ts")),
            ("api", "../../a.py", None),
            ("api", "..", None),
            ("", "a\n.py", Some("a␊.py")),
            ("", "/usr/lib/a.py", None),
            ("api", "C:/work/a.cs", None),
            ("", "C:/work/a.cs", None),
            ("", "https://example.org/a.py", None),
            ("", "", None),
        ] {
            assert_eq!(annotated(directory, file).as_deref(), expected, "{file}");
        }
        assert_eq!(annotated("", &"x".repeat(2000)), None);
    }
}
