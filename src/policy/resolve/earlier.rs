//! Checks that are named from another check because they give it something to judge.

use super::{Scope, graph};
use crate::domain::check::FileKind;
use crate::domain::ids::CheckRef;
use crate::policy::words;

impl Scope<'_, '_, '_> {
    /// Makes sure that a check has results of a kind, and lies in this gate or in one before it. An
    /// error is a message with its hint.
    pub(super) fn gives(&self, named: &CheckRef, kind: FileKind) -> Result<(), (String, String)> {
        let CheckRef { gate, check } = named;
        let Some(place) = self.outline.place(gate.as_str()) else {
            let hint = words::suggestion(gate.as_str(), self.outline.names(), "there are");
            return Err((format!("there is no stage or gate `{gate}`"), hint));
        };
        let target = &self.outline.gates[place];
        let Some(number) = target.check_place(check.as_str()) else {
            let checks = target.checks().iter().map(|entry| entry.key.as_str());
            let hint = words::suggestion(check.as_str(), checks, "its checks");
            return Err((format!("`{gate}` has no check `{check}`"), hint));
        };
        let results = target.checks()[number].value.get("results");
        if results.and_then(|it| it.get(kind.as_str())).is_none() {
            let hint = format!("add `results: {{ {kind}: … }}` to `{named}`");
            return Err((format!("`{named}` {}", lack_of(kind)), hint));
        }
        let before = graph::reached(&self.outline.requires, self.place);
        if place != self.place && !before[place] {
            let here = self.outline.gates[self.place].name;
            let message =
                format!("`{here}` does not require `{gate}`, so `{named}` may come later");
            return Err((message, format!("add `{gate}` to `requires` of `{here}`")));
        }
        Ok(())
    }
}

fn lack_of(kind: FileKind) -> String {
    match kind {
        FileKind::ImageDigest => "records no image digest".to_owned(),
        FileKind::Junit => "reads no JUnit files".to_owned(),
        kind => format!("has no results of {kind}"),
    }
}
