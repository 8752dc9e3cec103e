//! The file in which a build leaves the digest of the image that it made.
//!
//! Three forms are read: the digest alone (`podman push --digestfile`), lines of `NAME@DIGEST`
//! that all give the same digest, and the metadata file of `docker buildx build` or `bake`.

use std::collections::BTreeMap;
use std::io::Read;

use serde_json::Value;

use crate::domain::ids::ImageDigest;
use crate::formats::ReadError;

/// The longest file that is read, in bytes. Metadata of buildx holds the provenance too.
const LONGEST: usize = 1024 * 1024;

/// The key of the digest in the metadata of buildx.
const KEY: &str = "containerimage.digest";

const EXPECTED: &str = "sha256: and 64 hex digits in lower case were expected";

/// Reads the digest of an image.
///
/// # Errors
/// [`ReadError::Malformed`] with the line for a file that gives no digest, several different
/// digests, or anything beside them, or that is longer than 1 MiB.
pub fn read(input: impl Read) -> Result<ImageDigest, ReadError> {
    let mut bytes = Vec::new();
    input.take(LONGEST as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > LONGEST {
        let what =
            format!("longer than {LONGEST} bytes; a file with one image digest was expected");
        return Err(ReadError::malformed(1, what));
    }
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if text.trim_start().starts_with('{') {
        of_metadata(text)
    } else {
        of_lines(text)
    }
}

fn of_lines(text: &str) -> Result<ImageDigest, ReadError> {
    let mut found = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let digest = match line.rsplit_once('@') {
            Some((name, digest)) if is_image_name(name) => digest,
            _ => line,
        };
        let digest = parsed(digest).ok_or_else(|| {
            let start: String = line.chars().take(100).collect();
            ReadError::malformed(number, format!("{start:?} is no image digest; {EXPECTED}"))
        })?;
        agree(&mut found, digest, number)?;
    }
    found.ok_or_else(|| ReadError::malformed(1, format!("the file is empty; {EXPECTED}")))
}

fn of_metadata(text: &str) -> Result<ImageDigest, ReadError> {
    let metadata: BTreeMap<String, Value> = serde_json::from_str(text).map_err(|error| {
        let line = u64::try_from(error.line().max(1)).unwrap_or(u64::MAX);
        let text = error.to_string();
        let what = text.split(" at line ").next().unwrap_or_default();
        ReadError::malformed(line, format!("not JSON: {what}"))
    })?;
    // `bake` writes one such object for each of its targets.
    let targets = metadata.values().filter_map(|target| target.get(KEY));
    let mut found = None;
    for value in metadata.get(KEY).into_iter().chain(targets) {
        let line = line_of(value, text);
        let digest = value
            .as_str()
            .and_then(parsed)
            .ok_or_else(|| ReadError::malformed(line, format!("{KEY} is {value}; {EXPECTED}")))?;
        agree(&mut found, digest, line)?;
    }
    found.ok_or_else(|| ReadError::malformed(1, format!("no {KEY}; {EXPECTED}")))
}

fn agree(found: &mut Option<ImageDigest>, digest: ImageDigest, line: u64) -> Result<(), ReadError> {
    match found {
        Some(other) if *other != digest => Err(ReadError::malformed(
            line,
            format!("{digest} differs from {other} before it; one digest was expected"),
        )),
        _ => {
            *found = Some(digest);
            Ok(())
        }
    }
}

/// Digests are written in lower case (OCI image-spec, "Registered algorithms").
fn parsed(text: &str) -> Option<ImageDigest> {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let hex = text.strip_prefix("sha256:")?;
    let is_digest = hex.len() == 64 && hex.bytes().all(is_hex);
    is_digest.then(|| text.parse().ok()).flatten()
}

fn is_image_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_graphic() && c != '@')
}

fn line_of(value: &Value, text: &str) -> u64 {
    let at = text.find(&value.to_string()).unwrap_or_default();
    1 + text[..at].matches('\n').count() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const A: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    #[test]
    fn every_form_of_the_file_is_read() {
        for text in [
            A.to_owned(),
            format!("{A}\n"),
            format!(" \t{A} \r\n"),
            format!("\u{feff}{A}"),
            format!("registry.example:5000/shop/api@{A}\n"),
            format!("shop:1.4.0@{A}\nshop:latest@{A}\n"),
            format!("{{\"containerimage.digest\": \"{A}\", \"image.name\": \"shop\"}}"),
            format!(
                "{{\"api\": {{\"containerimage.digest\": \"{A}\"}}, \"buildx.build.warnings\": []}}"
            ),
        ] {
            let digest = read(text.as_bytes()).unwrap();
            assert_eq!(digest.to_string(), A, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_its_line() {
        for (text, line, part) in [
            (String::new(), 1, "is empty"),
            ("\n \n".to_owned(), 1, "is empty"),
            (
                "shop:latest".to_owned(),
                1,
                "\"shop:latest\" is no image digest",
            ),
            (A[..70].to_owned(), 1, "no image digest"),
            (format!("{A}0"), 1, "no image digest"),
            (A.to_uppercase(), 1, "no image digest"),
            (A.replace("aa", "+a"), 1, "no image digest"),
            (A.replace("256", "512"), 1, "no image digest"),
            (A[7..].to_owned(), 1, "no image digest"),
            (format!("{A} extra"), 1, "no image digest"),
            (format!("a b@{A}"), 1, "no image digest"),
            (format!("@{A}"), 1, "no image digest"),
            (format!("{A}\n{B}"), 2, "differs from"),
            (format!("{A}\nhello"), 2, "\"hello\""),
            ("{".to_owned(), 1, "not JSON"),
            ("{}".to_owned(), 1, "no containerimage.digest"),
            (
                "{\"containerimage.config.digest\": 1}".to_owned(),
                1,
                "no containerimage.digest",
            ),
            (
                "{\n\"containerimage.digest\": \"latest\"}".to_owned(),
                2,
                "is \"latest\"",
            ),
            (
                format!("{{\"a\": {{\"{KEY}\": \"{A}\"}},\n\"b\": {{\"{KEY}\": \"{B}\"}}}}"),
                2,
                "differs from",
            ),
            ("x".repeat(LONGEST + 1), 1, "longer than"),
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            let start: String = text.chars().take(100).collect();
            assert!(error.to_string().contains(part), "{start}: {error}");
            assert_eq!(error.line(), Some(line), "{start}: {error}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back(hex in "[0-9a-f]{64}", name in "[a-z]{1,9}(:[a-z0-9.]{1,9})?") {
            let digest = format!("sha256:{hex}");
            prop_assert_eq!(read(digest.as_bytes()).unwrap().to_string(), digest.clone());
            let line = format!("{name}@{digest}");
            prop_assert_eq!(read(line.as_bytes()).unwrap().to_string(), digest);
        }

        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,100}") {
            let _ = read(&bytes[..]);
            let _ = read(text.as_bytes());
        }
    }
}
