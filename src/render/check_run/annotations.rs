//! Which remarks become annotations, in a form that the Checks API takes: a path of the
//! repository, a line from 1, a title of 255 characters, a message of 64 KB.

use crate::domain::annotation::{self, Annotation};
use crate::domain::ids::GateId;
use crate::domain::reason::Location;
use crate::render::{clean, place};

use super::Occasion;

/// The longest title, in bytes; GitHub takes 255 characters.
const LONGEST_TITLE: usize = 255;

/// The longest message, in bytes; GitHub takes 64 KB.
const LONGEST_MESSAGE: usize = 64_000;

/// The greatest line; GitHub's lines are integers of 32 bits.
const LAST_LINE: u32 = i32::MAX.unsigned_abs();

/// The remarks of a gate, in order.
pub(super) struct Remarks {
    /// Those that become annotations.
    pub(super) shown: Vec<Annotation>,
    /// Those for which there is no room, or that name no file of the repository.
    pub(super) hidden: Vec<Annotation>,
}

impl Remarks {
    pub(super) fn of(gate: &GateId, remarks: &[Annotation], occasion: &Occasion<'_>) -> Self {
        let own = remarks.iter().filter(|remark| remark.gate == *gate);
        let (mut shown, mut hidden) = (Vec::new(), Vec::new());
        for remark in annotation::in_order(own.map(presentable).collect()) {
            let path = place::annotated(occasion.directory, &remark.location.file);
            match path.filter(|_| shown.len() < occasion.annotations) {
                Some(file) => shown.push(at(file, remark)),
                None => hidden.push(remark),
            }
        }
        Self { shown, hidden }
    }
}

fn at(file: String, remark: Annotation) -> Annotation {
    let line = remark.location.line;
    Annotation {
        location: Location { file, line },
        ..remark
    }
}

fn presentable(remark: &Annotation) -> Annotation {
    let line = remark
        .location
        .line
        .map_or(1, |line| line.clamp(1, LAST_LINE));
    let end_line = remark.end_line.map(|end| end.min(LAST_LINE));
    let title = clean::line(remark.title.trim());
    let title = match title.trim() {
        "" => format!("{}/{}", remark.gate, remark.check),
        title => clean::cut(title, LONGEST_TITLE).into_owned(),
    };
    let message = clean::text(remark.message.trim());
    let message = match message.trim() {
        "" => title.clone(),
        message => clean::cut(message, LONGEST_MESSAGE).into_owned(),
    };
    Annotation {
        location: Location {
            file: remark.location.file.clone(),
            line: Some(line),
        },
        end_line: end_line.filter(|end| *end > line),
        title,
        message,
        ..remark.clone()
    }
}
