//! Which lines and branches of which files there are and were run, in little memory.
//!
//! A report may name the same file and the same line many times (the methods and the class, inner
//! classes, one record a test), so all of them are held until its end: lines as bits, 32 of them
//! in 12 bytes, and 16 bytes for each line (LCOV: each branch) that has branches. A million
//! neighbouring lines take 400 KB, a million lines that each have branches 16 MB.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::uncovered::Longest;
use crate::domain::quality::coverage::{Coverage, CoverageReport, KEPT_UNCOVERED};
use crate::domain::quality::share::Ratio;

/// The most that the files, lines and branches of one report may take, in bytes. The lists may have
/// reserved as much again.
pub(super) const MOST_HELD: usize = 64 * 1024 * 1024;

/// What a file costs beside its name, in bytes: its two lists and its place in the index.
const COST_OF_FILE: usize = 160;

/// The most directories of sources that are kept, and the most bytes of one.
const MOST_SOURCES: usize = 16;
const LONGEST_SOURCE: usize = 4096;

/// Entries that a list takes before it is sorted and merged for the first time.
const UNSORTED: usize = 1024;

/// One of the files of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId(usize);

/// The files of a report with their lines.
pub(super) struct Lines {
    ids: HashMap<Box<str>, FileId>,
    files: Vec<FileLines>,
    sources: Vec<String>,
    held: usize,
    most: usize,
}

#[derive(Default)]
struct FileLines {
    blocks: Merged<Block>,
    branches: Merged<Branches>,
}

impl Lines {
    /// Lines that may take `most` bytes.
    pub(super) fn up_to(most: usize) -> Self {
        Self {
            ids: HashMap::new(),
            files: Vec::new(),
            sources: Vec::new(),
            held: 0,
            most,
        }
    }

    /// The file of that name; `./` at the front and `\` for `/` make no difference.
    pub(super) fn file(&mut self, name: &str) -> FileId {
        let name = name.replace('\\', "/");
        let name = name.trim_start_matches("./");
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = FileId(self.files.len());
        self.held += name.len() + COST_OF_FILE;
        self.ids.insert(name.into(), id);
        self.files.push(FileLines::default());
        id
    }

    /// Adds a directory below which the files may lie.
    pub(super) fn add_source(&mut self, directory: &str) {
        let is_kept = !directory.is_empty() && directory.len() <= LONGEST_SOURCE;
        if is_kept && self.sources.len() < MOST_SOURCES {
            self.sources.push(directory.to_owned());
        }
    }

    /// Adds a line; it was run if any of its mentions says so.
    pub(super) fn add_line(&mut self, file: FileId, line: u32, was_run: bool) {
        let bit = 1 << (line % 32);
        let block = Block {
            index: line / 32,
            found: bit,
            hit: if was_run { bit } else { 0 },
        };
        let blocks = &mut self.files[file.0].blocks;
        self.held = blocks.add(block, self.held);
    }

    /// Adds the branches of a line, in counts. Of several mentions, the greatest counts hold: which
    /// branches they mean is not known.
    pub(super) fn add_branches(&mut self, file: FileId, line: u32, covered: u32, total: u32) {
        let branches = Branches {
            key: u64::from(line) << 32,
            covered,
            total,
        };
        let known = &mut self.files[file.0].branches;
        self.held = known.add(branches, self.held);
    }

    /// Adds one branch of a line, named by its block and its own name; it was taken if any of its
    /// mentions says so.
    pub(super) fn add_branch(&mut self, file: FileId, line: u32, name: (&str, &str), taken: bool) {
        let branches = Branches {
            key: u64::from(line) << 32 | u64::from(branch_key(name)),
            covered: u32::from(taken),
            total: 1,
        };
        let known = &mut self.files[file.0].branches;
        self.held = known.add(branches, self.held);
    }

    /// Says so where more is held than may be.
    pub(super) fn check_size(&self) -> Result<(), String> {
        if self.held <= self.most {
            return Ok(());
        }
        Err(format!(
            "it names more files and lines than are held at once ({} KiB); split the report",
            self.most / 1024
        ))
    }

    /// Counts what there is, and finds the longest runs of lines that were not run.
    pub(super) fn report(mut self) -> CoverageReport {
        let mut longest = Longest::of(KEPT_UNCOVERED);
        let coverage = self.count(&mut longest);
        let mut names = vec![""; self.files.len()];
        for (name, id) in &self.ids {
            names[id.0] = name;
        }
        CoverageReport {
            coverage,
            uncovered: longest.finish(&names),
            sources: self.sources,
        }
    }

    fn count(&mut self, longest: &mut Longest) -> Coverage {
        let mut lines = Ratio::default();
        let mut branches = Ratio::default();
        for (index, file) in self.files.iter_mut().enumerate() {
            longest.begin(index);
            for block in file.blocks.settled() {
                lines.covered += u64::from(block.hit.count_ones());
                lines.total += u64::from(block.found.count_ones());
                longest.add(block.index, block.found, block.hit);
            }
            for line in file.branches.settled() {
                branches.covered += u64::from(line.covered);
                branches.total += u64::from(line.total);
            }
        }
        Coverage {
            lines,
            branches: (branches.total > 0).then_some(branches),
        }
    }
}

/// Numbers below 65,536, which is what tools write, are packed as they are; other names are hashed.
fn branch_key((block, branch): (&str, &str)) -> u32 {
    if let (Ok(block), Ok(branch)) = (block.parse::<u16>(), branch.parse::<u16>())
        && block < 0x8000
    {
        return u32::from(block) << 16 | u32::from(branch);
    }
    let mut hasher = DefaultHasher::new();
    (block, branch).hash(&mut hasher);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a part of a hash is wanted"
    )]
    let low = hasher.finish() as u32;
    low | 0x8000_0000
}

/// Something that may be mentioned several times under one key.
trait Mention: Copy {
    type Key: Ord;
    fn key(&self) -> Self::Key;
    fn merge(&mut self, other: &Self);
}

/// 32 neighbouring lines.
#[derive(Clone, Copy)]
struct Block {
    index: u32,
    found: u32,
    hit: u32,
}

impl Mention for Block {
    type Key = u32;
    fn key(&self) -> u32 {
        self.index
    }
    fn merge(&mut self, other: &Self) {
        self.found |= other.found;
        self.hit |= other.hit;
    }
}

#[derive(Clone, Copy)]
struct Branches {
    key: u64,
    covered: u32,
    total: u32,
}

impl Mention for Branches {
    type Key = u64;
    fn key(&self) -> u64 {
        self.key
    }
    fn merge(&mut self, other: &Self) {
        self.covered = self.covered.max(other.covered);
        self.total = self.total.max(other.total);
    }
}

/// A list of mentions, sorted and merged whenever it has doubled.
struct Merged<M> {
    mentions: Vec<M>,
    sorted: usize,
}

impl<M> Default for Merged<M> {
    fn default() -> Self {
        Self {
            mentions: Vec::new(),
            sorted: 0,
        }
    }
}

impl<M: Mention> Merged<M> {
    /// Adds a mention and tells what is held after it, of `held` before.
    fn add(&mut self, mention: M, held: usize) -> usize {
        if let Some(last) = self.mentions.last_mut()
            && last.key() == mention.key()
        {
            last.merge(&mention);
            return held;
        }
        let before = self.mentions.len();
        if before >= 2 * self.sorted + UNSORTED {
            self.settle();
        }
        self.mentions.push(mention);
        let after = self.mentions.len();
        held + after * size_of::<M>() - before * size_of::<M>()
    }

    fn settle(&mut self) {
        self.mentions.sort_unstable_by_key(M::key);
        self.mentions.dedup_by(|later, first| {
            let is_same = later.key() == first.key();
            if is_same {
                first.merge(later);
            }
            is_same
        });
        self.sorted = self.mentions.len();
    }

    fn settled(&mut self) -> &[M] {
        self.settle();
        &self.mentions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(lines: &mut Lines) -> Coverage {
        lines.count(&mut Longest::of(0))
    }

    fn ratio(covered: u64, total: u64) -> Ratio {
        Ratio { covered, total }
    }

    #[test]
    fn a_line_counts_once_and_is_run_if_any_mention_says_so() {
        let mut lines = Lines::up_to(MOST_HELD);
        let file = lines.file("a.py");
        for (line, was_run) in [(1, false), (1, true), (1, false), (2, false), (40, true)] {
            lines.add_line(file, line, was_run);
        }
        assert_eq!(counted(&mut lines).lines, ratio(2, 3));
        assert_eq!(counted(&mut lines).branches, None);
    }

    #[test]
    fn a_file_is_the_same_however_its_path_is_written() {
        let mut lines = Lines::up_to(MOST_HELD);
        assert_eq!(lines.file("a/b.py"), lines.file(".\\a\\b.py"));
        assert_ne!(lines.file("a/b.py"), lines.file("b.py"));
    }

    #[test]
    fn branches_are_merged_by_line_or_by_name() {
        let mut lines = Lines::up_to(MOST_HELD);
        let file = lines.file("a.py");
        lines.add_branches(file, 7, 1, 2);
        lines.add_branches(file, 7, 2, 2);
        assert_eq!(counted(&mut lines).branches, Some(ratio(2, 2)));
        for (line, name, taken) in [
            (8, ("0", "0"), false),
            (8, ("0", "1"), false),
            (8, ("0", "0"), true),
            (8, ("e0", "if a, b"), true),
        ] {
            lines.add_branch(file, line, name, taken);
        }
        assert_eq!(counted(&mut lines).branches, Some(ratio(4, 5)));
    }

    #[test]
    fn any_order_and_any_repetition_gives_the_same_counts_and_the_list_stays_short() {
        let mut lines = Lines::up_to(MOST_HELD);
        let file = lines.file("a.py");
        for round in 0..5 {
            for line in (0..20_000).rev() {
                lines.add_line(file, line, line % 5 == round);
                lines.add_branches(file, line, round.min(2), 2);
            }
        }
        assert!(
            lines.held < 20_000 * 3 * 16 + 100_000,
            "{} bytes",
            lines.held
        );
        assert_eq!(counted(&mut lines).lines, ratio(20_000, 20_000));
        assert_eq!(counted(&mut lines).branches, Some(ratio(40_000, 40_000)));
    }

    #[test]
    fn a_million_lines_are_held_in_little_and_too_many_are_noticed() {
        let mut lines = Lines::up_to(MOST_HELD);
        let file = lines.file("a.py");
        (0..1_000_000).for_each(|line| lines.add_line(file, line, true));
        assert!(lines.held < 400_000, "{} bytes", lines.held);
        (0..1_000_000).for_each(|line| lines.add_branches(file, line, 1, 2));
        assert!(lines.held < 32 * 1024 * 1024);
        lines.held = MOST_HELD;
        assert_eq!(lines.check_size(), Ok(()));
        lines.file("b.py");
        assert!(lines.check_size().unwrap_err().contains("65536 KiB"));
    }
}
