//! Dockerfiles, workflows and other YAML.

use super::*;

#[test]
fn images_of_dockerfiles() {
    for (text, expected) in [
        ("FROM python:3.12-slim", "python 3.12-slim @1"),
        (
            "from python:3.12 as build\nFROM build\nFROM BUILD AS x",
            "python 3.12 @1",
        ),
        (
            "# c\n\nFROM --platform=$BUILDPLATFORM docker.io/library/node:22.21.1-alpine AS web",
            "node 22.21.1-alpine @3",
        ),
        ("FROM registry.example:5000/base/golang:1.22", "go 1.22 @1"),
        ("FROM python:3.12@sha256:abcd", "python 3.12 @1"),
        ("FROM eclipse-temurin:21-jre", "java 21-jre @1"),
        ("FROM scratch", ""),
        ("FROM \"python:3.12\"", "python 3.12 @1"),
        (
            "ARG PYTHON_VERSION=3.12\nFROM python:${PYTHON_VERSION}-slim",
            "python 3.12-slim @1",
        ),
        ("ARG V=\"3.12\"\nFROM python:$V", "python 3.12 @1"),
        (
            "ARG MINOR=12 OTHER\nARG V=3.$MINOR\n\nFROM python:$V",
            "python 3.12 @2",
        ),
        ("ARG BASE=python:3.12\nFROM $BASE", "python 3.12 @1"),
        (
            "ARG R=registry.example\nFROM $R/python:3.12",
            "python 3.12 @2",
        ),
        ("FROM python:${V:-3.12}", "python 3.12 @1"),
        ("FROM python:${V}", "python ${V} @1"),
        ("FROM ${BASE}", ""),
        (
            "FROM \\\n  # comment\n  python:3.12 \\\n  AS x",
            "python 3.12 @1",
        ),
        (
            "FROM a AS b\nARG V=9\nFROM python:$V",
            "a a @1; python $V @3",
        ),
        (
            "FROM node:22\nCOPY --from=ghcr.io/astral-sh/uv:0.5.1 /uv /bin/",
            "node 22 @1; uv 0.5.1 @2",
        ),
        (
            "FROM node:22 AS n\nCOPY --from=n /a /b\nCOPY --from=0 /a /b",
            "node 22 @1",
        ),
        (
            "FROM ghcr.io/astral-sh/uv:python3.12-bookworm",
            "python python3.12-bookworm @1",
        ),
        (
            "RUN <<EOF\nFROM python:2\nEOF\nFROM python:3.12",
            "python 3.12 @4",
        ),
        ("FROM", ""),
    ] {
        assert_eq!(pins("Dockerfile", text), expected, "{text}");
    }
    assert!(is_fine("Dockerfile", "FROM python:3.12-slim", "3.12"));
    assert!(is_fine(
        "Dockerfile",
        "FROM ghcr.io/astral-sh/uv:python3.12-bookworm",
        "3.12"
    ));
    assert!(!is_fine(
        "Dockerfile",
        "FROM python:3.12.0rc1-slim",
        "3.12.0"
    ));
    assert!(!is_fine("Dockerfile", "FROM node:lts-alpine", "22"));
    assert!(!is_fine("Dockerfile", "FROM python:$V", "3.12"));
}

#[test]
fn steps_of_workflows() {
    let text = r#"on:
  workflow_call:
    inputs:
      ruby: {default: "3.3"}
env:
  GO: "1.22"
jobs:
  test:
    strategy:
      matrix:
        python: ["3.11", "3.12"]
        config:
          - {node: 20, os: linux}
          - node: "22"
        include:
          - python: "3.13"
    container: python:3.12
    services:
      db: {image: "postgres:16"}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: ${{ matrix.python }}
      - uses: actions/setup-python@v5
        with: {python-version: "${{ matrix['python'] }}"}
      - uses: actions/setup-node@v4
        with:
          node-version: ${{ matrix.config.node }}
          node-version-file: .nvmrc
      - uses: actions/setup-go@v5
        with: {go-version: "${{ env.GO }}"}
      - uses: ruby/setup-ruby@v1
        with: {ruby-version: "${{ inputs.ruby }}"}
  other:
    container: {image: "python:${{ matrix.v }}"}
    strategy: {matrix: {v: ["3.9"]}}
    steps:
      - uses: actions/setup-python@v5
        with:
          python-version: |
            3.11

            3.12
      - uses: actions/setup-java@v4
        with: {java-version: 21, distribution: temurin}
      - uses: astral-sh/setup-uv@v5
        with: {version: "0.5.1"}
      - uses: pnpm/action-setup@v4
        with: {version: 9}
      - uses: dtolnay/rust-toolchain@1.75
      - uses: dtolnay/rust-toolchain@b3b07ba8b418998c39fb20f53e8b695cdcc8de1b
        with: {toolchain: "1.76"}
      - uses: docker://node:22
      - run: echo
  reuse:
    uses: ./.github/workflows/x.yml
    with:
      node-version: "22.x"
"#;
    assert_eq!(
        pins(".github/workflows/ci.yml", text).replace("; ", "\n"),
        "ruby 3.3 @4
go 1.22 @6
python 3.11 @11
python 3.12 @11
node 20 @13
node 22 @14
python 3.13 @16
python 3.12 @17
postgres 16 @19
python 3.9 @37
python 3.11 @42
python 3.12 @44
java 21 @46
uv 0.5.1 @48
pnpm 9 @50
rust 1.75 @51
rust 1.76 @53
node 22 @54
node 22.x @59"
    );
}

#[test]
fn composite_actions_and_lists() {
    let action = "inputs:\n  python: {default: '3.12'}\nruns:\n  using: composite\n  steps:\n    - uses: actions/setup-python@v5\n      \
        with:\n        python-version: ${{ inputs.python }}\n    - uses: actions/setup-node@v4\n      with:\n        node-version: [20, 22]\n";
    assert_eq!(
        pins(".github/actions/setup/action.yml", action),
        "python 3.12 @2; node 20 @11; node 22 @11"
    );
    let pre_commit = "default_language_version:\n  python: python3.12\n  node: 22.21.1\n  golang: '1.22'\nrepos: []\n";
    assert_eq!(
        pins(".pre-commit-config.yaml", pre_commit),
        "python python3.12 @2; node 22.21.1 @3; go 1.22 @4"
    );
    assert!(is_fine(
        ".pre-commit-config.yaml",
        "default_language_version: {python: python3.12}",
        "3.12"
    ));
}

#[test]
fn versions_in_workflows_may_be_ranges() {
    for (version, wanted, fits) in [
        ("'3.12'", "3.12", true),
        ("3.12", "3.12", true),
        ("3.10", "3.10", true),
        ("3.10", "3.1", false),
        ("22.x", "22", true),
        ("'^1.22'", "1", true),
        ("'>=3.12 <3.13'", "3.12", true),
        ("'>=3.12'", "3.12", false),
        ("3.x", "3.12", false),
        ("3.13-dev", "3.13", false),
        ("lts/*", "22", false),
        ("latest", "22", false),
        ("pypy3.10", "3.10", false),
    ] {
        let text = format!("jobs: {{a: {{steps: [{{with: {{python-version: {version}}}}}]}}}}");
        assert_eq!(
            is_fine(".github/workflows/a.yml", &text, wanted),
            fits,
            "{version} {wanted}"
        );
    }
}

#[test]
fn aliases_do_not_multiply_without_end() {
    let step = "{with: {python-version: '3.12'}}, ".repeat(200);
    let jobs: String = (0..200)
        .map(|n| format!("  j{n}: {{steps: *s}}\n"))
        .collect();
    let text = format!("x: &s [{step}]\njobs:\n{jobs}");
    assert!(
        find(".github/workflows/a.yml", &text)
            .unwrap_err()
            .to_string()
            .contains("more than 10000")
    );
}
