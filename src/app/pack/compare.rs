//! Two status documents on one release: where the one that is told differs from the one that is
//! judged.

use serde_json::Value;

/// Whether sentences must be the same too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    /// They are: the same version of Tollgate wrote both.
    Same,
    /// Another version may say it otherwise, and say more.
    May,
}

/// The first difference: `gate test was failed, is passed`. Statuses come first, then all else.
pub(super) fn difference(told: &Value, judged: &Value, words: Words) -> Option<String> {
    let gates = statuses(told, judged, "gates", "gate", "status");
    gates
        .or_else(|| statuses(told, judged, "environments", "environment", "eligible"))
        .or_else(|| any("", told, judged, words))
}

/// The first of a list whose status differs; of gates, its checks too.
fn statuses(told: &Value, judged: &Value, list: &str, what: &str, status: &str) -> Option<String> {
    let (told, judged) = (items(told, list), items(judged, list));
    for one in told {
        let id = text(&one["id"]);
        let Some(other) = judged.iter().find(|other| other["id"] == one["id"]) else {
            return Some(format!(
                "{what} {id} was {}, is not there",
                text(&one[status])
            ));
        };
        if one[status] != other[status] {
            let (was, is) = (text(&one[status]), text(&other[status]));
            return Some(format!("{what} {id} was {was}, is {is}{}", why(other)));
        }
        let checks = statuses(one, other, "checks", "check", "status");
        if let Some(check) = checks {
            return Some(check.replacen("check ", &format!("check {id}/"), 1));
        }
    }
    let is_new = |other: &&Value| !told.iter().any(|one| one["id"] == other["id"]);
    let new = judged.iter().find(is_new)?;
    Some(format!(
        "{what} {} was not there, is {}",
        text(&new["id"]),
        text(&new[status])
    ))
}

/// The first reason of what is judged.
fn why(judged: &Value) -> String {
    let reason = &judged["reasons"][0];
    match (reason["message"].as_str(), reason["code"].as_str()) {
        (Some(message), Some(code)) => format!(": {message} ({code})"),
        _ => String::new(),
    }
}

fn items<'v>(document: &'v Value, list: &str) -> &'v [Value] {
    document[list].as_array().map_or(&[], Vec::as_slice)
}

fn any(place: &str, told: &Value, judged: &Value, words: Words) -> Option<String> {
    match (told, judged) {
        (Value::Object(one), Value::Object(other)) => {
            let gone = other
                .keys()
                .find(|key| words == Words::Same && !one.contains_key(*key));
            let differ = one.iter().find_map(|(key, value)| {
                let is_word = matches!(key.as_str(), "message" | "title");
                if is_word && words == Words::May {
                    return None;
                }
                let place = format!("{place}.{key}");
                any(&place, value, other.get(key).unwrap_or(&Value::Null), words)
            });
            differ.or_else(|| {
                gone.map(|key| told_otherwise(&format!("{place}.{key}"), &Value::Null, &other[key]))
            })
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let mut pairs = one.iter().zip(other).enumerate();
            pairs.find_map(|(number, (one, other))| {
                any(&format!("{place}[{number}]"), one, other, words)
            })
        }
        (one, other) if one == other => None,
        (one, other) => Some(told_otherwise(place, one, other)),
    }
}

fn told_otherwise(place: &str, told: &Value, judged: &Value) -> String {
    let place = place.trim_start_matches('.');
    format!("{place} was {}, is {}", text(told), text(judged))
}

/// A value as people read it, not too much of it.
fn text(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Bool(true) => "so".to_owned(),
        Value::Bool(false) => "not so".to_owned(),
        other => other.to_string(),
    };
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "status": "failed",
            "gates": [{
                "id": "test", "status": "failed", "reasons": [{"code": "tests_failed", "message": "2 failed"}],
                "checks": [{"id": "pytest", "title": "Tests", "status": "failed", "duration_ms": 812}],
            }],
            "environments": [{"id": "production", "eligible": false, "reasons": []}],
        })
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Value), expect: Option<&str>) {
        let mut told = document();
        change(&mut told);
        assert_eq!(
            difference(&told, &document(), Words::Same).as_deref(),
            expect
        );
    }

    #[test]
    fn the_first_difference_is_named() {
        check(|_| {}, None);
        check(
            |told| told["gates"][0]["status"] = json!("passed"),
            Some("gate test was passed, is failed: 2 failed (tests_failed)"),
        );
        check(
            |told| told["gates"][0]["checks"][0]["status"] = json!("passed"),
            Some("check test/pytest was passed, is failed"),
        );
        check(
            |told| told["gates"] = json!([]),
            Some("gate test was not there, is failed"),
        );
        check(
            |told| told["environments"][0]["eligible"] = json!(true),
            Some("environment production was so, is not so"),
        );
        check(
            |told| told["gates"][0]["checks"][0]["duration_ms"] = json!(7),
            Some("gates[0].checks[0].duration_ms was 7, is 812"),
        );
        check(
            |told| told["gates"][0]["reasons"] = json!([]),
            Some("gates[0].reasons was a list of 0, is a list of 1"),
        );
        check(
            |told| drop(told["status"].take()),
            Some("status was null, is failed"),
        );
        check(|told| told["more"] = json!(1), Some("more was 1, is null"));
    }

    #[test]
    fn another_version_may_say_it_in_other_words_and_say_more() {
        let mut told = document();
        told["gates"][0]["reasons"][0]["message"] = json!("zwei");
        told["gates"][0]["checks"][0]["title"] = json!("Proben");
        told["gates"][0]["checks"][0]
            .as_object_mut()
            .unwrap()
            .remove("duration_ms");
        assert_eq!(difference(&told, &document(), Words::May), None);
        assert!(difference(&told, &document(), Words::Same).is_some());
        told["status"] = json!("passed");
        assert!(difference(&told, &document(), Words::May).is_some());
    }
}
