//! Which files are read, what their places guarantee, and what tools answer.

mod agreement;
mod files;
mod images;

use proptest::prelude::*;

use super::*;

/// The pins of a file: `TOOL VERSION @LINE`, one after the other.
fn pins(path: &str, text: &str) -> String {
    let pins = find(path, text).unwrap();
    let lines = pins
        .iter()
        .map(|pin| format!("{} {} @{}", pin.tool, pin.version, pin.line));
    lines.collect::<Vec<_>>().join("; ")
}

/// Whether the only pin of a file agrees.
fn judged(path: &str, text: &str, wanted: &str) -> Agreement {
    let pins = find(path, text).unwrap();
    assert_eq!(pins.len(), 1, "{path}: {text}");
    agrees(wanted, &pins[0])
}

fn is_fine(path: &str, text: &str, wanted: &str) -> bool {
    judged(path, text, wanted) == Agreement::Agrees
}

#[test]
fn pin_files_are_known_by_their_paths() {
    for path in [
        ".python-version",
        "api/.nvmrc",
        ".node-version",
        ".tool-versions",
        "mise.toml",
        ".mise.toml",
        ".config/mise/config.toml",
        "runtime.txt",
        "rust-toolchain",
        "rust-toolchain.toml",
        "go.mod",
        ".ruby-version",
        ".java-version",
        "pyproject.toml",
        "requirements.txt",
        "requirements-dev.txt",
        "requirements/dev.txt",
        "constraints.txt",
        "portal/package.json",
        "package-lock.json",
        "Dockerfile",
        "Dockerfile.prod",
        "docker/api.dockerfile",
        "api.Dockerfile",
        "Containerfile",
        ".github/workflows/ci.yml",
        "sub/.github/workflows/ci.yaml",
        ".github/actions/setup/action.yml",
        ".pre-commit-config.yaml",
    ] {
        assert!(is_pin_file(path), "{path}");
    }
    for path in [
        "",
        "README.md",
        "node_modules/next/package.json",
        "a/node_modules/b/.nvmrc",
        "Dockerfile.dockerignore",
        "workflows/ci.yml",
        ".github/dependabot.yml",
        "config.toml",
        "requirements.md",
        "package.json/x",
        "lib/site-packages/x/pyproject.toml",
        ".github/workflows/scripts/ci.yml",
    ] {
        assert!(!is_pin_file(path), "{path}");
        assert_eq!(find(path, "python 3.12").unwrap(), []);
    }
}

#[test]
fn what_is_not_of_its_format_is_refused_with_its_line() {
    for (path, text, line) in [
        ("pyproject.toml", "[project]\nname =", 2),
        ("mise.toml", "[tools", 1),
        ("rust-toolchain.toml", "[toolchain]\nchannel = 1.75.0", 2),
        ("package.json", "{\n\"engines\": ", 2),
        ("package-lock.json", "", 1),
        (".github/workflows/a.yml", "a: 1\nb: [", 2),
        (".pre-commit-config.yaml", "a: *b", 1),
    ] {
        let error = find(path, text).unwrap_err();
        assert_eq!(error.line(), Some(line), "{path}: {error}");
    }
}

#[test]
fn names_of_tools() {
    for (name, canonical_name) in [
        ("python", "python"),
        ("nodejs", "node"),
        ("golang", "go"),
        ("eclipse-temurin", "java"),
        ("pypi:Typing_Extensions", "pypi:typing-extensions"),
        ("pypi:zope..interface", "pypi:zope-interface"),
        ("npm:@scope/Name", "npm:@scope/Name"),
    ] {
        assert_eq!(canonical(name), canonical_name);
    }
}

#[test]
fn tools_tell_their_versions() {
    for (tool, answer, version) in [
        ("python", "Python 3.12.4\n", Some("3.12.4")),
        ("python", "Python 3.13.0rc1", Some("3.13.0rc1")),
        ("node", "v22.21.1\n", Some("22.21.1")),
        (
            "npm",
            "10.8.2\nnpm warn Unknown user config",
            Some("10.8.2"),
        ),
        ("go", "go version go1.22.1 linux/amd64", Some("1.22.1")),
        (
            "rust",
            "rustc 1.75.0 (82e1608df 2023-12-21)",
            Some("1.75.0"),
        ),
        (
            "rust",
            "rustc 1.77.0-nightly (abc 2024-01-01)",
            Some("1.77.0nightly"),
        ),
        (
            "java",
            "Picked up JAVA_TOOL_OPTIONS: -Xmx1.5g\nopenjdk version \"21.0.2\" 2024-01-16\n",
            Some("21.0.2"),
        ),
        (
            "java",
            "openjdk version \"21\" 2023-09-19\nOpenJDK Runtime Environment",
            Some("21"),
        ),
        ("java", "java version \"1.8.0_392\"", Some("8.0")),
        (
            "ruby",
            "ruby 3.3.0p0 (2023-12-25 revision 5124f9ac75) [x86_64-linux]",
            Some("3.3.0"),
        ),
        ("uv", "uv 0.5.1 (abc 2024-11-08)", Some("0.5.1")),
        ("poetry", "Poetry (version 1.8.2)", Some("1.8.2")),
        ("git", "git version 2.39.2", Some("2.39.2")),
        (
            "docker",
            "Docker version 24.0.7, build afdd53b",
            Some("24.0.7"),
        ),
        (
            "kubectl",
            "Client Version: v1.29.0\nKustomize Version: v5.0.4",
            Some("1.29.0"),
        ),
        ("gradle", "\n-----\nGradle 8.5\n-----\n", Some("8.5")),
        ("node", "command not found", None),
        ("java", "", None),
    ] {
        assert_eq!(told_version(tool, answer).as_deref(), version, "{answer}");
    }
    assert_eq!(running_version("python")[0].program, "python3");
    assert_eq!(running_version("golang")[0].arguments, ["version"]);
    assert_eq!(running_version("npm:next"), []);
    assert!(fits("3.12", "3.12.4") && fits("3.12", "v3.12") && fits("nightly", " nightly"));
    assert!(
        !fits("3.12", "3.120.1")
            && !fits("3.12", "3.1")
            && !fits("3.12.4", "3.12")
            && !fits("1.77.0", "1.77.0nightly")
    );
}

const PATHS: [&str; 14] = [
    ".python-version",
    ".tool-versions",
    "mise.toml",
    "rust-toolchain",
    "go.mod",
    "pyproject.toml",
    "requirements.txt",
    "package.json",
    "package-lock.json",
    "Dockerfile",
    ".github/workflows/a.yml",
    "action.yml",
    ".pre-commit-config.yaml",
    ".java-version",
];

proptest! {
    #[test]
    fn a_version_fits_exactly_its_beginnings(numbers in proptest::collection::vec(0_u64..30, 1..5), other in proptest::collection::vec(0_u64..30, 1..5)) {
        let text = |numbers: &[u64]| numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".");
        for length in 1..=numbers.len() {
            prop_assert!(is_fine(".nvmrc", &text(&numbers), &text(&numbers[..length])));
            prop_assert!(fits(&text(&numbers[..length]), &text(&numbers)));
        }
        prop_assert_eq!(is_fine(".nvmrc", &text(&numbers), &text(&other)), numbers.starts_with(&other));
    }

    #[test]
    fn a_range_agrees_only_if_every_sample_of_it_fits(low in 0_u64..5, minor in 0_u64..5, length in 0_u64..4, wanted in 0_u64..5) {
        let text = format!("{{\"engines\": {{\"node\": \">={low}.{minor}.0 <{}.{minor}.0\"}}}}", low + length);
        let admitted = |major: u64, patch: u64| (low, minor) <= (major, patch) && (major, patch) < (low + length, minor);
        let samples = || (0..10).flat_map(|major| (0..10).map(move |patch| (major, patch)));
        let all_fit = samples().filter(|it| admitted(it.0, it.1)).all(|it| it.0 == wanted);
        let any = samples().any(|it| admitted(it.0, it.1));
        prop_assert_eq!(is_fine("package.json", &text, &wanted.to_string()), all_fit && any);
    }

    #[test]
    fn nothing_panics(text in "\\PC{0,200}", lines in "[a-z0-9.:\\-\"'{}\\[\\]$<>=~^|*,/@ \\\\\n]{0,200}", wanted in "\\PC{0,20}") {
        for path in PATHS {
            for text in [&text, &lines] {
                for pin in find(path, text).into_iter().flatten() {
                    let _ = agrees(&wanted, &pin);
                }
            }
        }
        let _ = told_version("java", &text);
        let _ = told_version("node", &lines);
        let _ = fits(&wanted, &text);
    }

    #[test]
    fn ranges_of_any_text_do_not_panic(range in "[0-9.x*<>=~^!|, \\-]{0,30}", wanted in "[0-9.]{1,8}") {
        for grammar in [spec::Grammar::Python, spec::Grammar::Npm] {
            let pin = Pin::new("a", &range, Spec::range(&range, grammar), 1);
            let _ = agrees(&wanted, &pin);
        }
    }
}
