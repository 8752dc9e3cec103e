//! Names of tools, and the files that hold nothing but tools and versions, line by line.

use super::Pin;
use super::spec::Spec;
use super::version::Suffix;
use crate::formats::ReadError;
use crate::formats::tree::toml;

/// The name by which a tool is known in policies: `nodejs` is `node`, `pypi:Foo_Bar` is
/// `pypi:foo-bar` (PEP 503), images and vendors of Java are `java`.
pub fn canonical(tool: &str) -> String {
    if let Some(name) = tool.strip_prefix("pypi:") {
        return format!("pypi:{}", pypi_name(name));
    }
    let name = match tool {
        "nodejs" | "node.js" => "node",
        "golang" => "go",
        "python3" | "cpython" => "python",
        "rustc" | "rust-toolchain" => "rust",
        "openjdk"
        | "jdk"
        | "eclipse-temurin"
        | "temurin"
        | "amazoncorretto"
        | "corretto"
        | "ibm-semeru-runtimes"
        | "sapmachine" => "java",
        other => other,
    };
    name.to_owned()
}

/// Lower case, with one `-` for each run of `-`, `_` and `.`.
fn pypi_name(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase();
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-")
}

/// A file with one version. Where several are listed, the first is the one in use.
pub(super) fn single(tool: &str, text: &str) -> Vec<Pin> {
    let pins = code_lines(text).map(|(number, line)| {
        let version = line.split_whitespace().next().unwrap_or_default();
        Pin::new(tool, version, spec_of(tool, version), number)
    });
    pins.take(1).collect()
}

/// `.tool-versions` of asdf and mise: a tool and its versions on each line. The first is the one
/// in use, the others are fallbacks.
pub(super) fn tool_versions(text: &str) -> Vec<Pin> {
    let pins = code_lines(text).filter_map(|(number, line)| {
        let mut words = line.split_whitespace();
        let (tool, version) = (words.next()?, words.next()?);
        Some(managed(tool, version, number))
    });
    pins.collect()
}

/// A tool of a version manager, with its way of naming versions.
pub(super) fn managed(tool: &str, version: &str, line: usize) -> Pin {
    let tool = tool.strip_prefix("core:").unwrap_or(tool);
    let tool = canonical(tool);
    let spec = match version.split_once(':') {
        Some(("latest" | "prefix", start)) => Spec::version(start, Suffix::IsVariant),
        Some(_) => Spec::unclear(format!("{version:?}, which names no version")),
        None => spec_of(&tool, version),
    };
    Pin::new(&tool, version, spec, line)
}

/// `mise.toml`: the table of tools. Of several versions, the first is the one in use.
pub(super) fn mise(text: &str) -> Result<Vec<Pin>, ReadError> {
    let root = toml(text)?;
    let entries = root
        .get("tools")
        .into_iter()
        .flat_map(|tools| tools.entries());
    let pins = entries.filter_map(|(tool, value)| {
        let first = value.items().first().unwrap_or(value);
        let version = first.get("version").unwrap_or(first);
        Some(managed(tool, version.text()?, version.line))
    });
    Ok(pins.collect())
}

/// `rust-toolchain.toml`, and the older `rust-toolchain` that may hold nothing but the channel.
pub(super) fn rust_toolchain(text: &str) -> Result<Vec<Pin>, ReadError> {
    if !text.contains('[') {
        return Ok(single("rust", text));
    }
    let root = toml(text)?;
    let channel = root.at(&["toolchain", "channel"]);
    let pin = channel.and_then(|node| {
        let version = node.text()?;
        Some(Pin::new(
            "rust",
            version,
            spec_of("rust", version),
            node.line,
        ))
    });
    Ok(pin.into_iter().collect())
}

/// The `go` and `toolchain` lines of `go.mod` (go.dev/ref/mod).
pub(super) fn go_mod(text: &str) -> Vec<Pin> {
    let lines = text.lines().enumerate();
    let pins = lines.filter_map(|(index, line)| {
        let line = line.split("//").next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let version = match words.next()? {
            "go" => words.next()?,
            "toolchain" => words.next().filter(|name| *name != "default")?,
            _ => return None,
        };
        let number = version.strip_prefix("go").unwrap_or(version);
        let spec = Spec::version(number, Suffix::IsVariant);
        Some(Pin::new("go", version, spec, index + 1))
    });
    pins.collect()
}

/// A version that may have the name of the tool or of a vendor before it: `python-3.12.4`,
/// `ruby-3.3.0`, `go1.22.1`, `temurin-21.0.2+13`.
pub(super) fn spec_of(tool: &str, version: &str) -> Spec {
    let bare = version.trim();
    let bare = match bare.strip_prefix(tool) {
        Some(rest) => rest.strip_prefix('-').unwrap_or(rest),
        None => bare,
    };
    let vendor = (tool == "java").then(|| bare.rsplit_once('-')).flatten();
    match vendor {
        Some((vendor, number)) if !vendor.starts_with(|c: char| c.is_ascii_digit()) => {
            Spec::version(number, Suffix::IsVariant)
        }
        _ => Spec::version(bare, Suffix::IsVariant),
    }
}

/// The lines that hold something besides a comment, with their numbers from 1.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate();
    lines
        .map(|(index, line)| (index + 1, line.split('#').next().unwrap_or_default().trim()))
        .filter(|(_, line)| !line.is_empty())
}
