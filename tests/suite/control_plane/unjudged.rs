//! Releases whose policy can't be had: the pages say why, and nothing passes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::dashboard::{numbered, says, words};
use super::server::{RELEASE, Server, app_key, reported};
use crate::project::Project;
use crate::web::{Web, answer};

#[test]
fn without_a_policy_nothing_is_judged_and_nothing_passes() {
    let project = Project::empty();
    let server = Server::of(project.call("serve --listen 127.0.0.1:0"));
    server.create_release();
    server
        .post("ci", &reported("lint/ruff", "passed"))
        .expect(200);
    let why = "this server was started without --policy and without a GitHub App";
    let list = words(&server.get("/", "otto").expect(200).text);
    says(&list, &["? not judged", why]);
    let page = words(
        &server
            .get(&format!("/releases/{RELEASE}"), "otto")
            .expect(200)
            .text,
    );
    says(
        &page,
        &[
            "? not judged",
            "Its verdict can't be told",
            why,
            "check reported by alice: lint · ruff · passed",
        ],
    );
    for text in [list, page] {
        assert!(!text.contains("eligible") && !text.contains("✓"), "{text}");
    }
    let report = server
        .get(&format!("/releases/{RELEASE}/report"), "otto")
        .expect(501);
    says(
        &words(&report.text),
        &["Its verdict can&#39;t be told", why],
    );
}

/// How often a GitHub was asked for the App's place in a repository.
fn asked(github: &Web, repository: &str) -> usize {
    let wanted = format!("GET /repos/{repository}/installation ");
    let requests = github.requests();
    requests.iter().filter(|it| it.starts_with(&wanted)).count()
}

#[test]
fn a_page_asks_once_for_each_policy_and_no_more_once_github_is_away() {
    let is_away = Arc::new(AtomicBool::new(false));
    let away = Arc::clone(&is_away);
    let github = Web::start(move |_, _| match away.load(Ordering::SeqCst) {
        true => answer("503 Service Unavailable", "", "{}"),
        false => answer("404 Not Found", "", "{}"),
    });
    let project = Project::empty();
    app_key(&project);
    let call = project
        .call("serve --listen 127.0.0.1:0")
        .env("TOLLGATE_GITHUB_APP_ID", "Iv1.0123")
        .env("TOLLGATE_GITHUB_APP_PRIVATE_KEY_FILE", "app.pem")
        .env("GITHUB_API_URL", &github.url(""));
    let server = Server::of(call);
    for (repository, number) in [
        ("acme/shop", 1),
        ("acme/shop", 2),
        ("other/tool", 3),
        ("other/tool", 4),
    ] {
        server.post("ci", &numbered(repository, number)).expect(200);
    }
    let list = words(&server.get("/", "otto").expect(200).text);
    for repository in ["acme/shop", "other/tool"] {
        says(
            &list,
            &[&format!(
                "? not judged the policy of {repository} can&#39;t be judged by"
            )],
        );
        assert_eq!(asked(&github, repository), 1, "{repository}");
    }
    is_away.store(true, Ordering::SeqCst);
    let list = words(&server.get("/", "otto").expect(200).text);
    let unknown = "? not judged GitHub could not be asked for the policy";
    assert_eq!(list.matches(unknown).count(), 4, "{list}");
    assert!(asked(&github, "other/tool") > 1, "the newest is asked for");
    assert_eq!(asked(&github, "acme/shop"), 1, "and no other");
}
