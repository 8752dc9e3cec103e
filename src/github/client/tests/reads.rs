//! What is read, and from where.

use wiremock::matchers::{query_param, query_param_is_missing};

use super::*;

/// What one call gets from a server that answers `body` at `place` alone.
async fn server(place: &str, body: Value) -> MockServer {
    let server = MockServer::start().await;
    mount(&server, "GET", place, answer(body), 1).await;
    server
}

#[tokio::test]
async fn a_workflow_run() {
    let body = json!({
        "id": 7, "event": "push", "head_sha": COMMIT, "run_attempt": 2,
        "created_at": "2026-11-21T12:00:00Z", "actor": {"login": "alice", "type": "User"},
        "triggering_actor": null, "head_branch": null
    });
    let server = server(&route("actions/runs/7"), body).await;
    let run = client(&server).workflow_run(7).await.unwrap();
    assert_eq!((run.id, run.run_attempt), (7, Some(2)));
    assert_eq!(run.actor.unwrap().login, "alice");
    assert_eq!(run.triggering_actor, None);
}

#[tokio::test]
async fn artifacts_with_and_without_a_digest() {
    let artifact = |id: u64, digest: Value| {
        json!({
            "id": id, "name": "evidence", "size_in_bytes": 10, "expired": false,
            "created_at": null, "digest": digest,
            "workflow_run": {"id": 7, "repository_id": 1, "head_repository_id": 2, "head_sha": COMMIT}
        })
    };
    let hex = "ab".repeat(32);
    let digest = json!(format!("sha256:{hex}"));
    let body = json!({"total_count": 3, "artifacts": [
        artifact(1, digest), artifact(2, json!(null)), artifact(3, json!("sha512:00"))
    ]});
    let server = server(&route("actions/runs/7/artifacts"), body).await;
    let found = client(&server).run_artifacts(7).await.unwrap();
    let digests: Vec<_> = found.iter().map(Artifact::sha256).collect();
    assert_eq!(digests, [Some(hex.parse().unwrap()), None, None]);
    let origin = found[0].workflow_run.as_ref().unwrap();
    assert_eq!(origin.head_repository_id, Some(2));
}

#[tokio::test]
async fn who_approved() {
    let body = json!([{
        "environments": [{"id": 1, "name": "prod", "created_at": "x"}], "state": "approved",
        "user": {"login": "bob", "type": "User"}, "comment": "go"
    }]);
    let server = server(&route("actions/runs/7/approvals"), body).await;
    let reviews = client(&server).run_reviews(7).await.unwrap();
    assert_eq!(reviews[0].user.login, "bob");
    assert_eq!(reviews[0].environments[0].name, "prod");
    assert_eq!(
        (&*reviews[0].state, &*reviews[0].comment),
        ("approved", "go")
    );
}

#[tokio::test]
async fn check_runs_of_a_name() {
    let server = MockServer::start().await;
    let run = json!({
        "id": 5, "name": "tollgate / test", "head_sha": COMMIT, "external_id": "", "app": null,
        "status": "completed", "conclusion": "success", "started_at": "2026-11-21T12:00:00Z"
    });
    let named = Mock::given(path(route(&format!("commits/{COMMIT}/check-runs"))))
        .and(query_param("check_name", "tollgate / test"))
        .and(query_param("filter", "all"))
        .respond_with(answer(json!({"total_count": 1, "check_runs": [run]})));
    named.expect(1).mount(&server).await;
    let all = Mock::given(query_param_is_missing("check_name"))
        .and(query_param("filter", "all"))
        .respond_with(answer(json!({"total_count": 0, "check_runs": []})));
    all.expect(1).mount(&server).await;
    let client = client(&server);
    let name = Some("tollgate / test");
    let found = client.check_runs(&sha(COMMIT), name).await.unwrap();
    assert_eq!((found[0].id, found[0].app.as_ref()), (5, None));
    assert_eq!(client.check_runs(&sha(COMMIT), None).await, Ok(Vec::new()));
}

#[tokio::test]
async fn an_environment_and_its_protection() {
    let body = json!({
        "name": "prod/eu", "can_admins_bypass": true, "deployment_branch_policy": null,
        "protection_rules": [
            {"id": 1, "type": "wait_timer", "wait_timer": 30},
            {"id": 2, "type": "required_reviewers", "prevent_self_review": true, "reviewers": [
                {"type": "Team", "reviewer": {"slug": "ops", "id": 1}},
                {"type": "User", "reviewer": {"login": "bob", "id": 2}}
            ]},
            {"id": 3, "type": "branch_policy"}
        ]
    });
    let server = server(&route("environments/prod%2Feu"), body).await;
    let found = client(&server)
        .environment("prod/eu")
        .await
        .unwrap()
        .unwrap();
    let names = found.reviewers().map(|reviewer| {
        let name = reviewer.reviewer.clone().unwrap();
        name.login.or(name.slug).unwrap()
    });
    assert_eq!(names.collect::<Vec<_>>(), ["ops", "bob"]);
    assert!(found.prevents_self_review());
    assert_eq!(found.can_admins_bypass, Some(true));
}

#[tokio::test]
async fn what_is_not_there() {
    let server = MockServer::start().await;
    let client = client(&server);
    assert_eq!(client.environment("prod").await, Ok(None));
    assert_eq!(client.is_in_team("ops", "alice").await, Ok(false));
    let error = client.workflow_run(7).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GitHub knows no workflow run 7 in acme/shop, or the token may not see it"
    );
    assert!(error.is_certain_refusal() && !error.is_outage());
}

#[tokio::test]
async fn names_of_secrets() {
    let body = json!({"total_count": 1, "secrets": [{"name": "DB_URL", "created_at": "x"}]});
    let server = server(&route("environments/prod/secrets"), body).await;
    let names = client(&server).environment_secrets("prod").await;
    assert_eq!(names, Ok(vec!["DB_URL".to_owned()]));
}

#[tokio::test]
async fn every_environment() {
    let server = server(&route("environments"), json!({"total_count": 0})).await;
    assert_eq!(client(&server).environments().await, Ok(Vec::new()));
}

/// Who made a commit with these accounts, signatures and message: logins, and who is a stranger.
async fn people(commit: Value) -> (Vec<String>, Vec<String>) {
    let server = server(&route(&format!("commits/{COMMIT}")), commit).await;
    let people = client(&server).commit_people(&sha(COMMIT)).await.unwrap();
    let strangers = people.strangers.into_iter().map(|person| person.name);
    (people.authors.logins, strangers.collect())
}

#[tokio::test]
async fn who_made_a_commit() {
    let by = |name: &str, email: &str| json!({"name": name, "email": email});
    let (alice, web) = (
        by("Alice", "a@example.com"),
        by("GitHub", "noreply@github.com"),
    );
    let hidden = by("Alice", "7+alice@users.noreply.github.com");
    let account = |login: &str| json!({"login": login});
    let trailer = "Add it\n\nCo-authored-by: Bob <8+bob@users.noreply.github.com>";
    for (accounts, signatures, message, logins, strangers) in [
        (
            [account("alice"), account("web-flow")],
            [&alice, &web],
            "x",
            "alice web-flow",
            "",
        ),
        (
            [account("alice"), json!({})],
            [&alice, &web],
            trailer,
            "alice bob",
            "",
        ),
        (
            [json!(null), account("web-flow")],
            [&hidden, &web],
            "x",
            "web-flow alice",
            "",
        ),
        (
            [json!(null), account("web-flow")],
            [&alice, &web],
            trailer,
            "web-flow bob",
            "Alice",
        ),
        (
            [account("alice"), json!(null)],
            [&alice, &alice],
            "x",
            "alice",
            "",
        ),
        (
            [account("alice"), json!(null)],
            [&hidden, &alice],
            "x",
            "alice",
            "Alice",
        ),
        ([json!({}), json!({})], [&alice, &alice], "x", "", "Alice"),
    ] {
        let [author, committer] = accounts;
        let [wrote, made] = signatures;
        let commit = json!({
            "commit": {"author": wrote, "committer": made, "message": message},
            "author": author, "committer": committer
        });
        let (found, unknown) = people(commit.clone()).await;
        assert_eq!(
            (found.join(" ").as_str(), unknown.join(" ").as_str()),
            (logins, strangers),
            "{commit}"
        );
    }
    let nobody = json!({"commit": {"author": null, "committer": null}});
    assert_eq!(people(nobody).await, (Vec::new(), vec![String::new()]));
}

/// Who made a commit with a co-author of an ordinary address, when GraphQL answers this.
async fn co_authored(graphql: ResponseTemplate) -> Result<String, String> {
    let account = json!({"login": "alice"});
    let alice = json!({"name": "Alice", "email": "a@example.com"});
    let commit = json!({
        "commit": {"author": alice, "committer": alice, "message": "x\n\nCo-authored-by: B <b@c.d>"},
        "author": account, "committer": account
    });
    let server = server(&route(&format!("commits/{COMMIT}")), commit).await;
    mount(&server, "POST", "/api/graphql", graphql, 1..).await;
    let people = client(&server).commit_people(&sha(COMMIT)).await;
    people
        .map(|people| people.authors.logins.join(" "))
        .map_err(|error| format!("{}: {error}", kind(&error)))
}

fn graphql_answer(users: Value, has_next_page: bool) -> ResponseTemplate {
    let authors = json!({"nodes": users, "pageInfo": {"hasNextPage": has_next_page}});
    answer(json!({"data": {"repository": {"object": {"authors": authors}}}}))
}

#[tokio::test]
async fn the_account_of_a_co_author_is_asked_for() {
    let users = json!([{"user": {"login": "alice"}}, {"user": {"login": "bob"}}, {"user": null}]);
    let found = co_authored(graphql_answer(users, false)).await;
    assert_eq!(found.as_deref(), Ok("alice bob"));
    let old_server = co_authored(complaint(404, "Not Found")).await;
    assert_eq!(old_server.as_deref(), Ok("alice"));
    for (graphql, expect) in [
        (complaint(403, "no"), "Forbidden"),
        (complaint(502, "no"), "Unreachable"),
        (graphql_answer(json!([]), true), "Refused"),
        (answer(json!({"data": {"repository": null}})), "Refused"),
        (
            answer(json!({"data": null, "errors": [{"message": "odd"}]})),
            "Refused",
        ),
    ] {
        let error = co_authored(graphql).await.unwrap_err();
        assert!(error.starts_with(expect), "{error}");
    }
}

#[tokio::test]
async fn who_is_in_a_team() {
    for (state, expect) in [("active", true), ("pending", false)] {
        let place = "/api/v3/orgs/acme/teams/ops/memberships/alice";
        let server = server(place, json!({"state": state, "role": "member"})).await;
        assert_eq!(client(&server).is_in_team("ops", "alice").await, Ok(expect));
    }
}

#[tokio::test]
async fn rules_of_a_branch() {
    let body = json!([
        {"type": "deletion", "ruleset_id": 1},
        {"type": "required_status_checks", "parameters": {"required_status_checks": [
            {"context": "tollgate / prod", "integration_id": 15368}, {"context": "lint"}
        ]}},
        {"type": "merge_queue", "parameters": {"check_response_timeout_minutes": 60}}
    ]);
    let server = server(&route("rules/branches/release%2F1"), body).await;
    let rules = client(&server).branch_rules("release/1").await.unwrap();
    let required = &rules[1].parameters.required_status_checks;
    assert_eq!(required[0].integration_id, Some(15368));
    assert_eq!(required[1].integration_id, None);
    assert_eq!(rules[2].parameters.check_response_timeout_minutes, Some(60));
}

/// A list of so many variables, of which GitHub gives no more than 30 a page.
async fn listing(count: usize) -> MockServer {
    let server = MockServer::start().await;
    let names: Vec<Value> = (0..count)
        .map(|n| json!({"name": format!("V{n}")}))
        .collect();
    let pages = names.chunks(30).count();
    for (number, page) in names.chunks(30).enumerate() {
        let number = number + 1;
        let body = json!({"total_count": count, "variables": page});
        let mut found = answer(body);
        if number < pages {
            found = found.insert_header("link", "<https://x/y>; rel=\"next\"");
        }
        let page = Mock::given(query_param("page", number.to_string()))
            .and(query_param("per_page", "100"))
            .respond_with(found);
        page.expect(1).mount(&server).await;
    }
    server
}

#[tokio::test]
async fn lists_are_read_to_their_end() {
    for count in [1, 30, 31, 95] {
        let server = listing(count).await;
        let names = client(&server).environment_variables("prod").await.unwrap();
        assert_eq!(names.len(), count);
        assert_eq!(names[count - 1], format!("V{}", count - 1));
    }
}

#[tokio::test]
async fn full_pages_go_on_without_a_link_too() {
    let server = MockServer::start().await;
    for (number, items) in [("1", 100), ("2", 100), ("3", 0)] {
        let rules = vec![json!({"type": "deletion"}); items];
        let page = Mock::given(query_param("page", number)).respond_with(answer(json!(rules)));
        page.expect(1).mount(&server).await;
    }
    assert_eq!(
        client(&server).branch_rules("main").await.unwrap().len(),
        200
    );
}

#[tokio::test]
async fn a_list_without_end_is_an_error() {
    let server = MockServer::start().await;
    let page = answer(json!([{"type": "deletion"}]));
    let page = page.insert_header("link", "<https://x/y>; rel=\"next\"");
    mount(
        &server,
        "GET",
        &route("rules/branches/main"),
        page,
        MOST_PAGES as u64,
    )
    .await;
    let error = client(&server).branch_rules("main").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GitHub refused: its list of rules for branch `main` does not end after 100 items"
    );
}
