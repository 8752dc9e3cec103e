//! The pages: what they tell, and what they do when something is not as it should be.

use reqwest::header::RETRY_AFTER;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::server::{RELEASE, Server, created, event, reported};
use crate::postgres::Database;
use crate::project::Project;

const POLICY: &str = r#"
pipeline:
  lint: { checks: { ruff: { run: "true" } } }
environments:
  staging: { gates: [lint] }
  production: { after: [staging], approvals: { minimum: 1, from: [qa] } }
"#;

fn server() -> (Project, Server) {
    let project = Project::new(POLICY);
    let server = Server::start(&project);
    (project, server)
}

/// A page without its tags, on one line.
pub(super) fn words(page: &str) -> String {
    let body = page.split_once("<main").unwrap().1;
    let texts = body.split('<').filter_map(|rest| rest.split_once('>'));
    let text: String = texts.map(|(_, text)| text).collect::<Vec<_>>().join(" ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
pub(super) fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
}

/// `release_created` of the `number`th commit of a repository, which came a minute after the one
/// before.
pub(super) fn numbered(repository: &str, number: usize) -> Value {
    let sha = format!("{number:040x}");
    let at = format!("2026-01-02T{:02}:{:02}:00Z", number / 60, number % 60);
    let payload = json!({"repository": repository, "sha": sha, "version": format!("0.0.{number}")});
    let mut event = event(
        "release_created",
        &format!("tests/{repository}/{number}"),
        payload,
    );
    event["release_id"] = id(repository, &sha).into();
    event["occurred_at"] = at.into();
    event
}

/// The id of a release.
fn id(repository: &str, sha: &str) -> String {
    let name = format!("tollgate:{repository}@{sha}");
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, name.as_bytes()).to_string()
}

#[test]
fn releases_are_listed_and_opened() {
    let (_project, server) = server();
    let empty = words(&server.get("/", "otto").expect(200).text);
    says(
        &empty,
        &[
            "No release was told of yet",
            &format!("--ledger {}", server.url),
        ],
    );
    server.create_release();
    let before = words(&server.get("/", "otto").expect(200).text);
    says(
        &before,
        &[
            "1 release",
            "acme/shop 1.4.0 0123456789ab ○ pending ○ staging waiting ○ production waiting",
        ],
    );
    server
        .post("ci", &reported("lint/ruff", "failed"))
        .expect(200);
    let failed = words(&server.get("/", "otto").expect(200).text);
    says(
        &failed,
        &["✗ failed ✗ staging blocked ○ production waiting"],
    );
    let mut mended = reported("lint/ruff", "passed");
    mended["occurred_at"] = "2026-01-02T04:00:00Z".into();
    server.post("ci", &mended).expect(200);
    let after = server.get("/", "otto").expect(200).text;
    says(
        &words(&after),
        &["✓ passed ✓ staging eligible ○ production waiting 2026-01-02 04:00 UTC"],
    );
    let path = format!("/releases/{RELEASE}");
    says(&after, &[&format!("href=\"{path}\"")]);
    let page = words(&server.get(&path, "otto").expect(200).text);
    says(
        &page,
        &[
            "acme/shop 1.4.0",
            "✓ staging eligible",
            "approval_missing",
            "ruff ✓ passed",
            "lint/ruff failed",
        ],
    );
}

#[test]
fn what_was_decided_and_what_happened_is_on_the_page() {
    let (_project, server) = server();
    server.create_release();
    let at = |kind: &str, payload: Value| event(kind, &format!("tests/{kind}"), payload);
    for (who, event) in [
        (
            "quinn",
            at(
                "approval_recorded",
                json!({"environment": "production", "by": "quinn", "decision": "rejected", "comment": "prices are wrong", "role": "qa"}),
            ),
        ),
        (
            "rita",
            at(
                "exception_granted",
                json!({"id": "w-1", "gate": "lint", "by": "rita", "reason": "known", "expires_at": "2026-01-03T00:00:00Z"}),
            ),
        ),
        (
            "sam",
            at(
                "deployment_started",
                json!({"deployment_id": "d", "environment": "staging"}),
            ),
        ),
        (
            "sam",
            at(
                "rollback_finished",
                json!({"deployment_id": "r", "environment": "staging", "status": "passed"}),
            ),
        ),
        (
            "sam",
            at(
                "incident_opened",
                json!({"incident_id": "i-7", "environment": "staging", "severity": "high", "summary": "no mail"}),
            ),
        ),
        (
            "sam",
            at(
                "drill_recorded",
                json!({"kind": "restore", "environment": "staging", "status": "passed", "duration_ms": 90_000}),
            ),
        ),
        (
            "ci",
            at(
                "evidence_recorded",
                json!({"gate": "lint", "type": "log", "name": "lint.log", "sha256": "ab".repeat(32), "size": 7, "uri": "https://evidence.example/1"}),
            ),
        ),
    ] {
        server.post(who, &event).expect(200);
    }
    let page = server
        .get(&format!("/releases/{RELEASE}"), "dora")
        .expect(200)
        .text;
    says(
        &words(&page),
        &[
            "✗ production blocked",
            "✗ rejected quinn 2026-01-02 03:04 UTC prices are wrong",
            "lint – expired known rita",
            "staging ▸ started",
            "staging rollback ✓ passed",
            "i-7 no mail ! open high staging",
            "restore ✓ passed staging 2026-01-02 03:04 UTC 1 min 30 s alice",
            "lint.log log lint",
        ],
    );
    says(
        &page,
        &["href=\"https://evidence.example/1\" rel=\"noopener noreferrer\""],
    );
    let report = server
        .get(&format!("/releases/{RELEASE}/report"), "dora")
        .expect(200);
    says(&report.text, &["release record"]);
    let markdown = server
        .get(&format!("/releases/{RELEASE}/report?format=md"), "dora")
        .expect(200);
    assert_eq!(
        markdown.headers["content-type"],
        "text/markdown; charset=utf-8"
    );
}

#[test]
fn the_list_has_pages_and_only_what_is_shown_is_read() {
    let (project, first) = server();
    for number in 1..=27 {
        first.post("ci", &numbered("acme/shop", number)).expect(200);
    }
    first.post("ci", &numbered("other/tool", 40)).expect(200);
    first.stop();
    let path = project.path(".tollgate/ledger.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let oldest = b"\"version\":\"0.0.1\"";
    let digit = oldest.len() - 2;
    for place in 0..bytes.len() - oldest.len() {
        if bytes[place..].starts_with(oldest) {
            bytes[place + digit] = b'9'; // SQLite may have copies of it that are no longer used
        }
    }
    std::fs::write(&path, bytes).unwrap();
    let server = Server::start(&project);
    let page = |query: &str| server.get(&format!("/{query}"), "otto").expect(200).text;
    let newest = page("");
    says(
        &words(&newest),
        &["1–25 of 28 releases", "page 1 of 2", "other/tool 0.0.40"],
    );
    assert_eq!(newest.matches("href=\"/releases/").count(), 25);
    let shop = words(&page("?repository=ACME"));
    says(
        &shop,
        &[
            "1–25 of 27 releases of repositories with ACME in their names",
            "acme/shop 0.0.27",
        ],
    );
    assert!(!shop.contains("other/tool"), "{shop}");
    says(
        &words(&page("?repository=tool")),
        &["1 release", "other/tool"],
    );
    says(
        &words(&page("?repository=%3Cnope")),
        &["No release is of a repository with &#60;nope in its name"],
    );
    assert!(
        !server.log().contains("a record could not be read"),
        "{}",
        server.log()
    );
    let oldest = words(&page("?page=2"));
    says(
        &oldest,
        &[
            "26–28 of 28 releases",
            "acme/shop 0.0.2 ",
            "its record cannot be read; the server&#39;s log says why",
        ],
    );
    says(&server.log(), &["a record could not be read"]);
    for query in ["?page=0", "?page=x"] {
        let answer = server.get(&format!("/{query}"), "otto").expect(400);
        says(&words(&answer.text), &["page is a number from 1"]);
    }
}

#[test]
fn pages_run_nothing_fetch_nothing_and_are_kept_by_nobody() {
    let (_project, server) = server();
    server.create_release();
    for (path, who, status) in [
        ("/", "otto", 200),
        (&*format!("/releases/{RELEASE}"), "otto", 200),
        (&*format!("/releases/{RELEASE}/report"), "otto", 200),
        ("/releases/7", "otto", 404),
        ("/", "", 401),
    ] {
        let answer = server.get(path, who).expect(status);
        let style = answer
            .text
            .split("<style>")
            .nth(1)
            .unwrap()
            .split("</style>")
            .next()
            .unwrap();
        let forms = if path.ends_with("report") {
            "none"
        } else {
            "self"
        };
        let hash = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            Sha256::digest(style),
        );
        for (header, expect) in [
            (
                "content-security-policy",
                &*format!(
                    "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action '{forms}'; frame-ancestors 'none'"
                ),
            ),
            ("content-type", "text/html; charset=utf-8"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.headers[header], expect, "{path} {header}");
        }
    }
}

#[test]
fn what_others_wrote_stays_text() {
    let (_project, server) = server();
    let hostile = "<script>alert(1)</script>\"'><img src=x>\u{202e}";
    let mut release = created();
    release["payload"]["version"] = hostile.into();
    server.post("ci", &release).expect(200);
    let payload = |uri: &str| json!({"type": hostile, "name": hostile, "sha256": "ab".repeat(32), "size": 7, "uri": uri});
    for (number, uri) in [
        "javascript:alert(1)",
        "data:text/html,<script>",
        "JAVASCRIPT://x/%0aalert(1)",
    ]
    .iter()
    .enumerate()
    {
        server
            .post(
                "ci",
                &event("evidence_recorded", &format!("e/{number}"), payload(uri)),
            )
            .expect(200);
    }
    let incident = json!({"incident_id": hostile, "environment": hostile, "severity": hostile, "summary": hostile});
    server
        .post("sam", &event("incident_opened", "i", incident))
        .expect(200);
    let drill = json!({"kind": hostile, "environment": hostile, "status": hostile});
    server
        .post("sam", &event("drill_recorded", "d", drill))
        .expect(200);
    for path in [
        "/".to_owned(),
        format!("/releases/{RELEASE}"),
        "/?repository=%3Cscript%3E%22%27".to_owned(),
    ] {
        let page = server.get(&path, "otto").expect(200).text;
        says(&page, &["&#60;script&#62;"]);
        for part in [
            "<script",
            "<img",
            "href=\"javascript",
            "href=\"JAVASCRIPT",
            "href=\"data:text",
            "\u{202e}",
        ] {
            assert!(!page.contains(part), "{part} is in {path}: {page}");
        }
    }
}

#[test]
fn a_release_that_is_not_there_has_a_page_that_says_so() {
    let (_project, server) = server();
    for path in [
        "/releases/7",
        "/releases/00000000-0000-5000-8000-000000000000",
        "/releases/%3Cb%3E/report",
    ] {
        let answer = server.get(path, "otto").expect(404);
        says(
            &words(&answer.text),
            &["404", "There is no such release", "All releases"],
        );
    }
    server.create_release();
    let form = server
        .get(&format!("/releases/{RELEASE}/report?format=pdf"), "otto")
        .expect(400);
    says(&words(&form.text), &["format is json, html, md or junit"]);
}

#[test]
fn while_the_ledger_is_away_a_page_says_to_come_again() {
    let (project, database) = (Project::empty(), Database::new());
    let call = project.call("serve --listen 127.0.0.1:0");
    let server = Server::of(call.env("TOLLGATE_LEDGER", &database.url()));
    server.create_release();
    database.go_away();
    for path in [
        "/",
        &*format!("/releases/{RELEASE}"),
        &*format!("/releases/{RELEASE}/report"),
    ] {
        let answer = server.get(path, "otto").expect(503);
        assert!(answer.headers.contains_key(RETRY_AFTER), "{answer:?}");
        says(&words(&answer.text), &["503", "the ledger is away"]);
    }
    database.come_back();
    says(
        &words(&server.get("/", "otto").expect(200).text),
        &["acme/shop"],
    );
}
