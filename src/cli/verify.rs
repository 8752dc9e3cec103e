//! `tollgate verify`.

use std::process::ExitCode;

use super::args::{Format, VerifyArguments};
use super::{Context, exit, screen};
use crate::app::failure::Failure;
use crate::app::pack::{Checked, Finding, Rejudged, Verified, verify};
use crate::render::pack::{self, PackView, RejudgedView};
use crate::render::{Paint, StatusView, github};

/// Checks a pack, and exits by whether everything in it fits.
pub(super) fn run(context: &Context, arguments: &VerifyArguments) -> Result<ExitCode, Failure> {
    let path = context.settings.working_directory.join(&arguments.pack);
    let name = arguments.pack.display().to_string();
    match verify(&path)? {
        Checked::Sound(verified) => {
            tell(context, &view(&name, &verified))?;
            Ok(ExitCode::SUCCESS)
        }
        Checked::Tampered(finding) => {
            let view = PackView::Tampered {
                name: &name,
                line: finding.line,
                item: &finding.item,
                message: &finding.message,
            };
            tell(context, &view)?;
            if context.format == Format::Github {
                let Finding { item, message, .. } = &finding;
                let message = format!("{name} was tampered with: {item}: {message}");
                screen::print(&format!("{}\n", github::error(&message, None)))?;
            }
            Ok(ExitCode::from(exit::FAILED))
        }
    }
}

fn tell(context: &Context, view: &PackView<'_>) -> Result<(), Failure> {
    screen::print(&match context.format {
        Format::Json => format!("{:#}\n", pack::document(view)),
        Format::Github => github::lines(&pack::text(view, Paint::plain())),
        Format::Human => pack::text(view, context.screen.paint()),
    })
}

fn view<'a>(name: &'a str, verified: &'a Verified) -> PackView<'a> {
    let rejudged = |it: &'a Rejudged| RejudgedView {
        status: StatusView {
            release: &it.release,
            dirty: it.dirty,
            verdict: &it.verdict,
        },
        policy: (&it.policy.0, it.policy.1),
        manifests: &it.manifests,
        at: it.at,
        tollgate: &it.tollgate,
        results: it.results,
        approvals: it.approvals,
    };
    PackView::Sound {
        name,
        events: verified.events,
        heads: &verified.heads,
        rejudged: verified.rejudged.as_ref().map(rejudged),
    }
}
