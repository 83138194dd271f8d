"""The picture of the vocabulary: it comes of what is declared and counted, and its boxes do not overlap."""

import re
from collections.abc import Iterator
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from almaty_graph.names import DEF, OWL, PROV, RDFS
from almaty_graph.release import Release
from almaty_graph.release.record import Record
from almaty_graph.terms import TYPE, Quad, Term, iri
from almaty_graph.web.linked.usage import Usage
from almaty_graph.web.pictures.diagram import Anatomy, Connection
from almaty_graph.web.pictures.layers import arrange
from almaty_graph.web.portal.labels import Labels

SVG = "{http://www.w3.org/2000/svg}"
BOXES = "abcdefg"
EDGES = st.dictionaries(
    st.sampled_from([(a, b) for a in BOXES for b in BOXES if a != b]), st.integers(1, 9), max_size=15
)


@pytest.fixture(scope="module")
def anatomy(release: Release) -> Anatomy:
    return Anatomy(release.record, Usage(release.record))


@settings(max_examples=30, deadline=None)
@given(EDGES, st.lists(st.integers(10, 300), min_size=7, max_size=7))
def test_boxes_and_lanes_of_a_column_stand_apart_whatever_is_connected(
    edges: dict[tuple[str, str], int], sizes: list[int]
) -> None:
    heights = dict(zip(BOXES, sizes, strict=True))
    placed = arrange(heights, edges)
    assert placed == arrange(dict(reversed(heights.items())), dict(reversed(edges.items()))), (
        "the order tells"
    )
    for one, other in combinations(BOXES, 2):
        if placed.columns[one] == placed.columns[other]:
            assert (one, other) not in edges
            first, second = sorted((one, other), key=lambda box: placed.tops[box])
            assert placed.tops[first] + heights[first] < placed.tops[second]
    for (one, other), lanes in placed.lanes.items():
        left, right = sorted((placed.columns[one], placed.columns[other]))
        assert len(lanes) == right - left - 1
        for column, lane in enumerate(lanes, start=left + 1):
            for box in (each for each in BOXES if placed.columns[each] == column):
                assert not placed.tops[box] < lane < placed.tops[box] + heights[box]
    assert placed.height == max(placed.tops[box] + heights[box] for box in BOXES)


def test_arrows_lead_to_the_right_where_nothing_leads_back() -> None:
    placed = arrange(dict.fromkeys("abc", 20), {("c", "b"): 1, ("b", "a"): 1, ("c", "a"): 1})
    assert placed.columns == {"c": 0, "b": 1, "a": 2}
    assert arrange({"a": 20, "b": 20}, {("a", "b"): 1, ("b", "a"): 2}).columns == {"b": 0, "a": 1}
    assert arrange({}, {}).height == 0


def counted(release: Release, kind: str, term: Term, value: str) -> int:
    """How many statements of a release lead so, counted anew."""
    of = {
        name: {
            quad.subject
            for quad in release.record
            if (quad.predicate, quad.object) == (TYPE, iri(DEF + name))
        }
        for name in (kind, value)
    }
    triples = {quad.triple for quad in release.record if quad.predicate == term}
    return sum(each.subject in of[kind] and each.object in of[value] for each in triples)


def test_connections_are_those_of_the_data_and_of_the_vocabulary(release: Release, anatomy: Anatomy) -> None:
    found = {(each.kind, each.property, each.value): each for each in anatomy.connections()}
    quoted = (iri(DEF + "Passage"), iri(PROV + "wasQuotedFrom"), iri(DEF + "Source"))
    assert found[quoted].count == counted(release, "Passage", quoted[1], "Source") > 0
    assert not found[quoted].is_declared
    assert found[iri(DEF + "Conclusion"), iri(DEF + "supportedBy"), iri(DEF + "Claim")].is_declared
    assert iri(DEF + "Participation") not in {each.kind for each in found.values()}, "it is below the claim"


def test_of_a_record_without_counts_the_declared_is_drawn() -> None:
    alone = Record.of_quads(
        [
            *(Quad(iri(DEF + name), TYPE, iri(OWL + "Class"), iri("x:g")) for name in ("A", "B")),
            Quad(iri(DEF + "p"), iri(RDFS + "domain"), iri(DEF + "A"), iri("x:g")),
            Quad(iri(DEF + "p"), iri(RDFS + "range"), iri(DEF + "B"), iri("x:g")),
        ]
    )
    anatomy = Anatomy(alone, Usage(alone))
    assert anatomy.connections() == [Connection(iri(DEF + "A"), iri(DEF + "p"), iri(DEF + "B"), 0, True)]
    assert [box.kind.count for box in anatomy.draw(Labels(alone).of).boxes] == [0, 0]


def test_rare_connections_that_nobody_declared_stay_in_the_table(anatomy: Anatomy) -> None:
    drawn = {each for box in anatomy.draw(lambda term: term[-9:]).boxes for each, _ in box.arrows}
    left_out = {each for each in anatomy.connections() if each.kind != each.value} - drawn
    assert left_out
    assert {each.is_declared for each in left_out} == {False}
    assert max(each.count for each in left_out) < 5
    assert min(each.count for each in drawn if not each.is_declared) >= 5


# On the web


def boxes(root: ET.Element) -> Iterator[tuple[float, ...]]:
    for rect in root.iter(f"{SVG}rect"):
        yield tuple(float(rect.attrib[name]) for name in ("x", "y", "width", "height"))


def test_the_picture_is_svg_whose_boxes_lead_to_entries(client: FlaskClient) -> None:
    reply = client.get("/def/diagram.svg")
    assert reply.mimetype == "image/svg+xml"
    root = ET.fromstring(reply.data)  # noqa: S314 - our own
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    found = list(boxes(root))
    assert len(found) > 10
    for x, y, wide, high in found:
        assert 0 <= x < x + wide <= width
        assert 0 <= y < y + high <= height
    for (x, y, wide, high), (to_x, to_y, to_wide, to_high) in combinations(found, 2):
        assert x + wide <= to_x or to_x + to_wide <= x or y + high <= to_y or to_y + to_high <= y
    assert {each.tag for each in root} >= {f"{SVG}title", f"{SVG}desc"}
    page = client.get("/def", headers={"Accept": "text/html"}).text
    anchors = set(re.findall(r' id="([^"]*)"', page))
    links = [each.attrib["href"] for each in root.iter(f"{SVG}a")]
    assert len(links) == len(set(links)) >= len(found)
    assert {link.removeprefix("/def#") for link in links} <= anchors
    assert "style=" not in reply.text, "the policy forbids styles in the document"
    assert '<svg xmlns="http://www.w3.org/2000/svg" class="diagram"' in page


def test_the_table_says_what_the_picture_says(client: FlaskClient, anatomy: Anatomy) -> None:
    page = client.get("/def", headers={"Accept": "text/html"}).text
    table = page.partition("The same as a table")[2].partition("</table>")[0]
    assert table.count("<tr>") == len(anatomy.connections()) + 1
    assert re.search(
        r"<td>passage</td><td>quoted from <code>prov:wasQuotedFrom</code></td><td>source</td>", table
    )


def entry(client: FlaskClient, name: str) -> str:
    page = client.get("/def", headers={"Accept": "text/html"}).text
    return page.partition(f'<div class="entry" id="{name}">')[2].partition('<div class="entry"')[0]


def test_an_entry_has_uses_an_example_and_each_rule_in_a_sentence(
    client: FlaskClient, release: Release
) -> None:
    said = entry(client, "supportedBy")
    number = len({q.triple for q in release.record if q.predicate == iri(DEF + "supportedBy")})
    assert f"{number} statements, for example" in said
    example, value = re.findall(r'<a href="(/doc/[^"]*)"', said)[:2]
    assert (value, example) != (example, value)
    conclusion = iri(f"https://w3id.org/almaty-process/id/{example.removeprefix('/doc/')}")
    claim = iri(f"https://w3id.org/almaty-process/id/{value.removeprefix('/doc/')}")
    assert claim in release.record.values(conclusion, iri(DEF + "supportedBy"))
    said = entry(client, "Participation")
    rules = int(re.findall(r"<summary>(\d+) rules", said)[0])
    assert said.count('<a href="/shapes#') == rules == said.count("<li><b>") > 5
    assert "A participation has exactly one role (org:role)" in said
    assert "Has exactly 1 org:role" in said
    things = sum(Usage(release.record).instances_below(iri(DEF + "Stakeholder")).values())
    assert f"{things} things, for example" in entry(client, "Stakeholder")


def test_each_rule_on_the_page_of_the_vocabulary_is_one_of_the_page_of_shapes(client: FlaskClient) -> None:
    page, shapes = (client.get(path, headers={"Accept": "text/html"}).text for path in ("/def", "/shapes"))
    names = set(re.findall(r'href="/shapes#([^"]*)"', page))
    assert len(names) > 100
    assert names <= set(re.findall(r' id="([^"]*)"', shapes))
    assert "{?" not in page + shapes, "what a result puts in"


def test_all_links_within_the_pages_lead_somewhere(client: FlaskClient) -> None:
    for path in ("/def", "/shapes"):
        page = client.get(path, headers={"Accept": "text/html"}).text
        anchors = re.findall(r' id="([^"]*)"', page)
        assert len(anchors) == len(set(anchors))
        assert set(re.findall(r'href="#([^"]*)"', page)) <= set(anchors)


def test_no_example_leads_to_a_version_which_only_a_server_redirects(client: FlaskClient) -> None:
    assert 'href="/def/0.1.0"' not in client.get("/def", headers={"Accept": "text/html"}).text
