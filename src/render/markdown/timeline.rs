//! When stages and checks ran, as a Mermaid gantt diagram.

use jiff::Timestamp;

use crate::domain::ids::GateId;
use crate::domain::status::{CheckStatus, GateStatus};
use crate::render::chronicle::{CheckStory, Chronicle, GateCourse, GateStory};
use crate::render::words;

/// How many bars are drawn. Mermaid refuses a text of 50,000 characters and more.
const MOST_BARS: usize = 150;

/// The diagram in its fence; `None` when nothing was run.
pub(super) fn of_run(chronicle: &Chronicle) -> Option<String> {
    let end = chronicle
        .checks
        .iter()
        .filter_map(|story| story.ended.or(story.tried))
        .max()?;
    let mut lines = vec![
        "```mermaid".to_owned(),
        "gantt".to_owned(),
        "    title Times in UTC".to_owned(),
        "    dateFormat YYYY-MM-DDTHH:mm:ss.SSS".to_owned(),
        "    axisFormat %H:%M:%S".to_owned(),
    ];
    let mut bars = 0;
    let mut left_out = 0;
    for gate in &chronicle.gates {
        let checks = bars_of_checks(chronicle, &gate.gate, end);
        if checks.is_empty() {
            continue;
        }
        let room = MOST_BARS.saturating_sub(bars);
        left_out += checks.len().saturating_sub(room);
        bars += checks.len().min(room) + 1;
        if room > 0 {
            lines.push(format!("    section {}", word(gate.gate.as_str())));
            lines.push(bar_of_gate(gate, end));
            lines.extend(checks.into_iter().take(room));
        }
    }
    lines.push("```".to_owned());
    if left_out > 0 {
        lines.push(format!(
            "\n{} not drawn.",
            words::count(left_out as u64, "check is", "checks are")
        ));
    }
    (bars > 0).then(|| lines.join("\n"))
}

fn bars_of_checks(chronicle: &Chronicle, gate: &GateId, end: Timestamp) -> Vec<String> {
    let own = chronicle
        .checks
        .iter()
        .filter(|story| story.check.gate == *gate);
    own.filter_map(|story| bar_of_check(story, end)).collect()
}

fn bar_of_check(story: &CheckStory, end: Timestamp) -> Option<String> {
    let began = story.began?;
    let status = story.result.as_ref().map(|result| result.status);
    let (sign, tag) = match status {
        Some(status @ CheckStatus::Passed) => (words::check_sign(status), "done"),
        Some(status @ (CheckStatus::Failed | CheckStatus::Errored)) => {
            (words::check_sign(status), "crit")
        }
        Some(status @ (CheckStatus::Skipped | CheckStatus::Pending)) => {
            (words::check_sign(status), "active")
        }
        None => ("▸", "active"),
    };
    let name = format!("{sign} {}", word(story.check.check.as_str()));
    Some(bar(&name, tag, began, story.ended.unwrap_or(end)))
}

fn bar_of_gate(story: &GateStory, end: Timestamp) -> String {
    let (sign, tag, end) = match &story.course {
        GateCourse::Finished { verdict, duration } => {
            let tag = if verdict.status == GateStatus::Failed {
                "crit"
            } else {
                "done"
            };
            let end = story.at.checked_add(*duration).unwrap_or(end);
            (words::gate_sign(verdict.status), tag, end)
        }
        GateCourse::Running | GateCourse::Reused | GateCourse::Blocked(_) => ("▸", "active", end),
    };
    bar(
        &format!("{sign} {} as a whole", word(story.gate.as_str())),
        tag,
        story.at,
        end,
    )
}

/// A bar. Its name begins with a sign, so that it can't be one of Mermaid's keywords.
fn bar(name: &str, tag: &str, from: Timestamp, until: Timestamp) -> String {
    let ms = until.duration_since(from).as_millis().max(1);
    format!(
        "    {name} :{tag}, {}, {ms}ms",
        from.strftime("%Y-%m-%dT%H:%M:%S.%3f")
    )
}

/// A name without what has a meaning in Mermaid.
fn word(name: &str) -> String {
    let harmless = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
    name.chars()
        .map(|c| if harmless(c) { c } else { ' ' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::script::{self, Script};

    /// Checks the structure of a gantt diagram: its head, then sections with bars of the form
    /// `name :tag, start, duration`, with no stray colon, `#` or `;`.
    fn bars(diagram: &str) -> Vec<(String, String)> {
        let lines: Vec<_> = diagram.lines().collect();
        assert_eq!((lines[0], lines[1]), ("```mermaid", "gantt"));
        let body = lines.iter().skip(2).take_while(|line| **line != "```");
        let mut section = None;
        let mut bars = Vec::new();
        for line in body.map(|line| line.trim()) {
            let setting = ["title ", "dateFormat ", "axisFormat "];
            if let Some(name) = line.strip_prefix("section ") {
                assert!(!name.contains([':', '#', ';']));
                section = Some(name.to_owned());
            } else if !setting.iter().any(|setting| line.starts_with(setting)) {
                let (name, data) = line.split_once(" :").unwrap();
                assert!(!name.starts_with(char::is_alphanumeric), "{name}");
                assert!(!name.contains([':', '#', ';', '%', '"']), "{name}");
                let parts: Vec<_> = data.split(", ").collect();
                assert!(["done", "crit", "active"].contains(&parts[0]));
                let start = format!("{}Z", parts[1]);
                assert!(start.parse::<Timestamp>().is_ok(), "{start}");
                assert!(parts[2].strip_suffix("ms").unwrap().parse::<u64>().unwrap() > 0);
                assert_eq!(parts.len(), 3);
                bars.push((section.clone().unwrap(), name.to_owned()));
            }
        }
        bars
    }

    #[test]
    fn stages_and_their_checks_have_bars() {
        let diagram = of_run(&script::heard(&script::failing())).unwrap();
        let expected = [
            ("lint", "✓ lint as a whole"),
            ("lint", "✓ ruff"),
            ("lint", "✓ eslint"),
            ("test", "✗ test as a whole"),
            ("test", "✗ pytest"),
            ("test", "! types"),
        ];
        let expected = expected.map(|(section, bar)| (section.to_owned(), bar.to_owned()));
        assert_eq!(bars(&diagram), expected);
    }

    #[test]
    fn names_have_no_meaning() {
        assert_eq!(word("a:b;c#d%e\"f-1.x_y ไ"), "a b c d e f-1.x_y ไ");
    }

    #[test]
    fn nothing_run_nothing_drawn() {
        assert_eq!(of_run(&script::heard(&script::only_push())), None);
    }

    #[test]
    fn a_run_of_many_checks_stays_within_what_mermaid_reads() {
        let names: Vec<_> = (0..400).map(|number| format!("check-{number}")).collect();
        let mut script = Script::new(script::stages(&[&format!("lint: {}", names.join(" "))]));
        script.start("lint").open("lint");
        for name in &names {
            let check = format!("lint/{name}");
            script
                .begin(&check, 1)
                .wait(1)
                .end(&check, script::passed(1));
        }
        let diagram = of_run(&script::heard(
            &script.finish(crate::domain::run::RunEnding::Complete),
        ));
        let diagram = diagram.unwrap();
        assert_eq!(bars(&diagram).len(), 151);
        assert!(diagram.len() < 50_000 && diagram.ends_with("250 checks are not drawn."));
    }
}
