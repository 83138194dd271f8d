"""Decides when a copy is proved to be of a release: by the manifest, whose own hash names it."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

from almaty_graph.errors import InputError, ReleaseError
from almaty_graph.names import BASE
from almaty_graph.release import MANIFEST, Release, name_of
from almaty_graph.release.hashes import ENTITIES, read_hashes

# The bytes at an address, in a media type where there are several.
Fetch = Callable[[str, str], bytes]
_SERVER: Final = re.compile(rf"{re.escape(BASE)}|https?://[^/]+(/|$)")
_DOCUMENTS: Final = ("id/", "doc/", "source/")
_FILES: Final = re.compile(r"(dump|release/[^/]+)(?:/(.*))?")


@dataclass(frozen=True)
class Proof:
    """What is as a release says, by its SHA-256; of a whole release, by that of its dataset (RDFC-1.0)."""

    address: str
    sha256: str
    release: str


def prove(address: str, fetch: Fetch) -> Proof:
    """The proof of a release, in a folder or at a server; of a file of it; or of the document about a thing.

    A document is proved statement by statement of all that it describes; what it leaves out is not noticed.
    Raises ReleaseError for what is not as the release says, InputError for what is none of these, and what
    `fetch` raises.
    """
    server = _SERVER.match(address)
    if server is None:
        return _prove_local(Path(address))
    root, path = server[0].rstrip("/") + "/", address[server.end() :]
    files = _FILES.fullmatch(path or "dump")
    folder, name = f"{root}{files[1] if files else 'dump'}/", files and unquote(files[2] or "")
    manifest = _Manifest(folder, fetch(folder + MANIFEST, "application/json"))
    if name is None:
        if not path.startswith(_DOCUMENTS):
            raise InputError(f"{address} is no release, nor a file of one, nor the document about a thing")
        return _prove_document(address, manifest, fetch)
    if name in {"", MANIFEST}:
        for each in sorted(manifest.hashes):
            manifest.fetch(each, fetch)
        return Proof(address, manifest.dataset, manifest.release)
    manifest.fetch(name, fetch)
    return Proof(address, manifest.hashes[name], manifest.release)


class _Manifest:
    """What a release says of its files, which lie beside it in a folder."""

    def __init__(self, folder: str, text: bytes) -> None:
        self.folder = folder
        try:
            said: dict[str, Any] = json.loads(text)
            self.hashes = {str(name): str(file["sha256"]) for name, file in said["files"].items()}
            self.dataset, self.release = str(said["datasetSha256"]), name_of(said["version"], text)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ReleaseError(f"{folder}{MANIFEST} is not the manifest of a release: {error}") from error

    def fetch(self, name: str, fetch: Fetch) -> bytes:
        """A file of the release, as the release has it."""
        if name not in self.hashes:
            raise ReleaseError(f"{self.folder}{name}: release {self.release} has no such file")
        data = fetch(self.folder + quote(name), "*/*")
        self.compare(self.folder + name, hashlib.sha256(data).hexdigest(), self.hashes[name])
        return data

    def compare(self, what: str, found: str, said: str | None) -> None:
        """ReleaseError unless what was found is what is said."""
        if found != said:
            raise ReleaseError(
                f"{what} has SHA-256 {found}, but release {self.release} says {said or 'nothing'}"
            )


def _prove_document(address: str, manifest: _Manifest, fetch: Fetch) -> Proof:
    hashes = read_hashes(manifest.fetch(ENTITIES, fetch))
    text = fetch(address, "application/n-triples")
    lines: defaultdict[str, set[bytes]] = defaultdict(set)
    for line in text.splitlines(keepends=True):
        lines[line.partition(b" ")[0].decode(errors="replace")].add(line)
    if not lines:
        raise ReleaseError(f"{address} says nothing")
    for subject, said in sorted(lines.items()):
        digest = hashlib.sha256(b"".join(sorted(said))).hexdigest()
        manifest.compare(f"{address}: what is said of {subject}", digest, hashes.get(subject))
    whole = b"".join(sorted(line for said in lines.values() for line in said))
    return Proof(address, hashlib.sha256(whole).hexdigest(), manifest.release)


def _prove_local(path: Path) -> Proof:
    """The proof of a folder, or of a file in one; ReleaseError if it is of no release."""
    if path.is_dir():
        release = Release.open(path)
        return Proof(str(path), release.dataset_sha256, release.name)
    folder = next((each for each in path.resolve().parents if (each / MANIFEST).is_file()), None)
    if folder is None or not path.is_file():
        raise ReleaseError(f"{path} is neither a release nor a file of one")
    name = path.resolve().relative_to(folder).as_posix()
    manifest = _Manifest(f"{folder}/", (folder / MANIFEST).read_bytes())
    manifest.fetch(name, lambda *_: path.read_bytes())
    return Proof(str(path), manifest.hashes[name], manifest.release)
