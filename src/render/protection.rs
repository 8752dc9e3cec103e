//! The comment with which a waiting deployment is approved or rejected: Markdown that others read on
//! the page of the run.

use super::markdown::escape;
use crate::domain::evidence::redaction::Redactor;
use crate::domain::reason::Reason;

/// The most characters of a comment
/// (<https://docs.github.com/en/rest/actions/workflow-runs#review-custom-deployment-protection-rules-for-a-workflow-run>).
pub const LONGEST: usize = 1024;

/// Why a release may not go to an environment, masked and bounded; the reasons that have no place
/// are counted.
pub fn rejection(environment: &str, reasons: &[Reason], redactor: &Redactor) -> String {
    let head = format!(
        "Tollgate: {} is closed for this release.\n",
        escape::inline(environment)
    );
    with_reasons(head, reasons, redactor)
}

/// What is said when GitHub would soon give up a job for which something is still missing.
pub fn overdue(environment: &str, missing: &[Reason], redactor: &Redactor) -> String {
    let head = format!(
        "Tollgate: {} is not open for this release after 29 days, and GitHub waits for 30. Run the \
         job again when this is there:\n",
        escape::inline(environment)
    );
    with_reasons(head, missing, redactor)
}

/// What is said when it would give up a job that could never be judged. Why not is told in the
/// server's log alone.
pub fn unjudged(environment: &str) -> String {
    format!(
        "Tollgate: {} stays closed for this release: it could not be judged in 29 days, and GitHub \
         waits for 30. The server's log says why; mend that, and run the job again.",
        escape::inline(environment)
    )
}

fn with_reasons(head: String, reasons: &[Reason], redactor: &Redactor) -> String {
    let lines: Vec<String> = reasons
        .iter()
        .map(|reason| {
            let message = redactor.mask(&reason.message).into_owned().into_inner();
            format!("\n- {} (`{}`)", escape::opening(&message), reason.code)
        })
        .collect();
    for shown in (0..=lines.len()).rev() {
        let rest = match lines.len() - shown {
            0 => String::new(),
            hidden => format!("\n\n{hidden} more; `tollgate why` tells them all."),
        };
        let comment = format!("{head}{}{rest}", lines[..shown].concat());
        if comment.chars().count() <= LONGEST {
            return comment;
        }
    }
    head.chars().take(LONGEST).collect()
}

/// Why it may.
pub fn approval(environment: &str) -> String {
    format!(
        "Tollgate: {} is open for this release: every gate that it asks for is passed or waived.",
        escape::inline(environment)
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::evidence::redaction::RedactionRules;
    use crate::domain::reason::ReasonCode;

    fn comment(messages: &[String]) -> String {
        let rules = RedactionRules {
            emails: true,
            ..RedactionRules::default()
        };
        let redactor = Redactor::new(&rules, Vec::new()).unwrap();
        let reasons = messages
            .iter()
            .map(|message| Reason::new(ReasonCode::GateFailed, message.as_str()));
        rejection("production", &reasons.collect::<Vec<_>>(), &redactor)
    }

    #[test]
    fn reasons_are_told_masked_and_as_they_are() {
        let told = comment(&["*G3* is failed; ask alice@example.com".to_owned()]);
        assert!(
            told.starts_with(
                "Tollgate: production is closed for this release.\n\n- \\*G3\\* is failed"
            ),
            "{told}"
        );
        assert!(told.ends_with("(`gate_failed`)"), "{told}");
        assert!(!told.contains("alice@example.com"), "{told}");
    }

    #[test]
    fn what_has_no_place_is_counted() {
        let told = comment(&vec!["x".repeat(400); 5]);
        assert!(
            told.ends_with("3 more; `tollgate why` tells them all."),
            "{told}"
        );
    }

    #[test]
    fn what_took_too_long_says_what_is_missing() {
        let rules = RedactionRules::default();
        let redactor = Redactor::new(&rules, Vec::new()).unwrap();
        let reasons = [Reason::new(
            ReasonCode::ApprovalMissing,
            "nobody approved it",
        )];
        let told = overdue("production", &reasons, &redactor);
        assert!(
            told.ends_with(
                "Run the job again when this is there:\n\n- nobody approved it (`approval_missing`)"
            ),
            "{told}"
        );
        assert!(unjudged("production").starts_with("Tollgate: production stays closed"));
    }

    proptest! {
        #[test]
        fn no_comment_is_too_long(messages in proptest::collection::vec(".{0,1500}", 0..6)) {
            prop_assert!(comment(&messages).chars().count() <= LONGEST);
        }
    }
}
