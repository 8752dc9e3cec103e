//! What the verbs of a check mean.

use std::collections::{BTreeMap, HashSet};

use super::paths::Anchor;
use super::{Scope, part_span, written};
use crate::domain::check::{
    CommandLine, FilePattern, FilesRule, HardcodedRule, TagRule, VariablesRule, Verb, VersionPin,
};
use crate::policy::diagnostics::quoted;
use crate::policy::node::Node;
use crate::policy::raw::{
    Glob, Keyed, OneOrMany, Pattern, RawCheck, RawCommand, RawFiles, RawHardcoded, RawTag,
    RawVariables, VariableName,
};

impl Scope<'_, '_, '_> {
    /// The meaning of the one verb; `None` when that was not possible, which is then reported.
    pub(super) fn verb(
        &mut self,
        raw: &RawCheck,
        check: &Node,
        verb: Option<&str>,
    ) -> Option<Verb> {
        let verb = verb?;
        let node = check.get(verb)?;
        match verb {
            "run" => self.command(raw.run.as_ref()?, node).map(Verb::Run),
            "versions" => {
                let pins = raw.versions.as_ref()?;
                Some(Verb::Versions(in_order(&pins.0, node, |tool, version| {
                    VersionPin {
                        tool: tool.to_owned(),
                        version: version.0.clone(),
                    }
                })))
            }
            "files" => Some(Verb::Files(self.files(raw.files.as_ref()?, node))),
            "variables" => Some(Verb::Variables(
                self.variables(raw.variables.as_ref()?, node),
            )),
            "image" => self.image(raw.image.as_ref()?, node).map(Verb::Image),
            "manual" => Some(Verb::Manual(raw.manual.as_ref()?.0.clone())),
            "journeys" => self.journeys(raw.journeys.as_ref()?, node),
            "github" => Some(Verb::GitHub(self.github(raw.github.as_ref()?))),
            "contract" => {
                let rule = self.contract(raw.contract.as_ref()?, node);
                rule.map(Verb::Contract)
            }
            "logs" => Some(Verb::Logs(self.logs(raw.logs.as_ref()?, node))),
            "quota" => self.quota(raw.quota.as_ref()?, node).map(Verb::Quota),
            "migrations" => {
                let rule = self.migrations(raw.migrations.as_ref()?, node);
                Some(Verb::Migrations(rule))
            }
            "http" => Some(Verb::Http(Box::new(self.http(raw.http.as_ref()?, node)))),
            "sql" => Some(Verb::Sql(self.sql(raw.sql.as_ref()?, node))),
            "storage" => Some(Verb::Storage(self.storage(raw.storage.as_ref()?, node))),
            _ => Some(Verb::Tag(self.tag(raw.tag.as_ref()?, node))),
        }
    }

    fn command(&mut self, raw: &RawCommand, node: &Node) -> Option<CommandLine> {
        match raw {
            RawCommand::Shell(text) => Some(CommandLine::Shell(text.clone())),
            RawCommand::Direct(parts) if parts.first()?.trim().is_empty() => {
                let hint = "the first part is the program";
                self.reports
                    .add(part_span(node, 0), "this command has no program", hint);
                None
            }
            RawCommand::Direct(parts) => Some(CommandLine::Direct(parts.clone())),
        }
    }

    fn files(&mut self, raw: &RawFiles, node: &Node) -> FilesRule {
        let exist = match (&raw.exist, node.get("exist")) {
            (Some(globs), Some(at)) => self.globs(&globs.0, at, Anchor::Root),
            _ => Vec::new(),
        };
        FilesRule {
            exist,
            matching: self.file_patterns(raw.matching.as_ref(), node.get("match")),
            forbid: self.file_patterns(raw.forbid.as_ref(), node.get("forbid")),
        }
    }

    fn file_patterns(
        &mut self,
        raw: Option<&Keyed<Glob, Pattern>>,
        node: Option<&Node>,
    ) -> Vec<FilePattern> {
        let (Some(raw), Some(node)) = (raw, node) else {
            return Vec::new();
        };
        for entry in node
            .entries()
            .iter()
            .filter(|entry| raw.0.contains_key(&entry.key))
        {
            self.check_glob(
                &entry.key,
                &quoted(&entry.key),
                entry.key_span,
                Anchor::Root,
            );
            self.check_pattern(&raw.0[&entry.key].0, entry.value.span);
        }
        in_order(&raw.0, node, |glob, pattern| FilePattern {
            glob: glob.strip_prefix("./").unwrap_or(glob).to_owned(),
            pattern: pattern.0.clone(),
        })
    }

    fn variables(&mut self, raw: &RawVariables, node: &Node) -> VariablesRule {
        let (present, absent) = (names(raw.present.as_ref()), names(raw.absent.as_ref()));
        self.refuse_contradictions(&present, raw, node);
        let matches = raw.matches.iter().flat_map(|matches| &matches.0);
        for (name, pattern) in matches.clone() {
            if let Some(at) = node.get("matches").and_then(|matches| matches.get(name)) {
                self.check_pattern(&pattern.0, at.span);
            }
        }
        let hardcoded = raw.hardcoded.as_ref().zip(node.get("hardcoded"));
        VariablesRule {
            matches: matches
                .map(|(name, pattern)| (name.clone(), pattern.0.clone()))
                .collect(),
            hardcoded: hardcoded.map(|(raw, at)| self.hardcoded(raw, at, node)),
            present,
            absent,
        }
    }

    /// A variable that must be absent cannot be asked for elsewhere too.
    fn refuse_contradictions(&mut self, present: &[String], raw: &RawVariables, node: &Node) {
        let Some(absent) = node.get("absent") else {
            return;
        };
        let present: HashSet<_> = present.iter().collect();
        for (number, name) in raw.absent.iter().flat_map(|list| &list.0).enumerate() {
            let matched = raw
                .matches
                .as_ref()
                .is_some_and(|it| it.0.contains_key(&name.0));
            if present.contains(&name.0) || matched {
                let message = format!("`{}` must be set and must not be set", name.0);
                let hint = "remove it from `absent`, or from `present` and `matches`";
                self.reports.add(part_span(absent, number), message, hint);
            }
        }
    }

    fn hardcoded(&mut self, raw: &RawHardcoded, node: &Node, variables: &Node) -> HardcodedRule {
        match (&raw.pattern, node.get("pattern")) {
            (Some(pattern), Some(at)) => self.check_pattern(&pattern.0, at.span),
            (None, None) if variables.get("present").is_none() => {
                let message = "`hardcoded` does not say what to look for";
                let hint =
                    "add `pattern`, or `present` with the variables whose values to look for";
                let at = variables.key_span("hardcoded");
                self.reports.add(at, message, hint);
            }
            _ => {}
        }
        let files = node.get("in").unwrap_or(node);
        HardcodedRule {
            globs: self.globs(&raw.files.0, files, Anchor::Root),
            pattern: raw.pattern.as_ref().map(|pattern| pattern.0.clone()),
        }
    }

    fn tag(&mut self, raw: &RawTag, node: &Node) -> TagRule {
        let name = &raw.name.0;
        if let Some(node) = node.get("name").filter(|_| !self.is_open(name))
            && !is_tag_name(name)
        {
            let message = format!("{} cannot be the name of a tag", written(node));
            let hint = "Git allows no spaces, `..`, `~`, `^`, `:`, `?`, `*`, `[`, `\\`, and no `-`, `.` \
                        or `/` at the ends";
            self.reports.add(node.span, message, hint);
        }
        TagRule {
            name: name.clone(),
            message: raw.message.clone(),
        }
    }
}

fn names(list: Option<&OneOrMany<VariableName>>) -> Vec<String> {
    let names = list.into_iter().flat_map(|list| &list.0);
    names.map(|name| name.0.clone()).collect()
}

/// Makes something of every key and value, in the order in which they are written.
pub(super) fn in_order<V, T>(
    values: &BTreeMap<String, V>,
    node: &Node,
    make: impl Fn(&str, &V) -> T,
) -> Vec<T> {
    let entries = node.entries().iter();
    let found = entries.filter_map(|entry| Some(make(&entry.key, values.get(&entry.key)?)));
    found.collect()
}

/// Tells whether Git takes a name for a tag (git-check-ref-format(1)), and no tool for an option.
fn is_tag_name(name: &str) -> bool {
    let strange = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with(".lock")
            && !part.ends_with('.')
    };
    !name.contains(strange)
        && !name.contains("..")
        && !name.contains("@{")
        && !name.starts_with('-')
        && name != "@"
        && name.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::is_tag_name;

    #[test]
    fn names_that_git_takes() {
        for good in ["v1.4.0", "shop/v1", "1", "v1.0.0-rc.1+b", "ü"] {
            assert!(is_tag_name(good), "{good}");
        }
        for bad in [
            "", "-d", "a b", "a..b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "/a", "a/",
            "a//b", ".a", "a/.b", "a.", "a.lock", "@", "a@{1}", "a\nb",
        ] {
            assert!(!is_tag_name(bad), "{bad:?}");
        }
    }
}
