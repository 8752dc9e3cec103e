//! Globs as in `.gitignore`, used to choose files instead of leaving them out.
//!
//! The law is that of <https://git-scm.com/docs/gitignore#_pattern_format>: a glob with a slash
//! stands at the project's root, one without is looked for at any depth; `*` and `?` stop at a
//! slash, `**` does not; a folder that is hit gives all that is in it; `!` takes files away again,
//! and the last glob that hits decides. A leading `./` is allowed, `#` is no comment.

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// A glob that means nothing, or something outside of the project.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the glob `{glob}` can't be used: {message}")]
pub struct BadGlob {
    /// As it was written.
    pub glob: String,
    /// What is wrong with it.
    pub message: String,
}

/// A list of globs, ready to be matched.
#[derive(Debug, Clone)]
pub struct Globs {
    matcher: Gitignore,
    bases: Vec<PathBuf>,
}

impl Globs {
    /// Reads globs as they stand in the policy.
    pub fn new<T: AsRef<str>>(globs: &[T]) -> Result<Self, BadGlob> {
        let mut builder = GitignoreBuilder::new("");
        builder.allow_unclosed_class(false);
        let mut bases = Vec::new();
        for written in globs.iter().map(AsRef::as_ref) {
            let bad = |message: String| BadGlob {
                glob: written.to_owned(),
                message,
            };
            let line = as_gitignore_line(written).map_err(|message| bad(message.to_owned()))?;
            builder
                .add_line(None, &line)
                .map_err(|error| bad(error.to_string()))?;
            bases.extend(base(&line));
        }
        let matcher = builder.build().map_err(|error| BadGlob {
            glob: String::new(),
            message: error.to_string(),
        })?;
        Ok(Self {
            matcher,
            bases: without_nested(bases),
        })
    }

    /// Chooses the file of a path, or all that lies in the directory of it. What has a meaning in
    /// globs has none here.
    pub fn literal(path: &str) -> Result<Self, BadGlob> {
        let escaped = path.chars().flat_map(|c| {
            let is_open = is_special(c) || matches!(c, ']' | '}' | ' ');
            is_open.then_some('\\').into_iter().chain([c])
        });
        Self::new(&[format!("./{}", escaped.collect::<String>())])
    }

    /// Tells whether a file is chosen. `path` is relative to the project's root.
    pub fn choose(&self, path: impl AsRef<Path>) -> bool {
        self.hit(path.as_ref(), false)
    }

    /// Tells whether a whole folder is chosen. `path` is relative to the project's root.
    pub fn choose_folder(&self, path: impl AsRef<Path>) -> bool {
        self.hit(path.as_ref(), true)
    }

    /// The folders and files below which everything lies that can be chosen; none holds another.
    pub(super) fn bases(&self) -> &[PathBuf] {
        &self.bases
    }

    fn hit(&self, path: &Path, is_folder: bool) -> bool {
        !path.has_root()
            && self
                .matcher
                .matched_path_or_any_parents(path, is_folder)
                .is_ignore()
    }
}

/// Tells whether a glob names one path and no pattern.
pub fn is_literal(glob: &str) -> bool {
    !glob.starts_with('!') && !glob.contains(is_special)
}

/// The glob, bound to the root where it is a name without pattern and slash: then it is the file of
/// that name there, not one at any depth.
pub fn anchored(glob: &str) -> String {
    match is_literal(glob) && !glob.contains('/') {
        true => format!("/{glob}"),
        false => glob.to_owned(),
    }
}

fn is_special(c: char) -> bool {
    matches!(c, '*' | '?' | '[' | '{' | '\\')
}

/// Makes a line of a `.gitignore` file of a glob: without `./`, and `#` taken by its word.
fn as_gitignore_line(written: &str) -> Result<String, &'static str> {
    let (not, pattern) = match written.strip_prefix('!') {
        Some(pattern) => ("!", pattern),
        None => ("", written),
    };
    let anchored = match pattern.strip_prefix("./") {
        Some(rest) => format!("/{rest}"),
        None => pattern.to_owned(),
    };
    let name = anchored.trim_matches('/');
    if name.trim().is_empty() || name == "." {
        return Err("it names nothing; `**` chooses every file");
    }
    if name.split('/').any(|part| part == "..") {
        return Err("it leaves the project's directory");
    }
    let escape = if not.is_empty() && anchored.starts_with('#') {
        "\\"
    } else {
        ""
    };
    Ok(format!("{not}{escape}{anchored}"))
}

/// The literal folders with which a glob begins; `None` for one that takes away.
fn base(line: &str) -> Option<PathBuf> {
    if line.starts_with('!') {
        return None;
    }
    let inner = line.trim_end_matches('/');
    let anchored = inner.contains('/');
    if !anchored {
        return Some(PathBuf::new());
    }
    let literal = inner
        .split('/')
        .filter(|part| !part.is_empty())
        .take_while(|part| !part.contains(is_special));
    Some(literal.collect())
}

/// Leaves out what is twice there or lies in another base.
fn without_nested(mut bases: Vec<PathBuf>) -> Vec<PathBuf> {
    bases.sort();
    let mut kept: Vec<PathBuf> = Vec::new();
    for base in bases {
        if !kept.last().is_some_and(|outer| base.starts_with(outer)) {
            kept.push(base);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(globs: &[&str], path: &str) -> bool {
        Globs::new(globs).unwrap().choose(path)
    }

    #[test]
    fn globs_are_those_of_gitignore() {
        assert!(chosen(&["reports/*.xml"], "reports/a.xml"));
        assert!(!chosen(&["reports/*.xml"], "sub/reports/a.xml"));
        assert!(!chosen(&["reports/*.xml"], "reports/sub/a.xml"));
        assert!(chosen(&["*.xml"], "a.xml"));
        assert!(chosen(&["*.xml"], "deep/down/a.xml"));
        assert!(chosen(&["/a.xml"], "a.xml"));
        assert!(!chosen(&["/a.xml"], "sub/a.xml"));
        assert!(chosen(&["./a.xml"], "a.xml"));
        assert!(!chosen(&["./a.xml"], "sub/a.xml"));
        assert!(chosen(&["src/**/*.py"], "src/a.py"));
        assert!(chosen(&["src/**/*.py"], "src/x/y/a.py"));
        assert!(chosen(&["**/*.py"], "a.py"));
        assert!(chosen(&["**"], ".hidden/file"));
        assert!(chosen(&["htmlcov/"], "htmlcov/sub/index.html"));
        assert!(!chosen(&["htmlcov/"], "htmlcov"));
        assert!(chosen(&["htmlcov"], "htmlcov/index.html"));
        assert!(chosen(&["a?.txt"], "ab.txt"));
        assert!(chosen(&["a[0-9].txt"], "a7.txt"));
        assert!(chosen(&["été/*"], "été/œuvre 1.txt"));
        assert!(chosen(&["\\#odd"], "#odd"));
        assert!(chosen(&["\\!odd"], "!odd"));
        assert!(!chosen(&["*.xml"], "/etc/a.xml"));
    }

    #[test]
    fn a_hash_is_no_comment() {
        assert!(chosen(&["#notes"], "#notes"));
        assert!(!chosen(&["*", "!#notes"], "#notes"));
    }

    #[test]
    fn an_exclamation_mark_takes_away_again_and_the_last_glob_decides() {
        assert!(!chosen(&["src/**", "!*.md"], "src/a.md"));
        assert!(chosen(&["src/**", "!*.md", "src/keep.md"], "src/keep.md"));
        assert!(!chosen(&["!*.md"], "a.md"));
        assert!(!chosen(&["src/", "!src/x/"], "src/x/a.py"));
    }

    #[test]
    fn globs_that_mean_nothing_are_refused() {
        for bad in [
            "", "  ", "/", ".", "./", "!", "../x", "a/../b", "a[", "!../x",
        ] {
            assert!(Globs::new(&[bad]).is_err(), "{bad:?}");
        }
    }

    #[track_caller]
    fn walks(globs: &[&str], expect: &[&str]) {
        let globs = Globs::new(globs).unwrap();
        let bases: Vec<_> = globs.bases().iter().map(|b| b.to_str().unwrap()).collect();
        assert_eq!(bases, expect);
    }

    #[test]
    fn only_the_literal_folders_are_walked() {
        walks(&["reports/*.xml"], &["reports"]);
        walks(&["a/b/**/c.xml"], &["a/b"]);
        walks(&["a/b/c.xml"], &["a/b/c.xml"]);
        walks(&["/c.xml"], &["c.xml"]);
        walks(&["a/", "*.md"], &[""]);
        walks(&["a/b/*", "a/*", "c/d"], &["a", "c/d"]);
        walks(&["a/*", "a-b/*"], &["a", "a-b"]);
        walks(&["a/*", "!a/b/*"], &["a"]);
        walks(&["a/x\\[y/*"], &["a"]);
    }

    #[test]
    fn a_literal_path_is_itself_or_all_that_lies_in_it() {
        for path in [
            "usage.json",
            "a/b c.sql",
            "[x]*?{y}!#\\.yml",
            " a ",
            "!x",
            "#x",
        ] {
            let globs = Globs::literal(path).unwrap();
            assert!(
                globs.choose(path) && globs.choose(format!("{path}/x/y")),
                "{path}"
            );
            assert!(!globs.choose(format!("x/{path}")), "{path}");
        }
        assert!(!Globs::literal("*").unwrap().choose("a"));
    }

    #[test]
    fn a_plain_name_is_bound_to_the_root() {
        for (glob, expect) in [
            ("a.log", "/a.log"),
            ("*.log", "*.log"),
            ("x/a.log", "x/a.log"),
        ] {
            assert_eq!(anchored(glob), expect);
        }
    }

    #[test]
    fn what_is_a_plain_path() {
        assert!(is_literal("docs/runbook.md"));
        assert!(!is_literal("docs/*.md"));
        assert!(!is_literal("!docs"));
    }
}
