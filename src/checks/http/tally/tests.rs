//! Several requests as one result.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::check::{HttpExpectation, Redirects};
use crate::domain::quality::share::Share;
use crate::domain::reason::ReasonCode;
use crate::domain::status::CheckStatus;

fn rule(p95: Option<u64>, availability: Option<&str>) -> HttpRule {
    HttpRule {
        url: String::new(),
        shown: String::new(),
        method: "GET",
        headers: BTreeMap::new(),
        body: None,
        redirects: Redirects::Judged,
        expect: HttpExpectation {
            status: Vec::new(),
            body: None,
            json: Vec::new(),
            header: BTreeMap::new(),
            tls_days: None,
        },
        samples: 1,
        request_time_out: Duration::from_secs(1),
        p95: p95.map(Duration::from_millis),
        availability: availability.and_then(Share::parse),
    }
}

/// Good requests with their milliseconds, and how many were bad.
fn tally(good: &[u64], bad: u64) -> Tally {
    let mut tally = Tally::default();
    for time in good {
        tally.answered(Duration::from_millis(*time), Vec::new());
    }
    for _ in 0..bad {
        tally.unanswered(Reason::new(ReasonCode::EndpointUnreachable, "down"));
    }
    tally
}

#[track_caller]
fn check(tally: Tally, rule: &HttpRule, expect: &[&str]) {
    let result = tally.into_result(rule);
    let codes: Vec<_> = result.reasons.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(codes, expect, "{:?}", result.reasons);
    let passed = result.status == CheckStatus::Passed;
    assert_eq!(passed, expect.is_empty());
}

#[test]
fn all_must_be_good_unless_a_share_is_enough() {
    check(tally(&[1], 0), &rule(None, None), &[]);
    check(tally(&[1], 1), &rule(None, None), &["endpoint_unreachable"]);
    check(tally(&[1], 1), &rule(None, Some("50%")), &[]);
    let low = ["availability_low", "endpoint_unreachable"];
    check(tally(&[1], 1), &rule(None, Some("51%")), &low);
}

#[test]
fn nothing_passes_without_a_good_request() {
    let down = ["endpoint_unreachable"];
    check(tally(&[], 3), &rule(Some(1), Some("0%")), &down);
    let result = tally(&[], 3).into_result(&rule(None, None));
    assert_eq!(result.measured.latency, None);
    assert_eq!(result.reasons[0].message, "3 of 3 requests: down");
}

#[test]
fn the_slow_ones_count_by_their_nearest_rank() {
    let twenty: Vec<u64> = (1..=20).rev().collect();
    check(tally(&twenty, 0), &rule(Some(19), None), &[]);
    check(tally(&twenty, 0), &rule(Some(18), None), &["latency_high"]);
    let told = tally(&twenty, 1).to_string();
    assert_eq!(
        told,
        "20 of 21 requests were answered as expected; of their times the median is 10 ms, p95 19 ms \
         (nearest rank: number 19 of 20 in order), the longest 20 ms"
    );
    let none = tally(&[], 2).to_string();
    assert_eq!(none, "0 of 2 requests were answered as expected");
}

#[test]
fn a_reason_is_told_once_with_its_number() {
    let result = tally(&[1], 7).into_result(&rule(None, None));
    let messages: Vec<_> = result.reasons.iter().map(|it| &it.message).collect();
    assert_eq!(messages, ["7 of 8 requests: down"]);
    let mut many = Tally::default();
    for number in 0..1000 {
        let reason = Reason::new(ReasonCode::BodyMismatch, number.to_string());
        many.answered(Duration::ZERO, vec![reason]);
    }
    assert_eq!(many.into_result(&rule(None, None)).reasons.len(), KEPT);
}

proptest! {
    #[test]
    fn so_many_are_not_slower_than_the_percentile(
        times in proptest::collection::vec(0..1000_u64, 1..200), percent in 1..=100_usize
    ) {
        let times: Vec<_> = times.into_iter().map(Duration::from_millis).collect();
        let found = percentile(&times, percent).unwrap();
        let within = times.iter().filter(|time| **time <= found).count();
        let below = times.iter().filter(|time| **time < found).count();
        prop_assert!(times.contains(&found));
        prop_assert!(within * 100 >= percent * times.len());
        prop_assert!(below * 100 < percent * times.len());
    }
}
