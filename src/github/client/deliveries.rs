//! What GitHub delivered to the App, or tried to. It keeps that for three days, and delivers nothing
//! again by itself
//! (<https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries>).

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Client, GitHubError, MOST_PAGES, PAGE, Redirects, Subject, in_query};

const SUBJECT: Subject<'static> = Subject {
    what: "deliveries of the App's webhook",
    permission: "the App's own token",
};

/// One try to deliver an event.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Attempt {
    /// GitHub's number of this try.
    pub id: u64,
    /// `X-GitHub-Delivery`: the same at every try to deliver an event.
    pub guid: String,
    /// `X-GitHub-Event`.
    pub event: String,
    /// When it was tried.
    pub delivered_at: Timestamp,
    /// `OK`, or what went wrong.
    status: String,
    /// What was answered.
    status_code: i64,
}

impl Attempt {
    /// Tells whether it was answered as one that arrived.
    pub fn has_arrived(&self) -> bool {
        self.status == "OK" || (200..400).contains(&self.status_code)
    }
}

#[derive(Deserialize)]
struct Detailed {
    request: Sent,
}

#[derive(Deserialize)]
struct Sent {
    payload: Option<Map<String, Value>>,
}

impl Client {
    /// Every try since a moment to deliver to the App whose own token this client has, the newest
    /// first; of more than 10,000 the newest ones.
    /// <https://docs.github.com/en/rest/apps/webhooks#list-deliveries-for-an-app-webhook>
    ///
    /// # Errors
    /// When GitHub can't be asked.
    pub(in crate::github) async fn deliveries(
        &self,
        since: Timestamp,
    ) -> Result<Vec<Attempt>, GitHubError> {
        let mut all = Vec::new();
        let mut route = format!("/app/hook/deliveries?per_page={PAGE}");
        for _ in 0..MOST_PAGES {
            let raw = self.ask(&route, Redirects::Followed).await?;
            let page: Vec<Attempt> = self.read(&raw, SUBJECT)?;
            let reaches_back = page.last().is_none_or(|it| it.delivered_at < since);
            all.extend(page.into_iter().filter(|it| it.delivered_at >= since));
            let Some(cursor) = raw.next_cursor().filter(|_| !reaches_back) else {
                return Ok(all);
            };
            let cursor = in_query(&cursor);
            route = format!("/app/hook/deliveries?per_page={PAGE}&cursor={cursor}");
        }
        tracing::warn!(%since, "GitHub has more deliveries than are looked at; older ones are left");
        Ok(all)
    }

    /// What was sent at one try, as JSON; `None` where GitHub keeps it no longer.
    /// <https://docs.github.com/en/rest/apps/webhooks#get-a-delivery-for-an-app-webhook>
    ///
    /// # Errors
    /// When GitHub can't be asked.
    pub(in crate::github) async fn delivered(
        &self,
        attempt: u64,
    ) -> Result<Option<String>, GitHubError> {
        let route = format!("/app/hook/deliveries/{attempt}");
        match self.get::<Detailed>(&route, SUBJECT).await {
            Ok(found) => Ok(found
                .request
                .payload
                .map(|it| Value::Object(it).to_string())),
            Err(GitHubError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_answered_well_has_arrived() {
        let attempt = |status: &str, code: i64| Attempt {
            id: 1,
            guid: "d1".to_owned(),
            event: "deployment_review".to_owned(),
            delivered_at: Timestamp::UNIX_EPOCH,
            status: status.to_owned(),
            status_code: code,
        };
        for (status, code, expect) in [
            ("OK", 200, true),
            ("Accepted", 202, true),
            ("Invalid HTTP Response: 400", 400, false),
            ("failed to connect", 502, false),
            ("timed out", 0, false),
        ] {
            assert_eq!(attempt(status, code).has_arrived(), expect, "{status}");
        }
    }
}
