//! Who made the release, as a pipeline told it.

use super::*;
use crate::domain::gate::facts::Fact;

fn standing(approval: &str, told: &[(&str, i64)]) -> String {
    let (mut facts, gates) = super::told(&[approval]);
    facts.authors = told
        .iter()
        .map(|(author, at)| Fact {
            at: hour(*at),
            key: (*author).to_owned(),
            record: vec![(*author).to_owned()],
        })
        .collect();
    let policy = policy("p: from=user:alice,user:bob noself");
    shown(&promotion::judge(&policy, &facts, &gates, hour(NOON))[0])
}

#[test]
fn what_a_pipeline_told_of_authors_counts_once_its_time_has_come() {
    let own = "approval_missing self_approval";
    for (approval, told, expect) in [
        ("alice approved p 9", &[("carol", 8)][..], "eligible"),
        ("alice approved p 9", &[("ALICE", 8)], own),
        ("alice approved p 9", &[("carol", 8), ("alice", 8)], own),
        ("alice approved p 9 author=alice", &[("carol", 8)], own),
        ("alice approved p 9 author=carol", &[("alice", 13)], own),
        (
            "alice approved p 9",
            &[("carol", 13)],
            "approval_missing authors_unknown",
        ),
        (
            "alice approved p 9",
            &[],
            "approval_missing authors_unknown",
        ),
    ] {
        assert_eq!(standing(approval, told), expect, "{approval} {told:?}");
    }
}
