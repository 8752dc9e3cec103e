//! Parameters, headers, and what they and bodies hold.

use std::collections::HashSet;

use super::Reader;
use super::opaque::References;
use super::operations::presence;
use super::spot::{Spot, malformed, shown};
use crate::domain::quality::contract::{Field, Media, Presence};
use crate::formats::ReadError;

/// Headers that the specification does not let parameters and responses describe.
const IGNORED_HEADERS: [&str; 3] = ["accept", "content-type", "authorization"];

impl Reader {
    /// The parameters of a path or operation. `names` are those in the path, in its order.
    pub(super) fn parameters(
        &mut self,
        list: Spot,
        names: &[String],
    ) -> Result<Vec<Field>, ReadError> {
        let (mut fields, mut seen) = (Vec::new(), HashSet::new());
        for item in list.must_be_list("`parameters`")?.items() {
            let spot = self.resolve(item)?.must_be_map("a parameter")?;
            let Some(field) = self.parameter(&spot, names)? else {
                continue;
            };
            if !seen.insert(field.key.clone()) {
                let message = format!("the parameter {} is there twice", shown(&field.shown));
                return Err(malformed(&spot, message));
            }
            fields.push(field);
        }
        Ok(fields)
    }

    fn parameter(&mut self, spot: &Spot, names: &[String]) -> Result<Option<Field>, ReadError> {
        let part = |key: &str| {
            let lacking = || malformed(spot, format!("a parameter has no `{key}`"));
            let value = spot.get(key).ok_or_else(lacking)?;
            value.text(&format!("`{key}`")).map(str::to_owned)
        };
        let (name, place_in) = (part("name")?, part("in")?);
        let key = match place_in.as_str() {
            "path" => match names.iter().position(|it| *it == name) {
                Some(number) => format!("path {number}"),
                None => format!("path {name}"),
            },
            "header" if is_ignored(&name) => return Ok(None),
            "header" => format!("header {}", name.to_lowercase()),
            "query" | "cookie" => format!("{place_in} {name}"),
            _ => {
                let message = format!("{} is no place for a parameter", shown(&place_in));
                return Err(malformed(spot, message));
            }
        };
        let shown = format!("{name} in {place_in}");
        let presence = match place_in.as_str() {
            "path" => Presence::Required,
            _ => presence(spot)?,
        };
        let default = match place_in.as_str() {
            "query" | "cookie" => "form",
            _ => "simple",
        };
        self.field(spot, key, shown, (presence, default)).map(Some)
    }

    /// The headers of a response.
    pub(super) fn headers(&mut self, response: &Spot) -> Result<Vec<Field>, ReadError> {
        let Some(headers) = response.get("headers") else {
            return Ok(Vec::new());
        };
        let mut fields = Vec::new();
        for (name, spot) in headers.must_be_map("`headers`")?.entries() {
            if is_ignored(name) {
                continue;
            }
            let place = spot.place();
            let spot = self.resolve(spot)?.must_be_map("a header")?;
            let (key, shown) = (name.to_lowercase(), name.to_owned());
            let presence = presence(&spot)?;
            let field = self.field(&spot, key, shown, (presence, "simple"))?;
            fields.push(Field { place, ..field });
        }
        Ok(fields)
    }

    fn field(
        &mut self,
        spot: &Spot,
        key: String,
        shown: String,
        (presence, default_style): (Presence, &str),
    ) -> Result<Field, ReadError> {
        let has_content = spot.get("content").is_some();
        let media = match spot.get("schema") {
            Some(_) if has_content => {
                return Err(malformed(spot, "it has both `schema` and `content`"));
            }
            Some(schema) => vec![Media {
                range: String::new(),
                place: schema.place(),
                schema: Some(self.schema(schema)?),
                encoding: String::new(),
            }],
            None => self.content(spot)?,
        };
        Ok(Field {
            key,
            shown,
            presence,
            style: match has_content {
                true => "content".to_owned(),
                false => style(spot, default_style)?,
            },
            media,
            place: spot.place(),
        })
    }

    /// What stands under `content`.
    pub(super) fn content(&mut self, spot: &Spot) -> Result<Vec<Media>, ReadError> {
        let Some(content) = spot.get("content") else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for (range, media) in content.must_be_map("`content`")?.entries() {
            self.spend(&media)?;
            let media = media.must_be_map("a media type")?;
            let schema = media.get("schema").map(|schema| self.schema(schema));
            let encoding = media.get("encoding");
            let encoding = encoding.map(|it| self.canonical(it, References::Followed));
            found.push(Media {
                range: media_range(range),
                schema: schema.transpose()?,
                encoding: encoding.transpose()?.unwrap_or_default(),
                place: media.place(),
            });
        }
        Ok(found)
    }
}

fn is_ignored(header: &str) -> bool {
    IGNORED_HEADERS.contains(&header.to_ascii_lowercase().as_str())
}

/// How a value is written: `form`, `form (explode)`.
fn style(spot: &Spot, default: &str) -> Result<String, ReadError> {
    let style = match spot.get("style") {
        Some(style) => style.text("`style`")?.to_owned(),
        None => default.to_owned(),
    };
    let is_exploded = match spot.get("explode") {
        Some(_) => spot.flag("explode")?,
        None => style == "form",
    };
    let marks = [
        ("explode", is_exploded),
        ("allowReserved", spot.flag("allowReserved")?),
    ];
    let marks = marks.into_iter().filter(|(_, is_so)| *is_so);
    let marks: Vec<_> = marks.map(|(mark, _)| mark).collect();
    Ok(match marks.is_empty() {
        true => style,
        false => format!("{style} ({})", marks.join(", ")),
    })
}

/// A media type in lower case and without spaces; the character set says nothing of the values.
fn media_range(range: &str) -> String {
    let range = range.to_lowercase().replace(char::is_whitespace, "");
    let parts = range
        .split(';')
        .filter(|part| !part.starts_with("charset="));
    parts.collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_the_same_however_they_are_written() {
        assert_eq!(
            media_range("Application/JSON; charset=utf-8"),
            "application/json"
        );
        assert_eq!(media_range("text/x; v=1"), "text/x;v=1");
    }
}
