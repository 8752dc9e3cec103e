//! What is broken, and where.

use std::fmt;

use super::api::Place;

/// A promise of the base that the current document does not keep.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Break {
    /// What kind of promise.
    pub kind: BreakKind,
    /// The document in which it can be seen.
    pub side: Side,
    /// Where in that document.
    pub place: Place,
    /// What it is about: `GET /orders/{id}, response 200`.
    pub subject: String,
    /// What happened.
    pub detail: String,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.kind, self.subject, self.detail)
    }
}

/// One of the two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The contract of the last release: what was removed stands there.
    Base,
    /// The contract that is released now.
    Current,
}

macro_rules! break_kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident => $text:literal,)+) => {
        /// A stable word for a broken promise.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum BreakKind {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl BreakKind {
            /// The word that users read.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

break_kinds! {
    /// A path, webhook or callback is gone.
    PathRemoved => "path_removed",
    /// A method of a path is gone.
    OperationRemoved => "operation_removed",
    /// A parameter is gone: what clients ask for with it is not heard any more.
    ParameterRemoved => "parameter_removed",
    /// A required parameter or header was added.
    ParameterAdded => "parameter_added",
    /// A parameter or header is required now.
    ParameterRequired => "parameter_required",
    /// A parameter or header may be absent now, and is received.
    ParameterOptional => "parameter_optional",
    /// A parameter or header is written in another way.
    ParameterStyle => "parameter_style",
    /// A header is gone.
    HeaderRemoved => "header_removed",
    /// No body is read any more.
    BodyRemoved => "body_removed",
    /// A body is required now.
    BodyRequired => "body_required",
    /// A body may be absent now, and is received.
    BodyOptional => "body_optional",
    /// A response is gone.
    ResponseRemoved => "response_removed",
    /// A media type is gone.
    MediaTypeRemoved => "media_type_removed",
    /// A property is gone.
    PropertyRemoved => "property_removed",
    /// A property that is sent is required now.
    PropertyRequired => "property_required",
    /// A property that is received may be absent now.
    PropertyOptional => "property_optional",
    /// Properties that are not named are not accepted any more.
    PropertiesClosed => "properties_closed",
    /// Less types are accepted, or more are given.
    TypeChanged => "type_changed",
    /// A value of an `enum` is gone.
    ValueRemoved => "value_removed",
    /// A value of an `enum` is new, and may be received.
    ValueAdded => "value_added",
    /// A format is demanded, or not kept any more.
    FormatChanged => "format_changed",
    /// A limit is narrower for what is sent, or wider for what is received.
    LimitChanged => "limit_changed",
    /// A pattern is demanded, or not kept any more.
    PatternChanged => "pattern_changed",
    /// An alternative of `oneOf` or `anyOf` is gone.
    AlternativeRemoved => "alternative_removed",
    /// An alternative of `oneOf` or `anyOf` is new, and may be received.
    AlternativeAdded => "alternative_added",
    /// Alternatives are told apart in another way.
    DiscriminatorChanged => "discriminator_changed",
    /// More must be shown to be let in.
    SecurityAdded => "security_added",
    /// Something that can't be compared differs.
    Incomparable => "incomparable",
}

impl fmt::Display for BreakKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
