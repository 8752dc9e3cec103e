//! Artifacts against a service that answers well, badly and not at all.

mod blocks;
mod download;
mod fake;
mod faults;
mod upload;

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::{Artifacts, Patience};
use crate::github::context::ArtifactService;
use crate::retry::RetryPolicy;
use fake::Fake;

const RUN: &str = "ce7f54c7-61c7-4aae-887f-30da475f5f1a";
const JOB: &str = "ca395085-040a-526b-2ce8-bdc85f692774";

fn token() -> String {
    let claims = format!(r#"{{"scp":"Actions.Other Actions.Results:{RUN}:{JOB}"}}"#);
    format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(claims))
}

fn service(results_url: &str) -> ArtifactService {
    ArtifactService {
        results_url: results_url.to_owned(),
        token: token().into(),
        longest_days: Some(90),
    }
}

/// Five tries without pauses.
fn patience() -> Patience {
    Patience {
        retry: RetryPolicy {
            tries: 5,
            first_pause: Duration::ZERO,
            longest_pause: Duration::ZERO,
        },
        ..Patience::default()
    }
}

fn artifacts(fake: &Fake) -> Artifacts {
    let service = service(&format!("{}/some/path?q", fake.origin));
    Artifacts::new(&service).unwrap().with_patience(patience())
}

/// A folder with one file.
struct Place {
    folder: tempfile::TempDir,
    file: PathBuf,
}

impl Place {
    fn with(content: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report.zip");
        std::fs::write(&file, content).unwrap();
        Self { folder, file }
    }

    fn target(&self) -> PathBuf {
        self.folder.path().join("target.zip")
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}
