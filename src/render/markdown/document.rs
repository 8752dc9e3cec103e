//! A Markdown text in blocks that stand alone, so that it can be cut between them.

use crate::render::words;

/// The most bytes that a step summary may have. GitHub drops one of more than 1 MiB
/// (actions/runner, `FileCommandManager.cs`); this stays below a million.
pub const STEP_SUMMARY_BYTES: usize = 999_999;

/// A Markdown text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    blocks: Vec<String>,
}

impl Document {
    /// Adds a block: a paragraph, a list, a table, a fence, none of which ends in another block.
    pub(in crate::render) fn push(&mut self, block: String) {
        self.blocks.push(block);
    }

    /// Adds a heading and the blocks under it; nothing where there are none.
    pub(in crate::render) fn section(
        &mut self,
        title: &str,
        blocks: impl IntoIterator<Item = String>,
    ) {
        let mut blocks = blocks.into_iter();
        if let Some(first) = blocks.next() {
            self.push(format!("## {title}\n\n{first}"));
            self.blocks.extend(blocks);
        }
    }

    /// This text, then the other one.
    #[must_use]
    pub fn followed_by(mut self, other: Self) -> Self {
        self.blocks.extend(other.blocks);
        self
    }

    /// Tells whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The whole text.
    pub fn whole(&self) -> String {
        joined(self.blocks.iter().map(String::as_str))
    }

    /// The text in at most `most_bytes`: blocks that don't fit are left out, and the end says how
    /// many and where the whole text is, such as `summary.md in the artifact tollgate-evidence`.
    pub fn within(&self, most_bytes: usize, whole_is_in: &str) -> String {
        let whole = self.whole();
        if whole.len() <= most_bytes {
            return whole;
        }
        let note = |left_out: usize| {
            let parts = words::count(left_out as u64, "part is", "parts are");
            format!("**This summary is cut.** {parts} left out; the whole one is {whole_is_in}.")
        };
        let room = most_bytes.saturating_sub(note(self.blocks.len()).len() + 1);
        let mut taken = Vec::new();
        let mut bytes = 0;
        for block in &self.blocks {
            if bytes + block.len() + 2 <= room {
                bytes += block.len() + 2;
                taken.push(block.as_str());
            }
        }
        let note = note(self.blocks.len() - taken.len());
        taken.push(&note);
        let mut cut = joined(taken.into_iter());
        cut.truncate(cut.floor_char_boundary(most_bytes)); // for a limit below the note's own size
        cut
    }
}

fn joined<'a>(blocks: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for block in blocks {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(block);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn document(blocks: &[&str]) -> Document {
        Document {
            blocks: blocks.iter().map(|block| (*block).to_owned()).collect(),
        }
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_told() {
        let long = "x".repeat(500);
        let document = document(&["# Title", &long, "## End"]);
        assert_eq!(
            document.within(200, "summary.md"),
            "# Title\n\n## End\n\n**This summary is cut.** 1 part is left out; the whole one is \
             summary.md.\n"
        );
        assert_eq!(document.within(600, "summary.md"), document.whole());
    }

    #[test]
    fn a_section_without_blocks_has_no_heading() {
        let mut document = Document::default();
        document.section("Empty", []);
        document.section("Full", ["a".to_owned(), "b".to_owned()]);
        assert_eq!(document.whole(), "## Full\n\na\n\nb\n");
    }

    proptest! {
        #[test]
        fn a_limit_is_kept(blocks in proptest::collection::vec(".{0,80}", 0..8), most in 0usize..400) {
            let blocks: Vec<_> = blocks.iter().map(String::as_str).collect();
            prop_assert!(document(&blocks).within(most, "élsewhere").len() <= most);
        }
    }
}
