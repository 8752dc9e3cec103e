//! Words that people write and what they may mean: suggestions for hints.

/// The longest word for which a suggestion is looked for, in bytes.
const LONGEST: usize = 60;

/// The most words among which one is looked for.
const MOST: usize = 500;

/// The known word that is most like the given one, if one is like it.
pub(super) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if word.len() > LONGEST {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().replace('_', "-");
    let wanted = plain(word);
    let most = (wanted.chars().count() / 3).max(1);
    known
        .into_iter()
        .take(MOST)
        .map(|candidate| (strsim::osa_distance(&wanted, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= most && *distance < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// "did you mean …", or the list of what is known.
pub(super) fn suggestion<'k>(
    word: &str,
    known: impl IntoIterator<Item = &'k str> + Clone,
    what: &str,
) -> String {
    match nearest(word, known.clone()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => format!("{what}: {}", listed(known)),
    }
}

/// Words as a list, the first twenty of them.
pub(super) fn listed<'k>(words: impl IntoIterator<Item = &'k str>) -> String {
    const SHOWN: usize = 24;
    let mut words = words.into_iter();
    let shown: Vec<String> = words
        .by_ref()
        .take(SHOWN)
        .map(|word| format!("`{word}`"))
        .collect();
    match (shown.len(), words.count()) {
        (0, _) => "none".to_owned(),
        (_, 0) => shown.join(", "),
        (_, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The objects of a policy in which keys have a meaning of their own.
pub(super) mod object {
    /// The whole policy.
    pub(in crate::policy) const POLICY: &str = "Policy";
    /// A stage under `pipeline`.
    pub(in crate::policy) const STAGE: &str = "Stage";
    /// A gate under `gates`.
    pub(in crate::policy) const GATE: &str = "Gate";
    /// A check.
    pub(in crate::policy) const CHECK: &str = "Check";
    /// An environment under `environments`.
    pub(in crate::policy) const ENVIRONMENT: &str = "Environment";
    /// `approvals` of an environment.
    pub(in crate::policy) const APPROVALS: &str = "Approvals";
    /// `budgets`.
    pub(in crate::policy) const BUDGETS: &str = "Budgets";
    /// `require` of a check.
    pub(in crate::policy) const REQUIRE: &str = "Require";
}

/// Tells whether a key belongs to the policy's language, but not to this version of Tollgate.
pub(super) fn is_later(object: &str, key: &str) -> bool {
    let keys: &[&str] = match object {
        object::ENVIRONMENT => &["deploy", "rollback"],
        object::BUDGETS => &["rollback"],
        _ => &[],
    };
    keys.contains(&key)
}

/// What helps with a key that people know from elsewhere, or put in the wrong place.
pub(super) fn known_elsewhere(object: &str, key: &str) -> Option<&'static str> {
    Some(match (object, key) {
        (object::POLICY, "name") => "did you mean `project`?",
        (object::POLICY, "stages" | "jobs") => "did you mean `pipeline`?",
        (object::POLICY, "on") => "when Tollgate runs is said in the workflow, not here",
        (object::POLICY | object::STAGE | object::GATE, "env") => "`env` belongs to a check",
        (object::STAGE, "severity" | "requires" | "tolerate" | "needs") => {
            "a stage is blocking and requires the stage before it; for anything else write a gate \
             under `gates`"
        }
        (object::STAGE | object::GATE, "steps" | "jobs" | "run") => "did you mean `checks`?",
        (object::STAGE | object::GATE | object::CHECK, "name") => "did you mean `title`?",
        (object::GATE, "needs") => "did you mean `requires`?",
        (object::CHECK, "requires" | "depends-on" | "depends_on") => {
            "`needs` names checks of the same gate; `requires` of a gate names gates"
        }
        (object::CHECK, "severity" | "tolerate" | "continue-on-error") => {
            "a check that may fail belongs to a gate with `severity: advisory`"
        }
        (object::CHECK, "timeout-minutes") => "did you mean `timeout`, such as `timeout: 10m`?",
        (object::CHECK, "if" | "uses" | "with" | "shell" | "steps") => {
            "a check is no step of a workflow; `run` takes a shell command"
        }
        (object::CHECK, "command" | "cmd" | "script") => "did you mean `run`?",
        (object::ENVIRONMENT, "requires" | "needs") => {
            "`gates` names stages and gates, `after` names environments"
        }
        (object::ENVIRONMENT, "reviewers") => "did you mean `approvals`?",
        (object::APPROVALS, "reviewers" | "users" | "teams" | "roles") => {
            "`from` names them: `user:LOGIN`, `team:SLUG` or a role"
        }
        (object::APPROVALS, "count" | "required") => "did you mean `minimum`?",
        (object::APPROVALS, "prevent-self-review") => "did you mean `prevent-self-approval`?",
        (object::REQUIRE, "coverage" | "lines") => "did you mean `line-coverage`?",
        (object::REQUIRE, "branches") => "did you mean `branch-coverage`?",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_and_a_strange_one_is_not() {
        let known = ["run", "results", "require", "needs", "working-directory"];
        for (word, expect) in [
            ("runs", Some("run")),
            ("need", Some("needs")),
            ("requires", Some("require")),
            ("Working_Directory", Some("working-directory")),
            ("x", None),
            ("frobnicate", None),
        ] {
            assert_eq!(nearest(word, known), expect, "{word}");
        }
    }

    #[test]
    fn lists_are_bounded() {
        assert_eq!(listed([]), "none");
        assert_eq!(listed(["a", "b"]), "`a`, `b`");
        assert!(listed(["x"; 100]).ends_with(" and 76 more"));
    }
}
