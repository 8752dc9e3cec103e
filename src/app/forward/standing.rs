//! How a gate or an environment stands at a server: what an approval there is bound to, and whether
//! one counts. A person's own ledger need not hold what the server has evidence of.

use serde_json::Value;

use super::send::Way;
use crate::app::project::Project;
use crate::domain::delivery::approval::Basis;
use crate::domain::delivery::environment::is_same;
use crate::settings::ServerAddress;

/// How the approvals of one gate or environment stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What an approval given now is bound to.
    pub basis: Basis,
    /// How many people must approve.
    pub required: u64,
    /// How many people's approvals count.
    pub counted: u64,
    /// Everyone who decided, with why that does not count.
    people: Vec<(String, Option<String>)>,
}

/// Asks a project's server how the approvals of a gate or environment stand.
///
/// # Errors
/// Why it does not say.
pub async fn standing(
    project: &Project,
    server: &ServerAddress,
    subject: &str,
) -> Result<Standing, String> {
    let address = server.join(&format!("/v1/releases/{}", project.release.id()))?;
    let way = Way::to(server, &project.settings)?;
    let document = way.ask(address).await?;
    read(&document, subject).ok_or_else(|| format!("its policy asks for no approvals of {subject}"))
}

fn read(document: &Value, subject: &str) -> Option<Standing> {
    let lists = ["gates", "environments"].map(|list| document[list].as_array());
    let mut all = lists.into_iter().flatten().flatten();
    let approvals = &all.find(|it| it["id"] == subject && !it["approvals"].is_null())?["approvals"];
    let digest = |field: &str| approvals[field].as_str()?.parse().ok();
    let person = |it: &Value| {
        let message = it["reason"]["message"].as_str().map(str::to_owned);
        Some((it["by"].as_str()?.to_owned(), message))
    };
    Some(Standing {
        basis: Basis {
            policy: digest("policy_digest")?,
            evidence: digest("evidence_root")?,
        },
        required: approvals["required"].as_u64()?,
        counted: approvals["counted"].as_u64()?,
        people: approvals["people"]
            .as_array()?
            .iter()
            .filter_map(person)
            .collect(),
    })
}

impl Standing {
    /// Why somebody's decision does not count as an approval; `None` where it does, or there is none.
    pub fn objection(&self, by: &str) -> Option<&str> {
        let mut people = self.people.iter();
        people.find(|(name, _)| is_same(name, by))?.1.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_read_is_that_of_the_one_subject_and_whole() {
        let approvals = |counted: u32| {
            json!({"required": 2, "counted": counted, "policy_digest": "a".repeat(64),
                "evidence_root": "b".repeat(64), "people": [
                {"by": "Quinn", "reason": null}, {"by": "rita", "reason": {"message": "made it"}}]})
        };
        let document = json!({
            "gates": [{"id": "G0", "approvals": null}, {"id": "G1", "approvals": approvals(1)}],
            "environments": [{"id": "staging", "approvals": approvals(2)}],
        });
        let read = |subject: &str| read(&document, subject);
        let found = read("G1").unwrap();
        assert_eq!((found.required, found.counted), (2, 1));
        assert_eq!(found.basis.evidence.to_string(), "b".repeat(64));
        let of = |by: &str| found.objection(by);
        assert_eq!(
            (of("quinn"), of("Rita"), of("otto")),
            (None, Some("made it"), None)
        );
        assert_eq!(read("staging").unwrap().counted, 2);
        assert_eq!((read("G0"), read("moon")), (None, None));
        assert_eq!(
            super::read(&json!({"gates": [{"id": "G1", "approvals": {}}]}), "G1"),
            None
        );
    }
}
