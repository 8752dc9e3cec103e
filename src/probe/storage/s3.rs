//! Servers that speak S3: requests signed with AWS Signature Version 4, buckets in the path
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>).

use jiff::Timestamp;
use quick_xml::Reader;
use quick_xml::events::Event;
use rusty_s3::signing::sign;
use rusty_s3::{Bucket, Method, UrlStyle};
use url::Url;

use super::{Answer, Response, Store, take_user};

/// For how many seconds a signature is good; clocks differ.
const GOOD_FOR: u64 = 300;

/// The region of servers that have none.
const REGION: &str = "us-east-1";

/// How deep elements may lie in one another.
const DEEPEST: usize = 16;

/// How much of what a server says is shown, in characters.
const SHOWN: usize = 200;

/// Where a server lies, and who asks it.
pub(super) struct Account {
    endpoint: Url,
    region: String,
    key: String,
    secret: String,
    token: Option<String>,
}

impl Account {
    /// Takes credentials and region from the URL, else from the environment.
    pub(super) fn new(
        mut url: Url,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let region = url.query_pairs().find(|(key, _)| key == "region");
        let region = region.map(|(_, region)| region.into_owned());
        let region = region
            .or_else(|| variable("AWS_REGION"))
            .or_else(|| variable("AWS_DEFAULT_REGION"))
            .unwrap_or_else(|| REGION.to_owned());
        url.set_query(None);
        url.set_fragment(None);
        let (mut key, mut secret) = take_user(&mut url);
        let mut token = None;
        if key.is_empty() && secret.is_empty() {
            key = variable("AWS_ACCESS_KEY_ID").unwrap_or_default();
            secret = variable("AWS_SECRET_ACCESS_KEY").unwrap_or_default();
            token = variable("AWS_SESSION_TOKEN");
        }
        if key.is_empty() || secret.is_empty() {
            return Err(
                "a key or its secret is missing: write https://KEY:SECRET@HOST, or set \
                 AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                    .to_owned(),
            );
        }
        Ok(Self {
            endpoint: url,
            region,
            key,
            secret,
            token,
        })
    }

    /// What must never be shown.
    pub(super) fn secrets(&self) -> Vec<String> {
        let token = self.token.clone();
        [self.secret.clone(), self.key.clone()]
            .into_iter()
            .chain(token)
            .collect()
    }

    /// Lists at most one key.
    pub(super) async fn bucket(&self, store: &Store, name: &str) -> Answer {
        self.list(store, name, None)
            .await
            .err()
            .unwrap_or(Answer::Found)
    }

    /// Lists the first key that begins with `key`, which is the key itself where it is there.
    pub(super) async fn object(&self, store: &Store, bucket: &str, key: &str) -> Answer {
        match self.list(store, bucket, Some(key)).await {
            Ok(keys) if keys.iter().any(|found| found == key) => Answer::Found,
            Ok(_) => Answer::Missing,
            Err(answer) => answer,
        }
    }

    async fn list(
        &self,
        store: &Store,
        bucket: &str,
        prefix: Option<&str>,
    ) -> Result<Vec<String>, Answer> {
        let unusable = |error| Answer::Unreachable(format!("the bucket has no address: {error}"));
        let (bucket, region) = (bucket.to_owned(), self.region.clone());
        let bucket = Bucket::new(self.endpoint.clone(), UrlStyle::Path, bucket, region);
        let bucket = bucket.map_err(unusable)?;
        let response = store
            .send(|client| client.get(self.signed(&bucket, prefix)))
            .await?;
        read(&response)
    }

    fn signed(&self, bucket: &Bucket, prefix: Option<&str>) -> Url {
        let query = [("list-type", "2"), ("max-keys", "1")];
        let prefix = prefix.map(|prefix| ("prefix", prefix));
        sign(
            &Timestamp::now(),
            Method::Get,
            bucket.base_url().clone(),
            &self.key,
            &self.secret,
            self.token.as_deref(),
            &self.region,
            GOOD_FOR,
            query.into_iter().chain(prefix),
            std::iter::empty(),
        )
    }
}

/// The keys of a listing, else what the answer means.
fn read(response: &Response) -> Result<Vec<String>, Answer> {
    let document = Document::read(&response.body);
    let status = response.status.as_u16();
    match document {
        Some(document) if status == 200 && document.root == "ListBucketResult" => {
            Ok(document.keys())
        }
        Some(document) if document.root == "Error" => Err(document.error(status)),
        _ if matches!(status, 401 | 403) => Err(Answer::Denied(format!("it answered {status}"))),
        _ => Err(Answer::Unreachable(format!(
            "it answered {status} with what is no answer of S3"
        ))),
    }
}

/// A flat view of an answer: each text with the names of the two elements around it.
struct Document {
    root: String,
    texts: Vec<(String, String, String)>,
}

impl Document {
    /// `None` for what is no XML.
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::from_reader(bytes);
        let mut path: Vec<String> = Vec::new();
        let mut document = Self {
            root: String::new(),
            texts: Vec::new(),
        };
        let mut text = String::new();
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => {
                    let name = start.local_name().as_ref().to_owned();
                    if path.is_empty() {
                        document.root.clone_from(&name);
                    }
                    if path.len() > DEEPEST {
                        return None;
                    }
                    path.push(name);
                    text.clear();
                }
                Event::Empty(empty) if path.is_empty() => {
                    empty.local_name().as_ref().clone_into(&mut document.root);
                }
                Event::Text(part) => text.push_str(&part),
                Event::GeneralRef(entity) => text.push(character(&entity)?),
                Event::CData(part) => text.push_str(&part),
                Event::End(_) => {
                    let name = path.pop()?;
                    let parent = path.last().cloned().unwrap_or_default();
                    document
                        .texts
                        .push((parent, name, std::mem::take(&mut text)));
                }
                Event::DocType(_) => return None,
                Event::Eof => {
                    return (path.is_empty() && !document.root.is_empty()).then_some(document);
                }
                _ => {}
            }
        }
    }

    fn within<'d>(&'d self, parent: &'d str, name: &'d str) -> impl Iterator<Item = &'d str> {
        let found = self.texts.iter();
        let found = found.filter(move |(p, n, _)| p == parent && n == name);
        found.map(|(_, _, text)| text.as_str())
    }

    fn keys(&self) -> Vec<String> {
        let keys = self.within("Contents", "Key");
        keys.map(str::to_owned).collect()
    }

    fn error(&self, status: u16) -> Answer {
        let text = |name| {
            let text = self.within("Error", name).next().unwrap_or_default();
            text.chars().take(SHOWN).collect::<String>()
        };
        let code = text("Code");
        let said = format!("it answered {status}, {code}: {}", text("Message"));
        match (code.as_str(), status) {
            ("NoSuchBucket", _) => Answer::Missing,
            (_, 401 | 403) => Answer::Denied(said),
            ("PermanentRedirect" | "AuthorizationHeaderMalformed", _) => Answer::Unreachable(
                format!("{said}. Name the bucket's region in the URL: ?region=REGION"),
            ),
            _ => Answer::Unreachable(said),
        }
    }
}

/// A character reference, or one of the five entities of XML.
fn character(entity: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    if let Ok(Some(character)) = entity.resolve_char_ref() {
        return Some(character);
    }
    Some(match entity.as_ref() {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}
