//! No workflow waits for a commit to be filled in.

use crate::domain::doctor::{Audit, Finding, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "action-placeholder",
    severity: Severity::Error,
    title: "An action is a place that has to be filled in",
    why: "GitHub finds no such action or commit, so that the job does not start and no gate is judged.",
    mend: "name the owner and the commit SHA of a release: `uses: OWNER/tollgate@SHA # v1.2.3`",
};

/// Words that stand for a commit in documentation.
const WORDS: [&str; 4] = ["sha", "commit", "ref", "version"];

/// Applies it to actions and called workflows.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (workflow, job) in audit.jobs() {
        let steps = job.steps.iter().filter_map(|step| step.uses.as_ref());
        for uses in steps
            .chain(&job.calls)
            .filter(|uses| is_placeholder(&uses.text))
        {
            let message = format!("`{}` is to be filled in", uses.text);
            findings.push(Finding::at_line(&RULE, &workflow.path, uses.line, message));
        }
    }
    findings
}

/// Tells whether `uses` names nothing yet: `OWNER/…`, `@0000…`, `@<SHA>`, `@SHA`.
pub(super) fn is_placeholder(uses: &str) -> bool {
    let Some((name, reference)) = uses.split_once('@') else {
        return false;
    };
    let digits = reference.strip_prefix("sha256:").unwrap_or(reference);
    let is_nothing = digits.len() >= 40 && digits.bytes().all(|byte| byte == b'0');
    let is_word = WORDS.contains(&reference.to_ascii_lowercase().as_str());
    let is_in_brackets = uses.contains(['<', '>']) && !uses.contains("${{");
    is_nothing || is_word || is_in_brackets || name.starts_with("OWNER/")
}
