//! `image`: which image, and which check recorded its digest.

use super::{Scope, written};
use crate::domain::check::{FileKind, ImageRule};
use crate::domain::ids::CheckRef;
use crate::policy::node::Node;
use crate::policy::raw::RawImage;

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
            && let Err((message, hint)) = self.gives(&same_as, FileKind::ImageDigest)
        {
            self.reports.add(node.span, message, hint);
        }
        Some(ImageRule {
            reference: reference.clone(),
            same_as,
        })
    }
}
