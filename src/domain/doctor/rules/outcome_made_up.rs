//! What is recorded of a step is how that step ended.

use crate::domain::check::{Check, Verb};
use crate::domain::doctor::calls::{Call, Targets};
use crate::domain::doctor::jobs::{self, JobView};
use crate::domain::doctor::strangers::{Scope, shell_variables};
use crate::domain::doctor::{Audit, Finding, Rule, Severity};
use crate::domain::workflow::expression::{Expression, Literal, Operator, parse};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "outcome-made-up",
    severity: Severity::Error,
    title: "A check is recorded as passed, however its step ended",
    why: "A constant `success` says nothing, and `steps.ID.conclusion` is `success` after `continue-on-error` too.",
    mend: "give `${{ steps.ID.outcome }}`, with the id of the step that the check stands for",
};

/// How often one variable may stand for another.
const MOST_STEPS: usize = 4;

/// What is wrong with an outcome.
enum Problem {
    /// It is the same whatever happens.
    Constant,
    /// It is `success` also where nothing is known.
    Fallback,
    /// It is made good by `continue-on-error`.
    Conclusion,
    /// It is that of jobs.
    OfJobs,
    /// No step before it has this id.
    NoStep(String),
}

/// Applies it; a conclusion is a warning, since only `continue-on-error` makes it wrong.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for view in jobs::all(audit) {
        let records = view.calls.iter().filter(|call| call.command == "record");
        for call in records.filter(|call| !stands_for_no_step(audit, call)) {
            let outcome = call.outcome.as_deref().unwrap_or_default();
            let asked = Asked { view: &view, call };
            if let Some(problem) = asked.of_text(outcome, MOST_STEPS) {
                findings.push(finding(&view, call, &problem));
            }
        }
    }
    findings
}

/// Whether Tollgate itself judges what is recorded, from what the ledger knows.
fn stands_for_no_step(audit: &Audit, call: &Call) -> bool {
    let (Targets::Named(gates), Some(check)) = (&call.targets, &call.check) else {
        return false;
    };
    let judged = |check: &Check| matches!(check.verb, Verb::Journeys(_));
    let names = gates.iter().map(|gate| format!("{gate}/{check}"));
    let mut checks = names.filter_map(|name| audit.policy.check(&name.parse().ok()?));
    checks.any(judged)
}

fn finding(view: &JobView<'_>, call: &Call, problem: &Problem) -> Finding {
    let outcome = call.outcome.as_deref().unwrap_or_default();
    let what = match problem {
        Problem::Constant => "always records success".to_owned(),
        Problem::Fallback => format!("records success also where no step says so: `{outcome}`"),
        Problem::Conclusion => format!("records `{outcome}`, not the outcome"),
        Problem::OfJobs => format!("records `{outcome}`, which is how jobs went and no step"),
        Problem::NoStep(id) => {
            format!("records the outcome of `{id}`, and no step before has this id")
        }
    };
    let severity = match problem {
        Problem::Conclusion | Problem::OfJobs => Severity::Warning,
        Problem::Constant | Problem::Fallback | Problem::NoStep(_) => Severity::Error,
    };
    let message = format!("the job `{}` {what}", view.job.id);
    Finding::at_line(&RULE, &view.workflow.path, call.line, message).milder(severity)
}

/// A call and the job that it is in.
struct Asked<'a> {
    view: &'a JobView<'a>,
    call: &'a Call,
}

impl Asked<'_> {
    fn of_text(&self, outcome: &str, steps: usize) -> Option<Problem> {
        let outcome = outcome.trim();
        if outcome.eq_ignore_ascii_case("success") {
            return Some(Problem::Constant);
        }
        let inner = outcome
            .strip_prefix("${{")
            .and_then(|rest| rest.strip_suffix("}}"));
        if let Some(inner) = inner {
            return self.of_expression(&parse(inner)?, steps);
        }
        let name = shell_variables(outcome).next()?;
        self.of_variable(name, steps)
    }

    fn of_variable(&self, name: &str, steps: usize) -> Option<Problem> {
        let scope = Scope {
            workflow: self.view.workflow,
            job: self.view.job,
            step: self.view.job.steps.get(self.call.step)?,
        };
        self.of_text(&scope.variable(name)?.text, steps.checked_sub(1)?)
    }

    fn of_expression(&self, expression: &Expression, steps: usize) -> Option<Problem> {
        let of = |inner: &Expression| self.of_expression(inner, steps);
        match expression {
            Expression::Literal(_) => is_success(expression).then_some(Problem::Constant),
            Expression::Lookup(names) => self.of_lookup(names, steps),
            // `a && 'success' || 'failure'` is as good as what it asks for.
            Expression::Binary(Operator::And, asked, then) if is_success(then) => {
                match asks_for_outcome(asked) {
                    true => None,
                    false => of(asked).or(Some(Problem::Fallback)),
                }
            }
            Expression::Binary(Operator::Or, first, then) if is_success(then) => {
                of(first).or(Some(Problem::Fallback))
            }
            Expression::Binary(_, one, other) => of(one).or_else(|| of(other)),
            Expression::Not(_) | Expression::Call(..) | Expression::Opaque => None,
        }
    }

    fn of_lookup(&self, names: &[String], steps: usize) -> Option<Problem> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match names.as_slice() {
            ["steps", id, "outcome"] => {
                let before = self.view.job.steps.iter().take(self.call.step);
                let mut ids = before.filter_map(|step| step.id.as_ref());
                let is_there = *id == "?" || ids.any(|known| known.text.eq_ignore_ascii_case(id));
                (!is_there).then(|| Problem::NoStep((*id).to_owned()))
            }
            ["steps", _, "conclusion"] => Some(Problem::Conclusion),
            ["job", "status"] | ["needs", _, "result"] => Some(Problem::OfJobs),
            ["env", name] => self.of_variable(name, steps),
            _ => None,
        }
    }
}

fn is_success(expression: &Expression) -> bool {
    matches!(expression, Expression::Literal(Literal::Text(text)) if text.eq_ignore_ascii_case("success"))
}

/// Whether a condition looks at how a step ended.
fn asks_for_outcome(condition: &Expression) -> bool {
    match condition {
        Expression::Lookup(names) => {
            names.first().is_some_and(|name| name == "steps")
                && names.last().is_some_and(|name| name == "outcome")
        }
        Expression::Not(inner) => asks_for_outcome(inner),
        Expression::Call(_, inner) => inner.iter().any(asks_for_outcome),
        Expression::Binary(_, one, other) => asks_for_outcome(one) || asks_for_outcome(other),
        Expression::Literal(_) | Expression::Opaque => false,
    }
}
