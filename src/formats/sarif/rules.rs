//! The rules of a tool, their default levels, and how results refer to them (§3.19, §3.51, §3.52).

use std::collections::HashMap;

use serde::Deserialize;

use super::bounded::AtMost;
use crate::domain::quality::findings::Level;

/// The most rules that one component may have.
const MOST_RULES: usize = 50_000;

/// The most extensions that a tool may have, and the most overrides of an invocation.
const MOST_PARTS: usize = 1_000;

/// How many bytes of a rule's id are looked at.
const LONGEST_ID: usize = 1_000;

/// An id of bounded length; cut the same way wherever it stands, so that it still compares.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "String")]
pub(super) struct Id(Box<str>);

impl From<String> for Id {
    fn from(text: String) -> Self {
        Self(text[..text.floor_char_boundary(LONGEST_ID)].into())
    }
}

impl Id {
    /// The id as text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// `tool`: a driver and extensions.
#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "a tool (an object)")]
pub(super) struct Tool {
    #[serde(default)]
    driver: Component,
    #[serde(default)]
    extensions: AtMost<Component, MOST_PARTS>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "a tool component (an object)")]
struct Component {
    #[serde(default)]
    name: Option<Id>,
    #[serde(default)]
    guid: Option<Id>,
    #[serde(default)]
    rules: AtMost<Rule, MOST_RULES>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a rule (an object)")]
struct Rule {
    #[serde(default)]
    id: Id,
    #[serde(default)]
    default_configuration: Option<Configuration>,
}

#[derive(Debug, Deserialize)]
struct Configuration {
    #[serde(default)]
    level: Option<Word>,
}

/// SARIF's word for a level, checked.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Word(pub(super) Level);

impl TryFrom<String> for Word {
    type Error = String;
    fn try_from(word: String) -> Result<Self, String> {
        match word.as_str() {
            "error" => Ok(Self(Level::Error)),
            "warning" => Ok(Self(Level::Warning)),
            "note" => Ok(Self(Level::Note)),
            "none" => Ok(Self(Level::None)),
            _ => Err(format!(
                "the level {:?}; error, warning, note or none was expected",
                word.chars().take(40).collect::<String>()
            )),
        }
    }
}

/// A reference to a rule (§3.52): of a component, by index, by id or by both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(
    rename_all = "camelCase",
    expecting = "a reference to a rule (an object)"
)]
pub(super) struct RuleReference {
    /// The rule's id.
    #[serde(default)]
    pub(super) id: Option<Id>,
    /// The rule's place in its component; -1 means none.
    #[serde(default)]
    pub(super) index: Option<i64>,
    /// The component; the driver where it is not given.
    #[serde(default)]
    tool_component: Option<ComponentReference>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
struct ComponentReference {
    #[serde(default)]
    name: Option<Id>,
    #[serde(default)]
    index: Option<i64>,
    #[serde(default)]
    guid: Option<Id>,
}

/// The place of a rule: its component (0 is the driver) and its index there.
pub(super) type RulePlace = (usize, usize);

/// All rules of a run, once it has been read.
pub(super) struct Catalogue {
    components: Vec<Component>,
    by_id: Vec<HashMap<Id, usize>>,
}

impl Tool {
    /// Makes the rules easy to find.
    pub(super) fn into_catalogue(self) -> Catalogue {
        let components: Vec<_> = std::iter::once(self.driver)
            .chain(self.extensions.0)
            .collect();
        let by_id = components.iter().map(|component| {
            let rules = component.rules.0.iter().enumerate().rev();
            rules
                .map(|(index, rule)| (rule.id.clone(), index))
                .collect()
        });
        Catalogue {
            by_id: by_id.collect(),
            components,
        }
    }
}

impl Catalogue {
    /// Where the rule is that a reference means.
    pub(super) fn find(&self, reference: &RuleReference) -> Option<RulePlace> {
        let component = self.component(reference.tool_component.as_ref())?;
        let rules = &self.components[component].rules.0;
        let index = reference
            .index
            .and_then(|index| usize::try_from(index).ok());
        if let Some(index) = index.filter(|index| *index < rules.len()) {
            return Some((component, index));
        }
        // The id may be more exact than the rule's: "CA1000/1" is of the rule "CA1000" (§3.27.5).
        let mut id = reference.id.clone()?;
        loop {
            if let Some(index) = self.by_id[component].get(&id) {
                return Some((component, *index));
            }
            id = Id(id.0.rsplit_once('/')?.0.into());
        }
    }

    /// The default level that a rule declares.
    pub(super) fn default_level(&self, (component, index): RulePlace) -> Option<Level> {
        let rule = &self.components[component].rules.0[index];
        let configuration = rule.default_configuration.as_ref()?;
        configuration.level.map(|word| word.0)
    }

    /// The id of a rule.
    pub(super) fn id(&self, (component, index): RulePlace) -> &str {
        self.components[component].rules.0[index].id.as_str()
    }

    fn component(&self, reference: Option<&ComponentReference>) -> Option<usize> {
        let Some(reference) = reference else {
            return Some(0);
        };
        let index = reference
            .index
            .and_then(|index| usize::try_from(index).ok());
        if let Some(index) = index {
            return Some(index + 1).filter(|index| *index < self.components.len());
        }
        self.components.iter().position(|component| {
            let is_same =
                |mine: &Option<Id>, wanted: &Option<Id>| wanted.is_some() && mine == wanted;
            is_same(&component.guid, &reference.guid) || is_same(&component.name, &reference.name)
        })
    }
}

/// An invocation of the tool (§3.20).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an invocation (an object)")]
pub(super) struct Invocation {
    /// Whether the tool says that it ran to its end.
    #[serde(default)]
    pub(super) execution_successful: Option<bool>,
    #[serde(default)]
    rule_configuration_overrides: AtMost<Override, MOST_PARTS>,
}

#[derive(Debug, Deserialize)]
struct Override {
    #[serde(default)]
    descriptor: RuleReference,
    #[serde(default)]
    configuration: Option<Configuration>,
}

impl Invocation {
    /// The levels that this invocation gives to rules.
    pub(super) fn overrides(&self, catalogue: &Catalogue) -> HashMap<RulePlace, Level> {
        let overrides = self.rule_configuration_overrides.0.iter();
        let levels = overrides.filter_map(|one| {
            let level = one.configuration.as_ref()?.level?.0;
            Some((catalogue.find(&one.descriptor)?, level))
        });
        levels.collect()
    }
}
