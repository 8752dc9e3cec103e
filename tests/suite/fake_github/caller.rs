//! Who asks, and for which page of a list.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::{Arc, MutexGuard};

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{Uri, header};
use serde_json::{Value, json};

use super::Shared;
use super::answer::{Answer, Refusal, ok};
use super::state::State;
use super::tokens::{Holder, Level, Permission, Token};

/// A request whose token is known.
pub(super) struct Caller {
    pub(super) token: Token,
    shared: Arc<Shared>,
    uri: Uri,
    query: BTreeMap<String, String>,
}

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        shared: &Arc<Shared>,
    ) -> Result<Self, Self::Rejection> {
        let token = parts.extensions.get::<Token>().cloned();
        let query = Query::try_from_uri(&parts.uri).map(|Query(query)| query);
        Ok(Self {
            token: token.ok_or_else(|| Refusal::new(401, "Requires authentication"))?,
            shared: Arc::clone(shared),
            uri: parts.uri.clone(),
            query: query.unwrap_or_default(),
        })
    }
}

impl Caller {
    /// <https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#resource-not-accessible>
    pub(super) fn needs(&self, permission: Permission, level: Level) -> Result<(), Refusal> {
        if self.token.may(permission, level) {
            return Ok(());
        }
        Err(Refusal::new(403, "Resource not accessible by integration"))
    }

    pub(super) fn reads(&self, permission: Permission) -> Result<MutexGuard<'_, State>, Refusal> {
        self.needs(permission, Level::Read)?;
        Ok(self.shared.state())
    }

    pub(super) fn writes(&self, permission: Permission) -> Result<MutexGuard<'_, State>, Refusal> {
        self.needs(permission, Level::Write)?;
        Ok(self.shared.state())
    }

    /// What an App alone may ask, as itself.
    pub(super) fn as_app(&self) -> Result<MutexGuard<'_, State>, Refusal> {
        match self.token.holder {
            Holder::AppItself => Ok(self.shared.state()),
            _ => Err(Refusal::new(401, "A JSON web token could not be decoded")),
        }
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    pub(super) fn number<T: FromStr>(&self, name: &str) -> Option<T> {
        self.query(name)?.parse().ok()
    }

    /// One page of an object with `total_count` and a list.
    pub(super) fn counted(&self, key: &str, items: &[Value]) -> Answer {
        let body = json!({"total_count": items.len(), key: self.page(items)});
        self.linked(items.len(), &body)
    }

    /// One page of a list.
    pub(super) fn listed(&self, items: &[Value]) -> Answer {
        self.linked(items.len(), &json!(self.page(items)))
    }

    fn page<'a>(&self, items: &'a [Value]) -> &'a [Value] {
        let (page, size) = self.page_and_size();
        let start = page.saturating_sub(1).saturating_mul(size);
        let start = start.min(items.len());
        &items[start..items.len().min(start + size)]
    }

    /// GitHub gives 30 unless asked, and never more than 100.
    fn page_and_size(&self) -> (usize, usize) {
        let size: usize = self.number("per_page").unwrap_or(30);
        let page: usize = self.number("page").unwrap_or(1);
        (page.max(1), size.clamp(1, 100))
    }

    /// <https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api>
    fn linked(&self, total: usize, body: &Value) -> Answer {
        let mut answer = ok(body)?;
        let (page, size) = self.page_and_size();
        if page * size < total {
            let link = format!("<{}>; rel=\"next\"", self.address_of(page + 1));
            answer
                .headers_mut()
                .insert(header::LINK, link.parse().unwrap());
        }
        Ok(answer)
    }

    fn address_of(&self, page: usize) -> String {
        let others = self.uri.query().unwrap_or_default().split('&');
        let mut query: Vec<String> = others
            .filter(|pair| !pair.is_empty() && !pair.starts_with("page="))
            .map(str::to_owned)
            .collect();
        query.push(format!("page={page}"));
        let (api, path) = (&self.shared.api, self.uri.path());
        format!("{api}{path}?{}", query.join("&"))
    }
}
