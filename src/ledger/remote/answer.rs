//! What a server's answer means to a producer: status and body → taken, refused, closed, away.

use std::time::Duration;

use serde::Deserialize;

use super::Outcome;

/// The most characters of a server's message that are shown.
const SHOWN: usize = 300;

/// What became of an event that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is durable there.
    Taken(Outcome),
    /// It is not taken, and never will be as it is.
    Refused(Refusal),
    /// Nothing is taken from this caller at this address, whatever it sends; why.
    Closed(String),
    /// There was no answer, or one that says to come back.
    Away {
        /// What was wrong.
        why: String,
        /// How long the server wants to be left alone.
        wait: Option<Duration>,
    },
}

/// Why an event was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status} {code}: {message}")]
pub struct Refusal {
    /// The status of HTTP.
    pub status: u16,
    /// The server's stable word, such as `key_taken`.
    pub code: String,
    /// What it says to people, shortened.
    pub message: String,
}

/// `{"ingest_id", "status", "detail"}`, and beside others `http_status`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    status: String,
    detail: Detail,
    /// The status that it would have had alone.
    http_status: u16,
}

/// `{"results": […]}`.
#[derive(Deserialize)]
struct Bodies {
    results: Vec<Body>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    code: String,
    message: String,
}

/// Reads an answer. Only a server that says so in its own words has taken anything: whoever else
/// answers 200, such as the page of a proxy, has not.
pub(super) fn read(status: u16, wait: Option<Duration>, body: &[u8]) -> Answer {
    let read: Option<Body> = serde_json::from_slice(body).ok();
    mean(status, wait, &read.unwrap_or_default())
}

/// Reads the answers to so many events that were told together.
///
/// # Errors
/// The one answer to all of them, where that is what came.
pub(super) fn read_all(status: u16, body: &[u8], events: usize) -> Result<Vec<Answer>, Answer> {
    let read: Option<Bodies> = serde_json::from_slice(body).ok();
    match read {
        Some(Bodies { results }) if status == 200 && results.len() == events => {
            let each = |body: &Body| mean(body.http_status, None, body);
            Ok(results.iter().map(each).collect())
        }
        _ => Err(match self::read(status, None, body) {
            Answer::Taken(_) => not_ours(status),
            answer => answer,
        }),
    }
}

/// Tells whether asking again later may be answered otherwise.
pub(super) fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..)
}

fn mean(status: u16, wait: Option<Duration>, body: &Body) -> Answer {
    let Body {
        status: word,
        detail,
        ..
    } = body;
    let is_ours = !detail.code.is_empty();
    let refusal = Refusal {
        status,
        code: plain(&detail.code),
        message: plain(&detail.message),
    };
    match status {
        200 if word == "accepted" => Answer::Taken(Outcome::Recorded),
        200 if word == "duplicate" => Answer::Taken(Outcome::Duplicate),
        401 => Answer::Closed(refusal.to_string()),
        _ if may_pass(status) => Answer::Away {
            why: match is_ours {
                true => refusal.to_string(),
                false => format!("it answered {status}"),
            },
            wait,
        },
        413 => Answer::Refused(refusal),
        _ if is_ours => Answer::Refused(refusal),
        _ => not_ours(status),
    }
}

fn not_ours(status: u16) -> Answer {
    let why = format!("it answered {status}, and not as a Tollgate server does");
    Answer::Closed(why)
}

/// Text of another machine on one line, without control characters, of a bounded length.
fn plain(text: &str) -> String {
    let shown = text.trim().chars().take(SHOWN);
    shown
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> String {
        match read(status, Some(Duration::from_secs(5)), body.as_bytes()) {
            Answer::Taken(outcome) => format!("{outcome:?}"),
            Answer::Refused(refusal) => format!("refused: {refusal}"),
            Answer::Closed(why) => format!("closed: {why}"),
            Answer::Away { why, wait } => format!("away for {wait:?}: {why}"),
        }
    }

    #[test]
    fn what_an_answer_means() {
        let rejected = |code: &str| {
            format!(r#"{{"status":"rejected","detail":{{"code":"{code}","message":"no"}}}}"#)
        };
        for (status, body, expect) in [
            (200, r#"{"status":"accepted","detail":{}}"#, "Recorded"),
            (200, r#"{"status":"duplicate"}"#, "Duplicate"),
            (
                200,
                "<html>sign in</html>",
                "closed: it answered 200, and not",
            ),
            (200, &rejected("x"), "refused: 200 x: no"),
            (302, "", "closed: it answered 302"),
            (400, &rejected("not_json"), "refused: 400 not_json: no"),
            (401, &rejected("unauthorized"), "closed: 401 unauthorized"),
            (403, &rejected("forbidden"), "refused: 403 forbidden: no"),
            (404, "", "closed: it answered 404"),
            (
                408,
                &rejected("too_slow"),
                "away for Some(5s): 408 too_slow",
            ),
            (409, &rejected("key_taken"), "refused: 409 key_taken: no"),
            (413, &rejected("too_large"), "refused: 413 too_large: no"),
            (413, "too large", "refused: 413"),
            (
                422,
                &rejected("unknown_schema"),
                "refused: 422 unknown_schema",
            ),
            (429, "slow down", "away for Some(5s): it answered 429"),
            (500, &rejected("error"), "away for Some(5s): 500 error: no"),
            (
                503,
                &rejected("ledger_away"),
                "away for Some(5s): 503 ledger_away",
            ),
        ] {
            let said = said(status, body);
            assert!(said.starts_with(expect), "{status} {body}: {said}");
        }
    }

    #[test]
    fn several_events_have_an_answer_each_or_one_for_all() {
        let taken = r#"{"status":"accepted","http_status":200}"#;
        let refused = r#"{"status":"rejected","http_status":409,"detail":{"code":"key_taken"}}"#;
        let both = format!(r#"{{"results":[{taken},{refused}]}}"#);
        let each = read_all(200, both.as_bytes(), 2).unwrap();
        assert_eq!(each[0], Answer::Taken(Outcome::Recorded));
        assert!(matches!(&each[1], Answer::Refused(it) if it.status == 409));
        for (status, body, events) in [
            (200, both.as_str(), 3),
            (503, both.as_str(), 2),
            (200, "<html>", 2),
            (404, "", 2),
            (200, taken, 2),
        ] {
            assert!(
                read_all(status, body.as_bytes(), events).is_err(),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn what_a_server_says_is_shown_on_one_short_line() {
        let body = r#"{"detail":{"code":"x","message":"a\n::error::b"}}"#;
        assert_eq!(said(400, body), "refused: 400 x: a ::error::b");
        let long = format!(
            r#"{{"detail":{{"code":"x","message":"{}"}}}}"#,
            "é".repeat(10_000)
        );
        assert!(said(400, &long).chars().count() < 400);
    }
}
