//! How to ask a tool for its own version, and how to understand its answer.

use super::tools::canonical;
use super::version::{Suffix, Version};

/// A command that makes a tool tell its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asking {
    /// The program, to be found on the PATH.
    pub program: &'static str,
    /// Its arguments.
    pub arguments: &'static [&'static str],
}

const fn asking(program: &'static str, arguments: &'static [&'static str]) -> Asking {
    Asking { program, arguments }
}

const LONG: &[&str] = &["--version"];

/// The tools that can be asked, and the commands, to be tried one after the other until one can be
/// started.
const TOOLS: [(&str, &[Asking]); 24] = [
    ("python", &[asking("python3", LONG), asking("python", LONG)]),
    ("node", &[asking("node", LONG)]),
    ("npm", &[asking("npm", LONG)]),
    ("pnpm", &[asking("pnpm", LONG)]),
    ("yarn", &[asking("yarn", LONG)]),
    ("bun", &[asking("bun", LONG)]),
    ("deno", &[asking("deno", LONG)]),
    ("go", &[asking("go", &["version"])]),
    ("rust", &[asking("rustc", LONG)]),
    ("cargo", &[asking("cargo", LONG)]),
    // Version 8 does not know `--version`. The answer comes on the standard error.
    ("java", &[asking("java", &["-version"])]),
    ("maven", &[asking("mvn", LONG)]),
    ("gradle", &[asking("gradle", LONG)]),
    ("ruby", &[asking("ruby", LONG)]),
    ("php", &[asking("php", LONG)]),
    ("dotnet", &[asking("dotnet", LONG)]),
    ("uv", &[asking("uv", LONG)]),
    ("pip", &[asking("pip3", LONG), asking("pip", LONG)]),
    ("poetry", &[asking("poetry", LONG)]),
    ("ruff", &[asking("ruff", LONG)]),
    ("git", &[asking("git", LONG)]),
    ("docker", &[asking("docker", LONG)]),
    ("terraform", &[asking("terraform", LONG)]),
    ("kubectl", &[asking("kubectl", &["version", "--client"])]),
];

/// The commands that ask a tool for its version, the best first; none for a tool that is not known
/// and for packages (`pypi:…`, `npm:…`), which are not programs.
pub fn running_version(tool: &str) -> &'static [Asking] {
    let tool = canonical(tool);
    let known = TOOLS.iter().find(|(name, _)| *name == tool);
    known.map_or(&[], |(_, commands)| commands)
}

/// The version in a tool's answer, which is its standard output followed by its standard error;
/// `None` where there is none. Java 8 calls itself 1.8.
pub fn told_version(tool: &str, answer: &str) -> Option<String> {
    let is_java = canonical(tool) == "java";
    let line = match is_java {
        // The lines before may be about options that were picked up.
        true => answer.lines().find(|line| line.contains(" version \""))?,
        false => answer,
    };
    let is_separator = |c: char| c.is_whitespace() || matches!(c, '"' | '(' | ')' | ',' | ':');
    let words = || line.split(is_separator).filter_map(numbered);
    let version = words()
        .find(|version| version.release.len() > 1)
        .or_else(|| words().next())?;
    let text = version.plain();
    match text.strip_prefix("1.").filter(|_| is_java) {
        Some(java) => Some(java.to_owned()),
        None => Some(text),
    }
}

/// A word that is a version: `v22.21.1`, `go1.22.1`, `3.12.4`.
fn numbered(word: &str) -> Option<Version> {
    let word = word.strip_prefix("go").unwrap_or(word);
    Version::parse(word, Suffix::IsVariant)
}
