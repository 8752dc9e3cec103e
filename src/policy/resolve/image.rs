//! `image`: which image, and which check recorded its digest.

use super::graph;
use super::{Scope, written};
use crate::domain::check::ImageRule;
use crate::domain::ids::CheckRef;
use crate::policy::node::Node;
use crate::policy::raw::RawImage;
use crate::policy::words;

impl Scope<'_, '_, '_> {
    /// The rule; `same-as` must name a check that records a digest and comes before.
    pub(super) fn image(&mut self, raw: &RawImage, node: &Node) -> Option<ImageRule> {
        let reference = &raw.reference.0;
        if let Some(node) = node.get("reference").filter(|_| !self.is_open(reference))
            && reference.contains(char::is_whitespace)
        {
            let message = format!("{} is not an image", written(node));
            let hint = "write the image as it was pushed: `registry.example/shop:${TOLLGATE_SHA}`";
            self.reports.add(node.span, message, hint);
        }
        let same_as: CheckRef = raw.same_as.0.parse().ok()?;
        if let Some(node) = node.get("same-as")
            && let Err((message, hint)) = self.comes_before(&same_as)
        {
            self.reports.add(node.span, message, hint);
        }
        Some(ImageRule {
            reference: reference.clone(),
            same_as,
        })
    }

    /// An error is a message with its hint.
    fn comes_before(&self, same_as: &CheckRef) -> Result<(), (String, String)> {
        let CheckRef { gate, check } = same_as;
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
        let node = &target.checks()[number].value;
        if node
            .get("results")
            .and_then(|results| results.get("image-digest"))
            .is_none()
        {
            let hint = format!("add `results: {{ image-digest: … }}` to `{same_as}`");
            return Err((format!("`{same_as}` records no image digest"), hint));
        }
        let before = graph::reached(&self.outline.requires, self.place);
        if place != self.place && !before[place] {
            let here = self.outline.gates[self.place].name;
            let message =
                format!("`{here}` does not require `{gate}`, so `{same_as}` may come later");
            return Err((message, format!("add `{gate}` to `requires` of `{here}`")));
        }
        Ok(())
    }
}
