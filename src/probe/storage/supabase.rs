//! The storage of Supabase (<https://supabase.com/docs/reference/self-hosting-storage>).

use reqwest::header::AUTHORIZATION;
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{Answer, Response, Store, is_this_machine, take_user};

/// How many objects are listed at once.
const PAGE: usize = 100;

/// How many pages are looked at: the object comes first among those that begin with its name, but
/// for those that differ in case alone.
const PAGES: usize = 10;

/// How much of what a server says is shown, in characters.
const SHOWN: usize = 200;

/// Where a project lies, and with which key it is asked.
pub(super) struct Project {
    storage: Url,
    key: String,
}

/// What is said of something that went wrong. The status in it counts: that of HTTP is 400 for
/// many of them.
#[derive(Default, Deserialize)]
struct Fault {
    #[serde(rename = "statusCode", default)]
    status: Value,
    #[serde(default)]
    error: String,
    #[serde(default)]
    message: String,
}

/// An entry of a listing; a folder has no id.
#[derive(Deserialize)]
struct Entry {
    name: String,
    id: Option<String>,
}

impl Project {
    /// Takes the key from the URL, else from the environment.
    pub(super) fn new(
        mut url: Url,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        if url.scheme() == "http" && !is_this_machine(&url) {
            let why = "its URL has no TLS, so everybody on the way would see the key; write \
                       supabase+https://";
            return Err(why.to_owned());
        }
        let (user, password) = take_user(&mut url);
        let key = [password, user].into_iter().find(|text| !text.is_empty());
        let key = key.or_else(|| variable("SUPABASE_KEY"));
        let key = key.filter(|key| key.bytes().all(|byte| byte.is_ascii_graphic()));
        let key = key.ok_or(
            "a key is missing, or can't stand in a header: write supabase+https://:KEY@HOST, or \
             set SUPABASE_KEY",
        )?;
        url.set_query(None);
        url.set_fragment(None);
        let storage = url.join("storage/v1/").map_err(|error| error.to_string())?;
        Ok(Self { storage, key })
    }

    /// What must never be shown.
    pub(super) fn secrets(&self) -> Vec<String> {
        vec![self.key.clone()]
    }

    /// Asks for the bucket, since a listing of one that does not exist is empty; then lists it.
    pub(super) async fn bucket(&self, store: &Store, name: &str) -> Answer {
        let url = self.address(&["bucket", name]);
        match store
            .send(|client| self.with_key(client.get(url.clone())))
            .await
        {
            Err(answer) => return answer,
            Ok(response) if response.status.as_u16() != 200 => return fault(&response),
            Ok(response) => {
                let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
                if body.get("id").is_none() {
                    return no_answer(&response);
                }
            }
        }
        let query = json!({"prefix": "", "limit": 1, "offset": 0});
        let listed = self.list(store, name, &query).await;
        listed.err().unwrap_or(Answer::Found)
    }

    /// Looks for an object of that key in the listing of its folder.
    pub(super) async fn object(&self, store: &Store, bucket: &str, key: &str) -> Answer {
        let (folder, name) = key.rsplit_once('/').unwrap_or(("", key));
        for page in 0..PAGES {
            let query = json!({
                "prefix": folder, "search": name, "limit": PAGE, "offset": page * PAGE,
                "sortBy": {"column": "name", "order": "asc"},
            });
            let entries = match self.list(store, bucket, &query).await {
                Ok(entries) => entries,
                Err(answer) => return answer,
            };
            let is_it = |entry: &Entry| entry.name == name && entry.id.is_some();
            if entries.iter().any(is_it) {
                return Answer::Found;
            }
            if entries.len() < PAGE {
                return Answer::Missing;
            }
        }
        Answer::Unreachable(format!(
            "it lists too many objects that begin with `{name}`"
        ))
    }

    async fn list(&self, store: &Store, bucket: &str, query: &Value) -> Result<Vec<Entry>, Answer> {
        let url = self.address(&["object", "list", bucket]);
        let ask = |client: &Client| self.with_key(client.post(url.clone()).json(query));
        let response = store.send(ask).await?;
        match response.status.as_u16() {
            200 => serde_json::from_slice(&response.body).map_err(|_| no_answer(&response)),
            _ => Err(fault(&response)),
        }
    }

    fn address(&self, path: &[&str]) -> Url {
        let mut url = self.storage.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    fn with_key(&self, request: RequestBuilder) -> RequestBuilder {
        request
            .header(AUTHORIZATION, format!("Bearer {}", self.key))
            .header("apikey", &self.key)
    }
}

fn no_answer(response: &Response) -> Answer {
    let status = response.status.as_u16();
    Answer::Unreachable(format!(
        "it answered {status} with what is no answer of Supabase"
    ))
}

fn fault(response: &Response) -> Answer {
    let Ok(fault) = serde_json::from_slice::<Fault>(&response.body) else {
        return match response.status.as_u16() {
            status @ (401 | 403) => Answer::Denied(format!("it answered {status}")),
            _ => no_answer(response),
        };
    };
    let within = fault.status.as_str().and_then(|text| text.parse().ok());
    let within = within.or_else(|| u16::try_from(fault.status.as_u64()?).ok());
    let status = within.unwrap_or_else(|| response.status.as_u16());
    let said = format!("it answered {status}, {}: {}", fault.error, fault.message);
    let said = said.chars().take(SHOWN).collect();
    match status {
        404 if fault.error.contains("not found") || fault.message.contains("not found") => {
            Answer::Missing
        }
        401 | 403 => Answer::Denied(said),
        _ => Answer::Unreachable(said),
    }
}
