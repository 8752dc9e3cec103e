//! An API as an OpenAPI document promises it: what can be called, and what travels.

use std::collections::{BTreeMap, BTreeSet};

use super::schema::{Schema, SchemaId};

/// What one document promises.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Api {
    /// Paths, webhooks and callbacks, in the document's order.
    pub paths: Vec<PathItem>,
    /// Every schema that is referred to; a [`SchemaId`] is a place in it.
    pub schemas: Vec<Schema>,
}

impl Api {
    /// A schema of this document.
    pub fn schema(&self, id: SchemaId) -> Option<&Schema> {
        self.schemas.get(id.0)
    }

    /// How many operations there are.
    pub fn operations(&self) -> usize {
        self.paths.iter().map(|path| path.operations.len()).sum()
    }
}

/// Where something stands in a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// A JSON pointer (RFC 6901): `/paths/~1orders/post`.
    pub pointer: String,
    /// The line, from 1.
    pub line: u32,
}

/// A path with its operations.
#[derive(Debug, Clone, PartialEq)]
pub struct PathItem {
    /// What makes it the same in another document: the path with its parameters unnamed.
    pub key: String,
    /// As it is written: `/orders/{id}`, `webhook paid`.
    pub shown: String,
    /// Who calls it.
    pub caller: Caller,
    /// Where it stands.
    pub place: Place,
    /// Its operations by method, in upper case.
    pub operations: BTreeMap<String, Operation>,
}

/// Who calls an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Clients call the server.
    Client,
    /// The server calls its clients: webhooks and callbacks.
    Server,
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Where it stands.
    pub place: Place,
    /// What it takes, those of its path among them.
    pub parameters: Vec<Field>,
    /// What is sent with it.
    pub body: Option<Body>,
    /// What it answers.
    pub responses: Vec<Response>,
    /// What a caller must show.
    pub security: Security,
}

/// A parameter or a header.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// What makes it the same in another document: `query limit`, `header x-id`, and of a path's
    /// parameter its number.
    pub key: String,
    /// What people read: `limit in query`.
    pub shown: String,
    /// Whether it must be there.
    pub presence: Presence,
    /// How it is written (`style`, `explode`, `allowReserved`), with defaults filled in.
    pub style: String,
    /// What its value is.
    pub media: Vec<Media>,
    /// Where it stands.
    pub place: Place,
}

/// Whether something must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It must.
    Required,
    /// It may be absent.
    Optional,
}

impl Presence {
    /// Tells whether it must be there.
    pub fn is_required(self) -> bool {
        self == Self::Required
    }
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// Whether it must be there.
    pub presence: Presence,
    /// What it may be.
    pub media: Vec<Media>,
    /// Where it stands.
    pub place: Place,
}

/// One kind of content.
#[derive(Debug, Clone, PartialEq)]
pub struct Media {
    /// The media type in lower case; empty for a value that has none.
    pub range: String,
    /// What it must fit; `None` where anything goes.
    pub schema: Option<SchemaId>,
    /// How parts of a form are written, as canonical text.
    pub encoding: String,
    /// Where it stands.
    pub place: Place,
}

/// What an operation answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// `200`, `2XX` or `default`.
    pub status: String,
    /// What it may be.
    pub media: Vec<Media>,
    /// Its headers.
    pub headers: Vec<Field>,
    /// Where it stands.
    pub place: Place,
}

/// What a caller must show: one of several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Security {
    /// One of these is enough; none means that nothing must be shown.
    pub alternatives: Vec<Requirement>,
    /// Where it stands.
    pub place: Place,
}

/// What must be shown together; nothing where it is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requirement {
    /// Scopes by the definition of a scheme, which does not depend on its name.
    pub schemes: BTreeMap<String, BTreeSet<String>>,
    /// As people read it: `oauth (read, write) and key`.
    pub shown: String,
}
