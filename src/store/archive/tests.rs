//! Archives that come back as they were packed, and archives that nobody should open.

mod foreign;

use std::fs::{self, File};
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use zip::write::{FileOptions, SimpleFileOptions};
use zip::{CompressionMethod, ZipWriter};

use super::Archive;

const PLENTY: u64 = 1 << 30;

/// A folder with the files that a test names.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> (String, PathBuf) {
        let path = self.path(&name.replace('/', "-"));
        fs::write(&path, content).unwrap();
        (name.to_owned(), path)
    }

    fn zip(&self) -> PathBuf {
        self.path("out.zip")
    }

    fn leftovers(&self) -> usize {
        fs::read_dir(self.folder.path()).unwrap().count()
    }
}

fn noise(size: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let step = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state.to_be_bytes()[0]
    };
    (0..size).map(step).collect()
}

fn opened(bytes: &[u8]) -> Result<Archive<Cursor<Vec<u8>>>, String> {
    let archive = Archive::of(Cursor::new(bytes.to_vec()), Path::new("x.zip"));
    archive.map_err(|error| error.to_string())
}

fn refusal(bytes: &[u8]) -> String {
    opened(bytes).map(|_| ()).unwrap_err()
}

fn plain() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Stored)
}

/// A ZIP file with the entries given, whatever they are called.
fn made(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, plain()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Writes other bytes wherever some stand: both headers of a ZIP file's entry at once.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    let starts = (0..=bytes.len() - from.len()).filter(|start| bytes[*start..].starts_with(from));
    let starts: Vec<_> = starts.collect();
    assert!(!starts.is_empty());
    for start in starts {
        bytes[start..start + to.len()].copy_from_slice(to);
    }
    bytes
}

#[test]
fn what_is_packed_comes_back() {
    let place = Place::new();
    let big = noise(3 << 20);
    let files = [
        place.file("reports/ü b.xml", "<a/>"),
        place.file("empty", ""),
        place.file("big", &big),
    ];
    Archive::pack(&files, &place.zip()).unwrap();
    let mut archive = Archive::open(&place.zip()).unwrap();
    let names: Vec<_> = archive.names().map(str::to_owned).collect();
    assert_eq!(names, ["big", "empty", "reports/ü b.xml"]);
    let mut read = |name: &str| archive.read(name, PLENTY).unwrap();
    assert!(read("big") == Some(big.clone()));
    assert_eq!(read("empty"), Some(Vec::new()));
    assert_eq!(read("reports/ü b.xml").as_deref(), Some(&b"<a/>"[..]));
    assert_eq!(read("reports"), None);
    let target = place.path("extracted");
    fs::write(&target, "old").unwrap();
    let size = archive.extract("big", &target, PLENTY).unwrap();
    assert_eq!(size, Some(big.len() as u64));
    assert!(fs::read(&target).unwrap() == big);
    assert_eq!(archive.extract("none", &target, PLENTY).unwrap(), None);
}

#[test]
fn the_same_files_make_the_same_bytes() {
    let place = Place::new();
    let mut files = vec![place.file("b", "2"), place.file("a", "1")];
    Archive::pack(&files, &place.zip()).unwrap();
    let first = fs::read(place.zip()).unwrap();
    files.reverse();
    files[0] = place.file("a", "1");
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(9999);
    let file = File::options().write(true).open(&files[0].1).unwrap();
    file.set_modified(later).unwrap();
    Archive::pack(&files, &place.zip()).unwrap();
    assert_eq!(fs::read(place.zip()).unwrap(), first);
}

#[test]
fn nothing_packed_is_an_empty_archive() {
    let place = Place::new();
    Archive::pack(&[], &place.zip()).unwrap();
    assert_eq!(Archive::open(&place.zip()).unwrap().names().count(), 0);
}

#[test]
fn more_entries_than_sixteen_bits_can_count_are_packed() {
    let place = Place::new();
    let (_, path) = place.file("a", "x");
    let many: Vec<_> = (0..66_000)
        .map(|n| (format!("{n}"), path.clone()))
        .collect();
    Archive::pack(&many, &place.zip()).unwrap();
    let mut archive = Archive::open(&place.zip()).unwrap();
    assert_eq!(archive.names().count(), 66_000);
    let content = archive.read("65999", PLENTY).unwrap();
    assert_eq!(content.as_deref(), Some(&b"x"[..]));
}

#[test]
fn what_cannot_be_packed_leaves_what_was_there() {
    let place = Place::new();
    fs::write(place.zip(), "old").unwrap();
    let good = place.file("a", "1");
    let link = place.path("link");
    std::os::unix::fs::symlink(&good.1, &link).unwrap();
    let pipe = place.path("pipe");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let before = place.leftovers();
    for (name, path, expect) in [
        ("../b", good.1.clone(), "`..`"),
        ("a", good.1.clone(), "stands twice"),
        ("b", place.path("none"), "No such file"),
        ("b", place.folder.path().to_owned(), "no regular file"),
        ("b", link, "no regular file"),
        ("b", pipe, "no regular file"),
    ] {
        let files = [good.clone(), (name.to_owned(), path)];
        let error = Archive::pack(&files, &place.zip()).unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
        assert_eq!(fs::read(place.zip()).unwrap(), b"old");
        assert_eq!(place.leftovers(), before);
    }
}

#[test]
fn a_file_that_is_written_to_meanwhile_makes_a_sound_archive() {
    let place = Place::new();
    let (name, path) = place.file("log", noise(1 << 16));
    let (going, files) = (AtomicBool::new(true), [(name, path.clone())]);
    let packed = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = File::options().append(true).open(&path).unwrap();
            for round in (0..).take_while(|_| going.load(Ordering::Relaxed)) {
                file.write_all(&noise(4096)).unwrap();
                if round % 64 == 0 {
                    file.set_len(1 << 12).unwrap();
                }
            }
        });
        let pack = |round| {
            let zip = place.path(&format!("{round}.zip"));
            Archive::pack(&files, &zip).map(|()| zip)
        };
        let packed: Vec<_> = (0..50).map(pack).collect();
        going.store(false, Ordering::Relaxed);
        packed
    });
    for zip in packed {
        let mut archive = Archive::open(&zip.unwrap()).unwrap();
        assert!(archive.read("log", PLENTY).unwrap().is_some());
    }
}

#[test]
fn what_inflates_to_more_than_was_asked_for_is_refused() {
    let place = Place::new();
    let files = [place.file("zeros", vec![0; 1 << 20])];
    Archive::pack(&files, &place.zip()).unwrap();
    assert!(fs::metadata(place.zip()).unwrap().len() < 1 << 14);
    let mut archive = Archive::open(&place.zip()).unwrap();
    assert!(archive.read("zeros", 1 << 20).unwrap().is_some());
    let error = archive
        .read("zeros", (1 << 20) - 1)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("`zeros`: it is larger than 1048575 bytes"),
        "{error}"
    );
    let before = place.leftovers();
    let target = place.path("target");
    let error = archive
        .extract("zeros", &target, 9)
        .unwrap_err()
        .to_string();
    assert!(error.contains("larger than 9 bytes"), "{error}");
    assert_eq!(place.leftovers(), before);
}

#[test]
fn a_size_that_lies_is_found_out() {
    let place = Place::new();
    let content = vec![0; 100_000];
    Archive::pack(&[place.file("zeros", &content)], &place.zip()).unwrap();
    let packed = fs::read(place.zip()).unwrap();
    for (lie, expect) in [
        (10_u32, "larger than its declared"),
        (200_000, "are declared"),
    ] {
        let lying = replaced(&packed, &100_000_u32.to_le_bytes(), &lie.to_le_bytes());
        let error = opened(&lying).unwrap().read("zeros", PLENTY).unwrap_err();
        assert!(error.to_string().contains(expect), "{error}");
    }
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in [
        "../a",
        "/a",
        "a/../../b",
        "a//b",
        "a\\b",
        "C:/a",
        "a\0b",
        "./a",
        "../",
    ] {
        let error = refusal(&made(&[("good", b"1"), (name, b"")]));
        assert!(
            error.contains("x.zip cannot be read as a ZIP file"),
            "{error}"
        );
        assert!(error.contains("is refused"), "{name}: {error}");
    }
}

#[test]
fn a_name_that_stands_twice_is_refused() {
    let twice = replaced(&made(&[("aa", b"1"), ("bb", b"2")]), b"bb", b"aa");
    assert!(refusal(&twice).contains("duplicate"), "{}", refusal(&twice));
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("aa", plain()).unwrap();
    writer.add_directory("aa", plain()).unwrap();
    let error = refusal(&writer.finish().unwrap().into_inner());
    assert!(error.contains("stands twice"), "{error}");
}

#[test]
fn folders_are_passed_over_and_links_refused() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_directory("reports", plain()).unwrap();
    writer.start_file("reports/a", plain()).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    let archive = opened(&bytes).unwrap();
    assert_eq!(archive.names().collect::<Vec<_>>(), ["reports/a"]);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_symlink("link", "/etc/passwd", plain()).unwrap();
    let error = refusal(&writer.finish().unwrap().into_inner());
    assert!(error.contains("neither a file nor a folder"), "{error}");
    for kind in [
        0o010_000_u32,
        0o020_000,
        0o060_000,
        0o140_000,
        0o160_000,
        0o040_000,
    ] {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options: FileOptions<'_, '_, ()> = plain().external_attributes((kind | 0o644) << 16);
        writer.start_file("a", options).unwrap();
        let error = refusal(&writer.finish().unwrap().into_inner());
        assert!(
            error.contains("neither a file nor a folder"),
            "{kind:o}: {error}"
        );
    }
}

#[test]
fn an_encrypted_entry_is_refused() {
    let mut bytes = made(&[("a", b"1")]);
    let central = bytes
        .windows(4)
        .position(|four| four == b"PK\x01\x02")
        .unwrap();
    bytes[6] |= 1;
    bytes[central + 8] |= 1;
    assert!(refusal(&bytes).contains("encrypted"), "{}", refusal(&bytes));
}

#[test]
fn two_descriptions_of_one_entry_must_agree() {
    let mut bytes = made(&[("safe", b"1")]);
    let name = bytes.windows(4).position(|four| four == b"safe").unwrap();
    bytes[name..name + 4].copy_from_slice(b"evil");
    assert!(
        refusal(&bytes).contains("inconsistency"),
        "{}",
        refusal(&bytes)
    );
}

#[test]
fn data_in_front_of_an_archive_is_refused() {
    let bytes = [b"#!/bin/sh\n".to_vec(), made(&[("a", b"1")])].concat();
    assert!(opened(&bytes).is_err());
}

#[test]
fn a_cut_archive_is_no_archive() {
    let whole = made(&[("a", &noise(500)), ("b", b"2")]);
    assert!(opened(&whole).is_ok());
    for size in 0..whole.len() {
        assert!(opened(&whole[..size]).is_err(), "{size} bytes");
    }
}

#[test]
fn damaged_data_is_never_given_as_good() {
    let place = Place::new();
    let content = noise(2000);
    Archive::pack(&[place.file("a", &content)], &place.zip()).unwrap();
    let whole = fs::read(place.zip()).unwrap();
    for position in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[position] ^= 0x10;
        let read = opened(&bytes).map(|mut archive| archive.read("a", PLENTY));
        if let Ok(Ok(Some(read))) = read {
            assert!(read == content, "byte {position}");
        }
    }
}

#[test]
fn an_archive_with_too_many_entries_is_refused() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..=super::MOST_ENTRIES {
        writer.start_file(number.to_string(), plain()).unwrap();
    }
    let error = refusal(&writer.finish().unwrap().into_inner());
    assert!(
        error.contains("its 100001 entries are more than 100000"),
        "{error}"
    );
}

#[test]
fn a_list_of_entries_that_takes_too_much_memory_is_refused() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..600 {
        let name = format!("{number}{}", "n".repeat(60_000));
        writer.start_file(name, plain()).unwrap();
    }
    let error = refusal(&writer.finish().unwrap().into_inner());
    assert!(error.contains("longer than 33554432 bytes"), "{error}");
}
