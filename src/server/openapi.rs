//! `/v1/openapi.json`: the description of this server (OpenAPI 3.1). Tests compare it with the
//! routes, with the words of the domain, and with what the binary really answers.

use axum::Json;
use serde_json::Value;

use super::door::LetIn;

const DOCUMENT: &str = include_str!("openapi.json");

/// The description, with the version of this build.
pub fn document() -> Value {
    let mut document: Value = serde_json::from_str(DOCUMENT).unwrap_or_default(); // a test reads it
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    document
}

/// Shows the description.
pub(super) async fn show(_: LetIn) -> Json<Value> {
    Json(document())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::envelope::FIELDS;
    use crate::domain::record::event::EventType;

    #[test]
    fn the_envelope_has_the_fields_and_the_kinds_of_the_domain() {
        let document = document();
        let envelope = &document["components"]["schemas"]["Envelope"];
        let kinds: Vec<_> = EventType::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(
            envelope["properties"]["event_type"]["enum"],
            Value::from(kinds)
        );
        assert_eq!(envelope["required"], Value::from(FIELDS.to_vec()));
    }
}
