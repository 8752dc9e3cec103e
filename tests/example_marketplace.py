"""Releases examples/marketplace through its six gates with a real database: once whole, up to
production, and once with each of its faults, which must be stopped by the gate that is there for it.

Run by `make test`; needs what scripts/setup.sh gets.
"""

import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from contextlib import contextmanager
from pathlib import Path

from example import (
    ROOT,
    TOOLS,
    Copy,
    ExampleTest,
    check,
    environment_with,
    gate,
    main,
    not_passed,
    run,
)

PIPELINE = ["lint", "test", "contract", "database", "tag"]
GATES = ["G0", "G1", "G2", "G3", "G4", "G5"]
VERSION = "2.0.0"
SOURCE = ROOT / "examples" / "marketplace"
ENVIRONMENT = environment_with(TOOLS / "marketplace" / "bin")


class Postgres:
    """A real server, shared by all tests: every copy has a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.script, self.folder = ROOT / "scripts" / "postgres.sh", folder
        self.url = run([self.script, "start", folder]).stdout.strip()
        self.programs = Path(run([self.script, "programs"]).stdout.strip())

    def database(self, name: str) -> str:
        """The URL of a new database."""
        run([self.programs / "createdb", f"--maintenance-db={self.url}", name])
        return f"{self.url.rpartition('/')[0]}/{name}"

    def stop(self) -> None:
        run([self.script, "stop", self.folder])


def production() -> dict[str, str]:
    """What production is told, as the example has it."""
    lines = (SOURCE / "production.env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@contextmanager
def staging(marketplace: Copy, folder: Path):
    """The release running on staging. Gives its address."""
    script = marketplace.folder / "scripts" / "staging.sh"
    yield run([script, "start", folder], environment=marketplace.environment).stdout.strip()
    run([script, "stop", folder])


class ExampleMarketplace(ExampleTest):
    @classmethod
    def setUpClass(cls) -> None:
        scratch = tempfile.TemporaryDirectory(prefix="tollgate-marketplace-")
        cls.addClassCleanup(scratch.cleanup)
        cls.scratch = Path(scratch.name)
        cls.postgres = Postgres(cls.scratch / "postgres")
        cls.addClassCleanup(cls.postgres.stop)

    def copy(self, *faults: str) -> Copy:
        """A copy with a database of its own, broken by the given scripts."""
        database = self.postgres.database(self._testMethodName)
        environment = ENVIRONMENT | production() | {"DATABASE_URL": database}
        folder = self.scratch / self._testMethodName
        marketplace = Copy("marketplace", VERSION, folder, environment)
        for fault in faults:
            marketplace.break_with(fault)
        return marketplace

    def test_the_marketplace_goes_out_whole(self) -> None:
        marketplace = self.copy()
        self.assert_exit(marketplace.release(), 0)
        self.assert_exit(marketplace.release("G0", "G1", "G2"), 0)
        self.assert_exit(marketplace.tollgate("promote", "production"), 3)

        with staging(marketplace, self.scratch / "staging") as address:
            self.go_to_staging(marketplace)
            self.pass_with_people(marketplace, address)
        self.go_to_production(marketplace)

        status = marketplace.status()
        passed = {gate["id"]: gate["status"] for gate in status["gates"]}
        self.assertEqual(passed, dict.fromkeys(PIPELINE + GATES, "passed"))
        self.assertFalse(status["release"]["dirty"])
        self.assertEqual(check(status, "G1", "tests")["tests"]["skipped"], 0)
        self.assertEqual(marketplace.git("rev-parse", f"v{VERSION}^{{commit}}"), marketplace.commit)
        self.assert_exit(marketplace.tollgate("ledger", "verify"), 0)
        self.assert_no_secret_was_kept(marketplace)

    def go_to_staging(self, marketplace: Copy) -> None:
        self.assert_exit(marketplace.tollgate("promote", "staging"), 0)
        deployed = ["deployed", "staging", "--status", "passed", "--by", "robin"]
        self.assert_exit(marketplace.tollgate(*deployed), 0)
        self.assert_exit(marketplace.tollgate("validate", "staging"), 0)
        report = newest(marketplace, "validation.md").read_text("utf-8")
        for group in ["schema", "storage", "permission", "gate", "regression"]:
            self.assertIn(f"## {group}", report)

    def pass_with_people(self, marketplace: Copy, address: str) -> None:
        """The gates that wait for somebody: G3 for a plan and an approval, G5 for a sign-off."""
        self.assertNotEqual(marketplace.release("G3").returncode, 0)
        plan = ["evidence", "add", "rollback-plan", "runbook/rollback.md", "--gate", "G3"]
        self.assert_exit(marketplace.tollgate(*plan), 0)
        self.assertNotEqual(gate(marketplace.status(), "G3")["status"], "passed")
        self.assertNotEqual(marketplace.tollgate("approve", "G3", "--by", "robin").returncode, 0)
        approve = ["approve", "G3", "--by", "quinn", "--role", "qa"]
        self.assert_exit(marketplace.tollgate(*approve), 0)
        self.assertEqual(gate(marketplace.status(), "G3")["status"], "passed")

        self.assert_exit(marketplace.release("G4"), 0)
        self.assertNotEqual(marketplace.release("G5", APP_URL=address).returncode, 0)
        self.assertEqual(not_passed(gate(marketplace.status(), "G5")), ["seen"])
        sign_off = ["sign-off", "G5/seen", "--by", "robin", "--result", "passed"]
        marketplace.tollgate(*sign_off)
        in_code_alone = gate(marketplace.status(), "G5")
        self.assertNotEqual(in_code_alone["status"], "passed", "nobody looked at staging")
        self.assert_exit(marketplace.tollgate(*sign_off, "--environment", "staging"), 0)

    def go_to_production(self, marketplace: Copy) -> None:
        self.assert_exit(marketplace.tollgate("promote", "production"), 3)
        self.assertNotEqual(
            marketplace.tollgate("approve", "production", "--by", "mallory").returncode, 0
        )
        self.assert_exit(marketplace.tollgate("approve", "production", "--by", "alice"), 0)
        self.assert_exit(marketplace.tollgate("promote", "production"), 0)

    def assert_no_secret_was_kept(self, marketplace: Copy) -> None:
        password = self.postgres.url.split(":")[2].split("@")[0]
        secrets = [password, production()["WEBHOOK_SECRET"], production()["PAYMENT_KEY"]]
        for path in (marketplace.folder / ".tollgate").rglob("*"):
            content = path.read_bytes() if path.is_file() else b""
            for secret in secrets:
                self.assertNotIn(secret.encode(), content, path)

    def test_what_stays_shut_is_not_run(self) -> None:
        marketplace = self.copy()

        self.assert_exit(marketplace.release("--only", "G1"), 3)

        self.assertEqual(check(marketplace.status(), "G1", "tests")["status"], "pending")

    def test_production_is_not_told_of_the_sandbox(self) -> None:
        marketplace = self.copy()
        self.assert_exit(marketplace.release("database"), 0)
        for variable, value, code in [
            ("PAYMENT_URL", "https://sandbox.pay.example/v1", "variable_mismatch"),
            ("WEBHOOK_URL", "http://localhost/webhooks/payment", "variable_mismatch"),
            ("PAYMENT_KEY", "test_example", "variable_mismatch"),
            ("PAYMENT_TEST_KEY", "test_example", "variable_present"),
            ("WEBHOOK_SECRET", "", "variable_missing"),
        ]:
            with self.subTest(variable):
                self.assert_exit(marketplace.release("G0", **{variable: value}), 1)
                self.assert_reason(marketplace, "G0", "settings", code)

    def test_a_breaking_contract_is_stopped(self) -> None:
        self.assert_stopped("contract", {"breaking-contract": {"breaking": "contract_broken"}})

    def test_what_is_not_ready_is_stopped(self) -> None:
        self.assert_stopped(
            "G0",
            {
                "test-key": {"settings": "hardcoded_value"},
                "rls-off": {"row-security": "rls_disabled"},
                "no-way-back": {"reversible": "migration_irreversible"},
                "no-switch": {"switches": "query_mismatch"},
            },
        )

    def test_a_skipped_journey_is_stopped(self) -> None:
        skipped = {"tests": "tests_skipped", "journeys": "journey_skipped"}
        self.assert_stopped("G1", {"skipped-journey": skipped})

    def test_a_click_that_counts_twice_is_stopped(self) -> None:
        failed = {"tests": "tests_failed", "faults": "fault_failed"}

        marketplace = self.assert_stopped("G2", {"no-idempotency": failed})

        self.assertEqual(
            failing_faults(marketplace),
            {
                "sign_in_double_click_makes_one_account",
                "post_double_click_posts_once",
                "post_network_failure_posts_once",
                "chat_double_click_says_it_once",
                "order_double_click_orders_once",
                "order_refresh_finds_the_order",
                "order_timeout_orders_once",
            },
        )

    def test_every_other_protection_has_a_fault_that_fails_without_it(self) -> None:
        marketplace = self.copy(
            "collected-twice", "payment-down", "repeated-webhook", "lost-messages"
        )

        command = ["pytest", "tests/test_faults.py", "--junitxml=reports/faults.xml"]
        run(command, marketplace.folder, marketplace.environment, must_succeed=False)

        self.assertEqual(
            failing_faults(marketplace),
            {
                "pay_double_click_collects_once",
                "pay_network_failure_leaves_the_order_open",
                "pay_repeated_webhook_books_once",
                "subscribe_repeated_webhook_pays_one_month",
                "chat_realtime_disconnected_misses_nothing",
            },
        )

    def test_a_gate_is_waived_for_a_while_by_somebody_who_may(self) -> None:
        marketplace = self.copy("late-webhook")
        self.assert_exit(marketplace.release("G2"), 1)
        self.assertEqual(
            failing_faults(marketplace),
            {
                "pay_delayed_webhook_after_a_cancellation_is_given_back",
                "subscribe_delayed_webhook_takes_nothing_back",
            },
        )
        self.assert_exit(marketplace.tollgate("promote", "staging"), 3)
        for by, expires in [("robin", "7d"), ("alice", "15d")]:
            self.assertNotEqual(waive(marketplace, "G2", by, expires).returncode, 0)

        waived = waive(marketplace, "G2")

        self.assert_exit(waived, 0)
        faults = gate(marketplace.status(), "G2")
        self.assertEqual((faults["status"], faults["waiver"]["by"]), ("waived", "alice"))
        self.assert_exit(marketplace.tollgate("promote", "staging"), 0)
        self.assert_exit(marketplace.tollgate("waive", "--revoke", waived.stdout.strip()), 0)
        self.assert_exit(marketplace.tollgate("promote", "staging"), 3)

    def test_money_and_permissions_are_a_veto(self) -> None:
        marketplace = self.assert_stopped(
            "G3",
            {
                "wrong-sum": {"money": "tests_failed"},
                "permission-hole": {"permissions": "tests_failed"},
            },
        )

        waived = waive(marketplace, "G3")

        self.assertNotEqual(waived.returncode, 0, "an absolute gate is never waived")
        self.assertEqual(gate(marketplace.status(), "G3")["status"], "failed")

    def test_one_broken_extra_is_tolerated_and_shown(self) -> None:
        marketplace = self.copy("blocking-recommendations")

        self.assert_exit(marketplace.release("G4"), 0)

        self.assertEqual(not_passed(gate(marketplace.status(), "G4")), ["recommendations"])
        self.assert_reason(marketplace, "G4", "recommendations", "tests_failed")

    def test_two_broken_extras_are_too_much(self) -> None:
        self.assert_stopped(
            "G4",
            {
                "blocking-recommendations": {"recommendations": "tests_failed"},
                "careless-digest": {"digest": "tests_failed"},
            },
        )

    def test_a_log_without_user_or_event_is_stopped(self) -> None:
        """G5 also looks at staging, so the broken release runs there."""
        marketplace = self.copy("missing-log-field", "renamed-event")
        self.assert_exit(marketplace.release("G1"), 0)

        with staging(marketplace, self.scratch / "broken-staging") as address:
            self.assert_exit(marketplace.release("G5", APP_URL=address), 1)

        self.assertEqual(sorted(not_passed(gate(marketplace.status(), "G5"))), ["log", "seen"])
        self.assert_reason(marketplace, "G5", "log", "log_field_missing")
        self.assert_reason(marketplace, "G5", "log", "log_event_missing")

    def assert_stopped(self, at: str, faults: dict[str, dict[str, str]]) -> Copy:
        """Breaks a copy, releases it up to a gate, and asserts that all before it passes and that
        it fails by what each fault breaks: these checks alone, each for its reason. Production
        stays shut."""
        marketplace = self.copy(*faults)
        expected = dict(pair for broken in faults.values() for pair in broken.items())

        self.assert_exit(marketplace.release(at), 1)

        status = marketplace.status()
        failed = [gate["id"] for gate in status["gates"] if gate["status"] == "failed"]
        self.assertEqual(failed, [at])
        self.assertEqual(sorted(not_passed(gate(status, at))), sorted(expected))
        for check_id, code in expected.items():
            self.assert_reason(marketplace, at, check_id, code)
        self.assert_exit(marketplace.tollgate("promote", "production"), 3)
        self.assert_exit(marketplace.tollgate("ledger", "verify"), 0)
        return marketplace

    def assert_reason(self, marketplace: Copy, gate_id: str, check_id: str, code: str) -> None:
        found = check(marketplace.status(), gate_id, check_id)
        self.assertIn(code, [reason["code"] for reason in found["reasons"]], found)


def waive(
    marketplace: Copy, gate_id: str, by: str = "alice", expires: str = "7d"
) -> subprocess.CompletedProcess:
    reason = "mended in the next release"
    return marketplace.tollgate(
        "waive", gate_id, "--by", by, "--reason", reason, "--expires", expires
    )


def newest(marketplace: Copy, name: str) -> Path:
    """The file of that name in the newest run that has one."""
    found = (marketplace.folder / ".tollgate" / "runs").glob(f"*/{name}")
    return max(found, key=lambda path: path.stat().st_mtime_ns)


def failing_faults(marketplace: Copy) -> set[str]:
    """The tests of faults that failed, by what follows `test_fault_` in their names."""
    cases = ElementTree.parse(marketplace.folder / "reports" / "faults.xml").iter("testcase")
    failed = [case.attrib["name"] for case in cases if case.find("failure") is not None]
    return {name.removeprefix("test_fault_") for name in failed}


if __name__ == "__main__":
    main()
