"""Decides how documents are validated by documents of shapes: loaded, searched, judged, results placed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from almaty_graph.bridge import Node, node_of, term_of
from almaty_graph.errors import InputError
from almaty_graph.places import Place
from almaty_graph.terms import Term, Triple
from almaty_graph.validation.columns import Pattern
from almaty_graph.validation.data import Data
from almaty_graph.validation.documents import Document
from almaty_graph.validation.judge import ALL, Choice, report_on
from almaty_graph.validation.locations import Reading
from almaty_graph.validation.paths import read_path
from almaty_graph.validation.remote import RemoteData
from almaty_graph.validation.report import Result, Validation, read_results
from almaty_graph.validation.shapes import Shapes
from almaty_graph.validation.suspects.search import Found


@dataclass(frozen=True)
class Loaded:
    """Data and shapes, how their documents were read, and the prefixes that these declare.

    `own`, if that is not all, is what alone is judged: the nodes of the documents but for what is known.
    """

    data: Data | RemoteData
    shapes: Shapes
    shapes_data: Data
    reading: Reading
    shapes_reading: Reading
    own: frozenset[Term] | None = None

    @property
    def prefixes(self) -> dict[str, str]:
        """The prefixes of shapes and data; where they differ, those of the data."""
        return {**self.shapes_data.prefixes, **self.data.prefixes}

    def prove_aimed(self, names: Iterable[Term]) -> None:
        """Raise InputError for the name of a shape that aims at nothing."""
        for name in sorted(set(names) - set(self.shapes.aimed)):
            known = ", ".join(sorted(self.shapes.aimed)[:20])
            raise InputError(f"no shape {name} aims at anything; there are {known or 'none'}")


def load(
    documents: Sequence[Document],
    shapes_documents: Sequence[Document],
    known: Sequence[Document] = (),
    *,
    only_subjects: bool = False,
) -> Loaded:
    """What the documents hold; SourceError, with the place, for one that cannot be read.

    What is `known` belongs to the data, but is not judged; neither is, if so wished, what the documents only
    mention.
    """
    shapes, reading = load_shapes(shapes_documents), Reading([*documents, *known])
    data = _read(reading)
    if not known:
        return replace(shapes, data=data, reading=reading)
    own = data.columns.nodes(reading.size(len(documents)), only_subjects=only_subjects)
    return replace(shapes, data=data, reading=reading, own=frozenset(map(term_of, own)))


def load_shapes(documents: Sequence[Document], data: Data | RemoteData | None = None) -> Loaded:
    """The shapes of documents, with data that come of no document, if there are any."""
    reading = Reading(documents)
    read = _read(reading)
    shapes = Shapes(Triple(*map(term_of, triple)) for triple in read.columns.statements())
    return Loaded(Data(()) if data is None else data, shapes, read, Reading(()), reading)


def _read(reading: Reading) -> Data:
    data = Data(reading.quads())
    data.prefixes |= reading.prefixes
    return data


def validate(
    loaded: Loaded, choice: Choice = ALL, tell: Callable[[str], None] = lambda _: None
) -> Validation:
    """The validation of what was loaded, each result with its place; ShapesError for ill-formed shapes."""
    if loaded.own is not None:
        focus = loaded.own if choice.focus is None else choice.focus & loaded.own
        choice = replace(choice, focus=focus)
    report, found = report_on(loaded.data, loaded.shapes, loaded.shapes_data.prefixes, choice, tell)
    results = read_results(report)
    tell(f"placing {len(results):,} results")
    placed = _placed(results, loaded) if results else []
    return Validation(tuple(sorted(placed, key=_order)), tuple(_notes(loaded, found)), report)


def _order(result: Result) -> tuple[int, str, int, str, str]:
    place = result.place or Place("")
    return result.severity.rank, place.path, place.line or 0, result.shape, result.message


def _placed(results: list[Result], loaded: Loaded) -> list[Result]:
    wanted = [_wanted(each, loaded) for each in results]
    data = loaded.data
    places = loaded.reading.places(wanted, data.columns) if isinstance(data, Data) else [None] * len(results)
    shapes = list(
        dict.fromkeys(name for each in results for name in (each.constraint or each.shape, each.shape))
    )
    names = [[(node_of(name), None, None)] for name in shapes]
    found = loaded.shapes_reading.places(names, loaded.shapes_data.columns)
    by_name = dict(zip(shapes, found, strict=True))
    return [
        replace(each, place=place, shape_place=by_name[each.constraint or each.shape] or by_name[each.shape])
        for each, place in zip(results, places, strict=True)
    ]


def _wanted(result: Result, loaded: Loaded) -> list[Pattern]:
    """The triples at which a result may stand, the most fitting first."""
    focus = node_of(result.focus)
    value = node_of(result.value) if result.value else None
    anywhere: list[Pattern] = [(focus, None, None), (None, None, focus)]
    if result.path is None:
        return anywhere
    if result.path.count("<") == 1 and result.path.startswith("<"):
        predicate = node_of(result.path)
        exact: list[Pattern] = [] if value is None else [(focus, predicate, value)]
        return [*exact, (focus, predicate, None), *anywhere]
    return [*_along(result, focus, value, loaded), *anywhere]


def _along(result: Result, focus: Node, value: Node | None, loaded: Loaded) -> list[Pattern]:
    """The last triple on a path of several steps, or the one that leads back, where that can be told."""
    nodes = loaded.shapes.values(result.shape, "path")
    if not nodes or value is None:
        return []
    path = read_path(loaded.shapes, nodes[0])
    if path.inverse and path.inverse.predicate:
        return [(value, node_of(path.inverse.predicate), focus)]
    steps = [node_of(step.predicate) for step in path.steps if step.predicate]
    if not steps or len(steps) < len(path.steps):
        return []
    reached = {focus}
    for step in steps[:-1]:
        reached = {found for start in reached for _, _, found in loaded.data.triples(start, step, None)}
    return [(start, steps[-1], value) for start in sorted(reached, key=str)]


def _notes(loaded: Loaded, found: Found) -> Iterator[str]:
    for shape, reason in found.unsearched.items():
        number = len(found.suspects.get(shape, ()))
        yield f"{shape} was judged by pySHACL on all its {number:,} focus nodes, without a search: {reason}"
    for shape, number in found.capped.items():
        judged = len(found.suspects[shape])
        yield f"{shape} may be broken by {number:,} nodes; {judged:,} of them were judged, the limit"
    if loaded.data.turned:
        yield (
            f"{loaded.data.turned:,} literals are not in canonical form (such as 01 or 1.0): they are judged "
            "as written, where RDFLib by itself would rewrite them"
        )
