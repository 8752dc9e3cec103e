//! `http`: an endpoint is asked once or several times, and answers as it must.

mod answer;
mod tally;

use jiff::Timestamp;

use crate::checks::hits::unusable;
use crate::domain::check::{CheckResult, HttpRule};
use crate::domain::reason::{Reason, ReasonCode};
use crate::probe::http::{Endpoint, NoAnswer};
use answer::Expectation;
use tally::Tally;

/// Makes the requests of a rule, one after the other, and judges them. What came of each is told
/// in a line.
///
/// An endpoint without an answer is `failed`: it was asked. What stands between it and us is
/// `errored`.
pub async fn run(rule: &HttpRule, mut tell: impl FnMut(&str)) -> CheckResult {
    let expectation = match Expectation::new(rule) {
        Ok(expectation) => expectation,
        Err(result) => return *result,
    };
    let endpoint = match Endpoint::new(rule) {
        Ok(endpoint) => endpoint,
        Err(why) => return *unusable(&format!("{} can't be asked: {why}", rule.shown)),
    };
    let mut tally = Tally::default();
    for number in 1..=rule.samples {
        let line = match endpoint.ask().await {
            Ok(answer) => {
                let reasons = expectation.reasons(&answer, Timestamp::now());
                tally.answered(answer.took, reasons);
                format!("{} in {:.1} ms", answer.status, milliseconds(answer.took))
            }
            Err(NoAnswer::OfEndpoint(why)) => {
                tally.unanswered(unreachable(rule, &why));
                format!("no answer: {why}")
            }
            Err(NoAnswer::OfProxy(why)) => return proxy(rule, &why),
        };
        tell(&format!("{number}: {line}"));
    }
    tell(&tally.to_string());
    tally.into_result(rule)
}

fn milliseconds(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn unreachable(rule: &HttpRule, why: &str) -> Reason {
    let message = format!("{} {} gave no answer: {why}.", rule.method, rule.shown);
    Reason::new(ReasonCode::EndpointUnreachable, message)
}

fn proxy(rule: &HttpRule, why: &str) -> CheckResult {
    let message = format!(
        "{} {} could not be asked through the proxy that the environment names: {why}. Correct \
         HTTPS_PROXY or HTTP_PROXY, or add the host to NO_PROXY.",
        rule.method, rule.shown
    );
    CheckResult::errored(Reason::new(ReasonCode::ProxyUnreachable, message))
}
