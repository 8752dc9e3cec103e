//! Files that only a program could compare: those with the attribute `filter`
//! (<https://git-scm.com/docs/gitattributes#_filter>), such as the large files of Git LFS.
//!
//! The program is not run. What the index recorded of such a file is believed, even where the
//! file is as young as the index; and a file of Git LFS is held against its pointer.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use gix::Repository;
use gix::attrs::search::Outcome;
use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::index::entry::Stat;
use gix::worktree::stack::state::attributes::Source;
use sha2::{Digest as _, Sha256};

/// What a pointer is smaller than (<https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>).
const LARGEST_POINTER: u64 = 1024;

/// Decides about files whose bytes are not those of the commit.
pub(super) struct Filters<'a> {
    repository: &'a Repository,
    attributes: gix::AttributeStack<'a>,
    selected: Outcome,
    top: PathBuf,
}

impl<'a> Filters<'a> {
    pub(super) fn of(repository: &'a Repository, index: &gix::index::File) -> gix::Result<Self> {
        let attributes = repository.attributes_only(index, Source::WorktreeThenIdMapping)?;
        Ok(Self {
            repository,
            selected: attributes.selected_attribute_matches(["filter"]),
            attributes,
            top: repository.workdir().unwrap_or(repository.git_dir()).into(),
        })
    }

    /// Tells whether a file would be that of the index if its filter were run.
    pub(super) fn restore(&mut self, path: &BStr, entry: &gix::index::Entry) -> gix::Result<bool> {
        let Some(filter) = self.filter(path, entry)? else {
            return Ok(false);
        };
        let place = self.top.join(gix::path::from_bstr(path)?);
        Ok(self.is_as_recorded(&place, &entry.stat)?
            || (filter == "lfs" && self.is_pointed_at(&place, entry)?))
    }

    fn filter(&mut self, path: &BStr, entry: &gix::index::Entry) -> gix::Result<Option<BString>> {
        self.selected.reset();
        let platform = self
            .attributes
            .at_entry(path, Some(entry.mode))
            .map_err(gix::Error::from_error)?;
        platform.matching_attributes(&mut self.selected);
        let filter = self.selected.iter_selected().next();
        let value = filter
            .as_ref()
            .and_then(|filter| filter.assignment.state.as_bstr());
        Ok(value.map(ToOwned::to_owned))
    }

    fn is_as_recorded(&self, place: &Path, recorded: &Stat) -> gix::Result<bool> {
        let there =
            gix::index::fs::Metadata::from_path_no_follow(place).map_err(gix::Error::from_error)?;
        let there = Stat::from_fs(&there).map_err(gix::Error::from_error)?;
        Ok(there.matches(recorded, self.repository.stat_options()?))
    }

    fn is_pointed_at(&self, place: &Path, entry: &gix::index::Entry) -> gix::Result<bool> {
        if self.repository.find_header(entry.id)?.size() >= LARGEST_POINTER {
            return Ok(false);
        }
        let blob = self.repository.find_object(entry.id)?;
        let Some((digest, size)) = pointer(&blob.data) else {
            return Ok(false);
        };
        let is_the_file = || -> io::Result<bool> {
            let there = fs::symlink_metadata(place)?;
            Ok(there.is_file() && there.len() == size && sha256(place)? == digest)
        };
        is_the_file().map_err(gix::Error::from_error)
    }
}

fn sha256(place: &Path) -> io::Result<String> {
    let mut reader = BufReader::with_capacity(64 * 1024, File::open(place)?);
    let mut hasher = Sha256::new();
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            break;
        }
        hasher.update(chunk);
        let read = chunk.len();
        reader.consume(read);
    }
    let digest = hasher.finalize();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The SHA-256 and the size that a pointer names. One with extensions, which are programs, too,
/// names nothing.
fn pointer(blob: &[u8]) -> Option<(&str, u64)> {
    let mut lines = blob.to_str().ok()?.lines();
    let is_known = lines.next()? == "version https://git-lfs.github.com/spec/v1";
    let digest = lines.next()?.strip_prefix("oid sha256:")?;
    let size = lines.next()?.strip_prefix("size ")?.parse().ok()?;
    (is_known && lines.next().is_none()).then_some((digest, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_has_three_lines() {
        let text = "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n";
        assert_eq!(pointer(text.as_bytes()), Some(("ab", 12)));
        for other in [
            "",
            "version https://git-lfs.github.com/spec/v1\n",
            "version https://example.test/v1\noid sha256:ab\nsize 12\n",
            "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize x\n",
            "version https://git-lfs.github.com/spec/v1\noid md5:ab\nsize 12\n",
            "version https://git-lfs.github.com/spec/v1\next-0-x sha256:ab\noid sha256:ab\nsize 1\n",
            "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\nmore\n",
        ] {
            assert_eq!(pointer(other.as_bytes()), None, "{other}");
        }
        assert_eq!(pointer(b"\xff"), None);
    }
}
