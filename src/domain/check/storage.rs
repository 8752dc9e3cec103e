//! `storage`: what a store of objects must hold.

/// `storage: { url-from, buckets, objects }`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StorageRule {
    /// The environment variable that holds the store's URL.
    pub url_from: String,
    /// Buckets that must exist and can be listed, each with the objects that must be in it; those
    /// named under `objects` alone are among them.
    pub buckets: Vec<BucketRule>,
}

/// A bucket and what must be in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketRule {
    /// The bucket's name.
    pub name: String,
    /// The keys of the objects.
    pub objects: Vec<String>,
}
