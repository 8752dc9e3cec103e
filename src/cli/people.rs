//! `tollgate approve`, `waive`, `sign-off` and `evidence add`.

use std::process::ExitCode;

use jiff::Timestamp;

use super::args::{
    ApproveArguments, EvidenceCommand, Format, SignOffArguments, SignoffOutcome, WaiveArguments,
};
use super::{Context, exit, screen, signals, status};
use crate::app::failure::Failure;
use crate::app::forward::Standing;
use crate::app::people::approve::{DecisionRequest, approve};
use crate::app::people::evidence::{self, EvidenceRequest};
use crate::app::people::sign_off::{self, Order, SignoffRequest};
use crate::app::people::waive::{self, Waived, WaiverForce, WaiverRequest};
use crate::app::project::Project;
use crate::app::run::stop::Stop;
use crate::domain::gate::verdict::Verdict;
use crate::domain::gate::waiver::WaiverState;
use crate::domain::record::payload::{Decision, ExceptionRevoked, SignoffResult};

/// What every command of this file needs.
struct Desk {
    project: Project,
    format: Format,
    stop: Stop,
}

impl Desk {
    async fn open(context: Context) -> Result<Self, Failure> {
        let stop = Stop::new();
        signals::listen(stop.clone())?;
        Ok(Self {
            project: Project::open(context.settings).await?,
            format: context.format,
            stop,
        })
    }

    /// Says what was done: the status document for programs, a sentence for people.
    fn tell(&self, verdict: &Verdict, said: &str) -> Result<(), Failure> {
        if self.format == Format::Json {
            let Project { release, tree, .. } = &self.project;
            return status::print_document(self.format, release, tree, verdict);
        }
        screen::print(&format!("{said}\n"))
    }
}

/// Records a decision.
pub(super) async fn decide(
    context: Context,
    arguments: ApproveArguments,
) -> Result<ExitCode, Failure> {
    let desk = Desk::open(context).await?;
    let request = DecisionRequest {
        subject: arguments.subject,
        by: arguments.by,
        role: arguments.role,
        decision: match arguments.reject {
            true => Decision::Rejected,
            false => Decision::Approved,
        },
        comment: arguments.comment.unwrap_or_default(),
    };
    let decided = approve(&desk.project, &request, desk.stop.clone()).await?;
    let counted = decided.approvals.as_ref().map_or(0, |it| it.counted());
    let required = decided.approvals.as_ref().map_or(0, |it| it.required);
    let said = format!(
        "recorded: {} {} {} ({counted} of {required} approvals count)",
        request.by, request.decision, request.subject
    );
    desk.tell(&decided.verdict, &said)?;
    if let Some(there) = &decided.there {
        screen::say(&at_the_server(there, &request.by));
    }
    Ok(ExitCode::SUCCESS)
}

/// How a decision stands where it was sent to.
fn at_the_server(there: &Result<Standing, String>, by: &str) -> String {
    match there {
        Err(why) => format!("how it stands at the server is not known: {why}"),
        Ok(there) => {
            let (counted, required) = (there.counted, there.required);
            let objection = there.objection(by).map(|why| format!("; {why}"));
            let objection = objection.unwrap_or_default();
            format!("at the server {counted} of {required} approvals count{objection}")
        }
    }
}

/// Grants, asks for or takes back a waiver. Standard output has its id and nothing else.
pub(super) async fn waive(
    context: Context,
    arguments: WaiveArguments,
) -> Result<ExitCode, Failure> {
    let desk = Desk::open(context).await?;
    let Waived { waiver, verdict } = change_waiver(&desk, arguments).await?;
    let (scope, by, id) = (waiver.scope(), &waiver.by, &waiver.id);
    let said = match waiver.state {
        WaiverState::Active => {
            format!("{scope} is waived by {by} until {:.0}", waiver.expires_at)
        }
        WaiverState::Requested => format!(
            "{by} asks to waive {scope} until {:.0}; `tollgate waive --grant {id} --by NAME` grants it",
            waiver.expires_at
        ),
        state => format!("the waiver {id} of {scope} is {}", state.as_str()),
    };
    screen::say(&said);
    if let Some(note) = &waiver.note {
        screen::say(&note.message);
    }
    desk.tell(&verdict, id)?;
    Ok(ExitCode::SUCCESS)
}

async fn change_waiver(desk: &Desk, arguments: WaiveArguments) -> Result<Waived, Failure> {
    let WaiveArguments {
        scope,
        by,
        role,
        reason,
        expires,
        request,
        grant,
        revoke,
    } = arguments;
    let (project, stop) = (&desk.project, desk.stop.clone());
    let by = by.unwrap_or_else(|| project.settings.actor());
    if let Some(id) = revoke {
        let reason = reason.unwrap_or_default();
        return waive::revoke(project, ExceptionRevoked { id, by, reason }, stop).await;
    }
    if let Some(id) = grant {
        return waive::grant(project, &id, &by, role, stop).await;
    }
    let (Some(scope), Some(expires)) = (scope, expires) else {
        return Err(Failure::usage("a waiver needs a gate and an end")); // clap asks for both
    };
    let request = WaiverRequest {
        gate: scope.gate,
        check: scope.check,
        by,
        role,
        reason: reason.unwrap_or_default(),
        expires_at: expires.moment(Timestamp::now()),
        force: match request {
            true => WaiverForce::Requested,
            false => WaiverForce::Granted,
        },
    };
    waive::waive(project, &request, stop).await
}

/// Records what a person saw.
pub(super) async fn sign_off(
    context: Context,
    arguments: SignOffArguments,
) -> Result<ExitCode, Failure> {
    let desk = Desk::open(context).await?;
    let request = SignoffRequest {
        check: arguments.check,
        by: arguments.by,
        result: match arguments.result {
            SignoffOutcome::Passed => SignoffResult::Passed,
            SignoffOutcome::Failed => SignoffResult::Failed,
        },
        environment: arguments.environment,
        note: arguments.note.unwrap_or_default(),
        evidence: arguments.evidence,
    };
    let signed = sign_off::sign_off(&desk.project, &request, desk.stop.clone()).await?;
    let place = request
        .environment
        .map_or(String::new(), |id| format!(" in {id}"));
    let said = format!(
        "recorded: {} saw {} {}{place}",
        request.by, request.check, request.result
    );
    desk.tell(&signed.verdict, &said)?;
    if let Some(warning) = signed.warning {
        screen::say(&format!("warning: {warning}"));
    }
    if signed.order == Order::Kept {
        return Ok(ExitCode::SUCCESS);
    }
    let gate = &request.check.gate;
    screen::say(&format!(
        "{gate} is blocked, so this never counts; pass what it requires, then sign off again"
    ));
    Ok(ExitCode::from(exit::BLOCKED))
}

/// Adds evidence.
pub(super) async fn evidence(
    context: Context,
    command: EvidenceCommand,
) -> Result<ExitCode, Failure> {
    let desk = Desk::open(context).await?;
    let EvidenceCommand::Add { kind, file, gate } = command;
    let request = EvidenceRequest { kind, file, gate };
    let added = evidence::add(&desk.project, &request, desk.stop.clone()).await?;
    let file = &added.file;
    let said = format!("added {} {}, sha256 {}", file.kind, file.name, file.sha256);
    desk.tell(&added.verdict, &said)?;
    if let Some(warning) = added.warning {
        screen::say(&format!("warning: {warning}"));
    }
    Ok(ExitCode::SUCCESS)
}
