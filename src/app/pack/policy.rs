//! The policy of a pack: what travels of it, and what it means wherever it is read again.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::app::failure::Failure;
use crate::app::project::{Project, load};
use crate::app::variables::Variables;
use crate::domain::evidence::redaction::secret_values;
use crate::domain::ids::CheckRef;
use crate::domain::policy::Policy;
use crate::domain::release::Release;
use crate::ledger::pack::parts::PolicyPart;
use crate::policy::{Expansion, Lookup, Source};

/// What travels of a project's policy: its text, and the numbers and times in it that environment
/// variables give. A verdict depends on no other variable.
///
/// # Errors
/// Why it must not travel: a secret stands in it, at a line.
pub(super) fn part(project: &Project) -> Result<PolicyPart, String> {
    let Source { path, text } = &project.source;
    if let Some(line) = secret_line(project, text) {
        return Err(format!(
            "{path}:{line} holds a secret, which no pack may; give it by an environment variable"
        ));
    }
    Ok(PolicyPart {
        path: path.clone(),
        text: text.clone(),
        digest: project.policy.digest,
        variables: numbers(project),
    })
}

/// The line of the first secret that stands in a text: the value of a variable that looks secret, or
/// the password of a URL.
fn secret_line(project: &Project, text: &str) -> Option<usize> {
    let variables = project.settings.environment.iter();
    let secrets = secret_values(variables.map(|(name, value)| (name.as_str(), value.as_str())));
    let is_secret = |line: &str| {
        let bare = without_variables(line);
        secrets.iter().any(|secret| line.contains(secret.as_str()))
            || bare.split_whitespace().any(|word| {
                let passwords = secret_values(std::iter::once(("", word)));
                !passwords.is_empty()
            })
    };
    text.lines().position(is_secret).map(|place| place + 1)
}

/// A line in which no variable stands for anything.
fn without_variables(line: &str) -> String {
    let mut parts = line.split("${");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once('}').map_or(part, |(_, rest)| rest)
    })
}

/// The variables in a policy's texts whose values are numbers, shares or times, but for secrets.
fn numbers(project: &Project) -> BTreeMap<String, String> {
    let found = RefCell::new(BTreeMap::new());
    let environment = &project.settings.environment;
    let note = |_: Option<&CheckRef>, name: &str| {
        let value = environment.get(name).filter(|value| is_number(value));
        let is_open =
            |value: &&String| secret_values(std::iter::once((name, value.as_str()))).is_empty();
        if let Some(value) = value.filter(is_open) {
            found.borrow_mut().insert(name.to_owned(), value.clone());
        }
        Lookup::Value("1".to_owned())
    };
    // Only the names are wanted; whether the policy is right with such values is not.
    let _ = crate::policy::load(
        &project.source,
        Expansion::Gates {
            only: None,
            lookup: &note,
        },
    );
    found.into_inner()
}

/// `70`, `70%`, `1.5`, `24h`.
fn is_number(text: &str) -> bool {
    let digits = text.trim_end_matches(['%', 's', 'm', 'h', 'd']);
    let is_short = text.len() - digits.len() <= 1 && text.len() <= 12;
    is_short && digits.parse::<f64>().is_ok() && digits.starts_with(|c: char| c.is_ascii_digit())
}

/// The policy by which a pack's verdict is given, here and wherever it is judged again: what Tollgate
/// itself knows of the release and the variables that travel are filled in, others stay as written.
///
/// # Errors
/// Everything that is wrong with it, at once.
pub(super) fn meant(part: &PolicyPart, release: &Release) -> Result<Policy, Failure> {
    let source = Source {
        path: part.path.clone(),
        text: part.text.clone(),
    };
    let own = Variables::of(release, "${TOLLGATE_EVIDENCE_DIR}", None);
    let lookup = |check: Option<&CheckRef>, name: &str| {
        let value = own.get(check, name).or(part.variables.get(name).cloned());
        Lookup::Value(value.unwrap_or_else(|| format!("${{{name}}}")))
    };
    let filled_in = Expansion::Gates {
        only: None,
        lookup: &lookup,
    };
    // Some texts must be of a form that a name of a variable does not have.
    load(&source, filled_in).or_else(|_| load(&source, Expansion::Keep))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_shares_and_times_travel_and_nothing_else() {
        for text in ["70", "70%", "1.5", "24h", "0"] {
            assert!(is_number(text), "{text}");
        }
        for text in [
            "",
            "%",
            "h",
            "70%%",
            "70 %",
            "ghp_1",
            "1e",
            "-1",
            "inf",
            "1234567890123",
        ] {
            assert!(!is_number(text), "{text}");
        }
    }

    #[test]
    fn a_variable_stands_for_nothing_when_secrets_are_looked_for() {
        assert_eq!(without_variables("postgres://u:${PW}@h"), "postgres://u:@h");
        assert_eq!(without_variables("a ${B} c ${D"), "a  c D");
    }
}
