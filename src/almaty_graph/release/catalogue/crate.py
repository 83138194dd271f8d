"""Decides how a release is a research object: RO-Crate 1.2, which says what each file is."""

import json
from collections.abc import Iterable
from typing import Any, Final

from almaty_graph.names import BASE, DATASET
from almaty_graph.release.catalogue.facts import Facts
from almaty_graph.release.description import DumpFile
from almaty_graph.terms import Quad

CRATE: Final = "ro-crate-metadata.json"
_VERSION: Final = "https://w3id.org/ro/crate/1.2"
_PUBLISHER: Final = f"{DATASET}#publisher"
_PURPOSES: Final = {
    "dataset.": "The whole dataset",
    "graph/": "One named graph of the dataset",
    "tables/": "What is of one class, as a table",
    "queries/": "A recorded question, or its answer",
    "description.": "What is in the dataset and in what files it comes (VoID, DCAT)",
    "shapes.": "The rules that the dataset keeps (SHACL)",
    "report.": "The report of the check that the release has passed (SHACL)",
    "quality.": "Figures of the dataset's quality, and the outcome of each rule (DQV, EARL)",
    "context.": "The JSON-LD context",
    "entities.": "The hash of what is said of each thing, to prove it the same",
    "CITATION.": "How the dataset is cited",
}


def describe_crate(dataset: Iterable[Quad], files: Iterable[DumpFile]) -> bytes:
    """The metadata document of a crate that holds some files."""
    facts, parts = Facts.of(dataset), [_file(file) for file in files]
    root: dict[str, Any] = {
        "@id": "./",
        "@type": "Dataset",
        "name": facts.title,
        "description": facts.description,
        "datePublished": facts.issued,
        "version": facts.version,
        "identifier": DATASET,
        "url": BASE,
        "keywords": list(facts.keywords),
        "license": {"@id": facts.license},
        "publisher": {"@id": _PUBLISHER},
        "hasPart": [{"@id": part["@id"]} for part in parts],
    }
    descriptor = {
        "@id": CRATE,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": _VERSION},
    }
    publisher = {"@id": _PUBLISHER, "@type": "Organization", "name": facts.publisher, "url": BASE}
    license_ = {"@id": facts.license, "@type": "CreativeWork", "name": facts.license}
    crate = {"@context": f"{_VERSION}/context", "@graph": [descriptor, root, publisher, license_, *parts]}
    return (json.dumps(crate, ensure_ascii=False, indent=1) + "\n").encode()


def _file(file: DumpFile) -> dict[str, Any]:
    known = (words for start, words in _PURPOSES.items() if file.name.startswith(start))
    return {
        "@id": file.name,
        "@type": "File",
        "name": file.name,
        "description": next(known, "A part of the release"),
        "encodingFormat": file.media_type,
        "contentSize": str(file.size),
        "sha256": file.sha256,
    }
