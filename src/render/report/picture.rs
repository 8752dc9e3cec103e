//! The timeline as a picture: where everything stands, as plain numbers. The template draws it.
//!
//! A release has minutes of checks and days of waiting. So the axis is not even: the longer a wait,
//! the more it is shortened (its width grows with the logarithm of its length), and the times that
//! stand on the axis say where one is.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::model::{Lane, Moment, Tone};

/// The width of the picture, of the names at its left, and of the space at its right.
const WIDTH: f64 = 960.0;
const NAMES: f64 = 148.0;
const MARGIN: f64 = 28.0;

/// The height of the axis, of a lane, and of what stands in it.
const AXIS: f64 = 34.0;
const ROW: f64 = 30.0;
const BAR: f64 = 12.0;

/// The least width of a bar, so that what took no time is seen.
const LEAST_BAR: f64 = 5.0;

/// The least distance between two times on the axis.
const BETWEEN_TICKS: f64 = 84.0;

/// How many lanes and marks are drawn.
const MOST_LANES: usize = 24;
const MOST_MARKS: usize = 600;

/// The longest name of a lane, in characters.
const LONGEST_NAME: usize = 18;

/// A picture of a timeline. All lengths are in units of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// Where its axis begins and ends.
    pub axis: (f64, f64),
    /// The times on the axis.
    pub ticks: Vec<Tick>,
    /// The lanes, from above.
    pub lanes: Vec<LaneRow>,
    /// How many lanes and marks there was no room for.
    pub left_out: usize,
}

/// A time on the axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Where.
    pub x: f64,
    /// `04:00`.
    pub time: String,
    /// `21 Nov` where a day begins to be told of.
    pub day: String,
}

/// A lane.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneRow {
    /// Its name.
    pub name: String,
    /// Its middle.
    pub y: f64,
    /// What happened on it.
    pub marks: Vec<Mark>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Its form.
    pub shape: Shape,
    /// Its colour.
    pub tone: Tone,
    /// What a reader is told who points at it.
    pub title: String,
}

/// The form of a mark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// It took time.
    Bar {
        /// Its left end.
        x: f64,
        /// Its upper edge.
        y: f64,
        /// Its width.
        width: f64,
        /// Its height.
        height: f64,
    },
    /// It happened at once.
    Dot {
        /// Its middle.
        x: f64,
        /// Its middle.
        y: f64,
    },
    /// A person decided it.
    Diamond {
        /// Its middle.
        x: f64,
        /// Its middle.
        y: f64,
    },
}

impl Picture {
    /// Draws moments, which stand in their order; `None` where there are none.
    pub fn of(moments: &[Moment]) -> Option<Self> {
        let shown = &moments[moments.len().saturating_sub(MOST_MARKS)..];
        let axis = Axis::of(shown)?;
        let mut lanes: BTreeMap<&Lane, Vec<&Moment>> = BTreeMap::new();
        for moment in shown {
            lanes.entry(&moment.lane).or_default().push(moment);
        }
        let rows = lanes.iter().take(MOST_LANES).enumerate();
        let rows: Vec<LaneRow> = rows
            .map(|(place, (lane, of_lane))| row(&axis, place, lane, of_lane))
            .collect();
        let beyond: usize = lanes.values().skip(MOST_LANES).map(Vec::len).sum();
        Some(Self {
            width: WIDTH,
            height: AXIS + ROW * rows.len() as f64 + 8.0,
            axis: (NAMES, WIDTH - MARGIN / 2.0),
            ticks: axis.ticks(),
            left_out: moments.len() - shown.len() + beyond,
            lanes: rows,
        })
    }
}

fn row(axis: &Axis, place: usize, lane: &Lane, moments: &[&Moment]) -> LaneRow {
    let y = AXIS + ROW * (place as f64 + 0.5);
    LaneRow {
        name: name(lane),
        marks: moments
            .iter()
            .filter(|moment| !is_begin(moment, moments))
            .map(|moment| mark(axis, y, moment))
            .collect(),
        y,
    }
}

/// Whether a moment is the begin of another one of its lane, which has a bar from there on.
fn is_begin(moment: &Moment, lane: &[&Moment]) -> bool {
    let is_its_end = |other: &&&Moment| other.since == Some(moment.at) && other.at > moment.at;
    moment.since.is_none() && lane.iter().any(|other| is_its_end(&other))
}

fn name(lane: &Lane) -> String {
    let name = match lane {
        Lane::Release => "release",
        Lane::People => "people",
        Lane::Other => "other",
        Lane::Gate(_, name) | Lane::Environment(_, name) => name,
    };
    let cut = name.chars().count() > LONGEST_NAME;
    let shown = name
        .chars()
        .take(if cut { LONGEST_NAME - 1 } else { LONGEST_NAME });
    let shown: String = shown.collect();
    let arrow = if matches!(lane, Lane::Environment(..)) {
        "→ "
    } else {
        ""
    };
    format!("{arrow}{shown}{}", if cut { "…" } else { "" })
}

fn mark(axis: &Axis, y: f64, moment: &Moment) -> Mark {
    let x = axis.x(moment.at);
    let shape = match (moment.since, &moment.lane) {
        (Some(since), _) => {
            let from = axis.x(since).min(x - LEAST_BAR);
            Shape::Bar {
                x: rounded(from),
                y: y - BAR / 2.0,
                width: rounded(x - from),
                height: BAR,
            }
        }
        (None, Lane::People) => Shape::Diamond { x, y },
        (None, _) => Shape::Dot { x, y },
    };
    let time = moment.at.strftime("%Y-%m-%d %H:%M:%S UTC");
    Mark {
        shape,
        tone: moment.badge.tone,
        title: format!("{time}: {}", moment.text),
    }
}

/// Where instants stand from left to right.
struct Axis {
    places: BTreeMap<Timestamp, f64>,
}

impl Axis {
    fn of(moments: &[Moment]) -> Option<Self> {
        let mut places: BTreeMap<Timestamp, f64> = BTreeMap::new();
        for moment in moments {
            places.extend(
                [moment.at]
                    .into_iter()
                    .chain(moment.since)
                    .map(|at| (at, 0.0)),
            );
        }
        let mut before = *places.keys().next()?;
        let mut along = 0.0;
        for (at, place) in &mut places {
            let seconds = at.duration_since(before).as_secs_f64();
            along += seconds.max(0.0).ln_1p();
            before = *at;
            *place = along;
        }
        let room = WIDTH - NAMES - 2.0 * MARGIN;
        let scale = if along > 0.0 { room / along } else { 0.0 };
        for place in places.values_mut() {
            *place = rounded(NAMES + MARGIN + *place * scale);
        }
        Some(Self { places })
    }

    fn x(&self, at: Timestamp) -> f64 {
        self.places.get(&at).copied().unwrap_or(NAMES + MARGIN)
    }

    /// As many times as there is room for, from the left; a day is named where it is another one.
    fn ticks(&self) -> Vec<Tick> {
        let mut ticks: Vec<Tick> = Vec::new();
        let mut day = String::new();
        let mut free = f64::MIN;
        for (at, x) in &self.places {
            if *x < free {
                continue;
            }
            free = x + BETWEEN_TICKS;
            let today = at.strftime("%-d %b").to_string();
            ticks.push(Tick {
                x: *x,
                time: at.strftime("%H:%M").to_string(),
                day: if today == day {
                    String::new()
                } else {
                    today.clone()
                },
            });
            day = today;
        }
        ticks
    }
}

/// A tenth of a unit is fine enough, and keeps the page small.
fn rounded(length: f64) -> f64 {
    (length * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::redaction::{RedactionRules, Redactor};
    use crate::render::report::model::Badge;
    use crate::render::report::text::Pen;

    /// Moments from lines such as `gate 0..60`, in seconds, each on the lane of its word.
    fn moments(lines: &[&str]) -> Vec<Moment> {
        let redactor = Redactor::new(&RedactionRules::default(), []).unwrap();
        let second = |text: &str| Timestamp::from_second(text.parse().unwrap()).unwrap();
        let moment = |line: &&str| {
            let (lane, time) = line.split_once(' ').unwrap();
            let (since, at) = match time.split_once("..") {
                Some((since, at)) => (Some(second(since)), second(at)),
                None => (None, second(time)),
            };
            Moment {
                at,
                since,
                lane: match lane {
                    "release" => Lane::Release,
                    "people" => Lane::People,
                    name => Lane::Gate(0, name.to_owned()),
                },
                kind: "check_reported",
                badge: Badge {
                    tone: Tone::Good,
                    sign: "✓",
                    word: String::new(),
                },
                text: Pen::new(&redactor).line("x"),
            }
        };
        lines.iter().map(moment).collect()
    }

    fn shapes(picture: &Picture) -> Vec<Shape> {
        picture
            .lanes
            .iter()
            .flat_map(|lane| &lane.marks)
            .map(|mark| mark.shape)
            .collect()
    }

    #[test]
    fn nothing_is_no_picture() {
        assert_eq!(Picture::of(&[]), None);
    }

    #[test]
    fn one_moment_is_a_picture() {
        let picture = Picture::of(&moments(&["release 5"])).unwrap();
        assert_eq!(shapes(&picture), [Shape::Dot { x: 176.0, y: 49.0 }]);
        assert_eq!((picture.ticks.len(), picture.left_out), (1, 0));
    }

    #[test]
    fn time_goes_to_the_right_and_long_waits_are_shortened() {
        let lines = ["release 0", "lint 0..60", "people 7260", "people 180060"];
        let picture = Picture::of(&moments(&lines)).unwrap();
        let names: Vec<_> = picture
            .lanes
            .iter()
            .map(|lane| lane.name.as_str())
            .collect();
        assert_eq!(names, ["release", "lint", "people"]);
        let Shape::Bar { x, width, .. } = shapes(&picture)[1] else {
            panic!("a check has a bar");
        };
        assert!(
            width > 100.0 && x == 176.0,
            "a minute of two days is seen: {width}"
        );
        let Shape::Diamond { x, .. } = shapes(&picture)[3] else {
            panic!("a decision has a diamond");
        };
        assert_eq!(x, 932.0);
        let days: Vec<_> = picture.ticks.iter().map(|tick| tick.day.as_str()).collect();
        assert_eq!(days, ["1 Jan", "", "", "3 Jan"]);
    }

    #[test]
    fn what_took_no_time_is_seen() {
        let picture = Picture::of(&moments(&["lint 5..5", "lint 60000..60000"])).unwrap();
        let is_seen =
            |shape: &Shape| matches!(shape, Shape::Bar { width, .. } if *width >= LEAST_BAR);
        assert!(shapes(&picture).iter().all(is_seen));
    }

    #[test]
    fn a_picture_is_bounded_and_says_so() {
        let lines: Vec<String> = (0..2000)
            .map(|it| format!("lane{} {it}", it % 50))
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let picture = Picture::of(&moments(&lines)).unwrap();
        assert_eq!(picture.lanes.len(), MOST_LANES);
        assert_eq!(shapes(&picture).len() + picture.left_out, 2000);
        let inside = |x: f64| (0.0..=WIDTH).contains(&x);
        assert!(picture.ticks.iter().all(|tick| inside(tick.x)) && picture.ticks.len() < 12);
    }
}
