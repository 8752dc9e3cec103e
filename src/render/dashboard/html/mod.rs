//! The pages as HTML: no script, no outside file, nothing is fetched. Whatever the templates show is
//! escaped by the engine.

use std::io;

use askama::Template;
use url::form_urlencoded;

use super::{ReleaseList, ReleasePage, RowVerdict, SignIn, Trouble, Viewer};
use crate::render::report::html::{machine, minute, sign};
use crate::render::report::model::Tone;

/// The style sheet that stands in every page, byte for byte: a content policy can name its hash.
pub const STYLE: &str = concat!(
    include_str!("../../report/html/report.css"),
    include_str!("dashboard.css")
);

#[derive(Template)]
#[template(path = "list.html", config = "src/render/dashboard/html/askama.toml")]
struct ListPage<'a> {
    viewer: Option<&'a Viewer>,
    list: &'a ReleaseList,
    here: &'a str,
}

#[derive(Template)]
#[template(
    path = "release.html",
    config = "src/render/dashboard/html/askama.toml"
)]
struct OnePage<'a> {
    viewer: Option<&'a Viewer>,
    page: &'a ReleasePage,
}

#[derive(Template)]
#[template(
    path = "sign_in.html",
    config = "src/render/dashboard/html/askama.toml"
)]
struct SignInPage<'a> {
    viewer: Option<&'a Viewer>,
    sign_in: &'a SignIn,
}

#[derive(Template)]
#[template(
    path = "trouble.html",
    config = "src/render/dashboard/html/askama.toml"
)]
struct TroublePage<'a> {
    viewer: Option<&'a Viewer>,
    trouble: &'a Trouble,
}

impl OnePage<'_> {
    /// `acme/shop 1.4.0`.
    fn name(&self) -> String {
        let repository = &self.page.repository;
        match &self.page.version {
            Some(version) => format!("{repository} {version}"),
            None => repository.to_string(),
        }
    }

    /// The repository as a value of a query.
    fn repository_query(&self) -> String {
        form_urlencoded::byte_serialize(self.page.repository.as_str().as_bytes()).collect()
    }
}

fn filled(page: &impl Template) -> io::Result<String> {
    page.render().map_err(io::Error::other)
}

/// The list of releases. `here` is the server's address, as producers may send to.
///
/// # Errors
/// When the template cannot be filled, which memory never refuses.
pub fn list(viewer: &Viewer, list: &ReleaseList, here: &str) -> io::Result<String> {
    let viewer = Some(viewer);
    filled(&ListPage { viewer, list, here })
}

/// A release.
///
/// # Errors
/// As [`list`].
pub fn release(viewer: &Viewer, page: &ReleasePage) -> io::Result<String> {
    let viewer = Some(viewer);
    filled(&OnePage { viewer, page })
}

/// The form to sign in.
///
/// # Errors
/// As [`list`].
pub fn sign_in(sign_in: &SignIn) -> io::Result<String> {
    let viewer = None;
    filled(&SignInPage { viewer, sign_in })
}

/// What went wrong.
///
/// # Errors
/// As [`list`].
pub fn trouble(viewer: Option<&Viewer>, trouble: &Trouble) -> io::Result<String> {
    filled(&TroublePage { viewer, trouble })
}
