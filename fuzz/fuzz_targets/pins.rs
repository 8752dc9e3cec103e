//! No text makes a reader of pins panic, and no pin makes judging it panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate::formats::pins::{agrees, canonical, find, fits, is_pin_file};

/// A path for each reader.
const PATHS: [&str; 16] = [
    ".python-version",
    ".nvmrc",
    "runtime.txt",
    ".tool-versions",
    "mise.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
    "go.mod",
    "pyproject.toml",
    "requirements.txt",
    "package.json",
    "package-lock.json",
    "Dockerfile",
    ".github/workflows/ci.yml",
    "action.yml",
    ".pre-commit-config.yaml",
];

fuzz_target!(|text: &str| {
    for path in PATHS.into_iter().filter(|path| is_pin_file(path)) {
        let Ok(pins) = find(path, text) else { continue };
        for pin in pins {
            canonical(&pin.tool);
            agrees("3.12", &pin);
            agrees(&pin.version, &pin);
            fits(&pin.version, "3.12.4");
            fits("3.12", &pin.version);
        }
    }
});
