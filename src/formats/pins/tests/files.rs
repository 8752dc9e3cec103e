//! Files of tools, of Python and of Node.

use super::*;

#[test]
fn files_with_one_version() {
    for (path, text, expected) in [
        (".python-version", "3.12.4\n", "python 3.12.4 @1"),
        (
            ".python-version",
            "\u{feff}# ours\n\n3.12.4\n3.11.9\n",
            "python 3.12.4 @3",
        ),
        (".nvmrc", "v22.21.1", "node v22.21.1 @1"),
        (".nvmrc", "lts/jod # long", "node lts/jod @1"),
        (".node-version", "22.21.1\r\n", "node 22.21.1 @1"),
        (".ruby-version", "ruby-3.3.0", "ruby ruby-3.3.0 @1"),
        (
            ".java-version",
            "temurin-21.0.2+13",
            "java temurin-21.0.2+13 @1",
        ),
        ("runtime.txt", "python-3.12.4", "python python-3.12.4 @1"),
        (".python-version", "", ""),
    ] {
        assert_eq!(pins(path, text), expected, "{text}");
    }
    assert!(is_fine("runtime.txt", "python-3.12.4", "3.12"));
    assert!(is_fine(".ruby-version", "ruby-3.3.0", "3.3"));
    assert!(is_fine(
        ".java-version",
        "temurin-21.0.2+13.0.LTS",
        "21.0.2"
    ));
    assert!(is_fine(".java-version", "openjdk64-17.0.1", "17"));
    assert!(is_fine(".java-version", "21", "21"));
    assert!(!is_fine(".python-version", "pypy3.10-7.3.12", "3.10"));
}

#[test]
fn files_of_version_managers() {
    let text = "# tools\nnodejs 22.21.1\npython 3.12.4 3.11.9 # two\n\njava temurin-21.0.2\ngolang latest:1.22\nruby\nrust ref:abc\n";
    assert_eq!(
        pins(".tool-versions", text),
        "node 22.21.1 @2; python 3.12.4 @3; java temurin-21.0.2 @5; go latest:1.22 @6; rust ref:abc @8"
    );
    assert!(is_fine(".tool-versions", "golang latest:1.22", "1.22"));
    assert!(!is_fine(".tool-versions", "rust ref:1.75", "1.75"));
    let mise = "[env]\nA = \"1\"\n[tools]\nnode = \"22\"\npython = [\"3.12\", \"3.11\"]\n\"npm:prettier\" = \"3\"\n\"core:go\" = {version = \"1.22\"}\n";
    assert_eq!(
        pins("mise.toml", mise),
        "node 22 @4; python 3.12 @5; npm:prettier 3 @6; go 1.22 @7"
    );
}

#[test]
fn toolchains_of_rust_and_go() {
    assert_eq!(pins("rust-toolchain", "1.75.0\n"), "rust 1.75.0 @1");
    let toml = "[toolchain]\n# ours\nchannel = \"1.75\"\ncomponents = [\"clippy\"]\n";
    assert_eq!(pins("rust-toolchain.toml", toml), "rust 1.75 @3");
    assert_eq!(pins("rust-toolchain", toml), "rust 1.75 @3");
    assert!(!is_fine("rust-toolchain", "stable", "1.75"));
    assert!(is_fine("rust-toolchain", "stable", "stable"));
    assert!(!is_fine("rust-toolchain", "nightly-2026-01-01", "1.75"));
    let go = "module example.org/shop // go 1.0\n\ngo 1.22.1\n\ntoolchain go1.22.5\nrequire (\n\texample.org/go v1.2.3\n)\n";
    assert_eq!(pins("go.mod", go), "go 1.22.1 @3; go go1.22.5 @5");
    assert!(is_fine("go.mod", "toolchain go1.22.5", "1.22"));
    assert_eq!(pins("go.mod", "toolchain default"), "");
}

#[test]
fn pyproject_with_all_its_tables() {
    let text = r#"[build-system]
requires = ["hatchling==1.27.0"]
[project]
requires-python = ">=3.12,<3.13"
dependencies = [
    "fastapi>=0.115,<0.116",
    "Typing_Extensions == 4.12.2 ; python_version < '3.13'",
    "uvicorn[standard] ~=0.30.0",
    "plain",
    "here @ https://example.org/here.whl",
]
[project.optional-dependencies]
dev = ["pytest==8.3.4"]
[dependency-groups]
lint = ["ruff==0.8.0", {include-group = "dev"}]
[tool.uv]
required-version = ">=0.5,<0.6"
constraint-dependencies = ["idna==3.10"]
[tool.poetry.dependencies]
python = "^3.12"
httpx = {version = "~0.27", extras = ["http2"]}
numpy = [{version = "1.26", python = "<3.12"}, {version = "2.0"}]
local = {path = "../local"}
[tool.poetry.group.dev.dependencies]
mypy = "1.13.0"
"#;
    assert_eq!(
        pins("pyproject.toml", text).replace("; ", "\n"),
        "pypi:hatchling ==1.27.0 @2
python >=3.12,<3.13 @4
pypi:fastapi >=0.115,<0.116 @6
pypi:typing-extensions == 4.12.2 @7
pypi:uvicorn ~=0.30.0 @8
pypi:here https://example.org/here.whl @10
pypi:pytest ==8.3.4 @13
pypi:ruff ==0.8.0 @15
uv >=0.5,<0.6 @17
pypi:idna ==3.10 @18
python ^3.12 @20
pypi:httpx ~0.27 @21
pypi:numpy 1.26 @22
pypi:numpy 2.0 @22
pypi:mypy 1.13.0 @25"
    );
}

#[test]
fn requirements_files() {
    let text = "# all\n-r base.txt\n--index-url https://example.org\nfastapi==0.115.0 \\\n    --hash=sha256:ab \\\n    --hash=sha256:cd\n\
        uvicorn[standard]>=0.30 # server\nbare\n-e .\n./local\ngit+https://example.org/x.git#egg=x\nPyYAML (==6.0.2)\nlast~=1.0";
    assert_eq!(
        pins("requirements.txt", text),
        "pypi:fastapi ==0.115.0 @4; pypi:uvicorn >=0.30 @7; pypi:pyyaml ==6.0.2 @12; pypi:last ~=1.0 @13"
    );
    assert!(is_fine("requirements.txt", "fastapi==0.115.0", "0.115"));
    assert_eq!(pins("requirements.txt", "a==1 \\"), "pypi:a ==1 @1");
}

#[test]
fn package_json() {
    let text = r#"{
  "name": "portal",
  "engines": {"node": "22.21.1", "npm": ">=10", "vscode": "^1"},
  "volta": {
    "node": "22.21.1"
  },
  "packageManager": "pnpm@9.1.0+sha512.abc",
  "dependencies": {
    "next": "^16.1.0",
    "@scope/ui": "1.2.3",
    "old": "npm:next@15.0.0",
    "inner": "workspace:*",
    "shared": "catalog:"
  },
  "devDependencies":
    {"eslint":
      "9.17.0"}
}"#;
    assert_eq!(
        pins("package.json", text),
        "node 22.21.1 @3; npm >=10 @3; node 22.21.1 @5; pnpm 9.1.0 @7; npm:next ^16.1.0 @9; npm:@scope/ui 1.2.3 @10; \
         npm:next 15.0.0 @11; npm:eslint 9.17.0 @17"
    );
    assert_eq!(pins("package.json", "{}"), "");
    assert_eq!(pins("package.json", "[]"), "");
}

#[test]
fn package_lock() {
    let text = r#"{"lockfileVersion": 3, "packages": {
"": {"version": "1.0.0"},
"node_modules/next": {"version": "16.1.0"},
"node_modules/@scope/ui": {"version": "1.2.3"},
"node_modules/other/node_modules/next": {"version": "14.0.0"},
"portal/node_modules/next": {"version": "15.0.0"},
"portal": {"version": "0.1.0"},
"node_modules/portal": {"resolved": "portal", "link": true}}}"#;
    assert_eq!(
        pins("package-lock.json", text),
        "npm:next 16.1.0 @3; npm:@scope/ui 1.2.3 @4; npm:next 15.0.0 @6"
    );
    let old = "{\"dependencies\": {\"next\": {\"version\":\n\"16.1.0\", \"dependencies\": {\"x\": {\"version\": \"1\"}}}}}";
    assert_eq!(pins("package-lock.json", old), "npm:next 16.1.0 @2");
}
