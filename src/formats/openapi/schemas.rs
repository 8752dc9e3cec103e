//! Schemas: what a value may be.

use std::collections::BTreeMap;

use super::document::reference;
use super::limits::{is_limit, limits, number};
use super::literal::kind;
use super::opaque::References;
use super::spot::{Spot, malformed, shown};
use super::{Reader, Version};
use crate::domain::quality::contract::{
    Access, Additional, Discriminator, Literal, Place, Property, Schema, SchemaId, Types,
};
use crate::formats::ReadError;
use crate::formats::tree::Style;

impl Reader {
    /// The number of a schema, which is read later. A reference has that of what it leads to; in
    /// 3.1 other keywords may stand beside it.
    pub(super) fn schema(&mut self, spot: Spot) -> Result<SchemaId, ReadError> {
        let has_more = |(key, _): (&str, Spot)| key != "$ref" && !is_note(key);
        let is_bare = self.version == Version::V30 || !spot.entries().any(has_more);
        let spot = match reference(&spot) {
            Some((at, text)) if is_bare => {
                let target = self.follow(&at, &text)?;
                return self.behind_reference(target);
            }
            _ => spot,
        };
        self.number(spot)
    }

    fn behind_reference(&mut self, target: Spot) -> Result<SchemaId, ReadError> {
        if self.version == Version::V31 && reference(&target).is_some() {
            return self.number(target);
        }
        let target = self.resolve(target)?;
        self.number(target)
    }

    /// Reads all schemas that have a number, and those that they lead to.
    pub(super) fn schemas(&mut self) -> Result<(), ReadError> {
        while let Some((id, spot)) = self.waiting.pop_front() {
            let schema = self.read_schema(&spot)?;
            self.api.schemas[id.0] = schema;
        }
        Ok(())
    }

    fn read_schema(&mut self, spot: &Spot) -> Result<Schema, ReadError> {
        self.spend(spot)?;
        let mut schema = Schema::anything(spot.place());
        schema.component = component(&spot.pointer);
        match spot.boolean() {
            Some(true) => return Ok(schema),
            Some(false) => {
                schema.types = Types::NONE;
                return Ok(schema);
            }
            None => {}
        }
        for (key, value) in spot.clone().must_be_map("a schema")?.entries() {
            self.keyword(key, value, &mut schema)?;
        }
        if spot.get("type").is_none() && !schema.properties.is_empty() {
            // Nobody who names properties means anything but objects.
            schema.types = Types::OBJECT;
        }
        schema.limits = limits(spot)?;
        self.nullable(spot, &mut schema)?;
        if spot.get("patternProperties").is_some() {
            self.fold_additional(spot, &mut schema)?;
        }
        Ok(schema)
    }

    /// `nullable` of 3.0 beside `allOf` alone lets all of it be null.
    fn nullable(&self, spot: &Spot, schema: &mut Schema) -> Result<(), ReadError> {
        if self.version == Version::V31 || !spot.flag("nullable")? {
            return Ok(());
        }
        match spot.get("type").is_some() || !schema.properties.is_empty() {
            true => schema.types = schema.types.or(Types::NULL),
            false => schema.grants = Types::NULL,
        }
        Ok(())
    }

    /// Whether a property is additional depends on `patternProperties`, which can't be compared.
    fn fold_additional(&mut self, spot: &Spot, schema: &mut Schema) -> Result<(), ReadError> {
        schema.additional = Additional::Anything;
        if let Some(additional) = spot.get("additionalProperties") {
            let text = self.canonical(additional, References::Followed)?;
            schema
                .opaque
                .insert("additionalProperties".to_owned(), text);
        }
        Ok(())
    }

    fn keyword(&mut self, key: &str, value: Spot, schema: &mut Schema) -> Result<(), ReadError> {
        match key {
            "$ref" => {
                let text = value.text("`$ref`")?.to_owned();
                let target = self.follow(&value, &text)?;
                let target = self.behind_reference(target)?;
                schema.all_of.push(target);
            }
            "allOf" => schema.all_of.extend(self.list_of_schemas(value)?),
            "anyOf" | "oneOf" => schema.alternatives.push(self.list_of_schemas(value)?),
            "type" => schema.types = types(value)?,
            "enum" => schema.values = Some(self.values(value)?),
            "const" => schema.values = Some(vec![self.value(value)?]),
            "format" => schema.format = Some(self.kept_text(&value, "`format`")?),
            "pattern" => schema.pattern = Some(self.kept_text(&value, "`pattern`")?),
            "multipleOf" => schema.multiple_of = Some(self.above_zero(&value)?),
            "uniqueItems" => schema.items_are_unique = boolean(&value, key)?,
            "properties" => schema.properties = self.properties(value)?,
            "required" => schema.required = self.required(value)?,
            "additionalProperties" => {
                schema.additional = match value.boolean() {
                    Some(true) => Additional::Anything,
                    Some(false) => Additional::Nothing,
                    None => Additional::Fitting(self.schema(value)?),
                }
            }
            "items" => schema.items = Some(self.schema(value)?),
            "prefixItems" => schema.first_items = self.list_of_schemas(value)?,
            "discriminator" => schema.discriminator = Some(self.discriminator(value)?),
            "readOnly" if boolean(&value, key)? => schema.access = Access::ReadOnly,
            "writeOnly" if boolean(&value, key)? => schema.access = Access::WriteOnly,
            "readOnly" | "writeOnly" | "nullable" => {}
            "$id" => return Err(malformed(&value, "a schema with a `$id` can't be read")),
            key if is_note(key) || is_limit(key) => {}
            key => {
                let text = self.canonical(value, References::Followed)?;
                schema.opaque.insert(key.to_owned(), text);
            }
        }
        Ok(())
    }

    fn list_of_schemas(&mut self, list: Spot) -> Result<Vec<SchemaId>, ReadError> {
        let list = list.must_be_list("a list of schemas")?;
        list.items().map(|item| self.schema(item)).collect()
    }

    fn values(&mut self, list: Spot) -> Result<Vec<Literal>, ReadError> {
        let list = list.must_be_list("`enum`")?;
        list.items().map(|item| self.value(item)).collect()
    }

    fn value(&mut self, spot: Spot) -> Result<Literal, ReadError> {
        let (kind, place) = (kind(&spot.node), spot.place());
        let text = self.canonical(spot, References::Kept)?;
        Ok(Literal { text, kind, place })
    }

    fn properties(&mut self, map: Spot) -> Result<BTreeMap<String, Property>, ReadError> {
        let mut properties = BTreeMap::new();
        for (name, spot) in map.must_be_map("`properties`")?.entries() {
            self.spend_text(&spot, name.len())?;
            let place = spot.place();
            let schema = self.schema(spot)?;
            properties.insert(name.to_owned(), Property { schema, place });
        }
        Ok(properties)
    }

    fn required(&mut self, list: Spot) -> Result<BTreeMap<String, Place>, ReadError> {
        let list = list.must_be_list("`required` of a schema")?;
        let names = list.items().map(|item| {
            let name = self.kept_text(&item, "a name under `required`")?;
            Ok((name, item.place()))
        });
        names.collect()
    }

    fn discriminator(&mut self, map: Spot) -> Result<Discriminator, ReadError> {
        let map = map.must_be_map("`discriminator`")?;
        let Some(property) = map.get("propertyName") else {
            return Err(malformed(&map, "`discriminator` has no `propertyName`"));
        };
        let mut mapping = BTreeMap::new();
        for (value, name) in map.get("mapping").iter().flat_map(Spot::entries) {
            let name = self.kept_text(&name, "a schema under `mapping`")?;
            mapping.insert(value.to_owned(), name);
        }
        let property = self.kept_text(&property, "`propertyName`")?;
        Ok(Discriminator { property, mapping })
    }

    fn kept_text(&mut self, spot: &Spot, what: &str) -> Result<String, ReadError> {
        let text = spot.text(what)?;
        self.spend_text(spot, text.len())?;
        Ok(text.to_owned())
    }

    fn above_zero(&self, spot: &Spot) -> Result<f64, ReadError> {
        let number = number(spot, "multipleOf")?;
        match number > 0.0 {
            true => Ok(number),
            false => Err(malformed(spot, "`multipleOf` must be above 0")),
        }
    }
}

/// The name of a schema that is a component.
fn component(pointer: &str) -> Option<String> {
    let name = pointer.strip_prefix("/components/schemas/")?;
    (!name.contains('/')).then(|| name.to_owned())
}

/// Tells whether a keyword says nothing of the values that fit a schema.
fn is_note(key: &str) -> bool {
    const NOTES: [&str; 11] = [
        "$comment",
        "$defs",
        "$schema",
        "default",
        "definitions",
        "deprecated",
        "description",
        "example",
        "examples",
        "externalDocs",
        "title",
    ];
    NOTES.contains(&key) || key.starts_with("x-")
}

fn types(spot: Spot) -> Result<Types, ReadError> {
    if spot.node.is_list() {
        let mut names = spot.items().map(|item| type_named(&item));
        return names.try_fold(Types::NONE, |all, types| Ok(all.or(types?)));
    }
    type_named(&spot)
}

fn type_named(spot: &Spot) -> Result<Types, ReadError> {
    // A bare `null` is a value of YAML, and what is meant is clear.
    let name = match spot.node.scalar() {
        Some(("", Style::Plain)) => "null",
        _ => spot.text("`type`")?,
    };
    Types::named(name).ok_or_else(|| {
        let name = shown(name);
        malformed(spot, format!("{name} is no type of JSON Schema"))
    })
}

fn boolean(spot: &Spot, key: &str) -> Result<bool, ReadError> {
    let message = format!("`{key}` must be `true` or `false`");
    spot.boolean().ok_or_else(|| malformed(spot, message))
}
