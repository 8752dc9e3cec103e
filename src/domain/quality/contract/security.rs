//! What callers must show to be let in.

use super::api::{Requirement, Security};

/// What somebody who was let in by `base` is not let in by now; `None` where everybody still is.
pub(super) fn added(base: &Security, current: &Security) -> Option<String> {
    if is_open(current) {
        return None;
    }
    let before = match is_open(base) {
        true => &[Requirement::default()],
        false => base.alternatives.as_slice(),
    };
    let is_let_in = |shown: &&Requirement| {
        let mut alternatives = current.alternatives.iter();
        alternatives.any(|wanted| wanted.is_met_by(shown))
    };
    let refused = before.iter().find(|shown| !is_let_in(shown))?;
    let wanted: Vec<_> = current
        .alternatives
        .iter()
        .map(|it| it.shown.as_str())
        .collect();
    let wanted = wanted.join(", or ");
    Some(match refused.schemes.is_empty() {
        true => format!("nothing had to be shown, and now {wanted}"),
        false => format!("{} was enough, and now it must be {wanted}", refused.shown),
    })
}

/// Tells whether nothing must be shown.
fn is_open(security: &Security) -> bool {
    let mut alternatives = security.alternatives.iter();
    security.alternatives.is_empty() || alternatives.any(|it| it.schemes.is_empty())
}

impl Requirement {
    /// Tells whether whoever shows `shown` shows all of this.
    fn is_met_by(&self, shown: &Self) -> bool {
        self.schemes.iter().all(|(scheme, scopes)| {
            let own = shown.schemes.get(scheme);
            own.is_some_and(|own| scopes.is_subset(own))
        })
    }
}
