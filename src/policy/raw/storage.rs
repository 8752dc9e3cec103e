//! `storage` as it is typed.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{BucketName, Keyed, Line, OneOrMany, VariableName};

/// Buckets exist and can be listed, and objects are in them. What is not there makes the check
/// `failed`; a store that can't be reached, or does not let us look, makes it `errored`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Storage")]
pub(crate) struct RawStorage {
    /// The environment variable that holds the store's URL, which is never shown.
    ///
    /// S3-compatible: `https://KEY:SECRET@HOST[:PORT][/PATH][?region=REGION]`, with buckets in the
    /// path. Without a user in it `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and
    /// `AWS_SESSION_TOKEN` are used; without a region `AWS_REGION`, `AWS_DEFAULT_REGION` or
    /// `us-east-1`.
    ///
    /// Supabase: `supabase+https://KEY@PROJECT.supabase.co`. Without a user in it `SUPABASE_KEY` is
    /// used.
    ///
    /// A key or secret in the URL is percent-encoded. `http` takes the place of `https` where it is
    /// wanted; with Supabase, which sends the key itself, for this machine only.
    pub(crate) url_from: VariableName,
    /// Buckets that must exist.
    #[schemars(extend("default" = []))]
    pub(crate) buckets: Option<OneOrMany<BucketName>>,
    /// Objects that must exist, by bucket, which must exist too.
    #[schemars(extend("minProperties" = 1))]
    pub(crate) objects: Option<Keyed<BucketName, OneOrMany<Line>>>,
}
