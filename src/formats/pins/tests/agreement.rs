//! What agrees with a wanted version, and what a drift says.

use super::*;

#[test]
fn a_written_version_fits_what_begins_it() {
    for (wanted, written, fits) in [
        ("3.12", "3.12", true),
        ("3.12", "3.12.4", true),
        ("3.12", "v3.12.4", true),
        ("3.12", "3.12.x", true),
        ("3.12", "3.12.*", true),
        ("v3.12", "3.12.4", true),
        ("3", "3.12.4", true),
        ("3.12", "3.120", false),
        ("3.12", "3.1", false),
        ("3.12", "3.11.9", false),
        ("3.12", "3", false),
        ("22.21.1", "22.21.1", true),
        ("22.21.1", "v22.21.1", true),
        ("22.21.1", "22", false),
        ("22.21.1", "22.21", false),
        ("22.21.1", "22.21.0", false),
        ("22", "lts/*", false),
        ("22", "node", false),
        ("lts/*", "lts/*", true),
        ("lts/*", "22", false),
    ] {
        assert_eq!(
            is_fine(".nvmrc", written, wanted),
            fits,
            "{wanted} {written}"
        );
    }
}

#[test]
fn a_range_of_python_agrees_if_all_that_it_admits_fits() {
    for (wanted, range, fits) in [
        ("3.12", ">=3.12,<3.13", true),
        ("3.12", ">= 3.12, < 3.13", true),
        ("3.12", ">=3.12.1,<3.12.9", true),
        ("3.12", ">3.12,<3.13", true),
        ("3.12", ">=3.12,<=3.12.99", true),
        ("3.12", ">=3.12,!=3.12.1,<3.13", true),
        ("3.12", "~=3.12.0", true),
        ("3.12", "==3.12.*", true),
        ("3.12", "==3.12", true),
        ("3.12", "===3.12.4", true),
        ("3.12", "~3.12", true),
        ("3.12", "3.12.*", true),
        ("3", "^3.12", true),
        ("3", "~=3.12", true),
        ("3.12", "<3.13", false),
        ("3.12", ">=3.12", false),
        ("3.12", ">=3.11,<3.13", false),
        ("3.12", ">=3.12,<=3.13", false),
        ("3.12", ">=3.12,<3.13.1", false),
        ("3.12", "^3.12", false),
        ("3.12", "~=3.12", false),
        ("3.12", "==3.11.*", false),
        ("3.12", "!=3.11", false),
        ("3.12", "*", false),
        ("3.12", ">=3.13,<3.12", false),
        ("3.12.4", "==3.12.4", true),
        ("3.12.4", "==3.12", false),
        ("3.12.0", "==3.12", true),
        ("3.12", ">=3.12,<3.13 || ~3.12.5", true),
        ("3.12", "~3.12 || ~3.13", false),
        ("3.12", "quite new", false),
    ] {
        let text = format!("[project]\nrequires-python = \"{range}\"");
        assert_eq!(
            is_fine("pyproject.toml", &text, wanted),
            fits,
            "{wanted} {range}"
        );
    }
}

#[test]
fn a_range_of_npm_agrees_if_all_that_it_admits_fits() {
    for (wanted, range, fits) in [
        ("16", "16", true),
        ("16", "16.1.0", true),
        ("16", "^16.1.0", true),
        ("16", "^16", true),
        ("16", "~16.1", true),
        ("16", "16.x", true),
        ("16", "16.x.x", true),
        ("16", "=16.1.0", true),
        ("16", "=16", true),
        ("16", ">=16.1 <17", true),
        ("16", ">= 16.1.0 < 17.0.0", true),
        ("16", "16.0.0 - 16.9", true),
        ("16", ">=16 <=16", true),
        ("16", ">15 <17", true),
        ("16", "^16.1.0 || ^16.5.0", true),
        ("16", "^16.0.0-rc.1", true),
        ("16", "16.0.0-rc.1", true),
        ("0.2", "^0.2.3", true),
        ("0.0.3", "^0.0.3", true),
        ("0", "<1", true),
        ("16", ">=16", false),
        ("16", ">16 <18", false),
        ("16", "16.0.0 - 17", false),
        ("16", "^15 || ^16", false),
        ("16", "*", false),
        ("16", "latest", false),
        ("16", "git+https://example.org/next.git#v16.1.0", false),
        ("16.1", "^16.1.0", false),
        ("16.1", "~16.1.0", true),
        ("16.0.0", "16.0.0-rc.1", false),
        ("16.0.0-rc.1", "16.0.0-rc.1", true),
        ("16.0.0-rc.1", "16.0.0-rc.2", false),
        ("16.0.0-rc.1", "16.0.0", false),
        ("16.0.0-rc.1", "^16.0.0", false),
        ("0.2", "^0.1.3", false),
        ("1", "^0.2.3", false),
        ("latest", "latest", true),
    ] {
        let text = format!("{{\"dependencies\": {{\"next\": \"{range}\"}}}}");
        assert_eq!(
            is_fine("package.json", &text, wanted),
            fits,
            "{wanted} {range}"
        );
    }
}

#[test]
fn a_drift_says_what_is_pinned() {
    for (path, text, wanted, expected) in [
        (
            ".nvmrc",
            "22",
            "22.21.1",
            "pins only 22, and 22.21.1 is wanted",
        ),
        (".nvmrc", "v20.1.0", "22", "pins v20.1.0, and 22 is wanted"),
        (
            ".nvmrc",
            "lts/*",
            "22",
            "pins \"lts/*\", which names no version, and 22 is wanted",
        ),
        (".nvmrc", "22", "lts/*", "pins 22, and lts/* is wanted"),
        (
            "package.json",
            "{\"engines\": {\"node\": \">=22\"}}",
            "22",
            "admits other versions than 22: >=22",
        ),
        (
            "package.json",
            "{\"engines\": {\"node\": \">22 <21\"}}",
            "22",
            "admits no version at all: >22 <21",
        ),
        (
            "Dockerfile",
            "FROM python",
            "3.12",
            "pins python without a version, which is the latest, and 3.12 is wanted",
        ),
        (
            "Dockerfile",
            "FROM python@sha256:ab",
            "3.12",
            "pins python@sha256:ab, a digest without a version, and 3.12 is wanted",
        ),
        (
            ".github/workflows/a.yml",
            "jobs: {a: {steps: [{with: {python-version: 3.10}}]}}",
            "3.10.1",
            "pins 3.1 (the number 3.10 in YAML; quote it), and 3.10.1 is wanted",
        ),
        (
            ".github/workflows/a.yml",
            "jobs: {a: {steps: [{with: {python-version: '${{ vars.PYTHON }}'}}]}}",
            "3.10",
            "pins ${{ vars.PYTHON }}, which cannot be resolved here, and 3.10 is wanted",
        ),
    ] {
        assert_eq!(
            judged(path, text, wanted),
            Agreement::Drifts(expected.to_owned())
        );
    }
}
