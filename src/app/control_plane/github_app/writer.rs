//! Writes a check run for each environment on the commit of each release, so that a ruleset can ask
//! for it from the App: nobody else can write one in its name.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::GitHubApp;
use super::desk::{Sheet, Shown, Step, Written, step};
use super::trouble::Trouble;
use crate::app::control_plane::ControlPlane;
use crate::domain::check_run::{CheckRun, CheckRunState, Conclusion, EnvironmentMark};
use crate::domain::gate::verdict::Verdict;
use crate::domain::record::event::EventType;
use crate::domain::release::{Release, ReleaseId};
use crate::github::client::{Installation, PostedCheckRun, Usage};
use crate::github::{Client, GitHubError};
use crate::render::check_run;

/// How many releases are looked at when the server starts.
const LOOKED_AT: u32 = 200;

/// How soon a release is judged again though nothing is told of it, where what people decided may end
/// with time.
const SOON: Duration = Duration::from_secs(60);

/// The same where nobody decided anything: the policy may have changed, or another release.
const LATER: Duration = Duration::from_secs(10 * 60);

/// The pause between two writes
/// (<https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#pause-between-mutative-requests>).
const PACE: Duration = Duration::from_secs(1);

/// How many requests are left for the answers to jobs that wait.
const RESERVE: u64 = 200;

/// What the check runs of one release have in common.
struct Writing<'a> {
    github: &'a GitHubApp,
    client: Client,
    release: Release,
    id: ReleaseId,
    installation: Installation,
    shown: Option<Shown>,
}

impl ControlPlane {
    /// Writes check runs until `stop` comes. What can't be written is tried again.
    pub(super) async fn write_all(&self, github: &GitHubApp, stop: &CancellationToken) {
        for event in self.read(EventType::ReleaseCreated, LOOKED_AT).await {
            github.desk().told(event.release_id, Instant::now());
        }
        loop {
            loop {
                let due = github.desk().due(Instant::now());
                let Some((release, sheet)) = due.filter(|_| !stop.is_cancelled()) else {
                    break;
                };
                self.write_for(github, release, &sheet).await;
            }
            let next = github.desk().next();
            let pause = next.map_or(LATER, |at| at.saturating_duration_since(Instant::now()));
            tokio::select! {
                () = stop.cancelled() => return,
                () = github.told.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn write_for(&self, github: &GitHubApp, release: ReleaseId, sheet: &Sheet) {
        let written = self.write(github, release, sheet).await;
        let (mut desk, now) = (github.desk(), Instant::now());
        match written {
            Ok(Some(pause)) => desk.settled(release, sheet, now + pause),
            Ok(None) => desk.leave(release, sheet),
            Err(trouble) => {
                tracing::error!(%release, %trouble, "check runs could not be written");
                desk.put_off(release, now);
            }
        }
    }

    /// Judges a release, and writes what GitHub does not show yet. Gives when it is to be judged
    /// again; `None` where the App is not installed, or may not write check runs.
    async fn write(
        &self,
        github: &GitHubApp,
        id: ReleaseId,
        sheet: &Sheet,
    ) -> Result<Option<Duration>, Trouble> {
        let Some(found) = self.look_up(id).await? else {
            return Ok(None);
        };
        let release = found.release.clone();
        let installation = match github.app.installation(&release.repository).await {
            Ok(installation) if installation.may_write_checks() => installation,
            Ok(_) | Err(GitHubError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let now = Timestamp::now();
        let material = self.judge(found, now).await?;
        let view = material.view();
        let environments = view.verdict.environments.iter();
        let wanted = environments.map(|environment| {
            let mut run = check_run::of_environment(&view, environment, material.redactor());
            let mark = EnvironmentMark::of(id, &environment.id, &run);
            run.external_id = Some(mark.to_string());
            run.details_url = github.page(id);
            (mark, run)
        });
        let wanted: Vec<(EnvironmentMark, CheckRun)> = wanted.collect();
        let client = github
            .app
            .client(installation.id, &release.repository)
            .await?;
        let mut writing = Writing {
            github,
            client,
            release,
            id,
            installation,
            shown: sheet.shown.clone(),
        };
        let mut again = pause(view.verdict, now);
        for (mark, run) in &wanted {
            again = again.min(writing.settle(mark, run).await?);
        }
        Ok(Some(again))
    }
}

/// How soon a verdict of this moment may be another one though nothing is told: a waiver ends to the
/// second, and what people decided may be bound to a time as well.
fn pause(verdict: &Verdict, now: Timestamp) -> Duration {
    let ends = verdict.waivers.iter().map(|it| it.expires_at);
    let next = ends.filter(|end| *end > now).min();
    let left = next.map_or(LATER, |end| end.duration_since(now).unsigned_abs());
    let of_gates = verdict.gates.iter().map(|it| &it.approvals);
    let of_environments = verdict.environments.iter().map(|it| &it.approvals);
    let mut decided = of_gates.chain(of_environments).flatten();
    match verdict.waivers.is_empty() && decided.all(|it| it.people.is_empty()) {
        true => LATER,
        false => SOON.min(left),
    }
}

impl Writing<'_> {
    /// Has GitHub show a check run. Gives how long it may stay as it is.
    async fn settle(
        &mut self,
        mark: &EnvironmentMark,
        run: &CheckRun,
    ) -> Result<Duration, Trouble> {
        let shown = self.shown().await?;
        let step = step(
            shown.get(&mark.environment),
            run.state,
            mark.content,
            Instant::now(),
        );
        let id = match step {
            Step::Nothing => return Ok(LATER),
            Step::Later(pause) => return Ok(pause),
            Step::Create => self.create(run).await?,
            Step::Update(id) => self.update(id, run).await?,
        };
        let written = Written {
            id,
            content: mark.content,
            state: run.state,
            at: Some(Instant::now()),
        };
        let shown = self.shown.get_or_insert_default();
        shown.insert(mark.environment.clone(), written);
        self.github.desk().shows(self.id, shown);
        tokio::time::sleep(PACE).await;
        Ok(LATER)
    }

    /// What GitHub has, asked for once.
    async fn shown(&mut self) -> Result<&Shown, Trouble> {
        if self.shown.is_none() {
            let posted = self.client.check_runs(&self.release.sha, None).await?;
            let ours = shown(&posted, self.installation.app_id, self.id);
            self.github.desk().shows(self.id, &ours);
            self.shown = Some(ours);
        }
        Ok(self.shown.get_or_insert_default())
    }

    async fn create(&self, run: &CheckRun) -> Result<u64, Trouble> {
        self.spare()?;
        Ok(self.client.create_check_run(run).await?.id)
    }

    /// GitHub deletes old check runs; then another one takes their place.
    async fn update(&self, id: u64, run: &CheckRun) -> Result<u64, Trouble> {
        self.spare()?;
        match self.client.update_check_run(id, run).await {
            Ok(()) => Ok(id),
            Err(error) if error.is_certain_refusal() => self.create(run).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Refuses to use up what GitHub allows.
    fn spare(&self) -> Result<(), Trouble> {
        match is_scarce(&self.client.usage(), Timestamp::now()) {
            false => Ok(()),
            true => Err(Trouble::Objection(
                "little is left of what GitHub allows in this hour; it is kept for jobs that wait"
                    .to_owned(),
            )),
        }
    }
}

fn is_scarce(usage: &Usage, now: Timestamp) -> bool {
    usage.remaining.is_some_and(|left| left < RESERVE) && usage.resets.is_none_or(|at| at > now)
}

/// The newest check run that the App wrote for each environment of a release.
fn shown(posted: &[PostedCheckRun], app: Option<u64>, release: ReleaseId) -> Shown {
    let mut newest: Vec<&PostedCheckRun> = posted.iter().collect();
    newest.sort_by_key(|run| run.id);
    let ours = newest.into_iter().filter_map(|run| {
        let is_ours = run.app.as_ref().map(|it| it.id) == app && app.is_some();
        let mark: EnvironmentMark = run.external_id.as_deref()?.parse().ok()?;
        let written = Written {
            id: run.id,
            content: mark.content,
            state: state(run)?,
            at: None,
        };
        (is_ours && mark.release == release).then_some((mark.environment, written))
    });
    ours.collect()
}

/// One that GitHub gave up, since it was open for two weeks, is open still.
fn state(run: &PostedCheckRun) -> Option<CheckRunState> {
    Some(match run.conclusion.as_deref() {
        None | Some("stale") => CheckRunState::InProgress,
        Some("success") => CheckRunState::Completed(Conclusion::Success),
        Some("failure") => CheckRunState::Completed(Conclusion::Failure),
        Some(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serde_json::json;

    use super::*;
    use crate::domain::delivery::approval::{ApprovalVerdict, Basis, PersonVerdict};
    use crate::domain::delivery::promotion::EnvironmentVerdict;
    use crate::domain::gate::waiver::{WaiverState, WaiverVerdict};
    use crate::domain::record::payload::Decision;
    use crate::domain::status::GateStatus;

    const RELEASE: &str = "5f4a1cb0-28d0-55dd-8fb0-b37893f52a39";

    fn posted(id: u64, app: u64, environment: &str, conclusion: Option<&str>) -> PostedCheckRun {
        let content = "ab".repeat(32);
        serde_json::from_value(json!({
            "id": id, "name": "Tollgate / x", "head_sha": "", "app": {"id": app, "slug": "x"},
            "external_id": format!("tollgate:v1:environment:{RELEASE}:{environment}:{content}"),
            "status": "completed", "conclusion": conclusion,
            "started_at": null, "completed_at": null,
        }))
        .unwrap()
    }

    #[test]
    fn the_newest_of_the_app_is_the_one_that_counts() {
        let runs = [
            posted(7, 1, "production", Some("success")),
            posted(5, 1, "production", Some("failure")),
            posted(9, 2, "production", Some("success")),
            posted(6, 1, "staging", Some("stale")),
            posted(8, 1, "moon", Some("cancelled")),
        ];
        let release = RELEASE.parse().unwrap();
        let found = shown(&runs, Some(1), release);
        let told = found
            .iter()
            .map(|(environment, it)| format!("{environment} {} {:?}", it.id, it.state));
        let expect = ["production 7 Completed(Success)", "staging 6 InProgress"];
        assert_eq!(told.collect::<Vec<_>>(), expect);
        assert!(shown(&runs, None, release).is_empty());
        let another = "0f4c8d6e-0000-5000-8000-000000000000".parse().unwrap();
        assert!(shown(&runs, Some(1), another).is_empty());
    }

    #[test]
    fn what_people_decided_is_judged_again_soon() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let verdict = |people: Vec<PersonVerdict>, ends: &[i64]| Verdict {
            status: GateStatus::Passed,
            gates: Vec::new(),
            environments: vec![EnvironmentVerdict {
                id: "production".parse().unwrap(),
                eligible: true,
                reasons: Vec::new(),
                approvals: Some(ApprovalVerdict {
                    required: 1,
                    basis: Basis::default(),
                    people,
                    reasons: Vec::new(),
                }),
            }],
            waivers: ends.iter().map(|left| waiver(now, *left)).collect(),
        };
        let rita = PersonVerdict {
            by: "rita".to_owned(),
            decision: Decision::Approved,
            at: Timestamp::UNIX_EPOCH,
            comment: String::new(),
            objection: None,
        };
        let seconds = Duration::from_secs;
        for (people, ends, expect) in [
            (vec![], &[][..], LATER),
            (vec![rita.clone()], &[], SOON),
            (vec![rita], &[7], seconds(7)),
            (vec![], &[-1, 30, 7], seconds(7)),
            (vec![], &[-1, 0], SOON),
            (vec![], &[3600], SOON),
        ] {
            assert_eq!(pause(&verdict(people, ends), now), expect, "{ends:?}");
        }
    }

    /// A waiver that ends so many seconds from now.
    fn waiver(now: Timestamp, left: i64) -> WaiverVerdict {
        WaiverVerdict {
            id: "w".to_owned(),
            gate: "lint".parse().unwrap(),
            check: None,
            by: "rita".to_owned(),
            reason: "known".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            expires_at: now + SignedDuration::from_secs(left),
            state: WaiverState::Active,
            note: None,
        }
    }

    #[test]
    fn a_reserve_is_kept_until_the_hour_is_over() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let usage = |remaining, resets| Usage {
            remaining,
            resets,
            ..Usage::default()
        };
        let later = now + SignedDuration::from_secs(1);
        assert!(is_scarce(&usage(Some(199), Some(later)), now));
        assert!(!is_scarce(&usage(Some(199), Some(now)), now));
        assert!(!is_scarce(&usage(Some(200), Some(later)), now));
        assert!(!is_scarce(&usage(None, None), now));
    }
}
