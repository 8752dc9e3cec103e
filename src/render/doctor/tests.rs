//! The forms in which findings are shown.

use super::*;
use crate::domain::doctor::rules::CHECKS;
use crate::domain::quality::findings::Level;
use crate::render::github::audit;

fn rule(id: &str) -> &'static crate::domain::doctor::Rule {
    CHECKS.iter().find(|(rule, _)| rule.id == id).unwrap().0
}

fn findings() -> Vec<Finding> {
    let path = ".github/workflows/a b,c.yml";
    let uses = "`x/y@v1\u{1b}[31m` is not pinned\n::error::forged";
    let note = Finding::at_line(rule("job-time-out"), path, 9, "no limit".to_owned());
    vec![
        Finding::at_setting(
            rule("environment-missing"),
            "environment production",
            "it does not exist".to_owned(),
        ),
        Finding::at_line(rule("unpinned-action"), path, 7, uses.to_owned()),
        note.milder(Severity::Note),
    ]
}

fn view(findings: &[Finding]) -> AuditView<'_> {
    AuditView {
        findings,
        workflows: 2,
        trouble: None,
    }
}

#[test]
fn people_read_what_why_and_how() {
    let text = text(&view(&findings()), Paint::plain());
    assert!(text.starts_with("environment production\n  error environment-missing: it does not exist\n  why:  GitHub creates"), "{text}");
    assert!(text.contains(".github/workflows/a b,c.yml:7\n  warning unpinned-action: "));
    assert!(text.ends_with("1 error, 1 warning, 1 note (2 workflow files looked at)\n"));
    assert!(!text.contains('\u{1b}') && !text.contains("\n::error"));
}

#[test]
fn githubs_log_has_annotations_at_the_lines_and_no_other_command() {
    let text = audit(&view(&findings()));
    let commands: Vec<_> = text.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(commands.len(), 3, "{text}");
    assert!(commands[0].starts_with("::error title=environment-missing::it does not exist"));
    let place = "::warning file=.github/workflows/a b%2Cc.yml,line=7,title=unpinned-action::";
    assert!(commands[1].starts_with(place), "{text}");
    assert!(commands[2].starts_with("::notice file="));
}

#[test]
fn programs_read_every_part() {
    let document = json(&view(&findings()));
    assert_eq!(document["schema"], "tollgate.doctor/v1");
    assert_eq!(
        (&document["errors"], &document["complete"]),
        (&1.into(), &true.into())
    );
    let [setting, line, _] = document["findings"].as_array().unwrap().as_slice() else {
        panic!("{document}")
    };
    assert_eq!(setting["setting"], "environment production");
    assert_eq!(setting["file"], Value::Null);
    assert_eq!(
        (&line["line"], &line["severity"]),
        (&7.into(), &"warning".into())
    );
}

#[test]
fn sarif_is_what_our_own_reader_takes() {
    let document = sarif(&view(&findings())).to_string();
    let read = crate::formats::sarif::read("doctor.sarif", document.as_bytes()).unwrap();
    let levels: Vec<Level> = read.findings.iter().map(|finding| finding.level).collect();
    assert_eq!(levels, [Level::Error, Level::Warning, Level::Note]);
    let place = read.findings[1].location.as_ref().unwrap();
    assert_eq!(
        (place.file.as_str(), place.line),
        (".github/workflows/a b,c.yml", Some(7))
    );
    assert_eq!(read.findings[0].location, None);
}

#[test]
fn sarif_describes_every_rule_and_says_what_was_not_asked() {
    let mut view = view(&[]);
    view.trouble = Some("GitHub is down");
    let document = sarif(&view);
    let run = &document["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), CHECKS.len());
    assert!(rules.iter().all(|rule| rule["help"]["text"].is_string()));
    assert_eq!(run["results"], json!([]));
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let note = &invocation["toolExecutionNotifications"][0];
    assert_eq!(note["message"]["text"], "GitHub is down");
}
