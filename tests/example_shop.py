"""Releases examples/shop with the real tools, once whole and once with each of its faults.

What is asserted comes from outside Tollgate where it can: the registry's own answer, git's own tag,
the files on disk. Run by `make test`; needs what scripts/setup.sh gets.
"""

import hashlib
import http.client
from contextlib import closing
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "target" / "demo"
TOLLGATE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "tollgate"
STAGES = ["lint", "test", "contract", "build", "push", "tag"]
VERSION = "1.4.0"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class Registry:
    """A real registry, shared by all tests: every copy has a commit, and so a tag, of its own."""

    def __init__(self, folder: Path) -> None:
        self.script, self.folder = ROOT / "scripts" / "registry.sh", folder
        started = run([self.script, "start", folder], environment=tool_environment())
        self.address = started.stdout.strip()

    def digest(self, tag: str) -> str | None:
        """The digest the registry gives for a tag of the shop's image, None where there is none."""
        with closing(http.client.HTTPConnection(self.address, timeout=30)) as connection:
            connection.request("HEAD", f"/v2/shop/manifests/{tag}", headers={"Accept": MANIFEST})
            return connection.getresponse().headers["Docker-Content-Digest"]

    def stop(self) -> None:
        run([self.script, "stop", self.folder])


class Shop:
    """A copy of the example in a git repository of its own."""

    def __init__(self, folder: Path, registry: Registry) -> None:
        self.folder, self.registry = folder, registry
        run([ROOT / "scripts" / "shop-copy.sh", TOOLS, folder])

    def tollgate(self, *arguments: str) -> subprocess.CompletedProcess:
        environment = tool_environment() | {"SHOP_REGISTRY": self.registry.address}
        return run([TOLLGATE, *arguments], self.folder, environment, must_succeed=False)

    def release(self, *arguments: str) -> subprocess.CompletedProcess:
        return self.tollgate("run", "--release-version", VERSION, *arguments)

    def status(self) -> dict:
        """What `tollgate status` says, and says on standard output alone."""
        printed = self.tollgate("status", "--release-version", VERSION, "--format", "json").stdout
        return json.loads(printed)

    def git(self, *arguments: str) -> str:
        return run(["git", *arguments], self.folder).stdout.strip()

    def break_with(self, fault: str) -> None:
        run([self.folder / "break" / f"{fault}.sh"])

    @property
    def commit(self) -> str:
        return self.git("rev-parse", "HEAD")


def tool_environment() -> dict[str, str]:
    """The environment with the example's tools first, and nothing of a CI system around it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "ACTIONS_", "TOLLGATE_"))
    }
    path = os.pathsep.join([str(TOOLS / "bin"), str(TOOLS / "python" / "bin"), kept["PATH"]])
    return kept | {"PATH": path}


def run(
    command: list,
    folder: Path = ROOT,
    environment: dict | None = None,
    *,
    must_succeed: bool = True,
) -> subprocess.CompletedProcess:
    """Runs a command with closed input; where it must succeed and does not, shows what it wrote."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if must_succeed and done.returncode != 0:
        raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class ExampleShop(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        scratch = tempfile.TemporaryDirectory(prefix="tollgate-shop-")
        cls.addClassCleanup(scratch.cleanup)
        cls.scratch = Path(scratch.name)
        cls.registry = Registry(cls.scratch / "registry")
        cls.addClassCleanup(cls.registry.stop)

    def copy(self) -> Shop:
        return Shop(self.scratch / self._testMethodName, self.registry)

    def assert_exit(self, done: subprocess.CompletedProcess, code: int) -> None:
        self.assertEqual(done.returncode, code, f"{done.stdout}\n{done.stderr}")

    def test_the_shop_goes_out_whole(self) -> None:
        shop = self.copy()

        self.assert_exit(shop.release(), 0)

        status = shop.status()
        self.assertEqual(stage_statuses(status), dict.fromkeys(STAGES, "passed"))
        self.assertFalse(status["release"]["dirty"])
        self.assertEqual(status["release"]["sha"], shop.commit)
        self.assertEqual(status["release"]["version"], VERSION)
        pytest = check(status, "test", "pytest")
        self.assertEqual((pytest["tests"]["total"], pytest["tests"]["passed"]), (7, 7))
        lines = pytest["coverage"]["lines"]
        self.assertGreaterEqual(lines["covered"] / lines["total"], 0.7)
        self.assertEqual(check(status, "test", "money")["tests"]["passed"], 10)
        self.assert_image_is_published(shop)
        self.assert_tag_is_annotated_and_here(shop)
        self.assert_evidence_is_as_the_manifest_says(shop)
        self.assert_exit(shop.tollgate("ledger", "verify"), 0)

    def assert_image_is_published(self, shop: Shop) -> None:
        built = (shop.folder / "dist" / "image.digest").read_text().strip()
        index = json.loads((shop.folder / "dist" / "image" / "index.json").read_text())
        self.assertEqual(index["manifests"][0]["digest"], built)
        self.assertEqual(self.registry.digest(shop.commit), built)

    def assert_tag_is_annotated_and_here(self, shop: Shop) -> None:
        self.assertEqual(shop.git("cat-file", "-t", f"v{VERSION}"), "tag")
        self.assertEqual(shop.git("rev-parse", f"v{VERSION}^{{commit}}"), shop.commit)

    def assert_evidence_is_as_the_manifest_says(self, shop: Shop) -> None:
        (run_folder,) = (shop.folder / ".tollgate" / "runs").iterdir()
        evidence = {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (run_folder / "evidence").rglob("*")
            if path.is_file()
        }
        manifest = (run_folder / "manifest.json").read_text()
        for name in ["pytest.xml", "money.xml", "portal.xml", "coverage.xml", "image.digest"]:
            self.assertIn(evidence[name], manifest, name)
        for name in ["log.jsonl", "junit.xml", "summary.md"]:
            self.assertTrue((run_folder / name).is_file(), name)

    def test_what_has_passed_is_not_run_again(self) -> None:
        shop = self.copy()
        self.assert_exit(shop.release("build"), 0)
        (shop.folder / "dist" / "image.digest").unlink()

        self.assert_exit(shop.release("build"), 0)

        self.assertFalse((shop.folder / "dist" / "image.digest").exists())

    def test_gates_open_behind_the_stages(self) -> None:
        shop = self.copy()
        self.assert_exit(shop.release("--only", "G4"), 3)

        self.assert_exit(shop.release("G4"), 0)

        statuses = {gate["id"]: gate["status"] for gate in shop.status()["gates"]}
        self.assertEqual((statuses["G0"], statuses["G4"]), ("passed", "passed"))

    def test_a_lint_fault_shuts_everything(self) -> None:
        self.assert_shut_by("lint-fault", stage="lint", check_id="ruff")

    def test_a_wrong_pin_shuts_everything(self) -> None:
        message = self.assert_shut_by("wrong-pin", stage="lint", check_id="stack")
        self.assertIn(".nvmrc:1", message)

    def test_a_failing_test_shuts_what_follows(self) -> None:
        self.assert_shut_by("failing-test", stage="test", check_id="money")

    def test_a_skipped_critical_test_shuts_what_follows(self) -> None:
        self.assert_shut_by("skipped-critical-test", stage="test", check_id="money")

    def test_a_drift_from_the_contract_shuts_what_follows(self) -> None:
        self.assert_shut_by("contract-drift", stage="contract", check_id="routes")

    def test_a_breaking_change_shuts_what_follows(self) -> None:
        message = self.assert_shut_by("breaking-change", stage="contract", check_id="breaking")
        self.assertIn("property_optional", message)
        self.assertIn("total_cents", message)

    def test_a_wrong_dependency_shuts_what_follows(self) -> None:
        self.assert_shut_by("wrong-dependency", stage="build", check_id="image")

    def test_an_unpublished_image_is_not_tagged(self) -> None:
        self.assert_shut_by("unpublished-image", stage="push", check_id="digest")

    def test_a_tag_on_another_commit_is_never_moved(self) -> None:
        shop = self.copy()
        shop.break_with("taken-tag")

        self.assert_exit(shop.release(), 1)

        self.assertEqual(stage_statuses(shop.status())["tag"], "failed")
        self.assertEqual(shop.git("rev-parse", f"v{VERSION}^{{commit}}"), shop.git("rev-parse", "HEAD~1"))

    def assert_shut_by(self, fault: str, stage: str, check_id: str) -> str:
        """Breaks a copy, releases it, and asserts that the stage fails by that check alone and that
        nothing behind it was run. Returns what the gate gives as reasons."""
        shop = self.copy()
        shop.break_with(fault)

        self.assert_exit(shop.release(), 1)

        status = shop.status()
        at = STAGES.index(stage)
        expected = ["passed"] * at + ["failed"] + ["blocked"] * (len(STAGES) - at - 1)
        self.assertEqual(stage_statuses(status), dict(zip(STAGES, expected, strict=True)))
        self.assertEqual(not_passed(gate(status, stage)), [check_id])
        for later in STAGES[at + 1 :]:
            self.assert_not_run(gate(status, later))
            self.assert_exit(shop.release("--only", later), 3)
        self.assertIsNone(self.registry.digest(shop.commit))
        self.assertEqual(shop.git("tag", "--list"), "")
        self.assert_exit(shop.tollgate("ledger", "verify"), 0)
        return json.dumps(gate(status, stage)["reasons"])

    def assert_not_run(self, blocked: dict) -> None:
        for check in blocked["checks"]:
            self.assertEqual(check["status"], "pending", blocked)
            self.assertFalse(check.get("attempts"), blocked)
            self.assertFalse(check.get("evidence"), blocked)


def gate(status: dict, gate_id: str) -> dict:
    (found,) = [gate for gate in status["gates"] if gate["id"] == gate_id]
    return found


def check(status: dict, gate_id: str, check_id: str) -> dict:
    (found,) = [check for check in gate(status, gate_id)["checks"] if check["id"] == check_id]
    return found


def stage_statuses(status: dict) -> dict[str, str]:
    return {gate["id"]: gate["status"] for gate in status["gates"] if gate["kind"] == "stage"}


def not_passed(gate: dict) -> list[str]:
    return [check["id"] for check in gate["checks"] if check["status"] != "passed"]


if __name__ == "__main__":
    if not TOLLGATE.exists():
        sys.exit(f"{TOLLGATE} is not there: run `make test`, which builds it")
    unittest.main(verbosity=2)
