//! The check run of an environment: whether the release may go there, and what is missing.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::check_run::{CheckRun, CheckRunState, Conclusion, TEXT_BYTES};
use crate::domain::delivery::promotion::EnvironmentVerdict;
use crate::domain::delivery::protection::answer;
use crate::domain::evidence::redaction::Redactor;
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::EnvironmentId;
use crate::domain::reason::Reason;
use crate::render::markdown::{self, Document};
use crate::render::{Chronicle, StatusView, clean, environments};

/// The longest title, in bytes.
const LONGEST_TITLE: usize = 255;

/// `Tollgate / production`. No gate has such a name: theirs begin with a small letter.
pub fn environment_name(environment: &EnvironmentId) -> String {
    format!("Tollgate / {environment}")
}

/// The check run of an environment, on the release's commit, masked. It has no external id yet.
pub fn of_environment(
    view: &StatusView<'_>,
    environment: &EnvironmentVerdict,
    redactor: &Redactor,
) -> CheckRun {
    let verdict = Masking(redactor).verdict(view.verdict);
    let environment = Masking(redactor).environment(environment);
    let state = CheckRunState::from(&answer(Some(&environment)));
    let title = title(state, &environment);
    let whole_is_in = format!("the report of the release {}", view.release.id());
    CheckRun {
        name: environment_name(&environment.id),
        head_sha: view.release.sha.clone(),
        external_id: None,
        details_url: None,
        state,
        title: clean::cut(&title, LONGEST_TITLE).into_owned(),
        summary: summary(verdict, environment).within(TEXT_BYTES, &whole_is_in),
        text: None,
        annotations: Vec::new(),
    }
}

fn title(state: CheckRunState, environment: &EnvironmentVerdict) -> String {
    let word = match state {
        CheckRunState::Completed(Conclusion::Success) => {
            return "open: everything that it asks for is there".to_owned();
        }
        CheckRunState::Completed(_) => "closed",
        CheckRunState::InProgress => "waits",
    };
    let why = environments::why(environment);
    clean::line(&format!("{word}: {}", why.unwrap_or_default()))
}

fn summary(verdict: Verdict, environment: EnvironmentVerdict) -> Document {
    let chronicle = Chronicle {
        environment: Some(Arc::new(environment)),
        ..Chronicle::of_record(verdict, Timestamp::UNIX_EPOCH)
    };
    markdown::standing(&chronicle)
}

/// Masks what is shown of a verdict, before Markdown makes other text of it.
struct Masking<'a>(&'a Redactor);

impl Masking<'_> {
    fn text(&self, text: &mut String) {
        *text = self.0.mask(text).into_owned().into_inner();
    }

    fn reasons(&self, reasons: &mut [Reason]) {
        reasons.iter_mut().for_each(|it| self.text(&mut it.message));
    }

    fn environment(&self, verdict: &EnvironmentVerdict) -> EnvironmentVerdict {
        let mut verdict = verdict.clone();
        self.reasons(&mut verdict.reasons);
        let people = verdict.approvals.iter_mut().flat_map(|it| &mut it.people);
        for person in people {
            self.text(&mut person.comment);
            person
                .objection
                .iter_mut()
                .for_each(|it| self.text(&mut it.message));
        }
        verdict
    }

    fn verdict(&self, verdict: &Verdict) -> Verdict {
        let mut verdict = verdict.clone();
        for gate in &mut verdict.gates {
            self.reasons(&mut gate.reasons);
            for check in &mut gate.checks {
                self.text(&mut check.title);
                self.reasons(&mut check.reasons);
            }
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::redaction::RedactionRules;
    use crate::domain::reason::ReasonCode;
    use crate::domain::release::Release;
    use crate::domain::status::GateStatus;

    fn check_run(reasons: &[(ReasonCode, &str)]) -> CheckRun {
        let environment = EnvironmentVerdict {
            id: "production".parse().unwrap(),
            eligible: reasons.is_empty(),
            reasons: reasons
                .iter()
                .map(|(code, message)| Reason::new(*code, *message))
                .collect(),
            approvals: None,
        };
        let verdict = Verdict {
            status: GateStatus::Pending,
            gates: Vec::new(),
            environments: vec![environment.clone()],
            waivers: Vec::new(),
        };
        let release = Release {
            repository: "acme/shop".parse().unwrap(),
            sha: "0123456789abcdef0123456789abcdef01234567".parse().unwrap(),
            version: None,
        };
        let view = StatusView {
            release: &release,
            dirty: false,
            verdict: &verdict,
        };
        let rules = RedactionRules {
            emails: true,
            ..RedactionRules::default()
        };
        of_environment(
            &view,
            &environment,
            &Redactor::new(&rules, Vec::new()).unwrap(),
        )
    }

    #[test]
    fn it_says_how_the_environment_stands() {
        use ReasonCode::{ApprovalMissing, GateFailed};
        for (reasons, conclusion, title) in [
            (
                &[][..],
                Some("success"),
                "open: everything that it asks for is there",
            ),
            (
                &[(GateFailed, "G1 is failed"), (ApprovalMissing, "nobody")],
                Some("failure"),
                "closed: G1 is failed (gate_failed) and 1 more",
            ),
            (
                &[(ApprovalMissing, "ask alice@example.com\nnow")],
                None,
                "waits: ask ",
            ),
        ] {
            let run = check_run(reasons);
            assert_eq!(run.state.conclusion(), conclusion, "{title}");
            assert!(run.title.starts_with(title), "{}", run.title);
            assert_eq!(run.name, "Tollgate / production");
            assert!(
                run.summary.contains("| **production** |"),
                "{}",
                run.summary
            );
            let shown = format!("{} {}", run.title, run.summary);
            assert!(
                !shown.contains("alice") && !shown.contains("example.com"),
                "{shown}"
            );
        }
    }

    #[test]
    fn it_fits_whatever_the_reasons_are() {
        let long = "a@b.example ".repeat(20_000);
        let run = check_run(&[(ReasonCode::GateFailed, &long)]);
        assert!(run.summary.len() <= TEXT_BYTES && run.title.len() <= LONGEST_TITLE);
    }
}
