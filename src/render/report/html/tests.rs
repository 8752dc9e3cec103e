//! The page: what is in it, and that no text becomes a part of it.

use proptest::prelude::*;

use super::*;
use crate::render::report::tests::report;
use crate::render::script::release;

/// The page without its style sheet.
fn body(page: &str) -> &str {
    &page[page.find("<body>").unwrap()..]
}

#[test]
fn a_release_on_its_way() {
    let page = html(&report(&release::on_its_way())).unwrap();
    insta::assert_snapshot!(body(&page));
}

#[test]
fn the_page_fetches_nothing() {
    let page = html(&report(&release::delivered())).unwrap();
    for part in [
        "src=", "@import", "url(", " style=", "<script", "http://", "https://", "//cdn",
    ] {
        let found = page.matches(part).count();
        let allowed = usize::from(part == "http://"); // the name space of SVG
        assert_eq!(found, allowed, "{part}");
    }
    let style = page.split("<style>").nth(1).unwrap();
    let policy = content_policy(style.split("</style>").next().unwrap());
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    assert!(page.contains(&format!("content=\"{policy}; form-action 'none'\"")));
}

#[test]
fn every_status_has_its_word() {
    let page = html(&report(&release::on_its_way())).unwrap();
    let badges = page.split("<span class=\"badge ").skip(1);
    for badge in badges {
        let inner = badge.split_once("</span>").unwrap().1;
        let word = inner.split("</span>").next().unwrap().trim();
        assert!(!word.is_empty(), "{badge:.80}");
    }
    assert!(page.contains("failed, waived") && page.contains("failed, tolerated"));
}

/// The tags and attribute names of a page, in order; texts, values and code are left out.
fn skeleton(page: &str) -> Vec<String> {
    let tags = body(page).split('<').skip(1).map(|rest| {
        let tag = rest.split('>').next().unwrap();
        let mut inside = false;
        let outside = tag.chars().filter(|c| {
            let is_quote = *c == '"';
            inside ^= is_quote;
            !inside && !is_quote
        });
        outside.collect()
    });
    let is_code = |tag: &String| tag.trim_start_matches('/') == "code"; // of backticks
    tags.filter(|tag| !is_code(tag)).collect()
}

#[test]
fn hostile_texts_stay_texts() {
    let plain = skeleton(&html(&report(&release::saying("plain"))).unwrap());
    for text in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "</style></title></svg><b>",
        "{{ report }} {% raw %}",
        "\u{202e}evil\u{2066}",
        "]]>--><!--",
    ] {
        let page = html(&report(&release::saying(text))).unwrap();
        assert!(skeleton(&page) == plain, "{text}");
        assert!(
            !page.contains("<script") && !page.contains("href=\"javascript"),
            "{text}"
        );
        assert!(!page.contains(['\u{202e}', '\u{2066}']), "{text}");
    }
}

#[test]
fn an_address_of_the_web_is_a_link_and_carries_no_credential() {
    let link = "https://user:pass@example.org/a/b.xml?X-Signature=abc#f";
    let page = html(&report(&release::saying(link))).unwrap();
    assert!(page.contains("href=\"https://example.org/a/b.xml\" rel=\"noopener noreferrer\""));
    let evidence = page.split("id=\"h-evidence\"").nth(1).unwrap();
    let row = evidence.split("class=\"hash\"").last().unwrap();
    assert!(
        !row.contains("X-Signature") && !row.contains("pass@"),
        "{row}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_text_becomes_a_part_of_the_page(text in any::<String>()) {
        let shown = |text: &str| skeleton(&html(&report(&release::saying(text))).unwrap());
        let is_same = shown(&format!("m{text}m")) == shown("plain");
        prop_assert!(is_same);
    }
}
