//! Paths, operations, parameters, bodies and responses.

use std::collections::{HashMap, HashSet};

use super::Direction::{self, Received, Sent};
use super::api::{Body, Caller, Field, Media, Operation, PathItem, Presence, Response};
use super::breaks::{BreakKind, Side};
use super::media::{partner, status_partner};
use super::security;
use super::walk::Comparison;

/// What is said of fields of one kind: parameters or headers.
struct FieldKinds {
    what: &'static str,
    removed: BreakKind,
}

const PARAMETERS: FieldKinds = FieldKinds {
    what: "parameter",
    removed: BreakKind::ParameterRemoved,
};

const HEADERS: FieldKinds = FieldKinds {
    what: "header",
    removed: BreakKind::HeaderRemoved,
};

impl<'a> Comparison<'a> {
    /// Every path of the base must still be there, with every method.
    pub(super) fn paths(&mut self) {
        let paths = self.current.paths.iter();
        let paths: HashMap<_, _> = paths.map(|it| (&it.key, it)).collect();
        for base in &self.base.paths {
            let Some(current) = paths.get(&base.key) else {
                let at = (Side::Base, &base.place);
                let subject = format!("`{}`", base.shown);
                self.broken(BreakKind::PathRemoved, at, subject, "it is gone".to_owned());
                continue;
            };
            for (method, operation) in &base.operations {
                let subject = subject(method, base);
                match current.operations.get(method) {
                    Some(now) => self.operation(base.caller, operation, now, &subject),
                    None => {
                        let at = (Side::Base, &operation.place);
                        let detail = "it is gone".to_owned();
                        self.broken(BreakKind::OperationRemoved, at, subject, detail);
                    }
                }
            }
        }
    }

    fn operation(&mut self, caller: Caller, base: &Operation, current: &Operation, subject: &str) {
        let (asked, answered) = match caller {
            Caller::Client => (Sent, Received),
            Caller::Server => (Received, Sent),
        };
        let (before, now) = (&base.parameters, &current.parameters);
        self.fields(asked, &PARAMETERS, (before, now), subject);
        self.bodies(asked, base.body.as_ref(), current, subject);
        for response in &base.responses {
            self.response(answered, response, current, subject);
        }
        if caller == Caller::Client
            && let Some(detail) = security::added(&base.security, &current.security)
        {
            let at = (Side::Current, &current.security.place);
            self.broken(BreakKind::SecurityAdded, at, subject.to_owned(), detail);
        }
    }

    fn fields(
        &mut self,
        direction: Direction,
        kinds: &FieldKinds,
        (base, current): (&[Field], &[Field]),
        subject: &str,
    ) {
        let now: HashMap<_, _> = current.iter().map(|it| (&it.key, it)).collect();
        let before: HashSet<_> = base.iter().map(|it| &it.key).collect();
        for field in base {
            let about = format!("{subject}, {} `{}`", kinds.what, field.shown);
            match now.get(&field.key) {
                Some(now) => self.field(direction, field, now, &about),
                None => {
                    let at = (Side::Base, &field.place);
                    self.broken(kinds.removed, at, about, "it is gone".to_owned());
                }
            }
        }
        for field in current.iter().filter(|it| !before.contains(&it.key)) {
            if direction == Sent && field.presence.is_required() {
                let about = format!("{subject}, {} `{}`", kinds.what, field.shown);
                let detail = "it is new, and must be sent".to_owned();
                let at = (Side::Current, &field.place);
                self.broken(BreakKind::ParameterAdded, at, about, detail);
            }
        }
    }

    fn field(&mut self, direction: Direction, base: &Field, current: &Field, about: &str) {
        let at = (Side::Current, &current.place);
        match presence(direction, base.presence, current.presence) {
            Some(Now::Required) => {
                let detail = Now::Required.in_words();
                self.broken(BreakKind::ParameterRequired, at, about.to_owned(), detail);
            }
            Some(Now::Optional) => {
                let detail = Now::Optional.in_words();
                self.broken(BreakKind::ParameterOptional, at, about.to_owned(), detail);
            }
            None => {}
        }
        if base.style != current.style {
            let detail = format!(
                "it is written as {} and not as {}",
                current.style, base.style
            );
            self.broken(BreakKind::ParameterStyle, at, about.to_owned(), detail);
        }
        self.media(direction, &base.media, &current.media, about);
    }

    fn bodies(
        &mut self,
        direction: Direction,
        base: Option<&Body>,
        current: &Operation,
        subject: &str,
    ) {
        let about = format!("{subject}, body");
        match (base, &current.body) {
            (Some(body), None) => {
                let at = (Side::Base, &body.place);
                self.broken(BreakKind::BodyRemoved, at, about, "it is gone".to_owned());
            }
            (None, Some(body)) if direction == Sent && body.presence.is_required() => {
                let at = (Side::Current, &body.place);
                let detail = "it is new, and must be sent".to_owned();
                self.broken(BreakKind::BodyRequired, at, about, detail);
            }
            (Some(before), Some(now)) => {
                let at = (Side::Current, &now.place);
                if let Some(change) = presence(direction, before.presence, now.presence) {
                    let kind = match change {
                        Now::Required => BreakKind::BodyRequired,
                        Now::Optional => BreakKind::BodyOptional,
                    };
                    self.broken(kind, at, about.clone(), change.in_words());
                }
                self.media(direction, &before.media, &now.media, &about);
            }
            (None, _) => {}
        }
    }

    fn response(
        &mut self,
        direction: Direction,
        base: &Response,
        current: &Operation,
        subject: &str,
    ) {
        let about = format!("{subject}, response {}", base.status);
        let Some(now) = status_partner(&base.status, &current.responses, |it| &it.status) else {
            let at = (Side::Base, &base.place);
            self.broken(
                BreakKind::ResponseRemoved,
                at,
                about,
                "it is gone".to_owned(),
            );
            return;
        };
        self.media(direction, &base.media, &now.media, &about);
        self.fields(direction, &HEADERS, (&base.headers, &now.headers), &about);
    }

    fn media(&mut self, direction: Direction, base: &[Media], current: &[Media], about: &str) {
        for media in base {
            let about = match media.range.as_str() {
                "" => about.to_owned(),
                range => format!("{about}, `{range}`"),
            };
            let Some(now) = partner(&media.range, current, |it| &it.range, direction) else {
                let at = (Side::Base, &media.place);
                self.broken(
                    BreakKind::MediaTypeRemoved,
                    at,
                    about,
                    "it is gone".to_owned(),
                );
                continue;
            };
            if media.encoding != now.encoding {
                let at = (Side::Current, &now.place);
                let detail = "`encoding` differs, and nobody can tell what that breaks".to_owned();
                self.broken(BreakKind::Incomparable, at, about.clone(), detail);
            }
            self.values(direction, media.schema, now.schema, &about);
        }
    }
}

fn subject(method: &str, path: &PathItem) -> String {
    match path.caller {
        Caller::Client => format!("`{method} {}`", path.shown),
        Caller::Server => format!("`{} {method}`", path.shown),
    }
}

/// How presence changed for the worse.
#[derive(Clone, Copy)]
enum Now {
    Required,
    Optional,
}

impl Now {
    fn in_words(self) -> String {
        match self {
            Self::Required => "it must be sent now".to_owned(),
            Self::Optional => "it may be absent now".to_owned(),
        }
    }
}

fn presence(direction: Direction, base: Presence, current: Presence) -> Option<Now> {
    match (direction, base, current) {
        (Sent, Presence::Optional, Presence::Required) => Some(Now::Required),
        (Received, Presence::Required, Presence::Optional) => Some(Now::Optional),
        _ => None,
    }
}
