//! A shown policy is the same policy.

use super::*;

/// A policy without what depends on its text.
fn without_digests(mut policy: Policy) -> Policy {
    for check in policy.gates.iter_mut().flat_map(|gate| &mut gate.checks) {
        check.definition = crate::domain::ids::Sha256Digest::of(b"");
    }
    policy.digest = crate::domain::ids::Sha256Digest::of(b"");
    policy
}

fn shown_again(text: &str) -> String {
    let policy = good(text);
    let shown = show(&policy);
    let again = good(&shown);
    assert_eq!(
        without_digests(again.clone()),
        without_digests(policy),
        "{shown}"
    );
    assert_eq!(show(&again), shown);
    shown
}

#[test]
fn the_example_of_the_interface_is_shown_with_every_default() {
    insta::assert_snapshot!(shown_again(super::accepted::SHOP));
}

#[test]
fn what_spooled_facts_are_worth_is_shown_and_anything_else_is_refused() {
    let with = |ledger: &str| format!("{}\nledger: {ledger}\n", with_check("run: x"));
    let shown = shown_again(&with("{ spooled: refused }"));
    assert!(shown.contains("ledger:\n  spooled: refused"), "{shown}");
    assert!(shown_again(&with("{}")).contains("  spooled: allowed"));
    for (ledger, expect) in [
        ("{ spooled: maybe }", "8:20 … `allowed`"),
        (
            "{ spool: allowed }",
            "8:11 unknown key `spool` | known keys: `spooled`",
        ),
        ("allowed", "8:9 `ledger` must be a mapping"),
    ] {
        check(&with(ledger), &[expect]);
    }
}

#[test]
fn shown_journeys_are_the_same_journeys() {
    shown_again(
        "version: 1
gates:
  G1:
    checks:
      e2e: { run: x, results: { junit: e.xml } }
      table: { journeys: { all: true } }
      faults: { journeys: { faults: 1, from: G1/e2e } }
journeys:
  pay: { title: \"Pay: now\", tests: [\"*pay*\", \"${x} # y\"], faults: { twice: \"*twice*\" } }
  order: { tests: order, faults: { a: [x, y], b: z } }
",
    );
}

#[test]
fn a_shown_policy_is_accepted_and_means_the_same() {
    for lines in [
        "run: |\n  set -x\n  make\nenv: { A: \"${B} $${C}\", B: \"true\" }\nneeds-token: true\ntimeout: 1500ms",
        "run: [echo, \"a b\", \"\", \"- x\"]\nworking-directory: \"a b/ü\"",
        "run: x\nresults: { junit: \"*.xml\", coverage: c, sarif: [a, b], latency: l, image-digest: d }\nrequire: { tests: 0, skipped: 3, branch-coverage: 99.5, findings: { warning: 2 }, p95: 800ms }",
        "run: x\ncritical: true\nresults: { junit: \"[ab].xml\" }\nevidence: [a/**, \"b, c\"]\ngroup: schema",
        "manual: Look at it",
        "run: x\nevidence: { html: [a, b], file: c }\ntimeout: 48h\nretries: 10",
        "versions: { node: 22, python: 3.10, \"npm:@a/b\": \"1\" }",
        "files: { exist: [a, /b], match: { \"*.md\": '^#\\s+\"x\"' }, forbid: { \"**\": \"(?i)todo: \" } }",
        "variables: { present: A, absent: [B], matches: { C: '\\d+' }, hardcoded: { in: [\"**\", x], pattern: \"sk_\" } }",
        "tag: { name: \"v${TOLLGATE_VERSION}\", message: \"Release\\n\\nNotes: none\\n\" }",
        "github: { environment: production }",
        "contract: { base: a.yaml, current: \"./b c.json\" }",
        "logs: { file: \"logs/*.log\", fields: [user_id, a.b], events: order.created }",
        "logs: { file: [a, \"b c\"], events: [\"x y\"], event-field: name }",
        "quota: { file: usage.json, limits: { builds: { warn: 80%, fail: 95.5% }, \"a b\": { fail: 1 } } }",
        "migrations: { directory: db/migrations/ }",
        "http: { url: \"https://${HOST}/x?a=b\" }",
        "http: { url: https://h, method: POST, headers: { x-a: \"${B}\" }, body: \"{}\", follow: true, samples: 20, p95: 1500ms, availability: 99.5%, request-timeout: 3s, expect: { status: [2xx, 304], body: '^ok', json: { \"$.a[0]\": 1.50, b: true, c: \"null\" }, header: { etag: '.' }, tls-days: 30 } }",
        "sql: { url-from: U, tables: a }",
        "sql: { url-from: U, schemas: [a, b], tables: [a, b.c], rls: all, rls-except: [d], migrations: { table: m, at: 0001 }, query: \"SELECT 1\\n, 2\\n\", expect: [[1, a], [2, \"b, c\"]] }",
        "sql: { url-from: U, rls: [a, b], migrations: { table: m, at: db/x/ }, query: \"SELECT 1\", expect: [1, 2] }",
        "sql: { url-from: U, query: \"SELECT 1\", expect: 1.0 }",
        "sql: { url-from: U, query: \"SELECT 1\", expect: { rows: 7 } }",
        "sql: { url-from: U, query: \"SELECT 1\", expect: { empty: true } }",
        "sql: { url-from: U, query: \"SELECT 1\", expect: { empty: false } }",
        "storage: { url-from: U, buckets: [a, b], objects: { b: x, c: [y/z.txt, \"ü w\"] } }",
        "github: { environment: p-1, reviewers: 6, prevent-self-review: true, secrets: A, variables: [B, C] }",
    ] {
        shown_again(&with_check(lines));
    }
}

#[test]
fn what_people_are_asked_for_is_shown() {
    let shown = shown_again(
        "version: 1\ngates:\n  G1: { evidence: plan, approvals: { minimum: 2, from: [qa] } }\n  G2: { checks: { uat: { manual: Look, \
         only: p } } }\nenvironments: { p: { gates: [G1, G2] } }\nwaivers: { longest: 7d, from: [\"user:mia\"] }",
    );
    for part in [
        "evidence: [plan]",
        "minimum: 2",
        "only: [p]",
        "longest: 7d",
        "from: [\"user:mia\"]",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}
