"""Makes an OCI image layout of the app: two gzip layers, a configuration, a manifest, an index.

The first layer holds the packages that `requirements.txt` pins, as they are installed beside the
running Python; the second holds the app. There is no base system below them, since none can be
pulled here: build on your own base image where there is a container engine. The same commit on
the same machine always gives the same digest (https://reproducible-builds.org/specs/source-date-epoch/).
"""

import argparse
import gzip
import hashlib
import io
import json
import os
import platform
import shutil
import sys
import tarfile
from collections.abc import Iterator
from datetime import datetime, timezone
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath

CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# These name the place or the tool of the installation, so they differ between machines.
INSTALLATION_NOTES = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}


class Layout:
    """An OCI image layout being written (image-spec, image-layout.md)."""

    def __init__(self, root: Path) -> None:
        shutil.rmtree(root, ignore_errors=True)
        self.root = root
        self.blobs = root / "blobs" / "sha256"
        self.blobs.mkdir(parents=True)

    def blob(self, media_type: str, content: bytes) -> dict:
        """Stores a blob and returns its descriptor."""
        digest = hashlib.sha256(content).hexdigest()
        (self.blobs / digest).write_bytes(content)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    def document(self, media_type: str, document: dict) -> dict:
        """Stores a JSON blob and returns its descriptor."""
        return self.blob(media_type, json.dumps(document, sort_keys=True).encode())

    def finish(self, manifest: dict) -> None:
        """Writes the index: from here on the layout is a whole image."""
        index = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [manifest]}
        (self.root / "index.json").write_text(json.dumps(index, sort_keys=True))
        (self.root / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--commit", required=True)
    parser.add_argument("--layout", type=Path, required=True)
    parser.add_argument("--digest", type=Path, required=True)
    arguments = parser.parse_args()

    epoch = int(os.environ["SOURCE_DATE_EPOCH"])
    layout = Layout(arguments.layout)
    archives = [archive(dict(files), epoch) for files in (dependencies(), application())]
    layers = [layout.blob(LAYER_TYPE, gzip.compress(content, mtime=0)) for content in archives]
    config = layout.document(CONFIG_TYPE, configuration(archives, epoch, arguments.commit))
    manifest = layout.document(
        MANIFEST_TYPE,
        {"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": config, "layers": layers},
    )
    layout.finish(manifest)
    arguments.digest.write_text(manifest["digest"] + "\n")
    size = sum(layer["size"] for layer in layers) / 2**20
    print(f"{arguments.layout}: {len(layers)} layers, {size:.1f} MiB, {manifest['digest']}")
    return 0


def application() -> Iterator[tuple[str, Path]]:
    """The app's own files: where each stands in the image, and where it is now."""
    for path in [*Path("app").rglob("*.py"), Path("openapi.yaml")]:
        yield f"srv/shop/{path.as_posix()}", path


def dependencies() -> Iterator[tuple[str, Path]]:
    """The files of every pinned package, placed as `application` places its own."""
    for package in pinned_packages(Path("requirements.txt")):
        for file in package.files or []:
            if belongs_in_image(file):
                yield f"srv/packages/{file.as_posix()}", Path(package.locate_file(file))


def belongs_in_image(file: PurePosixPath) -> bool:
    """False for byte code, launchers outside the folder and notes about the installation."""
    return ".." not in file.parts and file.suffix != ".pyc" and file.name not in INSTALLATION_NOTES


def pinned_packages(requirements: Path) -> Iterator[Distribution]:
    """The installed package of each `name==version ; marker` line; stops at one that differs."""
    for number, line in enumerate(requirements.read_text("utf-8").splitlines(), start=1):
        place = f"{requirements}:{number}"
        pin, _, marker = line.partition(";")
        name, _, version = pin.strip().partition("==")
        if not name or name.startswith("#"):
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:
            if marker:
                continue  # not meant for this Python
            sys.exit(f"{place}: {name} is not installed: pip install -r {requirements}")
        if package.version != version:
            sys.exit(f"{place}: {name} {version} is pinned, {package.version} is installed")
        yield package


def archive(files: dict[str, Path], epoch: int) -> bytes:
    """A tar of the files, in order of name, all owned by root and of the same time."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for folder in sorted({str(parent) for name in files for parent in folders_of(name)}):
            tar.addfile(entry(folder, epoch, tarfile.DIRTYPE, 0o755))
        for name, path in sorted(files.items()):
            content = path.read_bytes()
            file = entry(name, epoch, tarfile.REGTYPE, 0o644)
            file.size = len(content)
            tar.addfile(file, io.BytesIO(content))
    return buffer.getvalue()


def folders_of(name: str) -> list[PurePosixPath]:
    """The folders that a file stands in, without the root."""
    return list(PurePosixPath(name).parents)[:-1]


def entry(name: str, epoch: int, kind: bytes, mode: int) -> tarfile.TarInfo:
    """A tar header that says nothing about the machine it was made on."""
    header = tarfile.TarInfo(name)
    header.type, header.mode, header.mtime = kind, mode, epoch
    return header


def configuration(archives: list[bytes], epoch: int, commit: str) -> dict:
    """The image configuration (image-spec, config.md)."""
    return {
        "created": datetime.fromtimestamp(epoch, timezone.utc).isoformat(),
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {
            "Cmd": ["python3", "-m", "uvicorn", "app.main:app", "--host", "0.0.0.0"],  # noqa: S104
            "Env": ["PYTHONPATH=/srv/packages"],
            "ExposedPorts": {"8000/tcp": {}},
            "Labels": {"org.opencontainers.image.revision": commit},
            "WorkingDir": "/srv/shop",
        },
        "rootfs": {
            "type": "layers",
            "diff_ids": [f"sha256:{hashlib.sha256(content).hexdigest()}" for content in archives],
        },
    }


if __name__ == "__main__":
    sys.exit(main())
