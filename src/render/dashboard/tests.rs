//! The pages: what stands on them, and that no text of others becomes a part of one.

use serde_json::json;

use super::*;
use crate::domain::access::{Reach, Role};
use crate::render::report::tests::{redactor, with_sources};
use crate::render::script::release::{self, Told};
use crate::render::script::{self};

fn viewer() -> Viewer {
    let caller = Caller {
        name: "quinn".to_owned(),
        role: Role::QaTester,
        reach: Reach::Everything,
    };
    Viewer::of(&caller, true, &redactor())
}

fn row(told: &Told, why: Option<&str>) -> Row {
    let (verdict, release) = (told.verdict(), script::release());
    let entry = Entry {
        release: &release,
        told: told.events.last().unwrap().occurred_at,
        redactor: &redactor(),
    };
    let judged = why.map_or(Ok((&told.policy, &verdict)), Err);
    Row::of(entry, judged, told.now)
}

fn list(rows: Vec<Row>, total: usize, asked: &str) -> ReleaseList {
    let repositories = rows.iter().map(|row| row.repository.clone());
    ReleaseList {
        asked: Asked {
            repository: asked.to_owned(),
            page: 1,
        },
        repositories: repositories.collect(),
        rows,
        total,
        is_cut: false,
    }
}

fn shown(list: &ReleaseList) -> String {
    html::list(&viewer(), list, "https://gates.example").unwrap()
}

fn page(told: &Told) -> ReleasePage {
    with_sources(told, ReleasePage::judged)
}

fn release_page(told: &Told) -> String {
    html::release(&viewer(), &page(told)).unwrap()
}

fn unjudged(told: &Told, why: &str) -> ReleasePage {
    let (links, release) = (told.links(), script::release());
    ReleasePage::unjudged(Unjudged {
        release: &release,
        links: &links,
        redactor: &redactor(),
        why,
    })
}

/// A text of a page without its tags, on one line.
fn words(page: &str) -> String {
    let body = page.split_once("<main").unwrap().1;
    let texts = body.split('<').filter_map(|rest| rest.split_once('>'));
    let text: String = texts.map(|(_, text)| text).collect::<Vec<_>>().join(" ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_row_says_where_a_release_may_go_in_words() {
    let failing = release::saying("no");
    for (told, expect) in [
        (
            release::delivered(),
            "~ waived ✓ staging eligible ✓ production eligible",
        ),
        (
            release::on_its_way(),
            "○ pending ✓ staging eligible ○ production waiting",
        ),
        (failing, "✗ failed ✗ staging blocked ✗ production blocked"),
    ] {
        let text = words(&shown(&list(vec![row(&told, None)], 1, "")));
        assert!(
            text.contains(&format!("acme/shop 1.4.0 0123456789ab {expect}")),
            "{text}"
        );
        assert!(
            text.contains("1 release ") && text.contains(" min ago"),
            "{text}"
        );
    }
}

#[test]
fn a_release_that_was_not_judged_is_never_shown_as_one_that_passed() {
    let told = release::delivered();
    let why = "GitHub could not be asked for the policy: <503>";
    let text = words(&shown(&list(vec![row(&told, Some(why))], 1, "")));
    assert!(
        text.contains("? not judged GitHub could not be asked for the policy: &#60;503&#62;"),
        "{text}"
    );
    let text = words(&html::release(&viewer(), &unjudged(&told, why)).unwrap());
    for part in ["? not judged", "Its verdict can't be told", "&#60;503&#62;"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    for word in ["eligible", "✓ passed", "full report", "Stages and gates"] {
        assert!(!text.contains(word), "{word} is in {text}");
    }
    assert!(
        text.contains("deployment finished by alice: production · passed"),
        "{text}"
    );
}

#[test]
fn an_empty_ledger_says_how_to_send_the_first_event() {
    let text = words(&shown(&list(Vec::new(), 0, "")));
    for part in [
        "No release was told of yet",
        "tollgate run --ledger https://gates.example",
        "POST https://gates.example/v1/events",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn pages_are_counted_and_linked() {
    let row = || row(&release::delivered(), None);
    let paged = |page: usize, total: usize| {
        let (asked, range) = Asked {
            repository: "a b&c".to_owned(),
            page,
        }
        .within(total);
        let rows = range.map(|_| row()).collect();
        ReleaseList {
            asked,
            ..list(rows, total, "")
        }
    };
    let older = Some("/?repository=a+b%26c&page=2".to_owned());
    let newer = |page: usize| Some(format!("/?repository=a+b%26c&page={page}"));
    for (page, total, counted, back, on) in [
        (1, 1, "1 release", None, None),
        (0, 25, "25 releases", None, None),
        (1, 60, "1–25 of 60 releases", None, older.clone()),
        (2, 60, "26–50 of 60 releases", newer(1), newer(3)),
        (3, 60, "51–60 of 60 releases", newer(2), None),
        (usize::MAX, 60, "51–60 of 60 releases", newer(2), None),
        (7, 0, "", None, None),
    ] {
        let list = paged(page, total);
        assert_eq!(
            (list.counted().as_str(), list.newer(), list.older()),
            (counted, back, on),
            "{page} of {total}"
        );
    }
    let cut = ReleaseList {
        is_cut: true,
        ..paged(1, 60)
    };
    assert!(words(&shown(&cut)).contains("older ones are not listed"));
}

#[test]
fn a_part_of_a_repositorys_name_is_enough() {
    for (asked, expect) in [
        ("", true),
        ("ACME", true),
        (" shop ", true),
        ("acme/shop", true),
        ("shoe", false),
    ] {
        let asked = Asked {
            repository: asked.to_owned(),
            page: 1,
        };
        assert_eq!(asked.means("acme/Shop"), expect, "{asked:?}");
    }
    let nothing = ReleaseList {
        repositories: vec![row(&release::delivered(), None).repository],
        ..list(Vec::new(), 0, "<shoe>")
    };
    let text = words(&shown(&nothing));
    assert!(
        text.contains("No release is of a repository with &#60;shoe&#62; in its name"),
        "{text}"
    );
}

#[test]
fn a_release_is_shown_with_everything_that_was_decided() {
    let mut told = release::on_its_way();
    told.tell("incident_opened", "sam", json!({"incident_id": "i-1", "environment": "staging", "severity": "high", "summary": "mail is down"}));
    told.wait(60)
        .tell("incident_closed", "sam", json!({"incident_id": "i-1"}));
    told.tell("incident_opened", "sam", json!({"incident_id": "i-2"}));
    told.tell("drill_recorded", "sam", json!({"kind": "restore", "environment": "staging", "status": "failed", "duration_ms": 90_000}));
    told.tell(
        "rollback_started",
        "sam",
        json!({"deployment_id": "r-1", "environment": "staging"}),
    );
    let text = words(&release_page(&told));
    for part in [
        "production waiting",
        "staging eligible, deployed",
        "What keeps it back",
        "✓ approved quinn 2026-11-22 03:04",
        "– approved, does not count eve 2026-11-22 03:09",
        "approved, does not count",
        "✗ failed, waived",
        "~ active",
        "– revoked",
        "staging rollback ▸ started",
        "i-1 mail is down ✓ closed high staging",
        "i-2 ! open",
        "restore ✗ failed staging",
        "1 min 30 s sam",
        "rollback.md",
        "older ones are left out here",
        "rollback of staging started by sam",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn incidents_and_drills_do_not_depend_on_the_order_in_which_they_are_told() {
    let mut told = release::on_its_way();
    told.tell(
        "incident_opened",
        "sam",
        json!({"incident_id": "i-1", "severity": "high"}),
    );
    told.wait(60)
        .tell("incident_closed", "sam", json!({"incident_id": "i-1"}));
    told.wait(60)
        .tell("drill_recorded", "sam", json!({"kind": "restore"}));
    let parts = |told: &Told| {
        let page = page(told);
        (page.incidents, page.drills, page.news)
    };
    let before = parts(&told);
    told.events.reverse();
    assert_eq!(parts(&told), before);
    assert_eq!(before.0[0].badge.word, "closed");
    assert_eq!(before.1[0].badge.word, "not told");
}

/// The tags and attribute names of a page, in order; texts, values and code are left out.
fn skeleton(page: &str) -> Vec<String> {
    let tags = page
        .split("<body>")
        .nth(1)
        .unwrap()
        .split('<')
        .skip(1)
        .map(|rest| {
            let mut inside = false;
            let outside = rest.split('>').next().unwrap().chars().filter(|c| {
                inside ^= *c == '"';
                !inside && *c != '"'
            });
            outside.collect::<String>()
        });
    tags.filter(|tag| tag.trim_start_matches('/') != "code")
        .collect()
}

#[test]
fn hostile_texts_stay_texts() {
    let pages = |text: &str| {
        let told = release::saying(text);
        let mut list = list(vec![row(&told, Some(text))], 1, text);
        list.rows[0].version = Some(Pen::new(&redactor()).name(text));
        let trouble = Trouble::new(404, "There is no such page", text, &redactor());
        let caller = Caller {
            name: text.to_owned(),
            role: Role::Sre,
            reach: Reach::Everything,
        };
        let viewer = Viewer::of(&caller, true, &redactor());
        let sign_in = SignIn {
            trouble: "no",
            next: format!("/{text}"),
        };
        let of_unjudged = unjudged(&told, text);
        [
            html::list(&viewer, &list, "https://gates.example"),
            html::release(&viewer, &page(&told)),
            html::release(&viewer, &of_unjudged),
            html::sign_in(&sign_in),
            html::trouble(Some(&viewer), &trouble),
        ]
        .map(Result::unwrap)
    };
    let plain = pages("plain").map(|page| skeleton(&page));
    for text in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' autofocus onfocus='alert(1)",
        "javascript:alert(1)",
        "</style></title></datalist><b>",
        "{{ page }} {% raw %}",
        "\u{202e}evil\u{2066}",
    ] {
        for (page, plain) in pages(text).iter().zip(&plain) {
            assert!(skeleton(page) == *plain, "{text}");
            let body = page.split("<body>").nth(1).unwrap();
            assert!(
                !body.contains("<script") && !body.contains("href=\"javascript"),
                "{text}"
            );
        }
        let [list, judged, unjudged, ..] = pages(text);
        for page in [list, judged, unjudged] {
            assert!(!page.contains(['\u{202e}', '\u{2066}']), "{text}");
        }
    }
}

#[test]
fn nothing_unmasked_is_shown() {
    let told = release::saying("call bob@example.org, hunter22");
    let list = shown(&list(
        vec![row(&told, Some("call bob@example.org, hunter22"))],
        1,
        "",
    ));
    let unjudged = html::release(&viewer(), &unjudged(&told, "hunter22")).unwrap();
    for page in [list, release_page(&told), unjudged] {
        assert!(
            !page.contains("bob@") && !page.contains("hunter22"),
            "{page}"
        );
        assert!(page.contains("masked"));
    }
}

#[test]
fn a_page_fetches_nothing_and_every_link_leads_somewhere() {
    let pages = [
        shown(&list(vec![row(&release::on_its_way(), None)], 1, "")),
        release_page(&release::on_its_way()),
        html::sign_in(&SignIn {
            trouble: "",
            next: "/".to_owned(),
        })
        .unwrap(),
    ];
    for page in pages {
        for part in ["src=", "@import", "url(", "<script", "http://", " style="] {
            assert!(!page.contains(part), "{part}");
        }
        let links = page.split("href=\"").skip(1);
        for link in links.map(|rest| rest.split('"').next().unwrap()) {
            match link.strip_prefix('#') {
                Some(id) => assert!(page.contains(&format!("id=\"{id}\"")), "{link}"),
                None => assert!(link == "data:," || link.starts_with('/'), "{link}"),
            }
        }
    }
}

#[test]
fn a_page_has_landmarks_headings_and_the_one_who_looks() {
    let page = release_page(&release::on_its_way());
    for part in [
        "<html lang=\"en\">",
        "<title>acme/shop 1.4.0 · Tollgate</title>",
        "<a class=\"skip\" href=\"#content\">",
        "<main id=\"content\">",
        "<b><bdi>quinn</bdi></b> <span class=\"soft\">qa_tester</span>",
        "<form method=\"post\" action=\"/sign-out\"><button>",
    ] {
        assert!(page.contains(part), "{part} is not in:\n{page}");
    }
    assert_eq!(page.matches("<h1>").count(), 1);
    assert_eq!(
        page.matches("<form").count(),
        1,
        "it changes nothing but who looks"
    );
    let tables = page.matches("<table").count();
    assert_eq!(page.matches("<thead").count(), tables);
}
