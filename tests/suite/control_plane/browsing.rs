//! The pages in a real browser: signed in by the form, read by keyboard, on a phone and on a desk, by
//! day and by night.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::server::{RELEASE, SHA, Server, event, reported};
use crate::browser::Scheme;
use crate::driven_browser::Tab;
use crate::project::Project;

const POLICY: &str = r#"
pipeline:
  lint: { checks: { ruff: { run: "true" } } }
  test: { checks: { pytest: { run: "true" }, a-check-with-a-name-that-is-as-long-as-nobody-would-choose-it-but-may: { run: "true" } } }
gates:
  G1: { title: Core journeys, requires: test, checks: { journeys: { run: "true" } } }
  G3: { severity: absolute, requires: test, evidence: [rollback-plan], approvals: { from: [qa] }, checks: { money: { manual: Pay once } } }
environments:
  staging: { gates: [test] }
  production: { gates: [G1, G3], after: [staging], approvals: { from: ["user:rita"] } }
waivers: { longest: 90000d, from: ["user:rita"] }
"#;

/// A release on its way, with something in each section.
fn events() -> Vec<(&'static str, Value)> {
    let told =
        |kind: &str, key: &str, payload: Value| event(kind, &format!("tests/{key}"), payload);
    vec![
        ("ci", reported("lint/ruff", "passed")),
        ("ci", reported("test/pytest", "passed")),
        (
            "ci",
            reported(
                "test/a-check-with-a-name-that-is-as-long-as-nobody-would-choose-it-but-may",
                "passed",
            ),
        ),
        (
            "ci",
            told(
                "deployment_started",
                "d1",
                json!({"deployment_id": "d-1", "environment": "staging"}),
            ),
        ),
        (
            "ci",
            told(
                "deployment_finished",
                "d2",
                json!({"deployment_id": "d-1", "environment": "staging", "status": "passed"}),
            ),
        ),
        ("ci", reported("G1/journeys", "failed")),
        (
            "rita",
            told(
                "exception_granted",
                "w",
                json!({"id": "w-1", "gate": "G1", "by": "rita", "reason": "the mail server is <moved>", "expires_at": "2099-01-01T00:00:00Z"}),
            ),
        ),
        (
            "ci",
            told(
                "evidence_recorded",
                "e",
                json!({"gate": "G3", "type": "rollback-plan", "name": "rollback.md", "sha256": "ab".repeat(32), "size": 700, "uri": "https://evidence.example/a/rollback.md"}),
            ),
        ),
        (
            "quinn",
            told(
                "approval_recorded",
                "a",
                json!({"gate": "G3", "by": "quinn", "role": "qa", "decision": "approved", "comment": "prices checked"}),
            ),
        ),
        (
            "sam",
            told(
                "incident_opened",
                "i",
                json!({"incident_id": "i-7", "environment": "staging", "severity": "high", "summary": "no mail for an hour"}),
            ),
        ),
        (
            "sam",
            told(
                "drill_recorded",
                "r",
                json!({"kind": "restore", "environment": "staging", "status": "passed", "duration_ms": 95_000}),
            ),
        ),
    ]
}

fn server() -> (Project, Server) {
    let project = Project::new(POLICY);
    let server = Server::start(&project);
    server.create_release();
    for (who, event) in events() {
        server.post(who, &event).expect(200);
    }
    for (number, repository) in ["acme/shop", "acme/warehouse"].into_iter().enumerate() {
        let sha = SHA.replace('0', &(number + 1).to_string());
        let name = format!("tollgate:{repository}@{sha}");
        let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, name.as_bytes());
        let payload = json!({"repository": repository, "sha": sha, "version": "0.9.0"});
        let mut older = event("release_created", &format!("tests/older/{number}"), payload);
        older["release_id"] = id.to_string().into();
        older["occurred_at"] = "2025-12-24T10:00:00Z".into();
        server.post("ci", &older).expect(200);
    }
    (project, server)
}

/// Signs in by the form that stands on the page, with the keyboard alone.
fn sign_in(tab: &mut Tab, who: &str) {
    tab.write(&format!("key-of-{who}"));
    tab.go(|tab| tab.press("Enter"));
}

#[test]
fn a_person_signs_in_finds_a_release_reads_it_and_leaves() {
    let (_project, server) = server();
    let mut tab = Tab::open();
    tab.visit(&format!("{}/?repository=shop", server.url));
    assert!(tab.text().contains("API key"), "{}", tab.text());
    sign_in(&mut tab, "mallory");
    assert!(
        tab.text().contains("This key is not accepted."),
        "{}",
        tab.text()
    );
    let refused = tab.complaints();
    assert!(refused.iter().all(|it| it.contains("401")), "{refused:?}");
    sign_in(&mut tab, "quinn");
    assert_eq!(
        tab.ask("location.href"),
        format!("{}/?repository=shop", server.url)
    );
    let list = tab.text();
    assert!(
        list.contains("acme/shop 1.4.0") && !list.contains("warehouse"),
        "{list}"
    );
    for words in ["staging eligible", "production waiting", "quinn"] {
        assert!(list.contains(words), "{words} is not in {list}");
    }
    // A page is kept by nobody, no script sees the session, and the key is in no address.
    assert_eq!(tab.ask("document.cookie"), "");
    tab.go(|tab| {
        tab.ask(&format!(
            "document.querySelector('a[href=\"/releases/{RELEASE}\"]').click()"
        ));
    });
    let page = tab.text();
    for words in [
        "production\n○ waiting",
        "approved",
        "prices checked",
        "the mail server is <moved>",
        "no mail for an hour",
        "restore",
        "rollback.md",
    ] {
        assert!(page.contains(words), "{words} is not in {page}");
    }
    tab.go(|tab| {
        tab.ask("document.querySelector('a[href$=\"/report\"]').click()");
    });
    assert!(tab.text().contains("release record"));
    tab.visit(&server.url);
    tab.go(|tab| {
        tab.ask("document.querySelector('.viewer button').click()");
    });
    assert!(tab.text().contains("API key"));
    tab.visit(&server.url);
    assert!(tab.text().contains("API key"), "signed out is signed out");
    let complaints = tab.complaints();
    let others = complaints.iter().filter(|it| !it.contains("401"));
    assert_eq!(others.collect::<Vec<_>>(), Vec::<&String>::new());
    for address in tab.fetched() {
        assert!(
            address.starts_with(&server.url) || address == "data:,",
            "{address}"
        );
        assert!(!address.contains("key-of-"), "{address}");
    }
    // What is refused would have been seen.
    tab.ask("document.body.setAttribute('style', 'color: red')");
    tab.visit(&server.url);
    let seen = tab.complaints().concat();
    assert!(seen.contains("Content Security Policy"), "{seen}");
    assert!(!server.log().contains("key-of-"));
}

#[test]
fn a_form_is_reached_and_a_page_is_skipped_by_keyboard() {
    let (_project, server) = server();
    let mut tab = Tab::open();
    tab.visit(&server.url);
    sign_in(&mut tab, "otto");
    let mut reached = Vec::new();
    for _ in 0..6 {
        tab.press("Tab");
        let script = "(document.activeElement.innerText || document.activeElement.name).trim()";
        reached.push(tab.ask(script).as_str().unwrap().to_owned());
    }
    assert_eq!(
        reached,
        [
            "Skip to the content",
            "Tollgate",
            "Sign out",
            "repository",
            "Filter",
            "acme/shop 1.4.0"
        ]
    );
    tab.go(|tab| tab.press("Enter"));
    assert_eq!(tab.ask("location.pathname"), format!("/releases/{RELEASE}"));
}

#[test]
fn the_pages_are_read_on_a_phone_and_on_a_desk_by_day_and_by_night() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let measure = fs::read_to_string(root.join("tests/report_page/measure.js")).unwrap();
    let measure = format!("(() => {{ {measure}\n return {{...document.body.dataset}}; }})()");
    let (_project, server) = server();
    let mut tab = Tab::open();
    tab.visit(&format!("{}/sign-in", server.url));
    let release = format!("/releases/{RELEASE}");
    for (path, least) in [
        ("/sign-in", 6),
        ("/", 30),
        (&*release, 100),
        ("/releases/7", 6),
    ] {
        if path == "/" {
            sign_in(&mut tab, "quinn");
        }
        tab.visit(&format!("{}{path}", server.url));
        let mut papers = Vec::new();
        for (width, scheme) in [
            (390, Scheme::Light),
            (390, Scheme::Dark),
            (1280, Scheme::Light),
            (1280, Scheme::Dark),
        ] {
            tab.look(width, scheme);
            let found = tab.ask(&measure);
            assert_eq!(found["faint"], "", "{path} {width} {scheme:?}");
            assert_eq!(
                found["width"],
                width.to_string(),
                "{path}: nothing is cut off"
            );
            let texts: u32 = found["texts"].as_str().unwrap().parse().unwrap();
            assert!(texts >= least, "{path} {found}");
            papers.push(found["paper"].clone());
            let picture = tab.picture();
            assert!(picture.starts_with(b"\x89PNG") && picture.len() > 4_000);
            keep(path, width, scheme, &picture);
        }
        assert_ne!(papers[0], papers[1], "light and dark differ");
        assert_eq!(papers[..2], papers[2..]);
    }
}

/// Keeps a picture where `TOLLGATE_TEST_PICTURES` says, for somebody to look at.
fn keep(path: &str, width: u32, scheme: Scheme, picture: &[u8]) {
    if let Ok(folder) = std::env::var("TOLLGATE_TEST_PICTURES") {
        let name = path.replace('/', "_");
        fs::write(
            format!("{folder}/page{name}-{width}-{scheme:?}.png"),
            picture,
        )
        .unwrap();
    }
}
