"""Releases examples/shop with the real tools, once whole and once with each of its faults.

What is asserted comes from outside Tollgate where it can: the registry's own answer, git's own tag,
the files on disk. Run by `make test`; needs what scripts/setup.sh gets.
"""

import hashlib
import http.client
import json
import tempfile
from contextlib import closing
from pathlib import Path

from example import ROOT, TOOLS, Copy, ExampleTest, check, environment_with, gate, main, not_passed, run

STAGES = ["lint", "test", "contract", "build", "push", "tag"]
VERSION = "1.4.0"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
ENVIRONMENT = environment_with(TOOLS / "bin", TOOLS / "python" / "bin")


class Registry:
    """A real registry, shared by all tests: every copy has a commit, and so a tag, of its own."""

    def __init__(self, folder: Path) -> None:
        self.script, self.folder = ROOT / "scripts" / "registry.sh", folder
        started = run([self.script, "start", folder], environment=ENVIRONMENT)
        self.address = started.stdout.strip()

    def digest(self, tag: str) -> str | None:
        """The digest the registry gives for a tag of the shop's image, None where there is none."""
        with closing(http.client.HTTPConnection(self.address, timeout=30)) as connection:
            connection.request("HEAD", f"/v2/shop/manifests/{tag}", headers={"Accept": MANIFEST})
            return connection.getresponse().headers["Docker-Content-Digest"]

    def stop(self) -> None:
        run([self.script, "stop", self.folder])


class ExampleShop(ExampleTest):
    @classmethod
    def setUpClass(cls) -> None:
        scratch = tempfile.TemporaryDirectory(prefix="tollgate-shop-")
        cls.addClassCleanup(scratch.cleanup)
        cls.scratch = Path(scratch.name)
        cls.registry = Registry(cls.scratch / "registry")
        cls.addClassCleanup(cls.registry.stop)

    def copy(self) -> Copy:
        environment = ENVIRONMENT | {"SHOP_REGISTRY": self.registry.address}
        return Copy("shop", VERSION, self.scratch / self._testMethodName, environment)

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

    def assert_image_is_published(self, shop: Copy) -> None:
        built = (shop.folder / "dist" / "image.digest").read_text().strip()
        index = json.loads((shop.folder / "dist" / "image" / "index.json").read_text())
        self.assertEqual(index["manifests"][0]["digest"], built)
        self.assertEqual(self.registry.digest(shop.commit), built)

    def assert_tag_is_annotated_and_here(self, shop: Copy) -> None:
        self.assertEqual(shop.git("cat-file", "-t", f"v{VERSION}"), "tag")
        self.assertEqual(shop.git("rev-parse", f"v{VERSION}^{{commit}}"), shop.commit)

    def assert_evidence_is_as_the_manifest_says(self, shop: Copy) -> None:
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


def stage_statuses(status: dict) -> dict[str, str]:
    return {gate["id"]: gate["status"] for gate in status["gates"] if gate["kind"] == "stage"}


if __name__ == "__main__":
    main()
