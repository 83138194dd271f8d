"""Decides how the dataset is cited: in the Citation File Format (CFF 1.2.0), which YAML readers read."""

import json
import re
from collections.abc import Iterable
from typing import Final

from almaty_graph.names import DATASET
from almaty_graph.release.catalogue.facts import Facts
from almaty_graph.terms import Quad

CITATION: Final = "CITATION.cff"
_CREATIVE_COMMONS: Final = re.compile(r"https?://creativecommons\.org/licenses/([a-z-]+)/([0-9.]+)/?")


def cite(dataset: Iterable[Quad]) -> str:
    """The citation file of a dataset; strings are quoted as in JSON, which YAML allows."""
    facts = Facts.of(dataset)
    told: dict[str, object] = {
        "cff-version": "1.2.0",
        "message": "To cite this dataset, name its version, and each source that a claim rests on.",
        "type": "dataset",
        "title": facts.title,
        "abstract": facts.description,
        "version": facts.version,
        "date-released": facts.issued,
        "url": DATASET,
    }
    if known := _CREATIVE_COMMONS.fullmatch(facts.license):
        told["license"] = f"CC-{known[1].upper()}-{known[2]}"
    else:
        told["license-url"] = facts.license
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in told.items() if value]
    lines += ["authors:", f"  - name: {json.dumps(facts.publisher, ensure_ascii=False)}"]
    lines += ["keywords:", *(f"  - {json.dumps(word, ensure_ascii=False)}" for word in facts.keywords)]
    return "\n".join(lines) + "\n"
