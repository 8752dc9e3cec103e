//! What became of a pack that was checked by itself: `tollgate verify`.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::ids::{RunId, Sha256Digest};
use crate::domain::release::ReleaseId;

use super::paint::Paint;
use super::status::{self, StatusView, release_name};
use super::{clean, json as documents, words};

/// What became of a pack.
#[derive(Debug, Clone, Copy)]
pub enum PackView<'a> {
    /// Everything in it fits.
    Sound {
        /// Its file, as it was named.
        name: &'a str,
        /// How many events it holds.
        events: u64,
        /// The end of each chain.
        heads: &'a [(ReleaseId, u64, Sha256Digest)],
        /// What was judged again; `None` for a pack of events alone.
        rejudged: Option<RejudgedView<'a>>,
    },
    /// Something does not.
    Tampered {
        /// Its file, as it was named.
        name: &'a str,
        /// The line of the first thing that does not fit, where it stands in one.
        line: Option<u64>,
        /// What it is.
        item: &'a str,
        /// What is wrong with it.
        message: &'a str,
    },
}

/// A release that was judged again, to the same verdict.
#[derive(Debug, Clone, Copy)]
pub struct RejudgedView<'a> {
    /// The release and its verdict.
    pub status: StatusView<'a>,
    /// The policy's path and digest.
    pub policy: (&'a str, Sha256Digest),
    /// The manifests, by run.
    pub manifests: &'a [(RunId, Sha256Digest)],
    /// When the pack was made.
    pub at: Timestamp,
    /// By which version of Tollgate.
    pub tollgate: &'a str,
    /// How many results were made under the policy's definitions, of how many that say so.
    pub results: (usize, usize),
    /// How many approvals were given under the policy, of how many that say so.
    pub approvals: (usize, usize),
}

/// What a pack can't show by itself.
const BEYOND: &str = "Whoever rewrites all of a pack makes another that is sound: compare a digest \
                      above with one known from elsewhere.";

/// The outcome, for people. Ends with a line feed.
pub fn text(view: &PackView<'_>, paint: Paint) -> String {
    match view {
        PackView::Sound {
            name,
            events,
            heads,
            rejudged,
        } => {
            let counted = words::count(*events, "event", "events");
            let name = clean::line(name);
            let mut lines = vec![format!("{} is sound: {counted}", paint.strong(&name))];
            lines.extend(rejudged.iter().flat_map(lines_of));
            lines.extend(heads.iter().map(|(release, number, hash)| {
                format!("  head       event {number} of {release}: {hash}")
            }));
            match rejudged {
                Some(rejudged) => {
                    lines.extend([String::new(), judged_again(rejudged), String::new()]);
                    lines.push(status::text(&rejudged.status, paint));
                }
                None => lines
                    .push("  It has no policy and no verdict, so nothing was judged.\n".to_owned()),
            }
            lines.push(format!("{BEYOND}\n"));
            lines.join("\n")
        }
        PackView::Tampered {
            name,
            line,
            item,
            message,
        } => {
            let place = line.map_or_else(String::new, |line| format!(":{line}"));
            let place = clean::line(&format!("{name}{place}"));
            format!(
                "{} is NOT sound: {}: {}\n",
                paint.strong(&place),
                clean::line(item),
                clean::line(message)
            )
        }
    }
}

fn lines_of(view: &RejudgedView<'_>) -> Vec<String> {
    let (path, digest) = view.policy;
    let of = |(some, all): (usize, usize)| format!("{some} of {all}");
    let mut lines = vec![
        format!("  release    {}", release_name(view.status.release)),
        format!(
            "  exported   {} by Tollgate {}",
            view.at,
            clean::line(view.tollgate)
        ),
        format!("  policy     {}, digest {digest}", clean::line(path)),
        format!(
            "             {} results were made under its definitions, {} approvals given under it",
            of(view.results),
            of(view.approvals)
        ),
    ];
    let manifests = view.manifests.iter();
    lines.extend(manifests.map(|(run, sha256)| format!("  manifest   of run {run}: {sha256}")));
    lines
}

fn judged_again(view: &RejudgedView<'_>) -> String {
    format!(
        "Judged again as of {}, it is the verdict in the pack:",
        view.at
    )
}

/// `tollgate.verify/v1`. Fields may be added; none is ever renamed.
pub fn document(view: &PackView<'_>) -> Value {
    match view {
        PackView::Sound {
            name,
            events,
            heads,
            rejudged,
        } => json!({
            "schema": "tollgate.verify/v1",
            "pack": name,
            "sound": true,
            "tampered": null,
            "events": events,
            "heads": heads.iter().map(head).collect::<Vec<_>>(),
            "exported_at": rejudged.map(|it| it.at),
            "tollgate": rejudged.map(|it| it.tollgate),
            "policy": rejudged.map(|it| json!({ "path": it.policy.0, "digest": it.policy.1 })),
            "results": rejudged.map(|it| fitting(it.results)),
            "approvals": rejudged.map(|it| fitting(it.approvals)),
            "manifests": rejudged.map_or(&[][..], |it| it.manifests).iter().map(manifest)
                .collect::<Vec<_>>(),
            "verdict": rejudged.map(|it| documents::status(&it.status)),
        }),
        PackView::Tampered {
            name,
            line,
            item,
            message,
        } => json!({
            "schema": "tollgate.verify/v1",
            "pack": name,
            "sound": false,
            "tampered": { "item": item, "line": line, "message": message },
        }),
    }
}

fn head((release, number, hash): &(ReleaseId, u64, Sha256Digest)) -> Value {
    json!({ "release": release, "sequence": number, "hash": hash })
}

fn manifest((run, sha256): &(RunId, Sha256Digest)) -> Value {
    json!({ "run": run, "sha256": sha256 })
}

fn fitting((some, all): (usize, usize)) -> Value {
    json!({ "fitting": some, "total": all })
}
