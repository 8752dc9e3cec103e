//! Which releases are to be judged for their check runs, when, and what GitHub has of them. The
//! ledger and GitHub's own list are what is durable: a server that is started again begins with the
//! newest releases, and finds there what was written.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use super::trouble::pause_after;
use crate::domain::check_run::CheckRunState;
use crate::domain::ids::{EnvironmentId, Sha256Digest};
use crate::domain::release::ReleaseId;

/// How many releases are looked after at the most; then the one that was told of longest ago is left
/// until it is told of again.
const MOST: usize = 1000;

/// How long a check run stays as it is while its release stands as it did, and only words change.
const SETTLED_FOR: Duration = Duration::from_secs(30);

/// A check run as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) id: u64,
    /// SHA-256 of what it says.
    pub(super) content: Sha256Digest,
    pub(super) state: CheckRunState,
    /// `None` where another server wrote it, or this one before it was started again.
    pub(super) at: Option<Instant>,
}

/// What GitHub has of a release, by environment.
pub(super) type Shown = BTreeMap<EnvironmentId, Written>;

/// What is to be done about a check run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// GitHub shows it already.
    Nothing,
    /// Only words changed, and not long ago.
    Later(Duration),
    /// Written anew.
    Create,
    /// The one with this number is changed.
    Update(u64),
}

/// What is to be done so that GitHub shows a state and a content. One that is decided is never
/// opened again: a new one takes its place, as GitHub does when a check is run again.
pub(super) fn step(
    shown: Option<&Written>,
    state: CheckRunState,
    content: Sha256Digest,
    now: Instant,
) -> Step {
    let Some(shown) = shown else {
        return Step::Create;
    };
    if shown.content == content && shown.state == state {
        return Step::Nothing;
    }
    let age = shown.at.map(|at| now.saturating_duration_since(at));
    match age {
        Some(age) if shown.state == state && age < SETTLED_FOR => Step::Later(SETTLED_FOR - age),
        _ if shown.state != state && state == CheckRunState::InProgress => Step::Create,
        _ => Step::Update(shown.id),
    }
}

/// A release on the desk.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    /// How often it was told of.
    told: u64,
    heard: Instant,
    at: Instant,
    tries: u32,
    /// `None` until GitHub was asked.
    pub(super) shown: Option<Shown>,
}

/// Every release that is looked after.
#[derive(Debug, Default)]
pub(super) struct Desk(HashMap<ReleaseId, Sheet>);

impl Desk {
    /// Takes note that something is known of a release.
    pub(super) fn told(&mut self, release: ReleaseId, now: Instant) {
        let sheet = self.0.entry(release).or_insert(Sheet {
            told: 0,
            heard: now,
            at: now,
            tries: 0,
            shown: None,
        });
        sheet.told += 1;
        sheet.heard = now;
        if sheet.tries == 0 {
            sheet.at = now;
        }
        if self.0.len() > MOST {
            let oldest = self.0.iter().min_by_key(|(_, sheet)| sheet.heard);
            let oldest = oldest.map(|(release, _)| *release);
            oldest.and_then(|release| self.0.remove(&release));
        }
    }

    /// The release that waits the longest, if one is due.
    pub(super) fn due(&self, now: Instant) -> Option<(ReleaseId, Sheet)> {
        let due = self.0.iter().filter(|(_, sheet)| sheet.at <= now);
        let first = due.min_by_key(|(_, sheet)| sheet.at);
        first.map(|(release, sheet)| (*release, sheet.clone()))
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.values().map(|sheet| sheet.at).min()
    }

    /// Takes note of what GitHub has.
    pub(super) fn shows(&mut self, release: ReleaseId, shown: &Shown) {
        if let Some(sheet) = self.0.get_mut(&release) {
            sheet.shown = Some(shown.clone());
        }
    }

    /// Takes note that a release was dealt with as it was then, and when it is to be again. One that
    /// was told of meanwhile stays due.
    pub(super) fn settled(&mut self, release: ReleaseId, then: &Sheet, again: Instant) {
        if let Some(sheet) = self.0.get_mut(&release) {
            sheet.tries = 0;
            if sheet.told == then.told {
                sheet.at = again;
            }
        }
    }

    /// Puts a release off: something outside is in trouble. What GitHub has is asked for anew, since a
    /// write may have been done though its answer was lost.
    pub(super) fn put_off(&mut self, release: ReleaseId, now: Instant) {
        if let Some(sheet) = self.0.get_mut(&release) {
            sheet.at = now + pause_after(sheet.tries);
            sheet.tries += 1;
            sheet.shown = None;
        }
    }

    /// Leaves a release until it is told of again.
    pub(super) fn leave(&mut self, release: ReleaseId, then: &Sheet) {
        if self.0.get(&release).is_some_and(|it| it.told == then.told) {
            self.0.remove(&release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check_run::Conclusion;
    use crate::domain::release::Repository;

    const SECOND: Duration = Duration::from_secs(1);

    fn release(number: usize) -> ReleaseId {
        let repository: Repository = "acme/shop".parse().unwrap();
        ReleaseId::of(&repository, &format!("{number:040x}").parse().unwrap())
    }

    #[test]
    fn only_what_changed_is_written_and_what_is_decided_is_not_opened_again() {
        let now = Instant::now();
        let [waits, open, shut] = [
            CheckRunState::InProgress,
            CheckRunState::Completed(Conclusion::Success),
            CheckRunState::Completed(Conclusion::Failure),
        ];
        let digest = |text: &str| Sha256Digest::of(text.as_bytes());
        let shown = |state, at| Written {
            id: 5,
            content: digest("a"),
            state,
            at,
        };
        let long_ago = now.checked_sub(SETTLED_FOR);
        for (before, state, content, expect) in [
            (None, waits, "a", Step::Create),
            (Some((waits, Some(now))), waits, "a", Step::Nothing),
            (
                Some((waits, Some(now))),
                waits,
                "b",
                Step::Later(SETTLED_FOR),
            ),
            (Some((waits, long_ago)), waits, "b", Step::Update(5)),
            (Some((waits, None)), waits, "b", Step::Update(5)),
            (Some((waits, Some(now))), open, "a", Step::Update(5)),
            (Some((open, Some(now))), shut, "b", Step::Update(5)),
            (Some((open, Some(now))), waits, "b", Step::Create),
            (Some((shut, None)), waits, "a", Step::Create),
        ] {
            let before = before.map(|(state, at)| shown(state, at));
            let found = step(before.as_ref(), state, digest(content), now);
            assert_eq!(found, expect, "{before:?} → {state:?} {content}");
        }
    }

    #[test]
    fn what_is_told_while_it_is_dealt_with_stays_due() {
        let (mut desk, now) = (Desk::default(), Instant::now());
        desk.told(release(1), now);
        let (_, then) = desk.due(now).unwrap();
        desk.told(release(1), now);
        desk.settled(release(1), &then, now + SECOND);
        let (_, then) = desk.due(now).unwrap();
        desk.leave(release(1), &then);
        assert_eq!(desk.next(), None);
    }

    #[test]
    fn what_is_settled_comes_again_and_what_failed_is_tried_again() {
        let (mut desk, now) = (Desk::default(), Instant::now());
        desk.told(release(1), now);
        let (_, then) = desk.due(now).unwrap();
        desk.settled(release(1), &then, now + 60 * SECOND);
        assert!(desk.due(now + 59 * SECOND).is_none());
        assert!(desk.due(now + 60 * SECOND).is_some());
        desk.shows(release(1), &Shown::new());
        desk.put_off(release(1), now);
        assert_eq!(desk.0[&release(1)].shown, None);
        desk.told(release(1), now);
        assert_eq!(desk.next(), Some(now + SECOND), "events do not hurry it");
        desk.put_off(release(1), now);
        assert_eq!(desk.next(), Some(now + 2 * SECOND));
        desk.leave(release(1), &then);
        assert!(desk.next().is_some(), "it was told of meanwhile");
    }

    #[test]
    fn the_desk_is_bounded() {
        let (mut desk, now) = (Desk::default(), Instant::now());
        for number in 0..=MOST {
            desk.told(
                release(number),
                now + SECOND * u32::try_from(number).unwrap(),
            );
        }
        assert_eq!(desk.0.len(), MOST);
        assert!(!desk.0.contains_key(&release(0)));
    }
}
