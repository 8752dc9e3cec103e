//! The files that a run leaves beside its evidence: `log.jsonl`, `summary.md`, `junit.xml`,
//! `annotations.json`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufWriter};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::recording::unwritable;
use super::reporting::Reporters;
use crate::domain::annotation::{self, Annotation};
use crate::domain::ids::{GateId, RunId};
use crate::domain::run::{RunEvent, Timed};
use crate::render::{Chronicle, Reporter, junit, log, markdown};
use crate::store::RunFolder;

/// The file with the remarks of a run's results.
const ANNOTATIONS: &str = "annotations.json";

/// The form of [`ANNOTATIONS`].
const ANNOTATIONS_SCHEMA: &str = "tollgate.annotations/v1";

/// The most bytes of [`ANNOTATIONS`] that are read: what fifty gates full of long messages take.
const MOST_READ: u64 = 256 * 1024 * 1024;

/// `annotations.json`.
#[derive(Serialize, Deserialize)]
struct AnnotationsFile {
    schema: String,
    annotations: Vec<Annotation>,
}

/// Adds the reporters that write into the run's folder.
///
/// # Errors
/// When the log cannot be opened.
pub fn log_to(reporters: &Reporters, folder: &RunFolder) -> Result<(), Failure> {
    let file = folder.append("log.jsonl").map_err(unwritable)?;
    reporters.add(Box::new(log::Log::new(BufWriter::new(file))));
    reporters.add(Box::new(Summaries {
        chronicle: Chronicle::default(),
        folder: folder.clone(),
    }));
    Ok(())
}

/// Pretty JSON with a line end.
///
/// # Errors
/// When the value has no JSON form.
pub fn json(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|error| Failure::unreachable(format!("no JSON can be made: {error}")))?;
    text.push(b'\n');
    Ok(text)
}

/// Reads the remarks that a run left. `None` where there are none to be read: annotations are lost
/// then, and nothing else is.
pub fn read_annotations(evidence_directory: &Path, run: &RunId) -> Option<Vec<Annotation>> {
    let folder = evidence_directory.join("runs").join(run.as_str());
    let path = folder.join(ANNOTATIONS);
    if fs::metadata(&path).ok()?.len() > MOST_READ {
        return None;
    }
    let file: AnnotationsFile = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
    (file.schema == ANNOTATIONS_SCHEMA).then_some(file.annotations)
}

/// The remarks of every check that ended in the run, of each gate as many as a check run may have.
fn annotations(chronicle: &Chronicle) -> AnnotationsFile {
    let mut gates: BTreeMap<&GateId, Vec<Annotation>> = BTreeMap::new();
    let ended = chronicle.checks.iter();
    for (check, result) in ended.filter_map(|story| Some((&story.check, story.result.as_ref()?))) {
        let of_gate = gates.entry(&check.gate).or_default();
        of_gate.extend(annotation::of_result(check, result));
        *of_gate = annotation::gravest(std::mem::take(of_gate));
    }
    AnnotationsFile {
        schema: ANNOTATIONS_SCHEMA.to_owned(),
        annotations: gates.into_values().flatten().collect(),
    }
}

/// Writes `summary.md`, `junit.xml` and `annotations.json` when the run is over.
struct Summaries {
    chronicle: Chronicle,
    folder: RunFolder,
}

impl Reporter for Summaries {
    fn hear(&mut self, event: &Timed) -> io::Result<()> {
        self.chronicle.note(event);
        if let RunEvent::Finished(_) = &event.event {
            let write = |name: &str, text: &[u8]| {
                let written = self.folder.write(name, text);
                written.map_err(|error| io::Error::other(error.to_string()))
            };
            let summary = markdown::summary(&self.chronicle).whole();
            write("summary.md", summary.as_bytes())?;
            write("junit.xml", junit::report(&self.chronicle)?.as_bytes())?;
            write(
                ANNOTATIONS,
                &serde_json::to_vec(&annotations(&self.chronicle))?,
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<Annotation>> {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("runs/r1");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(ANNOTATIONS), text).unwrap();
        read_annotations(root.path(), &"r1".parse().unwrap())
    }

    #[test]
    fn remarks_are_read_back_or_not_at_all() {
        let remark = r#"{"gate": "test", "check": "it", "level": "warning",
            "location": {"file": "a.py", "line": 3}, "title": "t", "message": "m"}"#;
        let file = |schema: &str, remarks: &str| {
            format!(r#"{{"schema": "{schema}", "annotations": [{remarks}]}}"#)
        };
        let read_back = read(&file(ANNOTATIONS_SCHEMA, remark)).unwrap();
        assert_eq!(read_back[0].location.to_string(), "a.py:3");
        for bad in [
            String::new(),
            "[]".to_owned(),
            file("tollgate.annotations/v2", remark),
            file(ANNOTATIONS_SCHEMA, &remark.replace("warning", "fatal")),
            file(ANNOTATIONS_SCHEMA, &remark.replace("\"test\"", "\"te st\"")),
        ] {
            assert_eq!(read(&bad), None, "{bad}");
        }
        assert_eq!(
            read_annotations(Path::new("/nowhere"), &"r1".parse().unwrap()),
            None
        );
    }
}
