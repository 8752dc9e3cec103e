//! What workflows and composite actions of GitHub pin: inputs of setup steps, images of containers.
//! Also `default_language_version` of pre-commit, which is YAML too.

use std::rc::Rc;

use super::Pin;
use super::docker;
use super::spec::{Grammar, Spec};
use super::tools::spec_of;
use crate::formats::ReadError;
use crate::formats::tree::{Node, Style, yaml};

/// The most pins of one file; aliases can make a short file say a lot.
const MOST_PINS: usize = 10_000;

/// A workflow (`jobs`) or a composite action (`runs.steps`).
pub(super) fn workflow(text: &str) -> Result<Vec<Pin>, ReadError> {
    let root = yaml(text)?;
    let mut pins = Vec::new();
    let jobs = root.get("jobs").into_iter().flat_map(|jobs| jobs.entries());
    for job in jobs
        .map(|(_, job)| &**job)
        .chain(root.get("runs").map(|runs| &**runs))
    {
        let scope = Scope {
            root: &root,
            job,
            step: None,
        };
        pins.extend(scope.of_images());
        pins.extend(scope.of_inputs(job, ""));
        let steps = job.get("steps").map(|steps| steps.items());
        for step in steps.unwrap_or_default() {
            let scope = Scope {
                step: Some(step),
                ..scope
            };
            pins.extend(scope.of_step(step));
            if pins.len() > MOST_PINS {
                let line = u64::try_from(step.line).unwrap_or(u64::MAX);
                let what = format!("more than {MOST_PINS} pins; is this a workflow?");
                return Err(ReadError::malformed(line, what));
            }
        }
    }
    pins.sort_by(|one, two| {
        let key = |pin: &Pin| (pin.line, pin.tool.clone(), pin.version.clone());
        key(one).cmp(&key(two))
    });
    // Steps that share a value of the matrix pin it once.
    pins.dedup();
    Ok(pins)
}

/// `.pre-commit-config.yaml`: `python: python3.12`.
pub(super) fn pre_commit(text: &str) -> Result<Vec<Pin>, ReadError> {
    let root = yaml(text)?;
    let languages = root.get("default_language_version");
    let entries = languages
        .into_iter()
        .flat_map(|languages| languages.entries());
    let pins = entries.filter_map(|(language, node)| {
        let version = node.text()?;
        let spec = spec_of(language, version);
        Some(Pin::new(language, version, spec, node.line))
    });
    Ok(pins.collect())
}

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
struct Scope<'a> {
    root: &'a Node,
    job: &'a Node,
    step: Option<&'a Node>,
}

/// A text with its line, and whether it was written without quotes.
struct Written<'a> {
    text: &'a str,
    line: usize,
    is_plain: bool,
}

impl<'a> Scope<'a> {
    /// The containers and services of the job.
    fn of_images(self) -> Vec<Pin> {
        let container = self.job.get("container");
        let services = self.job.get("services");
        let services = services.into_iter().flat_map(|services| services.entries());
        let nodes = container
            .into_iter()
            .chain(services.map(|(_, service)| service));
        nodes
            .flat_map(|node| self.images(node.get("image").unwrap_or(node)))
            .collect()
    }

    /// An image, once for each value of the expression in its name.
    fn images(self, node: &'a Node) -> Vec<Pin> {
        let text = node.text().unwrap_or_default();
        let parts = text.split_once("${{").and_then(|(before, rest)| {
            let (_, after) = rest.split_once("}}")?;
            Some((before, &text[before.len()..text.len() - after.len()], after))
        });
        let Some((before, expression, after)) = parts else {
            return docker::image(text, node.line).into_iter().collect();
        };
        let values = self.resolved(expression, node.line).into_iter();
        let images = values.filter_map(|value| {
            docker::image(&format!("{before}{}{after}", value.text), value.line)
        });
        images.collect()
    }

    fn of_step(self, step: &'a Node) -> Vec<Pin> {
        let uses = step
            .get("uses")
            .and_then(|uses| uses.text())
            .unwrap_or_default();
        let line = step.get("uses").map_or(step.line, |uses| uses.line);
        if let Some(image) = uses.strip_prefix("docker://") {
            return docker::image(image, line).into_iter().collect();
        }
        let (action, reference) = uses.split_once('@').unwrap_or((uses, ""));
        let mut pins = self.of_inputs(step, action);
        // dtolnay/rust-toolchain@1.75: the reference is the version, unless it is a commit.
        let is_channel = reference.len() < 20
            && (reference.starts_with(|c: char| c.is_ascii_digit())
                || ["stable", "beta", "nightly"]
                    .iter()
                    .any(|it| reference.starts_with(it)));
        if action.ends_with("/rust-toolchain") && pins.is_empty() && is_channel {
            pins.push(Pin::new(
                "rust",
                reference,
                spec_of("rust", reference),
                line,
            ));
        }
        pins
    }

    /// The inputs that name a version: `python-version: "3.12"`.
    fn of_inputs(self, step: &'a Node, action: &str) -> Vec<Pin> {
        let inputs = step
            .get("with")
            .into_iter()
            .flat_map(|inputs| inputs.entries());
        let named = inputs.filter_map(|(key, node)| Some((tool_of(key, action)?, node)));
        named
            .flat_map(|(tool, node)| {
                let versions = self.versions(node).into_iter();
                versions
                    .map(move |written| written.pin(tool))
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    /// The versions of an input: one, a list, or one on each line.
    fn versions(self, node: &'a Rc<Node>) -> Vec<Written<'a>> {
        let nodes = match node.items() {
            [] => std::slice::from_ref(node),
            items => items,
        };
        let written = nodes.iter().flat_map(|node| {
            let is_plain = node.style() == Some(Style::Plain);
            let lines = node.text_lines().into_iter();
            lines.map(move |(text, line)| Written {
                text,
                line,
                is_plain,
            })
        });
        written
            .flat_map(|written| match written.text.contains("${{") {
                true => self.resolved(written.text, written.line),
                false => vec![written],
            })
            .collect()
    }

    /// The values of an expression that is a single look-up; the expression itself otherwise.
    fn resolved(self, text: &'a str, line: usize) -> Vec<Written<'a>> {
        let nodes = look_up(text)
            .map(|path| self.values(&path))
            .unwrap_or_default();
        let mut found = Vec::new();
        for node in nodes {
            let is_plain = node.style() == Some(Style::Plain);
            let lines = node.text_lines().into_iter();
            found.extend(lines.map(|(text, line)| Written {
                text,
                line,
                is_plain,
            }));
        }
        if found.is_empty() {
            found.push(Written {
                text,
                line,
                is_plain: false,
            });
        }
        found
    }

    /// The values of `matrix.…`, `env.NAME` and the default of `inputs.NAME`.
    fn values(self, path: &[String]) -> Vec<&'a Node> {
        let Some((first, rest)) = path.split_first() else {
            return Vec::new();
        };
        let rest: Vec<_> = rest.iter().map(String::as_str).collect();
        match (first.as_str(), rest.as_slice()) {
            ("matrix", [key, inner @ ..]) => self.of_matrix(key, inner),
            ("env", [name]) => {
                let places = [self.step, Some(self.job), Some(self.root)];
                let mut values = places
                    .into_iter()
                    .flatten()
                    .filter_map(|it| it.at(&["env", name]));
                values.next().into_iter().collect()
            }
            ("inputs", [name]) => [
                &["inputs", name, "default"][..],
                &["on", "workflow_call", "inputs", name, "default"],
                &["on", "workflow_dispatch", "inputs", name, "default"],
            ]
            .iter()
            .filter_map(|path| self.root.at(path))
            .collect(),
            _ => Vec::new(),
        }
    }

    fn of_matrix(self, key: &str, inner: &[&str]) -> Vec<&'a Node> {
        let Some(matrix) = self.job.at(&["strategy", "matrix"]) else {
            return Vec::new();
        };
        let listed = matrix.get(key).map(|list| list.items()).unwrap_or_default();
        let included = matrix.get("include").map(|list| list.items());
        let included = included
            .unwrap_or_default()
            .iter()
            .filter_map(|row| row.get(key));
        let rows = listed.iter().chain(included);
        rows.filter_map(|row| row.at(inner)).collect()
    }
}

impl Written<'_> {
    fn pin(&self, tool: &str) -> Pin {
        let text = self.text;
        let spec = if text.contains("${{") {
            Spec::unclear(format!("{text}, which cannot be resolved here"))
        } else if let Some(number) = misread_number(text).filter(|_| self.is_plain) {
            Spec::unclear(format!("{number} (the number {text} in YAML; quote it)"))
        } else {
            // A name may stand before the version: pypy3.10, ruby-3.3.
            match spec_of(tool, text) {
                spec if spec.is_version() => spec,
                _ => Spec::range(text, Grammar::Npm),
            }
        };
        Pin::new(tool, text, spec, self.line)
    }
}

/// YAML reads `3.10` as a number, which is 3.1.
fn misread_number(text: &str) -> Option<&str> {
    let (whole, decimals) = text.split_once('.')?;
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let is_misread = is_number(whole) && is_number(decimals) && decimals.ends_with('0');
    is_misread.then(|| text.trim_end_matches('0').trim_end_matches('.'))
}

/// The tool that an input of a step is about. `python-version` speaks for itself; `version` and
/// `toolchain` take the tool's name from the action: astral-sh/setup-uv, pnpm/action-setup.
fn tool_of<'k>(key: &'k str, action: &'k str) -> Option<&'k str> {
    let suffixed = key
        .strip_suffix("-version")
        .or_else(|| key.strip_suffix("_version"));
    let (owner, repository) = action.split_once('/').unwrap_or(("", action));
    match key {
        "version" if repository == "action-setup" => Some(owner),
        "version" => repository
            .strip_prefix("setup-")
            .filter(|tool| !tool.is_empty()),
        "toolchain" => Some("rust"),
        _ => suffixed.filter(|tool| !tool.is_empty()),
    }
}

/// The path of an expression that is one look-up: `${{ matrix.config.python }}`,
/// `${{ matrix['python-version'] }}`.
fn look_up(text: &str) -> Option<Vec<String>> {
    let inner = text.trim().strip_prefix("${{")?.strip_suffix("}}")?.trim();
    let dotted = inner.replace("['", ".").replace("']", "");
    let is_name = |name: &str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        !name.is_empty() && name.chars().all(is_part)
    };
    let path: Vec<_> = dotted.split('.').map(str::to_owned).collect();
    path.iter().all(|name| is_name(name)).then_some(path)
}
