//! `GET /` and `GET /releases/…`: the pages for people. They only tell; nothing on them changes a
//! release.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::IntoResponse as _;
use jiff::Timestamp;
use url::form_urlencoded;

use super::answer::Problem;
use super::door::Visitor;
use super::page::{self, Answer};
use super::{Server, cookie, releases};
use crate::domain::release::ReleaseId;
use crate::render::dashboard::{Asked, html};

/// The longest part of a repository's name that is looked for, in bytes.
const LONGEST_NAME: usize = 200;

/// The newest releases.
pub(super) async fn list(
    visitor: Visitor,
    State(server): State<Arc<Server>>,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    let wrong = |problem: Problem| server.trouble(Some(&visitor), &problem);
    let asked = asked(&uri).map_err(wrong)?;
    let list = server.plane.list(&visitor.caller, asked, Timestamp::now());
    let list = list.await.map_err(|fault| wrong(fault.into()))?;
    let (viewer, here) = (server.viewer(&visitor), cookie::address(&headers));
    Ok(page::shown(
        StatusCode::OK,
        html::list(&viewer, &list, &here),
    ))
}

/// One release.
pub(super) async fn release(
    visitor: Visitor,
    State(server): State<Arc<Server>>,
    Path(id): Path<String>,
) -> Answer {
    let wrong = |problem: Problem| server.trouble(Some(&visitor), &problem);
    let id = parsed(&id).map_err(wrong)?;
    let page = server.plane.page(&visitor.caller, id, Timestamp::now());
    let page = page.await.map_err(|fault| wrong(fault.into()))?;
    let page = page.ok_or_else(|| wrong(unknown(&id.to_string())))?;
    let viewer = server.viewer(&visitor);
    Ok(page::shown(StatusCode::OK, html::release(&viewer, &page)))
}

/// The whole record of a release: a page, or what `?format=` says.
pub(super) async fn report(
    visitor: Visitor,
    State(server): State<Arc<Server>>,
    Path(id): Path<String>,
    uri: Uri,
) -> Answer {
    let wrong = |problem: Problem| server.trouble(Some(&visitor), &problem);
    let id = parsed(&id).map_err(wrong)?;
    let format = value(&uri, "format");
    let shape = releases::shape(format.as_deref(), Some("text/html")).map_err(wrong)?;
    let found = server.plane.find(&visitor.caller, id).await;
    let found = found.map_err(|fault| wrong(fault.into()))?;
    let found = found.ok_or_else(|| wrong(unknown(&id.to_string())))?;
    let shaped = releases::shaped(&server, found, shape).await;
    Ok(shaped.map_err(wrong)?.into_response())
}

fn parsed(id: &str) -> Result<ReleaseId, Problem> {
    id.parse().map_err(|_| unknown(id))
}

fn unknown(id: &str) -> Problem {
    Problem::not_found(format!("nobody told of a release {id}, or not to you"))
}

fn asked(uri: &Uri) -> Result<Asked, Problem> {
    let wrong = |message| Problem::new(StatusCode::BAD_REQUEST, "invalid_query", message);
    let repository = value(uri, "repository").unwrap_or_default();
    let page = value(uri, "page").map_or(Some(1), |text| text.parse().ok());
    match page.filter(|page| *page > 0) {
        None => Err(wrong("page is a number from 1")),
        Some(_) if repository.len() > LONGEST_NAME => {
            Err(wrong("repository is longer than any repository's name"))
        }
        Some(page) => Ok(Asked {
            repository: repository.trim().to_owned(),
            page,
        }),
    }
}

/// The first value of a name in the query.
fn value(uri: &Uri, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(uri.query()?.as_bytes());
    let found = pairs.find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_a_repository_and_a_page() {
        let long = format!("/?repository={}", "x".repeat(201));
        for (path, expect) in [
            ("/", Ok(("", 1))),
            ("/?repository=+acme%2Fshop&page=3", Ok(("acme/shop", 3))),
            ("/?repository=a&repository=b&other=c", Ok(("a", 1))),
            ("/?page=0", Err("page is a number from 1")),
            ("/?page=x", Err("page is a number from 1")),
            ("/?page=-1", Err("page is a number from 1")),
            (
                &long,
                Err("repository is longer than any repository's name"),
            ),
        ] {
            let asked = asked(&path.parse().unwrap());
            let expect = expect.map(|(repository, page)| Asked {
                repository: repository.to_owned(),
                page,
            });
            assert_eq!(
                asked.map_err(|it| it.message),
                expect.map_err(str::to_owned),
                "{path}"
            );
        }
    }
}
