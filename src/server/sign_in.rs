//! `/sign-in` and `/sign-out`: a person gives a key once, and has a session from then on.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use url::form_urlencoded;

use super::answer::Problem;
use super::page::{self, Answer};
use super::{Server, body, cookie};

/// The most that is read of a form, in bytes.
const LIMIT: usize = 16 * 1024;

/// The longest path to go to after signing in, in bytes.
const LONGEST_PATH: usize = 2_000;

/// What the form says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Form {
    key: String,
    next: String,
}

/// Shows the form; whoever is in already goes on.
pub(super) async fn show(State(server): State<Arc<Server>>, headers: HeaderMap) -> Answer {
    let visitor = server.door.visitor(&headers).await;
    visitor.map_err(|denied| server.turned_away(denied, "/"))?;
    Ok(go_to("/", None))
}

/// Begins a session.
pub(super) async fn begin(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    if is_from_elsewhere(&headers) {
        let message = "the form was sent by a page of another site; sign in here instead";
        let problem = Problem::new(StatusCode::FORBIDDEN, "another_site", message);
        return Err(server.trouble(None, &problem));
    }
    let body = body::read(body, LIMIT).await;
    let body = body.map_err(|no_body| server.trouble(None, &no_body.into()))?;
    let form = read(&body);
    match server.door.session(&form.key) {
        Some(session) => {
            let (caller, role) = (&session.caller.name, session.caller.role);
            tracing::info!(caller, %role, "a session began");
            Ok(go_to(&form.next, cookie::keep(&session.text, &headers)))
        }
        None if form.key.is_empty() => Ok(page::sign_in("Give a key.", &form.next)),
        None => Ok(page::sign_in("This key is not accepted.", &form.next)),
    }
}

/// Ends a session in the browser that has it.
pub(super) async fn end(State(server): State<Arc<Server>>, headers: HeaderMap) -> Answer {
    let visitor = server.door.visitor(&headers).await;
    visitor.map_err(|denied| server.turned_away(denied, "/"))?;
    Ok(go_to("/sign-in", cookie::forget(&headers)))
}

fn go_to(path: &str, cookie: Option<HeaderValue>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    let home = HeaderValue::from_static("/");
    headers.insert(LOCATION, path.parse().unwrap_or(home));
    headers.extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    response
}

fn read(body: &[u8]) -> Form {
    let mut form = Form::default();
    for (name, value) in form_urlencoded::parse(body) {
        match &*name {
            "key" => form.key = value.trim().to_owned(),
            "next" => form.next = value.into_owned(),
            _ => {}
        }
    }
    if !is_a_page(&form.next) {
        form.next = "/".to_owned();
    }
    form
}

/// Tells whether a path is that of a page of this server, so that nobody is led away from it.
fn is_a_page(path: &str) -> bool {
    let is_known = path == "/" || path.starts_with("/?") || path.starts_with("/releases/");
    let is_plain = path
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    is_known && is_plain && path.len() <= LONGEST_PATH
}

/// Tells whether a browser says that another site sent the form
/// (<https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header>).
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site");
    site.is_some_and(|site| site != "same-origin" && site != "none")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_signing_in_nobody_is_led_away() {
        for (next, expect) in [
            ("/", "/"),
            (
                "%2F%3Frepository%3Dacme%26page%3D2",
                "/?repository=acme&page=2",
            ),
            (
                "/releases/1/report?format=md",
                "/releases/1/report?format=md",
            ),
            ("", "/"),
            ("//elsewhere.example/", "/"),
            ("/\\elsewhere.example", "/"),
            ("/releases/\\..", "/"),
            ("https://elsewhere.example/", "/"),
            ("javascript:alert(1)", "/"),
            ("/%0d%0aset-cookie:a", "/"),
            ("/releases/%0d%0aset-cookie:a", "/"),
            ("/sign-out", "/"),
        ] {
            let form = read(format!("key=+k+&next={next}&more=1").as_bytes());
            assert_eq!(
                (form.key.as_str(), form.next.as_str()),
                ("k", expect),
                "{next}"
            );
        }
        assert_eq!(read(b"\xff&&=").key, "");
        assert!(!is_a_page(&format!("/?{}", "x".repeat(2_000))));
    }

    #[test]
    fn a_form_of_another_site_is_known() {
        for (site, expect) in [
            (None, false),
            (Some("same-origin"), false),
            (Some("none"), false),
            (Some("same-site"), true),
            (Some("cross-site"), true),
        ] {
            let mut headers = HeaderMap::new();
            headers.extend(site.map(|site| {
                let name = "sec-fetch-site".parse::<axum::http::HeaderName>().unwrap();
                (name, site.parse().unwrap())
            }));
            assert_eq!(is_from_elsewhere(&headers), expect, "{site:?}");
        }
    }
}
