"""What a release says of itself to catalogues, and what it holds for who wants no RDF."""

import csv
import io
import json
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pyshacl
import pytest
from csvw import CSVW  # type: ignore[import-untyped]  # it has none
from flask.testing import FlaskClient
from rdflib import DCAT, DCTERMS, FOAF, RDF, VOID, Graph, URIRef

from almaty_graph.names import BASE, DATASET, DEF
from almaty_graph.release import MANIFEST, Release
from almaty_graph.release.catalogue.citation import CITATION
from almaty_graph.release.catalogue.crate import CRATE
from almaty_graph.release.catalogue.csvw import METADATA
from almaty_graph.release.catalogue.parquet import write_parquet
from almaty_graph.release.catalogue.tables import SEPARATOR, Column, Table, make_tables
from almaty_graph.release.media import DUMPS
from almaty_graph.sources import Sources
from almaty_graph.terms import TYPE, Quad, Triple, iri, iri_value, literal, text_of
from almaty_graph.web.protocol.languages import INTERFACE
from citation_file import FILE, citation
from conftest import READ_BY_RDFLIB, shared

pytestmark = READ_BY_RDFLIB

Row = dict[str, str]


@pytest.fixture(scope="module")
def description(release: Release) -> Graph:
    return Graph().parse(data=release.read("description.ttl"), format="turtle")


# DCAT and VoID


@pytest.mark.slow
def test_the_catalogue_breaks_no_rule_of_dcat_ap(description: Graph) -> None:
    suite = shared("suites/dcat-ap-3.0.1")
    shapes = Graph().parse(suite / "shapes.ttl").parse(suite / "range.ttl")
    conforms, _, text = pyshacl.validate(description, shacl_graph=shapes)
    assert conforms, text


@pytest.mark.slow
@pytest.mark.parametrize("lost", [DCTERMS.publisher, DCTERMS.title, DCAT.accessURL])
def test_dcat_ap_finds_what_is_missing(description: Graph, lost: URIRef) -> None:
    suite = shared("suites/dcat-ap-3.0.1")
    spoilt = Graph() + description
    spoilt.remove((None, lost, None))
    assert not pyshacl.validate(spoilt, shacl_graph=Graph().parse(suite / "shapes.ttl"))[0]


def test_the_catalogue_leads_to_the_dataset_its_files_and_the_endpoint(description: Graph) -> None:
    [catalogue] = description.subjects(RDF.type, DCAT.Catalog)
    assert list(description.objects(catalogue, DCAT.dataset)) == [URIRef(DATASET)]
    [service] = description.objects(catalogue, DCAT.service)
    assert description.value(service, DCAT.endpointURL) == URIRef(BASE + "sparql")
    publisher = description.value(catalogue, DCTERMS.publisher)
    assert publisher == description.value(URIRef(DATASET), DCTERMS.publisher)
    assert description.value(publisher, FOAF.name) is not None


def test_a_distribution_says_what_is_in_a_file_and_how_it_is_packed(description: Graph) -> None:
    types = "https://www.iana.org/assignments/media-types/"
    packed = URIRef(BASE + "dump/dataset.ttl.zst")
    assert description.value(packed, DCAT.mediaType) == URIRef(types + "text/turtle")
    assert description.value(packed, DCAT.compressFormat) == URIRef(types + "application/zstd")
    table = URIRef(BASE + "dump/tables/State.csv")
    assert description.value(table, DCAT.mediaType) == URIRef(types + "text/csv")
    assert description.value(table, DCAT.compressFormat) is None


def test_only_what_is_rdf_is_a_dump_to_void(description: Graph, release: Release) -> None:
    dumps = {
        str(dump).removeprefix(BASE + "dump/") for dump in description.objects(URIRef(DATASET), VOID.dataDump)
    }
    assert {f"dataset.{form.suffix}" for form in DUMPS} <= dumps
    assert not {name for name in dumps if name.startswith("tables/") or name.endswith((".gz", ".zst"))}
    assert dumps <= release.files.keys()


# Tables


def read(release: Release, name: str) -> list[Row]:
    text = release.read(f"tables/{name}.csv").decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def described(release: Release) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for table in json.loads(release.read(f"tables/{METADATA}"))["tables"]:
        yield table["url"].removesuffix(".csv"), table["tableSchema"]["columns"]


def test_every_class_has_a_table_with_a_row_for_each_thing(release: Release) -> None:
    things: dict[str, set[str]] = {}
    for quad in release.record:
        if quad.predicate == TYPE and quad.object.startswith(f"<{DEF}"):
            things.setdefault(quad.object[1:-1].removeprefix(DEF), set()).add(iri_value(quad.subject))
    assert len(things) > 15
    assert things == {name: {row["iri"] for row in read(release, name)} for name, _ in described(release)}
    assert {f"tables/{name}.csv" for name in things} == {
        name for name in release.files if name.startswith("tables/") and name.endswith(".csv")
    }


def test_the_tables_leave_out_nothing_that_is_said_of_a_thing(release: Release) -> None:
    """Every value, without its datatype, is in the column of its property and language, and nothing else."""
    for name, columns in described(release):
        told: set[tuple[str, str, str, str]] = set()
        for row in read(release, name):
            for column in columns:
                if "propertyUrl" in column:
                    for value in filter(None, row[column["name"]].split(SEPARATOR)):
                        told.add((row["iri"], column["propertyUrl"], column.get("lang", ""), value))
        rows = {row["iri"] for row in read(release, name)}
        known = {
            (
                iri_value(q.subject),
                iri_value(q.predicate),
                q.object.rpartition('"@')[2] if '"@' in q.object else "",
                text_of(q.object),
            )
            for row in rows
            for q in release.record.of(iri(row))
            if q.predicate != TYPE
        }
        assert told == known, name


def test_a_claim_has_its_names_its_source_and_its_quote_beside_it(release: Release) -> None:
    [row] = [
        row
        for row in read(release, "Participation")
        if row["iri"].endswith("iom-almaty-process/chair-kyrgyzstan")
    ]
    assert (row["member_label"], row["role_label"]) == ("Kyrgyzstan", "chair")
    assert (row["startDate"], row["endDate"]) == ("2016-10", "2018-10")
    assert row["source"] == BASE + "source/iom-almaty-process"
    [passage] = release.record.evidence_of(iri(row["iri"]))
    quotes = [text_of(q.object) for q in release.record.of(passage) if q.predicate.endswith("oa#exact>")]
    assert quotes == [row["quote"]]


def test_the_tables_are_valid_by_their_metadata(release: Release, tmp_path: Path) -> None:
    for name in release.files:
        if name.startswith("tables/") and name.endswith((".csv", METADATA)):
            (tmp_path / Path(name).name).write_bytes(release.read(name))
    found = CSVW(str(tmp_path / METADATA), validate=True)
    assert (found.is_valid, found.warnings) == (True, [])
    spoilt = (tmp_path / "Passage.csv").read_text(encoding="utf-8").replace(",22,", ",twenty-two,")
    (tmp_path / "Passage.csv").write_text(spoilt, encoding="utf-8")
    with warnings.catch_warnings(action="always"):
        assert not CSVW(str(tmp_path / METADATA), validate=True).is_valid


def test_parquet_holds_what_csv_holds(release: Release) -> None:
    for name, _ in described(release):
        file = release.folder / f"tables/{name}.parquet"
        found = duckdb.connect().execute("SELECT * FROM read_parquet(?)", [str(file)])
        header = [column[0] for column in found.description]
        rows = [tuple(cell or "" for cell in row) for row in found.fetchall()]
        text = release.read(f"tables/{name}.csv").decode()
        first, *expected = csv.reader(io.StringIO(text, newline=""))
        assert (header, rows) == (first, [tuple(row) for row in expected]), name


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 1000])
@pytest.mark.parametrize("width", [1, 14, 15, 200])
def test_parquet_has_any_number_of_rows_and_columns(tmp_path: Path, count: int, width: int) -> None:
    columns = tuple(Column(f"c{n}") for n in range(width))
    rows = tuple(tuple("é" * (n * m % 300) for m in range(width)) for n in range(count))
    file = tmp_path / "table.parquet"
    file.write_bytes(write_parquet(Table("T", "T", columns, rows)))
    found = duckdb.connect().execute("SELECT * FROM read_parquet(?)", [str(file)]).fetchall()
    assert [tuple(cell or "" for cell in row) for row in found] == list(rows)


def test_a_column_stays_when_its_last_value_goes(sources: Sources) -> None:
    """Columns that shapes name do not depend on the data."""
    state = f"{BASE}id/state/freedonia"
    alone = [Quad(iri(state), TYPE, iri(DEF + "State"), iri(BASE + "graph/register"))]
    alone += [quad for quad in sources.dataset if quad.subject.startswith(f"<{DEF}")]
    [table] = [t for t in make_tables(alone, sources.shapes, sources.context) if t.name == "State"]
    assert {"altLabel", "prefLabel", "supersededName"} <= {column.name for column in table.columns}


def test_a_value_with_a_separator_stays_one_value() -> None:
    term, note = iri(BASE + "id/state/x"), iri(DEF + "note")
    triples = [
        Triple(term, TYPE, iri(DEF + "State")),
        Triple(term, note, literal("a ‖ b")),
        Triple(term, note, literal("c")),
    ]
    [table] = make_tables((Quad(*triple, iri(BASE)) for triple in triples), (), {})
    assert table.rows == ((BASE + "id/state/x", "a || b ‖ c"),)


# The research object, and the citation


def test_the_crate_lists_every_file_as_the_manifest_has_it(release: Release) -> None:
    crate = json.loads(release.read(CRATE))
    assert crate["@context"] == "https://w3id.org/ro/crate/1.2/context"
    nodes = {node["@id"]: node for node in crate["@graph"]}
    assert len(nodes) == len(crate["@graph"])
    root, descriptor = nodes["./"], nodes[CRATE]
    assert descriptor["@type"] == "CreativeWork"
    assert descriptor["about"] == {"@id": "./"}
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.2"}
    assert root["@type"] == "Dataset"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", root["datePublished"])
    for name in ("name", "description", "license"):
        assert root[name]
    listed = json.loads(release.read(MANIFEST))["files"]
    assert {part["@id"] for part in root["hasPart"]} == listed.keys() - {CRATE}
    for name in listed.keys() - {CRATE}:
        node = nodes[name]
        assert node["description"] != "A part of the release", name  # what it is for is said
        told = (node["@type"], node["encodingFormat"], int(node["contentSize"]), node["sha256"])
        assert told == ("File", listed[name]["mediaType"], listed[name]["bytes"], listed[name]["sha256"])
    # Flat: what is named is there, or is a web address with no more to say.
    named = {value["@id"] for node in nodes.values() for value in node.values() if isinstance(value, dict)}
    assert named - nodes.keys() <= {"https://w3id.org/ro/crate/1.2"}


def test_the_repository_and_the_release_are_cited_alike(release: Release) -> None:
    assert FILE.read_text(encoding="utf-8") == citation(), "run `make format`"
    assert release.read(CITATION).decode() == citation()


def test_the_citation_has_what_the_format_asks_for(release: Release) -> None:
    lines = citation().splitlines()
    told = {
        key: json.loads(value)
        for key, _, value in (line.partition(": ") for line in lines)
        if value and key[0] != " "
    }
    assert {"cff-version", "message", "title", "version", "date-released"} <= told.keys()
    assert (told["cff-version"], told["type"], told["license"]) == ("1.2.0", "dataset", "CC-BY-4.0")
    assert (told["version"], told["url"]) == (release.version, DATASET)
    assert any(line.startswith("  - name: ") for line in lines)


# How a server is found


def test_the_well_known_place_leads_to_the_description(client: FlaskClient) -> None:
    reply = client.get("/.well-known/void")
    assert (reply.status_code, reply.headers["Location"]) == (302, "/dataset")
    said = client.get("/.well-known/void", headers={"Accept": "text/turtle"}, follow_redirects=True)
    assert (URIRef(DATASET), RDF.type, VOID.Dataset) in Graph().parse(data=said.data, format="turtle")


def test_the_sitemap_has_every_page_of_this_server(client: FlaskClient, release: Release) -> None:
    robots = client.get("/robots.txt")
    assert robots.content_type == "text/plain; charset=utf-8"
    [place] = re.findall(r"^Sitemap: (.*)$", robots.text, re.MULTILINE)
    sitemap = client.get(urlsplit(place).path)
    assert (sitemap.status_code, sitemap.mimetype) == (200, "application/xml")
    found = re.findall(r"<loc>([^<]*)</loc>", sitemap.text)
    assert len(found) == len(set(found))
    assert all(each.startswith("http://localhost/") for each in found)
    things = {
        q.subject[1:-1] for q in release.record if q.subject.startswith((f"<{BASE}id/", f"<{BASE}source/"))
    }
    paths = {urlsplit(each).path for each in found}
    assert {
        "/" + name.removeprefix(BASE).replace("id/", "doc/", 1) for name in things if "#" not in name
    } <= paths
    assert "/def/State" in paths
    for language in INTERFACE:
        links = re.findall(
            f'<xhtml:link rel="alternate" hreflang="{language}" href="([^"]*)"/>', sitemap.text
        )
        assert links == [f"{each}?lang={language}" for each in found]
        assert client.get(links[-1]).headers["Content-Language"] == language
    assert "<loc>http://localhost/</loc>" in client.get("/sitemap.xml", headers={"Host": "localhost"}).text
    for path in sorted(paths)[::50]:
        assert client.head(path).status_code == 200, path
    assert client.get("/sitemap-2.xml").status_code == client.get("/sitemap-0.xml").status_code == 404
