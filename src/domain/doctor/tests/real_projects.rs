//! Workflows as real projects write them: no alarm but for what is really so.

use super::*;

#[test]
fn tollgates_own_workflow_is_clean() {
    let own = include_str!("../../../../.github/workflows/ci.yml");
    assert_eq!(all_of(own), Vec::<String>::new());
}

#[test]
fn a_workflow_of_reports_is_clean() {
    let text = "
name: ci
on:
  push: { branches: [main] }
  pull_request:
  merge_group:
permissions: { contents: read }
jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 20
    permissions: { contents: read, checks: write }
    steps:
      - uses: actions/checkout@SHA
        with: { persist-credentials: false }
      - id: lint
        run: ruff check .
        continue-on-error: true
      - if: always()
        uses: acme/tollgate@SHA
        with: { command: record, check: lint/a, outcome: '${{ steps.lint.outcome }}' }
      - id: pytest
        run: pytest || true
      - if: ${{ !cancelled() }}
        uses: acme/tollgate@SHA
        with: { command: record, check: test/a, outcome: '${{ steps.pytest.outcome }}' }
";
    assert_eq!(all_of(text), Vec::<String>::new());
}

#[test]
fn a_workflow_of_stages_with_an_approval_is_clean() {
    let text = "
on: { push: { branches: [main] } }
permissions: {}
concurrency: { group: release, cancel-in-progress: false }
jobs:
  lint: &stage
    runs-on: ubuntu-latest
    timeout-minutes: 10
    permissions: { contents: read }
    steps:
      - uses: actions/checkout@SHA
        with: { persist-credentials: false }
      - uses: acme/tollgate@SHA
        with: { command: install }
      - run: '\"$RUNNER_TEMP/tollgate\" run ${{ github.job }}'
  test:
    needs: lint
    runs-on: ubuntu-latest
    timeout-minutes: 10
    permissions: { contents: read }
    steps:
      - uses: actions/checkout@SHA
        with: { persist-credentials: false }
      - run: |
          set -euo pipefail
          \"$RUNNER_TEMP/tollgate\" run --only test
  build:
    needs: [test]
    timeout-minutes: 10
    permissions: { contents: read, packages: write, id-token: write, checks: write, actions: read }
    steps:
      - uses: actions/checkout@SHA
        with: { persist-credentials: false }
      - uses: acme/tollgate@SHA
        with: { gate: build }
  production:
    needs: build
    if: github.ref == 'refs/heads/main'
    environment: { name: production, url: 'https://shop.example' }
    concurrency: { group: production, cancel-in-progress: false }
    timeout-minutes: 30
    permissions: { contents: read, actions: read, deployments: write }
    steps:
      - uses: actions/checkout@SHA
      - uses: acme/tollgate@SHA
        with: { command: promote, environment: production }
      - run: ./deploy.sh
  rollback:
    needs: production
    if: failure()
    environment: production
    timeout-minutes: 30
    steps:
      - run: ./rollback.sh
  tell:
    needs: [lint, test, build, production]
    if: always()
    runs-on: ubuntu-latest
    steps:
      - run: ./tell.sh '${{ join(needs.*.result) }}'
";
    assert_eq!(all_of(text), Vec::<String>::new());
}

#[test]
fn workflows_without_tollgate_are_left_alone() {
    let text = "
on:
  schedule: [{ cron: '0 4 * * *' }]
  workflow_dispatch:
    inputs: { level: { type: choice, options: [patch, minor] } }
  issue_comment: { types: [created] }
defaults: { run: { shell: bash } }
jobs:
  pages:
    permissions: { pages: write, id-token: write }
    environment: { name: github-pages, url: '${{ steps.deployment.outputs.page_url }}' }
    runs-on: ${{ matrix.os }}
    continue-on-error: ${{ matrix.experimental }}
    strategy:
      fail-fast: false
      matrix:
        os: [ubuntu-latest, windows-latest]
        experimental: [false]
        include: [{ os: macos-latest, experimental: true }]
    container: { image: 'node:22' }
    services: { redis: { image: redis } }
    steps:
      - uses: actions/checkout@SHA
      - uses: ./.github/actions/setup
      - run: |
          if ! make test; then echo tollgate run; fi
          cat > tollgate.sh <<'EOF'
          tollgate promote production
          EOF
      - if: always()
        run: make clean
  call:
    needs: pages
    if: ${{ always() && !cancelled() }}
    uses: ./.github/workflows/other.yml
    with: { level: '${{ inputs.level }}' }
    secrets: inherit
";
    assert_eq!(all_of(text), Vec::<String>::new());
}
