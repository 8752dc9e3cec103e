//! Images in Dockerfiles: `FROM python:3.12-slim` pins Python.

use std::collections::HashMap;

use super::Pin;
use super::spec::Spec;
use super::version::Suffix;

/// The images of `FROM` and `COPY --from`. Arguments are replaced by their defaults; a version
/// that comes from one is pinned at the line of its `ARG`.
pub(super) fn dockerfile(text: &str) -> Vec<Pin> {
    let mut file = Dockerfile::default();
    for instruction in instructions(text) {
        file.take(&instruction);
    }
    file.pins
}

/// An image's name: `registry/name:tag@digest`. The tool is the last part of the name.
pub(super) fn image(name: &str, line: usize) -> Option<Pin> {
    let lines = vec![line; name.len()];
    of_image(&Expanded {
        text: name.to_owned(),
        lines,
    })
}

#[derive(Default)]
struct Dockerfile {
    pins: Vec<Pin>,
    stages: Vec<String>,
    arguments: HashMap<String, Expanded>,
}

/// A text with the line that each of its bytes was written at.
#[derive(Clone, Default)]
struct Expanded {
    text: String,
    lines: Vec<usize>,
}

struct Instruction {
    text: String,
    line: usize,
}

/// The instructions, each in one line. Comments and here-documents are left out.
fn instructions(text: &str) -> Vec<Instruction> {
    let mut instructions: Vec<Instruction> = Vec::new();
    let mut is_open = false;
    let mut here_document: Option<String> = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(end) = &here_document {
            if line == end {
                here_document = None;
            }
            continue;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (part, continues) = match line.strip_suffix('\\') {
            Some(part) => (part, true),
            None => (line, false),
        };
        match instructions.last_mut().filter(|_| is_open) {
            Some(last) => {
                last.text.push(' ');
                last.text.push_str(part);
            }
            None => instructions.push(Instruction {
                text: part.to_owned(),
                line: index + 1,
            }),
        }
        is_open = continues;
        if !continues {
            here_document = here_document_end(part);
        }
    }
    instructions
}

/// The word that ends the here-document which an instruction begins: `RUN <<EOF`.
fn here_document_end(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("<<")?;
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let word = rest.trim_start_matches(['"', '\'']);
    let end = word
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(word.len());
    Some(word[..end].to_owned()).filter(|word| !word.is_empty())
}

impl Dockerfile {
    fn take(&mut self, instruction: &Instruction) {
        let Some((keyword, rest)) = instruction.text.split_once(char::is_whitespace) else {
            return;
        };
        match keyword.to_ascii_uppercase().as_str() {
            "ARG" if self.stages.is_empty() => self.argument(rest, instruction.line),
            "FROM" => self.from(rest, instruction.line),
            "COPY" | "ADD" => self.copy(rest, instruction.line),
            _ => {}
        }
    }

    /// Only arguments before the first `FROM` can be used in one.
    fn argument(&mut self, rest: &str, line: usize) {
        for definition in rest.split_whitespace() {
            let Some((name, value)) = definition.split_once('=') else {
                continue;
            };
            let value = self.expanded(value.trim_matches(['"', '\'']), line);
            self.arguments.insert(name.to_owned(), value);
        }
    }

    fn from(&mut self, rest: &str, line: usize) {
        let mut words = rest
            .split_whitespace()
            .filter(|word| !word.starts_with("--"));
        let Some(name) = words.next() else {
            return;
        };
        let name = self.expanded(name.trim_matches(['"', '\'']), line);
        if !self.is_stage(&name.text) && name.text != "scratch" {
            self.pins.extend(of_image(&name));
        }
        let stage = words
            .skip_while(|word| !word.eq_ignore_ascii_case("as"))
            .nth(1);
        self.stages
            .push(stage.unwrap_or_default().to_ascii_lowercase());
    }

    fn copy(&mut self, rest: &str, line: usize) {
        let source = rest
            .split_whitespace()
            .find_map(|word| word.strip_prefix("--from="));
        let Some(source) = source else {
            return;
        };
        let is_number = source.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number && !self.is_stage(source) {
            self.pins.extend(of_image(&self.expanded(source, line)));
        }
    }

    fn is_stage(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        !name.is_empty() && self.stages.contains(&name)
    }

    /// Replaces `$NAME`, `${NAME}` and `${NAME:-default}`. What has no value stays as it is.
    fn expanded(&self, text: &str, line: usize) -> Expanded {
        let mut out = Expanded::default();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push(&rest[..at], line);
            let (name, default, length) = variable(&rest[at..]);
            match (self.arguments.get(name), default) {
                (Some(value), _) if !value.text.is_empty() => out.append(value),
                (_, Some(default)) => out.push(default, line),
                _ => out.push(&rest[at..at + length], line),
            }
            rest = &rest[at + length..];
        }
        out.push(rest, line);
        out
    }
}

/// The name, the default and the length of the variable at the beginning of a text; its length is
/// 1 where there is none after the `$`.
fn variable(text: &str) -> (&str, Option<&str>, usize) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let braced = text
        .strip_prefix("${")
        .and_then(|inner| inner.split_once('}'));
    if let Some((inner, _)) = braced {
        let length = inner.len() + 3;
        let parts = inner.split_once(":-").or_else(|| inner.split_once('-'));
        return match parts.filter(|(name, _)| name.chars().all(is_name)) {
            Some((name, default)) => (name, Some(default), length),
            None => (inner, None, length),
        };
    }
    let name = &text[1..];
    let end = name.find(|c: char| !is_name(c)).unwrap_or(name.len());
    (&name[..end], None, end + 1)
}

impl Expanded {
    fn push(&mut self, text: &str, line: usize) {
        self.text.push_str(text);
        self.lines.resize(self.text.len(), line);
    }

    fn append(&mut self, other: &Self) {
        self.text.push_str(&other.text);
        self.lines.extend(&other.lines);
    }

    fn line(&self, offset: usize) -> usize {
        let line = self.lines.get(offset).or(self.lines.last());
        line.copied().unwrap_or(1)
    }
}

fn of_image(image: &Expanded) -> Option<Pin> {
    let whole = image.text.as_str();
    let name = whole.split('@').next().unwrap_or_default();
    let begins = name.rfind('/').map_or(0, |slash| slash + 1);
    let (tool, tag) = match name[begins..].split_once(':') {
        Some((tool, tag)) => (tool, tag),
        None => (&name[begins..], ""),
    };
    if tool.is_empty() || tool.contains('$') {
        return None;
    }
    let line = image.line(name.len() - tag.len());
    // Images of uv come with a Python: uv:python3.12-bookworm.
    if let Some(version) = tag.strip_prefix("python").filter(|_| tool == "uv") {
        return Some(Pin::new(
            "python",
            tag,
            Spec::version(version, Suffix::IsVariant),
            line,
        ));
    }
    let spec = if tag.contains('$') {
        Spec::unclear(format!("{tag}, which cannot be resolved here"))
    } else if tag.is_empty() && whole.contains('@') {
        Spec::unclear(format!("{whole}, a digest without a version"))
    } else if tag.is_empty() {
        Spec::unclear(format!("{whole} without a version, which is the latest"))
    } else {
        Spec::version(tag, Suffix::IsVariant)
    };
    let version = if tag.is_empty() { whole } else { tag };
    Some(Pin::new(tool, version, spec, line))
}
