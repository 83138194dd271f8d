"""Decides where the data of the benchmark lie, and makes them: sorted N-Quads, and a release of ours."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from almaty_graph.release.building import CURRENT, seal, write
from benchmarks.population import Population

FOLDER: Final = Path(__file__).with_name("data")
SIZES: Final = {"10k": 10_000, "100k": 100_000, "1M": 1_000_000, "10M": 10_000_000}
_CONTEXT: Final = b'{"@context": {}}'


@dataclass(frozen=True)
class Dataset:
    """The data of a size, below a folder that git ignores; made when first asked for, and then kept."""

    size: str

    @property
    def population(self) -> Population:
        """Who and what is in it."""
        return Population.of(SIZES[self.size])

    @property
    def folder(self) -> Path:
        """Where all that belongs to this size lies."""
        return FOLDER / self.size

    def n_quads(self) -> Path:
        """The N-Quads file, sorted as a release's is; made at about 400,000 lines a second."""
        path = self.folder / "dataset.nq"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            aside = path.with_suffix(".new")
            order = ["sort", "--unique", "--buffer-size=25%", "--output", str(aside)]
            with subprocess.Popen(order, stdin=subprocess.PIPE, env={**os.environ, "LC_ALL": "C"}) as sorting:
                assert sorting.stdin
                sorting.stdin.writelines(line.encode() for line in self.population.n_quads())
            assert sorting.returncode == 0, f"sort failed: is there room in {self.folder}?"
            aside.rename(path)
        return path

    def release(self) -> Path:
        """The folder of the release; it is made in a process of its own, whose memory is then given back."""
        current = self.folder / "releases" / CURRENT
        if not current.exists():
            self.n_quads()
            subprocess.run([sys.executable, "-m", "benchmarks.dataset", self.size], check=True)
        return current.resolve()

    def make_release(self) -> None:
        """Make the release in this process, which takes several times the memory of the file."""
        files = seal({"dataset.nq": self.n_quads().read_bytes(), "context.jsonld": _CONTEXT})
        write(files, self.folder / "releases")


if __name__ == "__main__":
    Dataset(sys.argv[1]).make_release()
