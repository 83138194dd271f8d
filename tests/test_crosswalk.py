"""Identifiers elsewhere are turned into ours and back, in bulk, in three formats that say the same."""

import csv
import io
import json
import re

import pytest
from flask.testing import FlaskClient

from almaty_graph.linking.crosswalk import COLUMNS, Crosswalk
from almaty_graph.linking.identifiers import SCHEMES, identify, key_for
from almaty_graph.names import DEF, ID, RDF
from almaty_graph.release import Release
from almaty_graph.terms import TYPE, iri, iri_value
from almaty_graph.web.services.lists import ENTRIES

KYRGYZSTAN = ID + "state/kyrgyzstan"


@pytest.fixture(scope="module")
def crosswalk(release: Release) -> Crosswalk:
    return Crosswalk.of(release.record)


def matches(client: FlaskClient, asked: str) -> list[tuple[str, str, str]]:
    [answer] = client.get("/crosswalk", query_string={"iri": asked}).get_json()["results"]
    assert answer["asked"] == asked
    return [(each["thing"], each["scheme"], each["identifier"]) for each in answer["matches"]]


def read_sssom(text: str) -> tuple[dict[str, str], dict[str, str], list[dict[str, str]]]:
    """The metadata, the prefixes and the rows of SSSOM in TSV."""
    lines = text.splitlines()
    head = [line[1:] for line in lines if line.startswith("#")]
    pairs = [re.fullmatch(r"( *)([A-Za-z0-9_-]+):(?: (.*))?", line) for line in head]
    found = [(pair[1], pair[2], (pair[3] or "").strip('"')) for pair in pairs if pair]
    assert len(found) == len(head)
    prefixes = {name: value for indent, name, value in found if indent}
    about = {name: value for indent, name, value in found if not indent and name != "curie_map"}
    rows = csv.DictReader(lines[len(head) :], delimiter="\t", quoting=csv.QUOTE_NONE)
    return about, prefixes, list(rows)


def test_every_link_of_the_data_is_in_the_crosswalk(release: Release, crosswalk: Crosswalk) -> None:
    links = release.record.subjects(TYPE, iri(DEF + "Link"))
    assert len(crosswalk.all) == len(links) > 200
    stated = {
        (iri_value(release.record.values(link, iri(RDF + "subject"))[0]), identify(value))
        for link in links
        for value in release.record.values(link, iri(RDF + "object"))
    }
    assert {(each.thing, each.identifier) for each in crosswalk.all} == stated


def test_every_identifier_is_of_a_scheme_that_has_a_name(crosswalk: Crosswalk) -> None:
    assert [each for each in crosswalk.all if each.identifier.scheme is None] == []
    assert {each.identifier.scheme for each in crosswalk.all} == set(SCHEMES)


def test_every_link_is_found_from_both_ends(crosswalk: Crosswalk) -> None:
    for mapping in crosswalk.all:
        for end in (
            mapping.thing,
            mapping.identifier.value,
            mapping.identifier.curie,
            mapping.identifier.local,
        ):
            assert mapping in crosswalk.find(end).mappings, end


@pytest.mark.parametrize(
    "asked",
    [
        "http://www.wikidata.org/entity/Q813",
        "https://www.wikidata.org/wiki/Q813",
        "HTTPS://Wikidata.org/wiki/Q813#sitelinks",
        "wikidata:Q813",
        "q813",
        "http://sws.geonames.org/1527747/",
        "https://www.geonames.org/1527747/kyrgyzstan.html",
        "geonames:1527747",
        "KGZ",
        "iso-alpha2:kg",
        "m49:417",
        "http://publications.europa.eu/resource/authority/country/KGZ",
    ],
)
def test_an_identifier_is_known_however_it_is_written(client: FlaskClient, asked: str) -> None:
    assert {thing for thing, _, _ in matches(client, asked)} == {KYRGYZSTAN}


@pytest.mark.parametrize(
    "asked",
    [
        KYRGYZSTAN,
        "state:kyrgyzstan",
        "state/kyrgyzstan",
        KYRGYZSTAN.replace("/id/", "/doc/").replace("s:", ":", 1),
    ],
)
def test_a_thing_of_ours_is_known_however_it_is_written(client: FlaskClient, asked: str) -> None:
    found = matches(client, asked)
    assert (KYRGYZSTAN, "wikidata", "Q813") in found
    assert {thing for thing, _, _ in found} == {KYRGYZSTAN}


@pytest.mark.parametrize("asked", ["nothing", "wikidata:Q0", "https://", "wikidata:", "\x00", "<>", ID])
def test_what_is_not_known_has_no_matches(client: FlaskClient, asked: str) -> None:
    assert matches(client, asked) == []
    assert key_for(asked) == key_for(asked)


def test_lists_come_as_json_csv_and_lines(client: FlaskClient) -> None:
    asked = ["wikidata:Q813", "nothing", "KZ"]
    bodies = {
        "application/json": json.dumps(asked),
        "text/csv": 'iri,note\r\nwikidata:Q813,"a, b"\r\nnothing,\r\nKZ,x\r\n',
        "text/plain; charset=utf-8": "wikidata:Q813\n\n nothing \nKZ",
    }
    replies = [
        client.post("/crosswalk", data=body, content_type=media_type).get_json()
        for media_type, body in bodies.items()
    ]
    assert replies[0] == replies[1] == replies[2]
    assert [(each["asked"], len(each["matches"])) for each in replies[0]["results"]] == [
        ("wikidata:Q813", 1),
        ("nothing", 0),
        ("KZ", 1),
    ]


def test_the_files_say_the_same(client: FlaskClient, crosswalk: Crosswalk) -> None:
    whole = client.get("/crosswalk.json").get_json()["results"]
    assert [match for each in whole for match in each["matches"]] == [each.tell() for each in crosswalk.all]
    rows = list(csv.DictReader(io.StringIO(client.get("/crosswalk.csv").text, newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["thing"], row["scheme"], row["identifier"]) for row in rows] == [
        (each.thing, each.identifier.scheme.name if each.identifier.scheme else "", each.identifier.local)
        for each in crosswalk.all
    ]
    _, prefixes, sssom = read_sssom(client.get("/crosswalk.sssom.tsv").text)

    def expand(name: str) -> str:
        prefix, _, local = name.partition(":")
        return prefixes[prefix] + local

    assert [(expand(row["subject_id"]), expand(row["object_id"])) for row in sssom] == [
        (each.thing, each.identifier.value)
        for each in crosswalk.all
        if each.identifier.scheme.spaces  # type: ignore[union-attr]  # all have one
    ]


def test_the_sssom_keeps_the_rules_of_its_schema(client: FlaskClient, release: Release) -> None:
    """Required slots, prefixes declared, terms of its vocabularies, as SSSOM 1.0 has TSV."""
    reply = client.get("/crosswalk.sssom.tsv")
    assert reply.content_type == "text/tab-separated-values; charset=utf-8"
    about, prefixes, rows = read_sssom(reply.text)
    assert about["mapping_set_id"].startswith("https://")
    assert about["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert about["mapping_set_version"] == release.version
    assert rows
    names = re.compile(r"[A-Za-z0-9_-]+:[^\s:]+")
    for row in rows:
        assert None not in row
        for slot in ("subject_id", "predicate_id", "object_id", "mapping_justification"):
            assert names.fullmatch(row[slot]), row
            assert row[slot].partition(":")[0] in prefixes
        assert row["predicate_id"] in ("skos:exactMatch", "skos:closeMatch")
        assert row["mapping_justification"] == "semapv:ManualMappingCuration"
    used = {row[slot].partition(":")[0] for row in rows for slot in row if slot.endswith("_id")}
    assert prefixes.keys() - {"semapv"} == used


def test_the_header_chooses_the_format(client: FlaskClient) -> None:
    for accept, media_type in (
        ("text/csv", "text/csv"),
        ("text/tab-separated-values", "text/tab-separated-values"),
        ("*/*", "application/json"),
    ):
        assert client.get("/crosswalk?iri=KZ", headers={"Accept": accept}).mimetype == media_type
    assert client.get("/crosswalk", headers={"Accept": "image/png"}).status_code == 406
    assert client.get("/crosswalk").get_json() == client.get("/crosswalk.json").get_json()


@pytest.mark.parametrize(
    ("media_type", "body", "status"),
    [
        ("application/json", "{", 400),
        ("application/json", '{"a":1}', 400),
        ("application/json", "[1]", 400),
        ("application/json", "[]", 400),
        ("application/json", json.dumps(["a"] * (ENTRIES + 1)), 400),
        ("application/json", json.dumps(["a" * 2001]), 400),
        ("application/json", '["\\ud800"]', 400),
        ("text/csv", 'a"b"\n"c', 400),
        ("text/plain", " \n ", 400),
        ("text/plain", "a\n" * 200_000, 413),
        ("image/png", "x", 415),
    ],
)
@pytest.mark.parametrize("path", ["/crosswalk"])
def test_what_is_no_list_is_refused_in_words(
    client: FlaskClient, path: str, media_type: str, body: str, status: int
) -> None:
    reply = client.post(path, data=body.encode(), content_type=media_type)
    assert (reply.status_code, reply.content_type) == (status, "application/problem+json")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
