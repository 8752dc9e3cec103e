//! Whose approvals open the door.

use super::*;

#[tokio::test]
async fn an_approval_of_this_run_opens_the_door() {
    check(&["bob approved production"], "eligible").await;
    check(&["BOB approved Production"], "eligible").await;
    check(&["bob pending production"], "approval_missing").await;
    check(&["bob approved staging"], "approval_missing").await;
    let said = check(&[], "approval_missing").await;
    assert!(said.contains("environment: production"), "{said}");
}

#[tokio::test]
async fn the_approval_becomes_an_event() {
    let world = World::new(&policy(STRICT)).await;
    world
        .answer(RUN, run("2026-01-01T00:00:00Z", "carol", "dave"))
        .await;
    world
        .answer(
            REVIEWS,
            reviews(&["Bob approved production", "eve approved staging"]),
        )
        .await;
    world.well().await;
    world.promoted().await;
    let decisions = world.decisions().await;
    let [(key, actor, payload)] = decisions.as_slice() else {
        panic!("{decisions:?}");
    };
    assert!(
        key.starts_with("github_actions/77/2/approval/production/bob/0/"),
        "{key}"
    );
    assert_eq!(actor, "Bob");
    let expect = json!({
        "environment": "production", "by": "Bob", "decision": "approved", "run": 77, "attempt": 2,
        "run_sha": SHA, "authors": ["alice", "Alice A"], "triggered_by": ["carol", "dave"]
    });
    for (key, value) in expect.as_object().unwrap() {
        assert_eq!(payload[key], *value, "{key}");
    }
    let comment = payload["comment"].as_str().unwrap();
    assert!(
        comment.contains("approved at") && !comment.contains("bob@example.com"),
        "{comment}"
    );
    assert!(payload["observed_at"].is_string());
    let run = std::fs::read_dir(world.folder.path().join(".tollgate/runs")).unwrap();
    let run = run.map(|entry| entry.unwrap().path()).next().unwrap();
    for file in ["manifest.json", "log.jsonl", "summary.md"] {
        assert!(run.join(file).is_file(), "{file}");
    }
    let log = std::fs::read_to_string(run.join("log.jsonl")).unwrap();
    assert!(log.contains("\"code\":\"environment_judged\""), "{log}");
}

#[tokio::test]
async fn whoever_made_or_started_it_does_not_approve_it() {
    for (actor, triggering, author) in [
        ("Bob", "carol", "alice"),
        ("carol", "BOB", "alice"),
        ("carol", "dave", "bob"),
    ] {
        let world = World::new(&policy(STRICT)).await;
        let now = Timestamp::now().to_string();
        world.answer(RUN, run(&now, actor, triggering)).await;
        world
            .answer(REVIEWS, reviews(&["bob approved production"]))
            .await;
        world.answer(COMMIT, commit(Some(author))).await;
        world.well().await;
        let (codes, messages) = world.promoted().await;
        assert_eq!(codes, "approval_missing self_approval", "{messages}");
    }
    let world = World::new(&policy("from: \"user:bob\"")).await;
    world
        .answer(RUN, run(&Timestamp::now().to_string(), "bob", "bob"))
        .await;
    world
        .answer(REVIEWS, reviews(&["bob approved production"]))
        .await;
    world.answer(COMMIT, complaint(403)).await;
    world.well().await;
    assert_eq!(
        world.promoted().await.0,
        "eligible",
        "where nothing forbids it, nobody asks"
    );
}

#[tokio::test]
async fn whoever_wrote_a_part_of_it_does_not_approve_it() {
    for (trailer, expect) in [
        (
            "Co-authored-by: Rob <7+Bob@users.noreply.github.com>",
            "approval_missing self_approval",
        ),
        (
            "co-authored-by: Rob <bob@users.noreply.github.com>",
            "approval_missing self_approval",
        ),
        (
            "Co-Authored-By: bob <b@example.com>",
            "approval_missing self_approval",
        ),
        (
            "Co-authored-by: Eve <8+eve@users.noreply.github.com>",
            "eligible",
        ),
        (
            "Reviewed-by: bob <7+bob@users.noreply.github.com>",
            "eligible",
        ),
    ] {
        let world = World::new(&policy(STRICT)).await;
        world.answer(RUN, run_of_today()).await;
        world
            .answer(REVIEWS, reviews(&["bob approved production"]))
            .await;
        let message = format!("Add it (#7)\n\n* Begin\n\n{trailer}");
        world
            .answer(COMMIT, commit_saying(Some("alice"), &message))
            .await;
        world.well().await;
        let (codes, messages) = world.promoted().await;
        assert_eq!(codes, expect, "{trailer}: {messages}");
    }
}

#[tokio::test]
async fn a_co_author_is_known_by_the_account_behind_the_address() {
    let world = World::new(&policy(STRICT)).await;
    world.answer(RUN, run_of_today()).await;
    world
        .answer(REVIEWS, reviews(&["bob approved production"]))
        .await;
    let message = "Add it\n\nCo-authored-by: Rob <rob@example.com>";
    world
        .answer(COMMIT, commit_saying(Some("alice"), message))
        .await;
    world.well().await;
    assert_eq!(
        world.promoted().await.0,
        "eligible",
        "nobody tells who Rob is"
    );
    let authors =
        json!({"nodes": [{"user": {"login": "bob"}}], "pageInfo": {"hasNextPage": false}});
    let graphql = body(json!({"data": {"repository": {"object": {"authors": authors}}}}));
    let asked = Mock::given(method("POST")).and(path("/graphql"));
    asked.respond_with(graphql).mount(&world.server).await;
    let (codes, messages) = world.promoted().await;
    assert_eq!(codes, "approval_missing self_approval", "{messages}");
}

#[tokio::test]
async fn a_commit_of_nobody_rules_nothing_out() {
    for (answer, says) in [
        (commit(None), "link the e-mail address"),
        (complaint(403), "`contents: read`"),
        (complaint(404), "knows no such thing"),
    ] {
        let world = World::new(&policy(STRICT)).await;
        world.answer(RUN, run_of_today()).await;
        world
            .answer(REVIEWS, reviews(&["bob approved production"]))
            .await;
        world.answer(COMMIT, answer).await;
        world.well().await;
        let (codes, messages) = world.promoted().await;
        assert!(
            codes.starts_with("approval_missing authors_unknown"),
            "{codes}"
        );
        assert!(messages.contains(says), "{messages}");
    }
}

#[tokio::test]
async fn a_rejection_stands_for_the_whole_run() {
    check(
        &["bob rejected production"],
        "approval_rejected approval_missing",
    )
    .await;
    let veto = "approval_rejected approval_missing";
    for lines in [
        ["bob rejected production", "bob approved production"],
        ["bob approved production", "BOB rejected production"],
    ] {
        let said = check(&lines, veto).await;
        assert!(said.contains("start a new run"), "{said}");
    }
    let by_another = ["bob approved production", "mallory rejected production"];
    check(&by_another, "approval_rejected").await;
    check(
        &["bob approved production", "mallory rejected staging"],
        "eligible",
    )
    .await;
}

#[tokio::test]
async fn an_old_run_has_old_approvals() {
    let world = World::new(&policy(STRICT)).await;
    world
        .answer(REVIEWS, reviews(&["bob approved production"]))
        .await;
    world.well().await;
    let (codes, messages) = world.promoted().await;
    assert_eq!(codes, "approval_missing approval_expired", "{messages}");
    assert!(
        messages.contains("2026-01-01") && messages.contains("24 h"),
        "{messages}"
    );
}

#[tokio::test]
async fn members_of_a_team_are_looked_up() {
    let place = "/orgs/acme/teams/ops/memberships/eve";
    let active = || body(json!({"state": "active", "role": "member", "url": "x"}));
    for (answer, expect, says) in [
        (active(), "eligible", ""),
        (
            body(json!({"state": "pending"})),
            "approval_missing not_an_approver",
            "a team counts",
        ),
        (
            complaint(404),
            "approval_missing not_an_approver",
            "a team counts",
        ),
        (
            complaint(403),
            "approval_missing not_an_approver team_unreadable",
            "`members: read`",
        ),
        (
            complaint(401),
            "approval_missing not_an_approver team_unreadable",
            "token can't be used",
        ),
    ] {
        let world = World::new(&policy(STRICT)).await;
        world.answer(RUN, run_of_today()).await;
        world
            .answer(REVIEWS, reviews(&["eve approved production"]))
            .await;
        world.answer(place, answer).await;
        world.well().await;
        let (codes, messages) = world.promoted().await;
        assert_eq!(codes, expect, "{messages}");
        assert!(messages.contains(says), "{messages}");
    }
}

#[tokio::test]
async fn a_person_who_is_named_needs_no_team() {
    let world = World::new(&policy(STRICT)).await;
    world.answer(RUN, run_of_today()).await;
    let both = ["bob approved production", "eve approved production"];
    world.answer(REVIEWS, reviews(&both)).await;
    world
        .answer("/orgs/acme/teams/ops/memberships/eve", complaint(403))
        .await;
    world.well().await;
    assert_eq!(world.promoted().await.0, "eligible", "bob is enough");
    let asked = world.server.received_requests().await.unwrap();
    let about_bob = asked
        .iter()
        .filter(|request| request.url.path().ends_with("/bob"));
    assert_eq!(about_bob.count(), 0);
}

#[tokio::test]
async fn approvals_of_other_runs_and_of_the_ledger_do_not_count_here() {
    let world = World::new(&policy("from: \"user:bob\"")).await;
    world.answer(RUN, run_of_today()).await;
    world
        .answer(REVIEWS, reviews(&["bob approved production"]))
        .await;
    world.well().await;
    assert_eq!(world.promoted().await.0, "eligible");
    world.server.reset().await;
    world.answer(RUN, run_of_today()).await;
    world.well().await;
    assert_eq!(
        world.promoted().await.0,
        "approval_missing",
        "the ledger has an approval of bob"
    );
    assert_eq!(world.decisions().await.len(), 1);
    let promoted = world.promote(None).await.unwrap();
    assert_eq!(
        shown(&promoted).0,
        "eligible",
        "outside of GitHub Actions the ledger decides"
    );
}

#[tokio::test]
async fn outside_of_actions_nobody_is_in_a_team() {
    let world = World::new(&policy("from: \"team:ops\"")).await;
    world.answer(RUN, run_of_today()).await;
    world
        .answer(REVIEWS, reviews(&["eve approved production"]))
        .await;
    let active = body(json!({"state": "active"}));
    world
        .answer("/orgs/acme/teams/ops/memberships/eve", active)
        .await;
    world.well().await;
    assert_eq!(world.promoted().await.0, "eligible");
    let promoted = world.promote(None).await.unwrap();
    assert_eq!(shown(&promoted).0, "approval_missing not_an_approver");
}

#[tokio::test]
async fn an_approval_is_for_the_commit_that_the_run_stands_on() {
    for (event, expect) in [
        ("push", "approval_other_commit"),
        ("workflow_dispatch", "approval_other_commit"),
        ("workflow_run", "eligible"),
    ] {
        let world = World::new(&policy("from: [\"user:bob\"]")).await;
        let now = Timestamp::now().to_string();
        let other = body(json!({
            "id": 77, "event": event, "head_sha": "f".repeat(40), "created_at": now,
            "actor": {"login": "carol"}
        }));
        world.answer(RUN, other).await;
        world
            .answer(REVIEWS, reviews(&["bob approved production"]))
            .await;
        world.well().await;
        let (codes, messages) = world.promoted().await;
        assert_eq!(codes, expect, "{event}: {messages}");
    }
}
