"""A copy of an example in a git repository of its own, and Tollgate run in it. What the tests of all
examples share."""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "target" / "demo"
TOLLGATE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "tollgate"


def environment_with(*folders: Path) -> dict[str, str]:
    """The environment with the example's tools first, and nothing of a CI system around it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "ACTIONS_", "TOLLGATE_"))
    }
    return kept | {"PATH": os.pathsep.join([*map(str, folders), kept["PATH"]])}


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


class Copy:
    """A copy of an example, which can be broken and released."""

    def __init__(self, example: str, version: str, folder: Path, environment: dict) -> None:
        self.folder, self.version, self.environment = folder, version, environment
        run([ROOT / "scripts" / "example-copy.sh", example, TOOLS, folder])

    def tollgate(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
        environment = self.environment | variables
        return run([TOLLGATE, *arguments], self.folder, environment, must_succeed=False)

    def release(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
        return self.tollgate("run", "--release-version", self.version, *arguments, **variables)

    def status(self) -> dict:
        """What `tollgate status` says, and says on standard output alone."""
        version = ["--release-version", self.version]
        return json.loads(self.tollgate("status", *version, "--format", "json").stdout)

    def git(self, *arguments: str) -> str:
        return run(["git", *arguments], self.folder).stdout.strip()

    def break_with(self, fault: str) -> None:
        run([self.folder / "break" / f"{fault}.sh"], environment=self.environment)

    @property
    def commit(self) -> str:
        return self.git("rev-parse", "HEAD")


class ExampleTest(unittest.TestCase):
    """A test that says what a command wrote when it did not exit as expected."""

    def assert_exit(self, done: subprocess.CompletedProcess, code: int) -> None:
        self.assertEqual(done.returncode, code, f"{done.args}\n{done.stdout}\n{done.stderr}")


def gate(status: dict, gate_id: str) -> dict:
    (found,) = [gate for gate in status["gates"] if gate["id"] == gate_id]
    return found


def check(status: dict, gate_id: str, check_id: str) -> dict:
    (found,) = [check for check in gate(status, gate_id)["checks"] if check["id"] == check_id]
    return found


def not_passed(gate: dict) -> list[str]:
    return [check["id"] for check in gate["checks"] if check["status"] != "passed"]


def main() -> None:
    if not TOLLGATE.exists():
        sys.exit(f"{TOLLGATE} is not there: run `make test`, which builds it")
    unittest.main(module="__main__", verbosity=2)
