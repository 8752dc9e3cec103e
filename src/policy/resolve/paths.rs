//! Paths and globs, which stay inside the repository.

use globset::GlobBuilder;

use super::{Scope, part_span, written};
use crate::policy::diagnostics::Span;
use crate::policy::node::Node;
use crate::policy::raw::Glob;

/// What a `/` at the beginning of a glob means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// As in `.gitignore`: the repository's root.
    Root,
    /// Most probably an absolute path, which results and evidence cannot have.
    Refused,
}

impl Scope<'_, '_, '_> {
    /// Globs, without a leading `./`.
    pub(super) fn globs(&mut self, globs: &[Glob], node: &Node, anchor: Anchor) -> Vec<String> {
        let mut found = Vec::new();
        for (number, glob) in globs.iter().enumerate() {
            let at = part_span(node, number);
            let text = glob.0.strip_prefix("./").unwrap_or(&glob.0);
            if !self.is_open(text) {
                let item = node.items().get(number).unwrap_or(node);
                self.check_glob(text, &written(item), at, anchor);
            }
            found.push(text.to_owned());
        }
        found
    }

    /// Reports what is wrong with a glob; `shown` is what messages call it.
    pub(super) fn check_glob(&mut self, glob: &str, shown: &str, at: Span, anchor: Anchor) {
        if let Some(relative) = glob.strip_prefix('/').filter(|_| anchor == Anchor::Refused) {
            let message = format!("{shown} is an absolute path");
            let hint = match relative.is_empty() {
                true => "paths are relative to the repository's root".to_owned(),
                false => {
                    "paths are relative to the repository's root; remove the first `/`".to_owned()
                }
            };
            self.reports.add(at, message, hint);
        } else if glob.split('/').any(|part| part == "..") {
            self.reports.add(at, format!("{shown} holds `..`"), INSIDE);
        } else if let Err(error) = GlobBuilder::new(glob).literal_separator(true).build() {
            let message = format!("{shown} is not a glob: {}", error.kind());
            let hint =
                "`*`, `?`, `[…]` and `{…}` have a meaning; `\\` before one of them takes it away";
            self.reports.add(at, message, hint);
        }
    }

    /// A directory within the repository, without `.` and `..`.
    pub(super) fn directory(&mut self, path: &str, node: &Node) -> String {
        if self.is_open(path) {
            return path.to_owned();
        }
        match inside(path) {
            Ok(path) => path,
            Err(why) => {
                let message = format!("{} {why}", written(node));
                self.reports.add(node.span, message, INSIDE);
                path.to_owned()
            }
        }
    }

    /// Tells whether `${…}` is still in a text, so that its value is not known.
    pub(super) fn is_open(&self, text: &str) -> bool {
        self.kept && text.contains("${")
    }
}

/// The hint for a path that leaves the repository.
pub(super) const INSIDE: &str = "write a path inside the repository, relative to its root";

/// A relative path without `.`, `..` and empty parts, `.` when nothing is left; an error says
/// what it is instead.
pub(super) fn inside(path: &str) -> Result<String, &'static str> {
    if path.starts_with('/') {
        return Err("is an absolute path");
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or("leaves the repository")?;
            }
            part => parts.push(part),
        }
    }
    match parts.is_empty() {
        true => Ok(".".to_owned()),
        false => Ok(parts.join("/")),
    }
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn paths_stay_inside() {
        for (path, expect) in [
            ("portal", Ok("portal")),
            ("./portal/", Ok("portal")),
            ("a/../b//c", Ok("b/c")),
            ("a/..", Ok(".")),
            (".", Ok(".")),
            ("..", Err("leaves the repository")),
            ("a/../../b", Err("leaves the repository")),
            ("/srv", Err("is an absolute path")),
        ] {
            assert_eq!(inside(path), expect.map(str::to_owned), "{path}");
        }
    }
}
