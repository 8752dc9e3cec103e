//! `http` as it is typed.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{
    Duration, HeaderName, JsonPathText, Keyed, Line, Loose, OneOrMany, Pattern, Percentage,
    StatusText,
};

/// An endpoint answers as it must. Requests go through the proxies of the environment
/// (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`) and trust the certificates of the system, or those of
/// `SSL_CERT_FILE`. An endpoint that is down, answers too late or answers wrongly is `failed`; a
/// proxy that does not let us ask is `errored`. Of an answer 4 MiB are read at the most.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Http")]
pub(crate) struct RawHttp {
    /// The address, `https://…` or `http://…`. Messages show it as it is written here, without
    /// user, query and fragment.
    pub(crate) url: Line,
    /// What is done.
    #[schemars(extend("default" = "GET"))]
    pub(crate) method: Option<RawMethod>,
    /// Headers to send. Their values are never shown.
    #[schemars(extend("default" = {}))]
    pub(crate) headers: Option<Keyed<HeaderName, Line>>,
    /// The body to send, with a method that has one.
    pub(crate) body: Option<String>,
    /// Follows redirects, ten at the most: never from `https` to `http`, and to another place only
    /// where neither `headers` nor a user in the URL would come along. Otherwise a redirect is the
    /// answer that is judged.
    #[schemars(extend("default" = false))]
    pub(crate) follow: Option<bool>,
    /// What must be answered.
    pub(crate) expect: Option<RawHttpExpectation>,
    /// How many requests are made, one after the other.
    #[schemars(range(min = 1, max = 10_000), extend("default" = 1))]
    pub(crate) samples: Option<u32>,
    /// How long one request may take, connecting included. One that takes longer is not good. A
    /// shorter `timeout` of the check ends the check first, which is then `errored`.
    #[schemars(extend("default" = "10s"))]
    pub(crate) request_timeout: Option<Duration>,
    /// The most that the 95th percentile may be of the time that good requests took, from the
    /// start of each to the last byte of its answer. It is the nearest rank: of N times in order
    /// the one with number N × 0.95, rounded up. A recorded pass is held to a stricter number too.
    pub(crate) p95: Option<Duration>,
    /// The least share of requests that must be answered as expected; those without an answer
    /// count against it. Without it all must be. A recorded pass is held to a stricter number too.
    pub(crate) availability: Option<Percentage>,
}

/// `GET`, `HEAD`, `OPTIONS`, `POST`, `PUT`, `PATCH` or `DELETE`.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(rename = "Method", extend("type" = "string", "title" = "a method of HTTP"))]
pub(crate) enum RawMethod {
    Get,
    Head,
    Options,
    Post,
    Put,
    Patch,
    Delete,
}

/// What an endpoint must answer.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "HttpExpectation", extend("minProperties" = 1))]
pub(crate) struct RawHttpExpectation {
    /// The status: one, a class such as `2xx`, or a list of them.
    #[schemars(extend("default" = "2xx"))]
    pub(crate) status: Option<OneOrMany<StatusText>>,
    /// A pattern that the body must hold.
    pub(crate) body: Option<Pattern>,
    /// Values by path: the body must be JSON and have them. A path is a singular query of RFC 9535
    /// (`$.checks[0].status`, `$['a.b']`), of which the leading `$.` may be left out. Texts are
    /// compared to the letter, numbers by value.
    #[schemars(extend("minProperties" = 1))]
    pub(crate) json: Option<Keyed<JsonPathText, Loose>>,
    /// Patterns by header: one of that name must be there and hold the pattern.
    #[schemars(extend("minProperties" = 1))]
    pub(crate) header: Option<Keyed<HeaderName, Pattern>>,
    /// For how many days the certificate of the endpoint must still be valid, with `https`.
    #[schemars(range(min = 1, max = 3650))]
    pub(crate) tls_days: Option<u32>,
}
