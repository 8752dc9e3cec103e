//! What the JSON Schema says, in the form in which a policy is checked against it. The schema is
//! the only source: what it does not say is not checked, and a keyword that is not understood
//! here is an error.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex::Regex;
use serde_json::{Map, Value};

/// What a value must look like.
#[derive(Debug)]
pub(super) enum Shape {
    /// A text.
    Text(Text),
    /// A whole number between two others, both allowed.
    Integer {
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// `true` or `false`.
    Boolean,
    /// One of these words.
    Choice(Vec<String>),
    /// A list.
    List {
        /// What each part is.
        item: Box<Shape>,
        /// How many there must be.
        least: u64,
    },
    /// A mapping whose keys are the user's.
    Map {
        /// What a key must look like.
        key: Option<Pattern>,
        /// What each value is.
        value: Box<Shape>,
        /// How many there must be.
        least: u64,
    },
    /// A mapping whose keys are known.
    Object(Object),
    /// One of several, told apart by scalar, list or mapping.
    Any(Vec<Shape>),
}

/// A text.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// Whether a number without quotes is taken as it is written.
    pub(super) numbers: bool,
    /// Whether `true` and `false` without quotes are taken as they are written.
    pub(super) booleans: bool,
    /// What it must look like.
    pub(super) pattern: Option<Pattern>,
    /// Whether `${…}` in it stands for itself.
    pub(super) literal: bool,
}

/// What a text must look like, and how that is said to people.
#[derive(Debug)]
pub(super) struct Pattern {
    /// Finds a match in each good text.
    pub(super) regex: Regex,
    /// What such a text is called, with its article: "a duration".
    pub(super) title: String,
    /// What such a text looks like.
    pub(super) description: String,
}

/// A mapping whose keys are known.
#[derive(Debug)]
pub(super) struct Object {
    /// Its name among the schema's definitions.
    pub(super) name: String,
    /// Its keys.
    pub(super) fields: BTreeMap<String, Shape>,
    /// The keys that must be there.
    pub(super) required: Vec<String>,
    /// How many keys there must be.
    pub(super) least: u64,
}

/// The shape of a policy, made once.
pub(super) fn policy() -> Result<&'static Shape, &'static str> {
    static SHAPE: OnceLock<Result<Shape, String>> = OnceLock::new();
    SHAPE
        .get_or_init(|| compile(super::schema::generated()))
        .as_ref()
        .map_err(String::as_str)
}

/// Turns a schema into a shape; an error names what is not understood.
fn compile(schema: &Value) -> Result<Shape, String> {
    let none = Map::new();
    let definitions = schema.get("$defs").and_then(Value::as_object);
    let compiler = Compiler {
        definitions: definitions.unwrap_or(&none),
        regexes: RefCell::new(BTreeMap::new()),
    };
    compiler.shape(schema, super::words::object::POLICY)
}

struct Compiler<'s> {
    definitions: &'s Map<String, Value>,
    /// Every pattern that was compiled; most stand in many places.
    regexes: RefCell<BTreeMap<String, Regex>>,
}

/// Keywords that say nothing about what is accepted, or that are read beside others.
const ANNOTATIONS: [&str; 10] = [
    "$schema",
    "$id",
    "$defs",
    "title",
    "description",
    "default",
    "examples",
    "format",
    "x-literal",
    "type",
];

impl Compiler<'_> {
    fn shape(&self, schema: &Value, name: &str) -> Result<Shape, String> {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let target = reference.rsplit('/').next().unwrap_or_default();
            let definition = self.definitions.get(target);
            let definition = definition.ok_or_else(|| format!("{reference} is not defined"))?;
            understood(schema, &["$ref"])?;
            return self.shape(definition, target);
        }
        if let Some(options) = schema.get("anyOf").and_then(Value::as_array) {
            understood(schema, &["anyOf"])?;
            let options = options.iter().map(|option| self.shape(option, name));
            return Ok(Shape::Any(options.collect::<Result<_, _>>()?));
        }
        match types(schema).first() {
            Some(&"string") => self.text_or_choice(schema),
            Some(&"integer") => integer(schema),
            Some(&"boolean") => understood(schema, &[]).map(|()| Shape::Boolean),
            Some(&"array") => self.list(schema, name),
            Some(&"object") if schema.get("properties").is_some() => self.object(schema, name),
            Some(&"object") => self.map(schema, name),
            _ => Err(format!("{name} has no known type: {schema}")),
        }
    }

    fn list(&self, schema: &Value, name: &str) -> Result<Shape, String> {
        understood(schema, &["items", "minItems"])?;
        let item = Box::new(self.shape(&schema["items"], name)?);
        let least = number(schema, "minItems").unwrap_or(0);
        Ok(Shape::List { item, least })
    }

    /// `oneOf` says which verbs exclude one another, a rule that is judged with its own words.
    fn object(&self, schema: &Value, name: &str) -> Result<Shape, String> {
        let known = [
            "properties",
            "required",
            "additionalProperties",
            "oneOf",
            "minProperties",
        ];
        understood(schema, &known)?;
        if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
            return Err(format!("{name} accepts unknown keys"));
        }
        let properties = schema["properties"].as_object().into_iter().flatten();
        let fields = properties.map(|(key, value)| Ok((key.clone(), self.shape(value, key)?)));
        Ok(Shape::Object(Object {
            name: name.to_owned(),
            fields: fields.collect::<Result<_, String>>()?,
            required: strings(schema, "required").map(str::to_owned).collect(),
            least: number(schema, "minProperties").unwrap_or(0),
        }))
    }

    fn map(&self, schema: &Value, name: &str) -> Result<Shape, String> {
        understood(
            schema,
            &["additionalProperties", "propertyNames", "minProperties"],
        )?;
        let key = match schema.get("propertyNames") {
            Some(names) => self.key(names, name)?,
            None => None,
        };
        let value = Box::new(self.shape(&schema["additionalProperties"], name)?);
        let least = number(schema, "minProperties").unwrap_or(0);
        Ok(Shape::Map { key, value, least })
    }

    fn key(&self, schema: &Value, name: &str) -> Result<Option<Pattern>, String> {
        match self.shape(schema, name)? {
            Shape::Text(text) => Ok(text.pattern),
            other => Err(format!("{name} has keys that are no texts: {other:?}")),
        }
    }

    fn text_or_choice(&self, schema: &Value) -> Result<Shape, String> {
        if schema.get("enum").is_some() {
            understood(schema, &["enum"])?;
            return Ok(Shape::Choice(
                strings(schema, "enum").map(str::to_owned).collect(),
            ));
        }
        if let Some(options) = schema.get("oneOf").and_then(Value::as_array) {
            understood(schema, &["oneOf"])?;
            let word = |option: &Value| option.get("const")?.as_str().map(str::to_owned);
            return Ok(Shape::Choice(options.iter().filter_map(word).collect()));
        }
        understood(schema, &["pattern"])?;
        let pattern = schema.get("pattern").and_then(Value::as_str);
        let types = types(schema);
        Ok(Shape::Text(Text {
            numbers: types.contains(&"number"),
            booleans: types.contains(&"boolean"),
            pattern: pattern
                .map(|pattern| self.pattern(pattern, schema))
                .transpose()?,
            literal: schema.get("x-literal") == Some(&Value::Bool(true)),
        }))
    }

    fn pattern(&self, pattern: &str, schema: &Value) -> Result<Pattern, String> {
        let text = |key| schema.get(key).and_then(Value::as_str);
        let missing = |key| format!("the pattern {pattern} has no {key} for people");
        Ok(Pattern {
            regex: self.regex(pattern)?,
            title: text("title").ok_or_else(|| missing("title"))?.to_owned(),
            description: text("description")
                .ok_or_else(|| missing("description"))?
                .to_owned(),
        })
    }

    fn regex(&self, pattern: &str) -> Result<Regex, String> {
        if let Some(regex) = self.regexes.borrow().get(pattern) {
            return Ok(regex.clone());
        }
        let regex = Regex::new(pattern).map_err(|error| error.to_string())?;
        let known = (pattern.to_owned(), regex.clone());
        self.regexes.borrow_mut().extend([known]);
        Ok(regex)
    }
}

fn integer(schema: &Value) -> Result<Shape, String> {
    understood(schema, &["minimum", "maximum", "const"])?;
    let exact = number(schema, "const");
    Ok(Shape::Integer {
        least: exact.or_else(|| number(schema, "minimum")).unwrap_or(0),
        most: exact
            .or_else(|| number(schema, "maximum"))
            .unwrap_or(u64::MAX),
    })
}

/// Makes sure that a schema has no keyword whose meaning would be passed over.
fn understood(schema: &Value, keywords: &[&str]) -> Result<(), String> {
    let keys = schema
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str());
    let mut strange = keys.filter(|key| !ANNOTATIONS.contains(key) && !keywords.contains(key));
    match strange.next() {
        Some(key) => Err(format!("the keyword {key} is not understood in {schema}")),
        None => Ok(()),
    }
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        _ => strings(schema, "type").collect(),
    }
}

fn strings<'v>(schema: &'v Value, key: &str) -> impl Iterator<Item = &'v str> {
    let list = schema.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}

fn number(schema: &Value, key: &str) -> Option<u64> {
    schema.get(key).and_then(Value::as_u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_policy_schema_is_understood_whole() {
        assert!(policy().is_ok(), "{:?}", policy().err());
    }

    #[test]
    fn a_keyword_that_would_be_passed_over_is_an_error() {
        for (schema, expect) in [
            (json!({"type": "string", "maxLength": 3}), "maxLength"),
            (
                json!({"type": "array", "items": {"type": "null"}}),
                "no known type",
            ),
            (
                json!({"type": "object", "properties": {}}),
                "accepts unknown keys",
            ),
            (json!({"$ref": "#/$defs/Nowhere"}), "not defined"),
            (json!({"type": "string", "pattern": "x"}), "no title"),
        ] {
            let error = compile(&schema).unwrap_err();
            assert!(error.contains(expect), "{error}");
        }
    }
}
