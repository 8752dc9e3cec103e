//! Whether a condition lets through only code that somebody trusted has written, or chosen.

use crate::domain::workflow::condition::{self, read};
use crate::domain::workflow::expression::{Expression, Literal, Operator};
use crate::domain::workflow::{Job, Text, Workflow};

/// The events that run with secrets and a token that can write, though anybody can cause them.
pub(super) const OPEN_EVENTS: [&str; 3] = ["pull_request_target", "workflow_run", "issue_comment"];

/// The events of pull requests, which anybody can open.
const BY_ANYBODY: [&str; 5] = [
    "pull_request",
    "pull_request_target",
    "pull_request_review",
    "pull_request_review_comment",
    "issue_comment",
];

/// Who writes for a repository (<https://docs.github.com/en/graphql/reference/enums#commentauthorassociation>).
const MEMBERS: [&str; 3] = ["OWNER", "MEMBER", "COLLABORATOR"];

/// Tells whether a job runs for trusted code only: by its own condition, or since a job that it
/// waits for is skipped otherwise.
pub(super) fn is_job_guarded(workflow: &Workflow, job: &Job, event: &str) -> bool {
    let mut open = vec![job];
    let mut seen: Vec<&str> = Vec::new();
    while let Some(job) = open.pop() {
        if is_guarded(job.condition.as_ref(), event) {
            return true;
        }
        if seen.contains(&job.id.as_str()) || !condition::minds_skips(job) {
            continue;
        }
        seen.push(&job.id);
        let needed = job.needs.iter();
        open.extend(needed.filter_map(|needed| workflow.job(&needed.text)));
    }
    false
}

/// Tells whether a condition is never true for code that anybody can bring in by an event.
pub(super) fn is_guarded(condition: Option<&Text>, event: &str) -> bool {
    let expression = condition.and_then(read);
    expression.is_some_and(|expression| implies_trust(&expression, true, event))
}

/// Whether trust follows from an expression's being true, or being false.
fn implies_trust(expression: &Expression, is_true: bool, event: &str) -> bool {
    let implies = |inner: &Expression| implies_trust(inner, is_true, event);
    match expression {
        Expression::Literal(Literal::Boolean(value)) => *value != is_true, // it never comes to that
        Expression::Not(inner) => implies_trust(inner, !is_true, event),
        Expression::Binary(Operator::And | Operator::Or, left, right) => {
            let is_either = matches!(expression, Expression::Binary(Operator::And, ..)) == is_true;
            match is_either {
                true => implies(left) || implies(right),
                false => implies(left) && implies(right),
            }
        }
        Expression::Binary(Operator::Equal, left, right) => comparison(left, right, is_true, event),
        Expression::Binary(Operator::Unequal, left, right) => {
            comparison(left, right, !is_true, event)
        }
        Expression::Lookup(_) => {
            let truth = Expression::Literal(Literal::Boolean(true));
            comparison(expression, &truth, is_true, event)
        }
        Expression::Call(name, arguments) => {
            is_true && name == "contains" && arguments.iter().any(asks_for_people)
        }
        Expression::Literal(_) | Expression::Binary(Operator::Order, ..) | Expression::Opaque => {
            false
        }
    }
}

/// Whether trust follows from two values' being equal, or being different.
fn comparison(left: &Expression, right: &Expression, is_equal: bool, event: &str) -> bool {
    let (place, other) = match (left, right) {
        (Expression::Lookup(names), other) | (other, Expression::Lookup(names)) => {
            (names.join("."), other)
        }
        _ => return false,
    };
    let ends = |name: &str| place.ends_with(name);
    match other {
        Expression::Literal(Literal::Boolean(value)) => {
            let holds = *value == is_equal;
            let is_of_fork = ends("head.repo.fork") || ends("head_repository.fork");
            (holds && ends("pull_request.merged")) || (!holds && is_of_fork)
        }
        Expression::Literal(Literal::Text(text)) => equals_text(&place, text, is_equal, event),
        // `head.repo.full_name == github.repository`, whichever stands first.
        Expression::Lookup(names) => {
            let other = names.join(".");
            let is_own = |place: &str| {
                place.starts_with("github.repository")
                    || place.starts_with("github.event.repository")
                    || place.contains(".base.repo.")
            };
            let pair = [(&place, &other), (&other, &place)];
            let fits = |(head, own): &(&String, &String)| is_of_head(head) && is_own(own);
            is_equal && pair.iter().any(fits)
        }
        _ => false,
    }
}

fn equals_text(place: &str, text: &str, is_equal: bool, event: &str) -> bool {
    let is = |other: &str| text.eq_ignore_ascii_case(other);
    if place == "github.event_name" {
        return is(event) != is_equal; // it runs for other events only
    }
    if place.ends_with("workflow_run.event") {
        // Whatever else is left out, pull requests are.
        return match is_equal {
            true => !BY_ANYBODY.iter().any(|event| is(event)),
            false => is("pull_request"),
        };
    }
    if place.ends_with("author_association") {
        return is_equal && MEMBERS.iter().any(|member| is(member));
    }
    let is_label = place == "github.event.label.name";
    is_equal && !text.is_empty() && (is_label || is_of_head(place) || is_person(place))
}

/// The repository that a pull request, or the run before, comes from.
fn is_of_head(place: &str) -> bool {
    place.contains(".head.repo.")
        || place.contains(".head_repository.")
        || place.ends_with(".head.user.login")
}

fn is_person(place: &str) -> bool {
    ["actor", ".user.login", ".sender.login", "actor.login"]
        .iter()
        .any(|end| place.ends_with(end))
}

/// Whether `contains` looks for somebody or for a label that somebody set.
fn asks_for_people(argument: &Expression) -> bool {
    match argument {
        Expression::Lookup(names) => {
            let place = names.join(".");
            place.contains("labels.") || place.ends_with("author_association") || is_person(&place)
        }
        Expression::Call(_, inner) => inner.iter().any(asks_for_people),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guarded(condition: &str, event: &str) -> bool {
        let text = Text {
            text: condition.to_owned(),
            line: 1,
        };
        is_guarded(Some(&text), event)
    }

    #[test]
    fn conditions_that_keep_strangers_away() {
        for condition in [
            "github.event.pull_request.head.repo.full_name == github.repository",
            "${{ github.repository == github.event.pull_request.head.repo.full_name && always() }}",
            "github.event.pull_request.head.repo.id == github.event.pull_request.base.repo.id",
            "github.event.pull_request['head'].repo.full_name == 'acme/shop'",
            "!github.event.pull_request.head.repo.fork",
            "github.event.pull_request.head.repo.fork == false",
            "github.event.pull_request.head.repo.fork != true",
            "!(github.event.pull_request.head.repo.full_name != github.repository)",
            "github.event.pull_request.merged",
            "github.event.pull_request.merged == true && github.base_ref == 'main'",
            "github.event_name == 'push'",
            "github.event_name != 'pull_request_target'",
            "contains(github.event.pull_request.labels.*.name, 'safe to test')",
            "github.event.label.name == 'safe to test'",
            "contains(fromJSON('[\"OWNER\", \"MEMBER\"]'), github.event.comment.author_association)",
            "github.event.comment.author_association == 'OWNER'",
            "github.actor == 'renovate[bot]' || github.actor == 'dependabot[bot]'",
            "false",
        ] {
            assert!(guarded(condition, "pull_request_target"), "{condition}");
        }
        for condition in [
            "github.event.workflow_run.event == 'push'",
            "github.event.workflow_run.event != 'pull_request'",
            "github.event.workflow_run.conclusion == 'success' && github.event.workflow_run.event == 'push'",
            "github.event.workflow_run.head_repository.full_name == github.repository",
        ] {
            assert!(guarded(condition, "workflow_run"), "{condition}");
        }
    }

    #[test]
    fn conditions_that_only_look_as_if() {
        for condition in [
            "true",
            "always()",
            "github.actor != 'dependabot[bot]'",
            "github.event.pull_request.head.repo.full_name != github.repository",
            "github.event.pull_request.head.repo.fork",
            "github.event.pull_request.head.repo.fork == true",
            "github.event.pull_request.head.repo.full_name == github.repository || always()",
            "!contains(github.event.pull_request.labels.*.name, 'skip ci')",
            "github.event.label.name != 'skip ci'",
            "github.event.comment.author_association != 'NONE'",
            "github.event.comment.author_association == 'CONTRIBUTOR'",
            "contains(github.event.comment.body, '/deploy')",
            "startsWith(github.head_ref, 'release/')",
            "!github.event.pull_request.merged",
            "!github.event.pull_request.draft",
            "github.event_name == 'pull_request_target'",
            "github.event_name != 'push'",
            "github.event.pull_request.user.login == ''",
            "not an expression",
        ] {
            assert!(!guarded(condition, "pull_request_target"), "{condition}");
        }
        for condition in [
            "github.event.workflow_run.event == 'pull_request'",
            "github.event.workflow_run.event != 'push'",
            "github.event.workflow_run.conclusion == 'success'",
            "github.event.workflow_run.head_branch == 'main'",
        ] {
            assert!(!guarded(condition, "workflow_run"), "{condition}");
        }
    }
}
