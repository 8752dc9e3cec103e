//! What callers must show.

use std::collections::{BTreeMap, BTreeSet};

use super::Reader;
use super::opaque::References;
use super::spot::{Spot, malformed, shown};
use crate::domain::quality::contract::{Requirement, Security};
use crate::formats::ReadError;

impl Reader {
    /// Requirements of which one is enough. `operation` is where they are asked for.
    pub(super) fn security(&mut self, list: Spot, operation: &Spot) -> Result<Security, ReadError> {
        let list = list.must_be_list("`security`")?;
        let is_own = list.pointer.starts_with(&operation.pointer);
        let place = if is_own {
            list.place()
        } else {
            operation.place()
        };
        let alternatives = list.items().map(|item| self.requirement(item));
        Ok(Security {
            alternatives: alternatives.collect::<Result<_, _>>()?,
            place,
        })
    }

    fn requirement(&mut self, spot: Spot) -> Result<Requirement, ReadError> {
        self.spend(&spot)?;
        let mut requirement = Requirement::default();
        let mut names = Vec::new();
        for (name, scopes) in spot.must_be_map("a security requirement")?.entries() {
            let definition = self.scheme(name, &scopes)?;
            let scopes = scopes.must_be_list("the scopes of a scheme")?;
            let texts = scopes
                .items()
                .map(|scope| scope.text("a scope").map(str::to_owned));
            let scopes: BTreeSet<String> = texts.collect::<Result<_, _>>()?;
            names.push(match scopes.is_empty() {
                true => shown(name),
                false => {
                    let scopes: Vec<_> = scopes.iter().map(String::as_str).collect();
                    format!("{} ({})", shown(name), scopes.join(", "))
                }
            });
            let known: &mut BTreeSet<_> = requirement.schemes.entry(definition).or_default();
            known.extend(scopes);
        }
        requirement.shown = names.join(" and ");
        Ok(requirement)
    }

    /// What a scheme asks for, whatever its name is.
    fn scheme(&mut self, name: &str, at: &Spot) -> Result<String, ReadError> {
        let components = self.root.get("components");
        let schemes = components.and_then(|it| it.get("securitySchemes"));
        let Some(scheme) = schemes.and_then(|it| it.get(name)) else {
            let message = format!("no security scheme is called {}", shown(name));
            return Err(malformed(at, message));
        };
        let scheme = self.resolve(scheme)?.must_be_map("a security scheme")?;
        let mut said: BTreeMap<&str, String> = BTreeMap::new();
        for key in ["type", "in", "name", "scheme", "openIdConnectUrl"] {
            if let Some(value) = scheme.get(key) {
                let text = value.text(&format!("`{key}`"))?;
                // The schemes of HTTP do not depend on case.
                let is_name = key == "name";
                said.insert(
                    key,
                    if is_name {
                        text.to_owned()
                    } else {
                        text.to_lowercase()
                    },
                );
            }
        }
        let flows = scheme.get("flows").into_iter().collect::<Vec<_>>();
        let mut text = format!("{said:?}");
        for (flow, spot) in flows.iter().flat_map(Spot::entries) {
            for key in ["authorizationUrl", "tokenUrl", "deviceAuthorizationUrl"] {
                if let Some(url) = spot.get(key) {
                    let url = self.canonical(url, References::Kept)?;
                    text.push_str(&format!(" {flow} {key} {url}"));
                }
            }
        }
        Ok(text)
    }
}
