//! `if:` of a job: whether it lets the job run although a job that it needs has failed.

use super::expression::{Expression, Literal, Operator, Scenario, parse};
use super::{Job, Text};

/// The functions that ask how things went; a condition with none of them has `success() &&` before
/// it (<https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions>).
const STATUS_FUNCTIONS: [&str; 4] = ["always", "cancelled", "failure", "success"];

/// The needed jobs whose failure does not keep a job from running. None when the job runs only
/// after a failure, as one that rolls back or reports does.
pub fn runs_despite(job: &Job) -> Vec<&str> {
    let needed: Vec<&str> = job
        .needs
        .iter()
        .map(|needed| needed.text.as_str())
        .collect();
    let Some(condition) = job.condition.as_ref().map(read) else {
        return Vec::new();
    };
    let Some(condition) = condition else {
        return Vec::new();
    };
    if !asks_for_status(&condition) || !runs_when(&condition, &needed, None) {
        return Vec::new();
    }
    let mut despite = needed.clone();
    despite.retain(|failed| runs_when(&condition, &needed, Some(failed)));
    despite
}

/// Whether a job runs only after one that it needs has failed, as one that rolls back does.
pub fn only_after_failure(job: &Job) -> bool {
    let needed: Vec<&str> = job
        .needs
        .iter()
        .map(|needed| needed.text.as_str())
        .collect();
    let condition = job.condition.as_ref().and_then(read);
    condition.is_some_and(|condition| !runs_when(&condition, &needed, None))
}

/// Whether a job is skipped when one that it needs was: unless its condition asks how things went.
pub fn minds_skips(job: &Job) -> bool {
    match &job.condition {
        Some(text) => read(text).is_none_or(|condition| !asks_for_status(&condition)),
        None => true,
    }
}

/// Whether a condition is false whatever happens.
pub fn is_never(condition: &Text) -> bool {
    read(condition).is_some_and(|condition| constant(&condition) == Some(false))
}

fn constant(expression: &Expression) -> Option<bool> {
    match expression {
        Expression::Literal(Literal::Boolean(value)) => Some(*value),
        Expression::Not(inner) => constant(inner).map(|value| !value),
        Expression::Binary(Operator::And, left, right) => match (constant(left), constant(right)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        _ => None,
    }
}

/// Reads `if:`, with or without `${{ }}`; `None` when it is no expression.
pub fn read(condition: &Text) -> Option<Expression> {
    let text = condition.text.trim();
    let inner = text
        .strip_prefix("${{")
        .and_then(|rest| rest.strip_suffix("}}"))
        .filter(|inner| !inner.contains("}}"));
    parse(inner.unwrap_or(text))
}

fn runs_when(condition: &Expression, needed: &[&str], failed: Option<&str>) -> bool {
    let result = |job: &str| match failed {
        Some(failed) if failed == job => "failure",
        _ => "success",
    };
    let results = needed.iter().map(|job| (*job, result(job))).collect();
    Scenario { results }.may_be_true(condition)
}

fn asks_for_status(expression: &Expression) -> bool {
    match expression {
        Expression::Call(name, arguments) => {
            STATUS_FUNCTIONS.contains(&name.as_str()) || arguments.iter().any(asks_for_status)
        }
        Expression::Not(inner) => asks_for_status(inner),
        Expression::Binary(_, left, right) => asks_for_status(left) || asks_for_status(right),
        Expression::Literal(_) | Expression::Lookup(_) | Expression::Opaque => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn despite(condition: &str) -> String {
        let text = |text: &str| Text {
            text: text.to_owned(),
            line: 1,
        };
        let job = Job {
            needs: vec![text("build"), text("test")],
            condition: Some(text(condition)),
            ..Job::default()
        };
        runs_despite(&job).join(" ")
    }

    #[test]
    fn a_condition_may_let_a_job_run_after_a_failure() {
        for condition in [
            "always()",
            "${{ always() }}",
            "!cancelled()",
            "${{ !cancelled() }}",
            "success() || failure()",
            "Always() && github.ref == 'refs/heads/main'",
            "always() && (needs.build.result == 'success' || true)",
            "${{ always() && needs.build.outputs.x == 'y' }}",
            "!contains(needs.*.result, 'cancelled') && always()",
        ] {
            assert_eq!(despite(condition), "build test", "{condition}");
        }
        let half = "always() && needs.build.result == 'success'";
        assert_eq!(despite(half), "test");
        assert_eq!(
            despite("always() && needs['build'].result != 'failure'"),
            "test"
        );
    }

    #[test]
    fn a_condition_may_never_hold() {
        let never = |text: &str| {
            is_never(&Text {
                text: text.to_owned(),
                line: 1,
            })
        };
        assert!(never("false") && never("${{ false }}") && never("!true && always()"));
        assert!(!never("true") && !never("failure()") && !never("github.ref == 'x'"));
    }

    #[test]
    fn a_condition_that_asks_how_things_went_is_fine() {
        for condition in [
            "github.ref == 'refs/heads/main'",
            "success()",
            "success() && github.ref == 'x'",
            "!cancelled() && !failure()",
            "always() && needs.build.result == 'success' && needs.test.result == 'success'",
            "always() && !contains(needs.*.result, 'failure')",
            "${{ !cancelled() && !contains(join(needs.*.result, ','), 'failure') }}",
            "always() && !contains(toJSON(needs.*.result), '\"failure\"')",
            "failure()",
            "always() && needs.test.result == 'failure'",
            "${{ failure() && github.ref == 'x' }}",
            "false",
            "not an expression",
        ] {
            assert_eq!(despite(condition), "", "{condition}");
        }
    }
}
