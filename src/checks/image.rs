//! `image`: the registry holds the very image that was built.

use crate::domain::check::{CheckResult, ImageRule};
use crate::domain::ids::ImageDigest;
use crate::domain::reason::{Reason, ReasonCode};
use crate::registry::{Answer, Registry};

/// Judges the rule. `recorded` is the digest that the check named by `same-as` recorded for this
/// release, where it did.
pub async fn run(
    rule: &ImageRule,
    recorded: Option<&ImageDigest>,
    registry: &Registry,
) -> CheckResult {
    let Some(recorded) = recorded else {
        let build = &rule.same_as;
        let message = format!(
            "`{build}` recorded no image digest for this release, so there is nothing to compare \
             with. Run `{build}` with `results: {{ image-digest: FILE }}`."
        );
        return failed(ReasonCode::DigestUnrecorded, message);
    };
    match registry.digest(&rule.reference).await {
        Ok(answer) => judge(rule, recorded, answer),
        Err(bad) => {
            let message = format!("{bad}.");
            CheckResult::errored(Reason::new(ReasonCode::NotStarted, message))
        }
    }
}

fn judge(rule: &ImageRule, recorded: &ImageDigest, answer: Answer) -> CheckResult {
    let ImageRule { reference, same_as } = rule;
    match answer {
        Answer::Found(held) if held == *recorded => CheckResult {
            image_digest: Some(held),
            ..CheckResult::judged(Vec::new())
        },
        Answer::Found(held) => {
            let message = format!(
                "The registry holds {held} as `{reference}`, but `{same_as}` built {recorded}. \
                 Push the image that was built, and nothing over it."
            );
            failed(ReasonCode::DigestMismatch, message)
        }
        Answer::NoSuchImage => {
            let message = format!("The registry holds no `{reference}`. Push it first.");
            failed(ReasonCode::ImageMissing, message)
        }
        Answer::Unreachable { message } => {
            let message = format!("The registry of `{reference}` could not be asked: {message}.");
            CheckResult::errored(Reason::new(ReasonCode::RegistryUnreachable, message))
        }
        Answer::Denied { message } => {
            let message = format!("The registry of `{reference}` does not let us look: {message}.");
            CheckResult::errored(Reason::new(ReasonCode::RegistryUnreachable, message))
        }
    }
}

fn failed(code: ReasonCode, message: String) -> CheckResult {
    CheckResult::judged(vec![Reason::new(code, message)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::status::CheckStatus::{self, Errored, Failed, Passed};
    use crate::registry::DockerConfig;

    fn rule(reference: &str) -> ImageRule {
        ImageRule {
            reference: reference.to_owned(),
            same_as: "build/image".parse().unwrap(),
        }
    }

    fn digest(digit: &str) -> ImageDigest {
        format!("sha256:{}", digit.repeat(64)).parse().unwrap()
    }

    #[track_caller]
    fn check(answer: Answer, status: CheckStatus, code: &str, says: &[&str]) {
        let result = judge(&rule("registry.example/shop:1"), &digest("a"), answer);
        assert_eq!(result.status, status);
        assert_eq!(result.image_digest, None);
        assert_eq!(result.reasons[0].code.as_str(), code);
        for text in says {
            assert!(
                result.reasons[0].message.contains(text),
                "{:?}",
                result.reasons
            );
        }
    }

    #[test]
    fn the_same_digest_passes_and_is_recorded() {
        let answer = Answer::Found(digest("a"));
        let result = judge(&rule("registry.example/shop:1"), &digest("a"), answer);
        assert_eq!(
            (result.status, result.image_digest),
            (Passed, Some(digest("a")))
        );
    }

    #[test]
    fn every_other_answer_does_not_pass() {
        let both = [&digest("a").to_string(), &digest("b").to_string()];
        let both = both.map(String::as_str);
        check(Answer::Found(digest("b")), Failed, "digest_mismatch", &both);
        let name = ["registry.example/shop:1"];
        check(Answer::NoSuchImage, Failed, "image_missing", &name);
        let message = || "said so".to_owned();
        let said = ["registry.example/shop:1", "said so"];
        let answer = Answer::Unreachable { message: message() };
        check(answer, Errored, "registry_unreachable", &said);
        let answer = Answer::Denied { message: message() };
        check(answer, Errored, "registry_unreachable", &said);
    }

    #[tokio::test]
    async fn without_a_recorded_digest_the_registry_is_not_asked() {
        let registry = Registry::new(DockerConfig::default());
        let result = run(&rule("127.0.0.1:1/shop:1"), None, &registry).await;
        assert_eq!(result.status, Failed);
        assert_eq!(result.reasons[0].code, ReasonCode::DigestUnrecorded);
    }

    #[tokio::test]
    async fn a_reference_that_names_no_image_is_an_error() {
        let registry = Registry::new(DockerConfig::default());
        let result = run(&rule("Shop:1:2"), Some(&digest("a")), &registry).await;
        assert_eq!(result.status, Errored);
        assert_eq!(result.reasons[0].code, ReasonCode::NotStarted);
    }
}
