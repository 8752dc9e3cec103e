//! Times that leave out the parts of a second, as GitHub's do.

use super::*;

/// A second approval or deployment after a first, each so many milliseconds behind the hour.
fn behind_the_hour(lines: [&str; 2], milliseconds: [i64; 2]) -> String {
    let (mut facts, gates) = told(&lines);
    let [first, second] = milliseconds.map(SignedDuration::from_millis);
    if let [one, two] = facts.approvals.as_mut_slice() {
        (one.at, two.at) = (one.at + first, two.at + second);
    }
    if let [one, two] = facts.deployments.as_mut_slice() {
        (one.at, two.at) = (one.at + first, two.at + second);
    }
    let policy = match facts.deployments.is_empty() {
        true => policy("p: from=user:bob"),
        false => policy("p: after=staging"),
    };
    shown(&promotion::judge(&policy, &facts, &gates, hour(NOON))[0])
}

#[test]
fn what_is_dated_in_a_whole_second_may_be_from_its_end() {
    let decisions = ["bob rejected p 9", "bob approved p 9 run=77"];
    let veto = "approval_rejected approval_missing";
    for (milliseconds, expect) in [
        ([500, 0], veto),
        ([0, 500], veto),
        ([0, 0], veto),
        ([0, 1000], "eligible"),
        ([400, 500], "eligible"),
        ([500, 1000], "eligible"),
    ] {
        let found = behind_the_hour(decisions, milliseconds);
        assert_eq!(found, expect, "{milliseconds:?}");
        let deployments = ["deployed staging failed 9", "deployed staging passed 9"];
        let expect = expect.replace(veto, "deployment_failed");
        let found = behind_the_hour(deployments, milliseconds);
        assert_eq!(found, expect, "{milliseconds:?}");
    }
}
