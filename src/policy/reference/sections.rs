//! The sections of the reference and their examples.

use crate::policy::words::object;

/// A section about one definition of the schema.
pub(super) struct Section {
    /// Its name in the schema.
    pub(super) definition: &'static str,
    /// Its heading.
    pub(super) title: &'static str,
    /// A whole policy, or nothing.
    pub(super) example: &'static str,
}

/// The sections in their order.
pub(super) const SECTIONS: [Section; 38] = [
    section(object::POLICY, "The top level", ""),
    section(object::STAGE, "A stage", STAGE),
    section(object::GATE, "A gate", GATE),
    section("Severity", "Severity", ""),
    section(object::CHECK, "A check", CHECK),
    section("Command", "`run`", RUN),
    section("Files", "`files`", FILES),
    section("Variables", "`variables`", VARIABLES),
    section("Hardcoded", "`variables.hardcoded`", ""),
    section("Image", "`image`", IMAGE),
    section("Journeys", "`journeys` of a check", JOURNEYS),
    section("Tag", "`tag`", TAG),
    section("GitHub", "`github`", GITHUB),
    section("Contract", "`contract`", CONTRACT),
    section("Logs", "`logs`", LOGS),
    section("Quota", "`quota`", QUOTA),
    section("QuotaLimit", "`quota.limits`", ""),
    section("Migrations", "`migrations`", MIGRATIONS),
    section("Http", "`http`", HTTP),
    section("HttpExpectation", "`http.expect`", ""),
    section("Sql", "`sql`", SQL),
    section("SqlMigrations", "`sql.migrations`", ""),
    section("QueryExpectation", "`sql.expect`", ""),
    section("RowCount", "`sql.expect` by number", ""),
    section("Storage", "`storage`", STORAGE),
    section("Results", "`results`", RESULTS),
    section(object::REQUIRE, "`require`", ""),
    section("Findings", "`require.findings`", ""),
    section("EvidenceFiles", "`evidence` of a check", EVIDENCE_FILES),
    section("Journey", "A journey", JOURNEY),
    section(object::ENVIRONMENT, "An environment", ENVIRONMENT),
    section(object::APPROVALS, "`approvals`", ""),
    section("Waivers", "`waivers`", WAIVERS),
    section("Evidence", "`evidence`", EVIDENCE),
    section("Redact", "`redact`", ""),
    section(object::BUDGETS, "`budgets`", ""),
    section("Ledger", "`ledger`", ""),
    section("Spooled", "`ledger.spooled`", ""),
];

const fn section(definition: &'static str, title: &'static str, example: &'static str) -> Section {
    Section {
        definition,
        title,
        example,
    }
}

const STAGE: &str = "version: 1
pipeline:
  lint:
    title: Style
    sequential: true # one after the other, in this order
    checks:
      ruff: { run: ruff check . }
      eslint: { run: npx eslint ., working-directory: portal }
      stack: { versions: { python: 3.12, node: 22.21.1, \"npm:next\": 16 } }
  test: # requires lint
    checks:
      pytest: { run: pytest }
";

const GATE: &str = "version: 1
gates:
  G1:
    title: Core journeys
    checks:
      journeys: { run: ./e2e.sh }
  G4:
    title: Degradable features
    severity: advisory
    tolerate: 1
    requires: [G1]
    checks:
      search: { run: ./search.sh }
      mail: { run: ./mail.sh }
";

const WAIVERS: &str = "version: 1
gates:
  G1:
    title: Core journeys
    checks:
      journeys: { run: ./e2e.sh }
      looks: { manual: Buy something and look at the receipt, only: [staging] }
  G3:
    title: Money and permissions
    severity: absolute # never waived
    requires: [G1]
    evidence: [rollback-plan]
    approvals: { from: [qa] }
environments:
  staging: { gates: [G1] }
waivers: { longest: 14d, from: [\"team:release-managers\", \"user:mia\"] }
";

const CHECK: &str = "version: 1
pipeline:
  test:
    checks:
      schema:
        title: The schema is up to date
        run: ./check-schema.sh
        timeout: 5m
        group: schema
      pytest:
        run: pytest --junitxml=reports/pytest.xml
        needs: schema
        retries: 1
        env: { DATABASE_URL: \"${TEST_DATABASE_URL}\", DEBUG: 1 }
        critical: true
        results: { junit: reports/pytest.xml }
";

const RUN: &str = "version: 1
pipeline:
  build:
    checks:
      script:
        run: |
          mkdir -p dist
          ./build.sh \"$TOLLGATE_SHA\" > dist/build.log
      direct: { run: [make, -j, 4, all] }
";

const FILES: &str = "version: 1
gates:
  G0:
    checks:
      papers:
        files:
          exist: [README.md, docs/rollback.md]
          match: { pyproject.toml: 'requires-python\\s*=' }
          forbid: { \"app/**/*.py\": '\\bbreakpoint\\(' }
";

const VARIABLES: &str = "version: 1
gates:
  G0:
    checks:
      settings:
        variables:
          present: [PAYMENT_URL, PAYMENT_KEY]
          absent: PAYMENT_TEST_KEY
          matches: { PAYMENT_URL: 'https://.*' }
          hardcoded: { in: \"app/**\", pattern: 'sk_live_[A-Za-z0-9]+' }
";

const IMAGE: &str = "version: 1
pipeline:
  build:
    checks:
      image: { run: ./scripts/build.sh, results: { image-digest: dist/image.digest } }
  push:
    checks:
      registry: { run: ./scripts/push.sh }
      digest:
        needs: registry
        image:
          reference: \"registry.example/shop:${TOLLGATE_SHA}\"
          same-as: build/image
";

const JOURNEYS: &str = "version: 1
gates:
  G1:
    title: Core journeys
    checks:
      e2e: { run: npx playwright test, results: { junit: reports/e2e.xml } }
      journeys: { journeys: { all: true } } # judges e2e
  G2:
    title: Faults
    requires: [G1]
    checks:
      faults: { journeys: { faults: 1, from: [G1/e2e] } }
journeys:
  order: { tests: \"*order*\", faults: { double-click: \"*order*double*\" } }
";

const JOURNEY: &str = "version: 1
gates:
  G1:
    checks:
      e2e: { run: npx playwright test, results: { junit: reports/e2e.xml } }
      journeys: { journeys: { all: true, faults: 1 } }
journeys:
  order:
    title: Chat to order
    tests: [\"*order*\"]
    faults:
      double-click: [\"*order*double*\"]
      timeout: [\"*order*timeout*\", \"*order*offline*\"]
  pay:
    tests: [\"*checkout*\", \"payments.*\"]
    faults:
      repeated-webhook: [\"*webhook*twice*\"]
";

const TAG: &str = "version: 1
pipeline:
  tag:
    checks:
      tag: { tag: { name: \"v${TOLLGATE_VERSION}\" } }
";

const GITHUB: &str = "version: 1
gates:
  G0:
    checks:
      production:
        github: { environment: production, reviewers: 1, prevent-self-review: true, secrets: [DATABASE_URL] }
";

const CONTRACT: &str = "version: 1
pipeline:
  contract:
    checks:
      lint: { run: npx redocly lint openapi.yaml }
      breaking: { contract: { base: contract/released.yaml, current: openapi.yaml } }
";

const LOGS: &str = "version: 1
gates:
  G5:
    checks:
      journeys: { run: ./e2e.sh, evidence: \"logs/*.log\" }
      audit:
        needs: journeys
        logs:
          file: \"logs/*.log\"
          fields: [user_id, action, http.status]
          events: [order.created, order.paid]
";

const QUOTA: &str = "version: 1
gates:
  G0:
    checks:
      ask: { run: ./ask-usage.sh > usage.json, evidence: usage.json }
      free-tier:
        needs: ask
        quota: { file: usage.json, limits: { builds: { warn: 80%, fail: 95% } } }
";

const MIGRATIONS: &str = "version: 1
gates:
  G0:
    checks:
      migrations: { migrations: { directory: db/migrations } }
";

const HTTP: &str = "version: 1
gates:
  G2:
    checks:
      ready:
        http:
          url: \"${APP_URL}/readyz\"
          expect: { json: { status: ok, \"checks[0].up\": true }, header: { content-type: json }, tls-days: 14 }
      search:
        http:
          url: https://shop.example/api/search
          method: POST
          headers: { authorization: \"Bearer ${SEARCH_TOKEN}\", content-type: application/json }
          body: '{\"query\": \"tea\"}'
          samples: 50
          p95: 800ms
          availability: 99%
";

const SQL: &str = "version: 1
gates:
  G0:
    checks:
      schema:
        group: schema
        sql:
          url-from: DATABASE_URL
          tables: [orders, audit.entries]
          migrations: { table: _sqlx_migrations, at: migrations/ }
      permission:
        group: permission
        sql: { url-from: DATABASE_URL, rls: all, rls-except: [_sqlx_migrations] }
      no-orphans:
        sql:
          url-from: DATABASE_URL
          query: SELECT count(*) FROM orders WHERE customer IS NULL
          expect: 0
      roles:
        sql:
          url-from: DATABASE_URL
          query: SELECT name, active FROM roles ORDER BY name
          expect: [[admin, true], [clerk, false]]
";

const STORAGE: &str = "version: 1
gates:
  G0:
    checks:
      files:
        group: storage
        storage:
          url-from: STORAGE_URL
          buckets: [uploads, exports]
          objects: { uploads: [health.txt, legal/terms.pdf] }
";

const ENVIRONMENT: &str = "version: 1
pipeline:
  push: { checks: { image: { run: ./push.sh } } }
gates:
  G1: { requires: [push], checks: { journeys: { run: ./e2e.sh } } }
environments:
  staging: { gates: [push] }
  production:
    gates: [G1]
    after: [staging]
    approvals:
      minimum: 1
      from: [\"team:release-managers\", \"user:alice\"]
      prevent-self-approval: true
      max-age: 24h
    secrets: [DATABASE_URL]
    variables: [APP_URL]
";

const RESULTS: &str = "version: 1
pipeline:
  test:
    checks:
      pytest:
        run: pytest --junitxml=reports/pytest.xml --cov=app --cov-report=xml:reports/coverage.xml
        results: { junit: reports/pytest.xml, coverage: reports/coverage.xml }
        require: { tests: 20, skipped: 0, flaky: 0, line-coverage: 70% }
      scan:
        run: ./scan.sh
        results: { sarif: \"reports/*.sarif\" }
        require: { findings: { error: 0, warning: 10 } }
      load:
        run: ./load.sh
        results: { latency: reports/k6.json }
        require: { p95: 3s }
";

const EVIDENCE_FILES: &str = "version: 1
pipeline:
  test:
    checks:
      unit: { run: ./unit.sh, evidence: \"reports/*.html\" }
      e2e: { run: ./e2e.sh, evidence: { video: \"videos/*.mp4\", trace: [traces/a.zip, traces/b.zip] } }
";

const EVIDENCE: &str = "version: 1
pipeline:
  test:
    checks:
      unit: { run: ./unit.sh }
evidence: { directory: .tollgate, retention: { default: 90d, junit: 400d } }
redact: { emails: true, coordinates: false, patterns: ['sk_live_[A-Za-z0-9]+'] }
budgets: { pipeline: 15m }
";
