//! Archives that other programs made.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::{PLENTY, opened};

/// archiver 7.0.1, with which `@actions/artifact` 6.2.1 packs: sizes behind the data, a folder.
const ARCHIVER: &str = "UEsDBAoAAAAAAKqxblcAAAAAAAAAAAAAAAAIAAAAcmVwb3J0cy9QSwMEFAAIAAgAqrFuVwAAAAAAAAAAAAAAAAUA\
    AABhLnR4dEtMHAXEAgBQSwcICRmXiQcAAAAsAQAAUEsDBBQACAgIAKqxblcAAAAAAAAAAAAAAAAOAAAAcmVwb3J0\
    cy/DvC54bWyzKUktLikuzSxJLda3AwBQSwcIebtdEg8AAAANAAAAUEsBAi0DCgAAAAAAqrFuVwAAAAAAAAAAAAAA\
    AAgAAAAAAAAAAAAQAO1BAAAAAHJlcG9ydHMvUEsBAi0DFAAIAAgAqrFuVwkZl4kHAAAALAEAAAUAAAAAAAAAAAAg\
    AKSBJgAAAGEudHh0UEsBAi0DFAAICAgAqrFuV3m7XRIPAAAADQAAAA4AAAAAAAAAAAAgAKSBYAAAAHJlcG9ydHMv\
    w7wueG1sUEsFBgAAAAADAAMApQAAAKsAAAAAAA==";

/// `zip` 3.0 (Info-ZIP): owners and times in extra fields, which differ between both headers.
const INFO_ZIP: &str = "UEsDBAoAAAAAALo9dV0AAAAAAAAAAAAAAAADABwAenovVVQJAAMvTAFrL0wBa3V4CwABBAAAAAAEAAAAAFBLAwQK\
    AAAAAAC6PXVdenpv7QMAAAADAAAABAAcAHp6L2ZVVAkAAy9MAWsvTAFrdXgLAAEEAAAAAAQAAAAAaGkKUEsBAh4D\
    CgAAAAAAuj11XQAAAAAAAAAAAAAAAAMAGAAAAAAAAAAQAO1BAAAAAHp6L1VUBQADL0wBa3V4CwABBAAAAAAEAAAA\
    AFBLAQIeAwoAAAAAALo9dV16em/tAwAAAAMAAAAEABgAAAAAAAEAAACkgT0AAAB6ei9mVVQFAAMvTAFrdXgLAAEE\
    AAAAAAQAAAAAUEsFBgAAAAACAAIAkwAAAH4AAAAAAA==";

/// `zipfile` of Python, writing where it could not seek: sizes behind the data.
const PYTHON: &str = "UEsDBBQACAAIALk9dV0AAAAAAAAAAAAAAAAHAAAAYS9iLnR4dMtIzcnJzyCFAABQSwcIGhy0jQoAAAAyAAAAUEsB\
    AhQDFAAIAAgAuT11XRoctI0KAAAAMgAAAAcAAAAAAAAAAAAAAIABAAAAAGEvYi50eHRQSwUGAAAAAAEAAQA1AAAA\
    PwAAAAAA";

fn files(encoded: &str) -> Vec<(String, Vec<u8>)> {
    let mut archive = opened(&BASE64_STANDARD.decode(encoded).unwrap()).unwrap();
    let names: Vec<_> = archive.names().map(str::to_owned).collect();
    let read = |name: String| {
        let content = archive.read(&name, PLENTY).unwrap().unwrap();
        (name, content)
    };
    names.into_iter().map(read).collect()
}

fn file(name: &str, content: impl AsRef<[u8]>) -> (String, Vec<u8>) {
    (name.to_owned(), content.as_ref().to_vec())
}

#[test]
fn what_others_pack_is_read() {
    let expected = [
        file("a.txt", "a".repeat(300)),
        file("reports/ü.xml", "<testsuites/>"),
    ];
    assert_eq!(files(ARCHIVER), expected);
    assert_eq!(files(INFO_ZIP), [file("zz/f", "hi\n")]);
    assert_eq!(files(PYTHON), [file("a/b.txt", "hello".repeat(10))]);
}
