//! Paths, webhooks, callbacks and their operations.

use std::collections::{BTreeMap, HashSet};

use super::document::reference;
use super::spot::{Spot, malformed, shown};
use super::{Reader, Version};
use crate::domain::quality::contract::{
    Body, Caller, Field, Operation, PathItem, Presence, Response, Security,
};
use crate::formats::ReadError;

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// What a path item may hold beside its methods.
const BESIDE_METHODS: [&str; 5] = ["$ref", "summary", "description", "servers", "parameters"];

/// A path item that is to be read.
struct Item {
    key: String,
    shown: String,
    caller: Caller,
    /// The names of the parameters in the path, in its order.
    names: Vec<String>,
    spot: Spot,
}

impl Reader {
    /// Reads everything that can be called.
    pub(super) fn paths(&mut self) -> Result<(), ReadError> {
        let root = self.root.clone();
        match root.get("paths") {
            Some(paths) => self.path_items(&paths.must_be_map("`paths`")?)?,
            None if self.version == Version::V31 => {}
            None => return Err(malformed(&root, "it has no `paths`")),
        }
        if let Some(webhooks) = root.get("webhooks") {
            for (name, spot) in webhooks.must_be_map("`webhooks`")?.entries() {
                self.item(Item {
                    key: format!("webhook {name}"),
                    shown: format!("webhook {name}"),
                    caller: Caller::Server,
                    names: Vec::new(),
                    spot,
                })?;
            }
        }
        Ok(())
    }

    fn path_items(&mut self, paths: &Spot) -> Result<(), ReadError> {
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        for (path, spot) in paths.entries().filter(|(key, _)| !key.starts_with("x-")) {
            if !path.starts_with('/') {
                let message = format!("{} is no path, which begins with `/`", shown(path));
                return Err(malformed(&spot, message));
            }
            let (key, names) = unnamed(path);
            if let Some(other) = known.insert(key.clone(), path.to_owned()) {
                let message = format!("{} is the same path as {}", shown(path), shown(&other));
                return Err(malformed(&spot, message));
            }
            self.item(Item {
                key,
                shown: path.to_owned(),
                caller: Caller::Client,
                names,
                spot,
            })?;
        }
        Ok(())
    }

    fn item(&mut self, item: Item) -> Result<(), ReadError> {
        let place = item.spot.place();
        if reference(&item.spot).is_some() {
            let mut entries = item.spot.entries();
            if let Some((key, at)) = entries.find(|(key, _)| *key != "$ref" && !is_note(key)) {
                let message = format!("{} beside a `$ref` of a path can't be read", shown(key));
                return Err(malformed(&at, message));
            }
        }
        let spot = self.resolve(item.spot.clone())?.must_be_map("a path")?;
        let mut operations = BTreeMap::new();
        for (key, value) in spot.entries() {
            if METHODS.contains(&key) {
                let method = key.to_ascii_uppercase();
                let operation = self.operation(&item, &method, value, &spot)?;
                operations.insert(method, operation);
            } else if !BESIDE_METHODS.contains(&key) && !is_note(key) {
                let message = format!("{} is no method that is known", shown(key));
                return Err(malformed(&value, message));
            }
        }
        self.api.paths.push(PathItem {
            key: item.key,
            shown: item.shown,
            caller: item.caller,
            place,
            operations,
        });
        Ok(())
    }

    fn operation(
        &mut self,
        item: &Item,
        method: &str,
        spot: Spot,
        path: &Spot,
    ) -> Result<Operation, ReadError> {
        self.spend(&spot)?;
        let spot = spot.must_be_map("an operation")?;
        if let Some(callbacks) = spot.get("callbacks") {
            self.callbacks(item, method, &callbacks.must_be_map("`callbacks`")?)?;
        }
        let lists = [path.get("parameters"), spot.get("parameters")];
        let mut parameters = Vec::new();
        for list in lists.into_iter().flatten() {
            let own = self.parameters(list, &item.names)?;
            // What an operation says of a parameter counts before what its path says.
            let keys: HashSet<_> = own.iter().map(|it| it.key.clone()).collect();
            parameters.retain(|field: &Field| !keys.contains(&field.key));
            parameters.extend(own);
        }
        Ok(Operation {
            place: spot.place(),
            parameters,
            body: spot
                .get("requestBody")
                .map(|body| self.body(body))
                .transpose()?,
            responses: self.responses(&spot)?,
            security: self.required_security(&spot)?,
        })
    }

    /// Callbacks are paths of their own, which the server calls.
    fn callbacks(&mut self, item: &Item, method: &str, callbacks: &Spot) -> Result<(), ReadError> {
        for (name, callback) in callbacks.entries() {
            if item.caller == Caller::Server {
                let message = "a callback of a callback or webhook can't be read";
                return Err(malformed(&callback, message));
            }
            let callback = self.resolve(callback)?.must_be_map("a callback")?;
            for (expression, spot) in callback.entries().filter(|(key, _)| !is_note(key)) {
                self.item(Item {
                    key: format!("{method} {} callback {name} {expression}", item.key),
                    shown: format!("{method} {} callback {name}", item.shown),
                    caller: Caller::Server,
                    names: Vec::new(),
                    spot,
                })?;
            }
        }
        Ok(())
    }

    fn body(&mut self, spot: Spot) -> Result<Body, ReadError> {
        let spot = self.resolve(spot)?.must_be_map("a body")?;
        Ok(Body {
            presence: presence(&spot)?,
            media: self.content(&spot)?,
            place: spot.place(),
        })
    }

    fn responses(&mut self, operation: &Spot) -> Result<Vec<Response>, ReadError> {
        let Some(responses) = operation.get("responses") else {
            return match self.version {
                Version::V31 => Ok(Vec::new()),
                Version::V30 => Err(malformed(operation, "the operation has no `responses`")),
            };
        };
        let mut found = Vec::new();
        let responses = responses.must_be_map("`responses`")?;
        for (status, spot) in responses.entries().filter(|(key, _)| !is_note(key)) {
            let Some(status) = known_status(status) else {
                let message = format!("{} is no status, range (`2XX`) or `default`", shown(status));
                return Err(malformed(&spot, message));
            };
            let place = spot.place();
            let spot = self.resolve(spot)?.must_be_map("a response")?;
            found.push(Response {
                status,
                media: self.content(&spot)?,
                headers: self.headers(&spot)?,
                place,
            });
        }
        Ok(found)
    }

    /// What an operation asks for, or the whole document where it says nothing.
    fn required_security(&mut self, operation: &Spot) -> Result<Security, ReadError> {
        let own = operation.get("security");
        match own.or_else(|| self.root.get("security")) {
            Some(security) => self.security(security, operation),
            None => Ok(Security {
                alternatives: Vec::new(),
                place: operation.place(),
            }),
        }
    }
}

/// Whether something must be there.
pub(super) fn presence(spot: &Spot) -> Result<Presence, ReadError> {
    Ok(match spot.flag("required")? {
        true => Presence::Required,
        false => Presence::Optional,
    })
}

/// Tells whether a key says nothing that could be promised.
pub(super) fn is_note(key: &str) -> bool {
    key.starts_with("x-") || matches!(key, "summary" | "description")
}

/// A path with its parameters unnamed, and their names: `/a/{}` of `/a/{id}`.
fn unnamed(path: &str) -> (String, Vec<String>) {
    let (mut key, mut names) = (String::new(), Vec::new());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        key.push_str(before);
        key.push_str("{}");
        names.push(name.to_owned());
        rest = behind;
    }
    key.push_str(rest);
    (key, names)
}

/// A status as it is compared.
fn known_status(status: &str) -> Option<String> {
    if status == "default" {
        return Some(status.to_owned());
    }
    let bytes = status.as_bytes();
    let is_class = matches!(bytes.first(), Some(b'1'..=b'5')) && bytes.len() == 3;
    let is_known = bytes.get(1..).is_some_and(|rest| {
        rest.iter().all(u8::is_ascii_digit) || rest.eq_ignore_ascii_case(b"XX")
    });
    (is_class && is_known).then(|| status.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_the_same_whatever_their_parameters_are_called() {
        let of = |path: &str| {
            let (key, names) = unnamed(path);
            format!("{key} {}", names.join(","))
        };
        assert_eq!(of("/a/{id}/b/{x}.json"), "/a/{}/b/{}.json id,x");
        assert_eq!(of("/a"), "/a ");
        assert_eq!(of("/a/{b"), "/a/{b ");
    }

    #[test]
    fn statuses() {
        for (status, expect) in [
            ("200", Some("200")),
            ("2xx", Some("2XX")),
            ("default", Some("default")),
            ("600", None),
            ("20", None),
            ("2X0", None),
            ("", None),
            ("ünü", None),
        ] {
            assert_eq!(known_status(status).as_deref(), expect, "{status}");
        }
    }
}
