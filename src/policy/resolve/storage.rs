//! `storage`: which buckets, and which objects in them.

use super::Scope;
use crate::domain::check::{BucketRule, StorageRule};
use crate::policy::node::Node;
use crate::policy::raw::{Line, RawStorage};

impl Scope<'_, '_, '_> {
    /// The rule, each bucket once, in the order in which they are written.
    pub(super) fn storage(&mut self, raw: &RawStorage, node: &Node) -> StorageRule {
        let mut buckets: Vec<BucketRule> = Vec::new();
        for name in raw.buckets.iter().flat_map(|list| &list.0) {
            bucket(&name.0, &mut buckets);
        }
        for entry in node.get("objects").map_or(&[][..], Node::entries) {
            let keys = raw.objects.as_ref().and_then(|it| it.0.get(&entry.key));
            let keys = keys.into_iter().flat_map(|list| &list.0);
            let objects = &mut bucket(&entry.key, &mut buckets).objects;
            objects.extend(keys.map(|Line(key)| key.clone()));
        }
        if node.entry("buckets").is_none() && node.entry("objects").is_none() {
            let hint = "add `buckets` or `objects`";
            self.reports
                .add(node.span, "`storage` does not say what must be there", hint);
        }
        StorageRule {
            url_from: raw.url_from.0.clone(),
            buckets,
        }
    }
}

/// The bucket of that name, which is added where it is not there yet.
fn bucket<'b>(name: &str, buckets: &'b mut Vec<BucketRule>) -> &'b mut BucketRule {
    let known = buckets.iter().position(|bucket| bucket.name == name);
    let place = known.unwrap_or_else(|| {
        buckets.push(BucketRule {
            name: name.to_owned(),
            objects: Vec::new(),
        });
        buckets.len() - 1
    });
    &mut buckets[place]
}
