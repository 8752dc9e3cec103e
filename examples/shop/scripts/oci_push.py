"""Pushes an OCI image layout to a registry over the distribution API (distribution-spec, "Push").

Speaks plain HTTP to loopback and HTTPS to everything else. It knows no log-in: where the registry
wants one, push the same layout with a tool such as skopeo or oras.
"""

import argparse
import http.client
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Registry:
    """One repository of a registry."""

    def __init__(self, address: str, repository: str) -> None:
        host = urlsplit(f"//{address}").hostname
        connect = http.client.HTTPConnection if host in LOOPBACK else http.client.HTTPSConnection
        self.address = address
        self.connection = connect(address, timeout=30)
        self.base = f"/v2/{repository}"

    def has_blob(self, digest: str) -> bool:
        status, _ = self._ask("HEAD", f"{self.base}/blobs/{digest}", expected={200, 404})
        return status == 200

    def put_blob(self, digest: str, content: bytes) -> None:
        """Uploads a blob in one piece; the registry checks it against the digest."""
        _, headers = self._ask("POST", f"{self.base}/blobs/uploads/", expected={202})
        upload = urlsplit(headers["Location"])
        query = f"{upload.query}&" if upload.query else ""
        self._ask(
            "PUT",
            f"{upload.path}?{query}digest={digest}",
            expected={201},
            content=content,
            media_type="application/octet-stream",
        )

    def put_manifest(self, tag: str, content: bytes, media_type: str) -> str:
        """Publishes a manifest under a tag and returns the digest that the registry gave it."""
        path = f"{self.base}/manifests/{tag}"
        _, headers = self._ask("PUT", path, expected={201}, content=content, media_type=media_type)
        return headers["Docker-Content-Digest"]

    def _ask(
        self,
        method: str,
        path: str,
        *,
        expected: set[int],
        content: bytes = b"",
        media_type: str | None = None,
    ) -> tuple[int, http.client.HTTPMessage]:
        headers = {"Content-Type": media_type} if media_type else {}
        try:
            self.connection.request(method, path, body=content, headers=headers)
            response = self.connection.getresponse()
            answer = response.read()
        except OSError as error:
            sys.exit(f"the registry at {self.address} cannot be reached: {error}")
        if response.status not in expected:
            text = answer.decode(errors="replace").strip()
            sys.exit(f"{method} {path} on {self.address}: {response.status} {text}")
        return response.status, response.headers


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--layout", type=Path, required=True)
    parser.add_argument("reference", help="ADDRESS/REPOSITORY:TAG")
    arguments = parser.parse_args()

    address, _, name = arguments.reference.partition("/")
    repository, _, tag = name.rpartition(":")
    registry = Registry(address, repository)
    descriptor = read_index(arguments.layout)
    content = blob(arguments.layout, descriptor["digest"])
    manifest = json.loads(content)
    for part in [manifest["config"], *manifest["layers"]]:
        if registry.has_blob(part["digest"]):
            print(f"{part['digest']} is there already")
        else:
            registry.put_blob(part["digest"], blob(arguments.layout, part["digest"]))
            print(f"{part['digest']} pushed, {part['size']} bytes")
    given = registry.put_manifest(tag, content, descriptor["mediaType"])
    if given != descriptor["digest"]:
        sys.exit(f"pushed {descriptor['digest']}, the registry recorded {given}")
    print(f"{arguments.reference}@{given}")
    return 0


def read_index(layout: Path) -> dict:
    """The descriptor of the layout's only manifest."""
    index = layout / "index.json"
    if not index.exists():
        sys.exit(f"{index} is missing: run scripts/build.sh first")
    (descriptor,) = json.loads(index.read_text("utf-8"))["manifests"]
    return descriptor


def blob(layout: Path, digest: str) -> bytes:
    """The content of a blob."""
    return (layout / "blobs" / digest.replace(":", "/")).read_bytes()


if __name__ == "__main__":
    sys.exit(main())
