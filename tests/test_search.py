"""Things are found by what they are called, however that is written; the reason is told with each."""

import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterable

import pytest
from flask.testing import FlaskClient

from almaty_graph.names import DEF, ID, OA, ORG, RDF, SKOS
from almaty_graph.release import Release
from almaty_graph.search.index import Index
from almaty_graph.search.spellings import Evidence, Spelling, collect
from almaty_graph.search.text import fold, initials, shorten
from almaty_graph.terms import Term, iri, literal_parts, text_of

# Measured with this data; the floors leave room for names to come, not for a worse search.
KNOWN_FLOOR, UNSEEN_FLOOR, MISSPELT_FLOOR = 0.99, 0.96, 0.98


@pytest.fixture(scope="module")
def spellings(release: Release) -> list[Spelling]:
    return collect(release.record)


@pytest.fixture(scope="module")
def index(spellings: list[Spelling]) -> Index:
    return Index(spellings)


@pytest.fixture(scope="module")
def written(release: Release, spellings: list[Spelling]) -> dict[str, set[Term]]:
    """What each name that a source writes means, by the claims."""
    known, meant = {each.thing for each in spellings}, defaultdict(set)
    for quad in release.record.having(iri(DEF + "nameAsWritten")):
        for thing in release.record.values(quad.subject, iri(ORG + "member"), iri(RDF + "object")):
            if thing in known:
                meant[text_of(quad.object)].add(thing)
    assert len(meant) > 100
    return dict(meant)


def is_thing(term: Term) -> bool:
    return term.startswith(f"<{ID}")


def first(index: Index, text: str) -> str | None:
    found = index.find(text, is_thing, 30.0)
    return found[0].thing[1:-1].removeprefix(ID) if found else None


def right_at_first_place(index: Index, meant: Iterable[tuple[str, set[Term]]]) -> float:
    firsts = [(index.find(text, is_thing, 30.0)[:1], things) for text, things in meant]
    right = [bool(found) and found[0].thing in things for found, things in firsts]
    return sum(right) / len(right)


def misspell(text: str, chance: random.Random) -> str:
    """One letter left out, written twice, changed, or exchanged with the next."""
    at = chance.randrange(1, len(text) - 1)
    ways = (
        text[:at] + text[at + 1 :],
        text[:at] + text[at] + text[at:],
        text[:at] + chance.choice("aeikorstu") + text[at + 1 :],
        text[:at] + text[at + 1] + text[at] + text[at + 2 :],
    )
    return chance.choice(ways)


def test_every_name_that_a_source_writes_is_found(index: Index, written: dict[str, set[Term]]) -> None:
    share = right_at_first_place(index, written.items())
    sys.stdout.write(f"\n{len(written)} names as sources write them, right at first place: {share:.1%}\n")
    assert share >= KNOWN_FLOOR


def test_names_are_found_before_anybody_has_entered_them(
    spellings: list[Spelling], written: dict[str, set[Term]]
) -> None:
    entered = {Evidence.WRITTEN, Evidence.HIDDEN}
    index = Index(each for each in spellings if each.evidence not in entered)
    share = right_at_first_place(index, written.items())
    sys.stdout.write(f"\nthe same by the names of the register alone: {share:.1%}\n")
    assert share >= UNSEEN_FLOOR


def test_a_misspelt_name_is_found(index: Index, spellings: list[Spelling]) -> None:
    named = [each for each in spellings if each.evidence in (Evidence.PREFERRED, Evidence.ALTERNATIVE)]
    chance = random.Random(7)  # noqa: S311 - the same misspellings each time
    misspelt = [
        (misspell(each.text, chance), {each.thing})
        for each in named
        if is_thing(each.thing) and len(each.text) > 4
    ]
    share = right_at_first_place(index, misspelt)
    sys.stdout.write(f"\n{len(misspelt)} names with one letter wrong, right at first place: {share:.1%}\n")
    assert share >= MISSPELT_FLOOR


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("КАЗАХСТАН", "state/kazakhstan"),
        ("Казахстаном", "state/kazakhstan"),
        ("kazahstan", "state/kazakhstan"),
        ("Qirgiziston", "state/kyrgyzstan"),
        ("turkiye", "state/turkiye"),
        ("Migration, International Organization for", "organization/iom"),
        ("I.O.M.", "organization/iom"),
        ("International Organisation for Migration (IOM)", "organization/iom"),
        ("sanasezim", "organization/sana-sezim"),
        ("Childrens Fund of the United Nations", "organization/unicef"),
        ("TEG", "working-group/technical-experts-group"),
        ("افغانستان", "state/afghanistan"),
        ("wikidata:Q813", "state/kyrgyzstan"),
        ("https://www.wikidata.org/wiki/Q813", "state/kyrgyzstan"),
        ("KGZ", "state/kyrgyzstan"),
    ],
)
def test_order_case_script_accents_and_identifiers_do_not_hide_a_thing(
    index: Index, text: str, thing: str
) -> None:
    assert first(index, text) == thing


@pytest.mark.parametrize("text", ["", "   ", "()", "!?", "zzzzqqq", "\x00", "a" * 300, "( " * 150])
def test_what_names_nothing_finds_nothing(index: Index, text: str) -> None:
    assert index.find(text, is_thing, 30.0) == []


def test_each_kind_of_evidence_finds_and_is_told(index: Index, spellings: list[Spelling]) -> None:
    for evidence in Evidence:
        one = next(each for each in spellings if each.evidence is evidence)
        found = index.find(one.text, {one.thing}.__contains__, 0.0, is_part=True)
        assert [(each.spelling.evidence, each.score) for each in found] == [(evidence, 100 * evidence.weight)]
        assert found[0].reason.startswith(evidence.words)


def test_the_order_is_the_same_each_time(spellings: list[Spelling]) -> None:
    shuffled = list(spellings)
    random.Random(3).shuffle(shuffled)  # noqa: S311 - the same order each time
    texts = ("Republic", "Red Cross", "Migration", "Казахстан")
    one, other = Index(spellings), Index(shuffled)
    assert [one.find(text, is_thing, 1.0) for text in texts] == [
        other.find(text, is_thing, 1.0) for text in texts
    ]


def test_texts_are_folded_shortened_and_begun() -> None:
    assert fold("Қырғызстан — U.N.H.C.R. Children’s Straße") == "qyrghyzstan unhcr childrens strasse"
    assert shorten("Commonwealth of Independent States (CIS)") == [
        "Commonwealth of Independent States",
        "CIS",
    ]
    assert shorten("Keik Okara (Turkmenistan)") == ["Keik Okara"]
    assert initials("Technical Experts’ Group") == "TEG"
    assert initials("International Organization for Migration") == "IOM"


def test_a_quote_leads_to_its_place_in_its_source(client: FlaskClient, release: Release) -> None:
    quad = next(
        quad
        for quad in release.record.having(iri(OA + "exact"))
        if len(literal_parts(quad.object).value) > 40
    )
    quote = literal_parts(quad.object).value
    rows = client.get("/search.json", query_string={"q": quote}).get_json()["results"]
    [row] = [row for row in rows if row["iri"] == quad.subject[1:-1]]
    assert (row["evidence"], row["matched"]) == ("quote", quote)
    page, _, fragment = row["link"].partition("#")
    assert f'id="{fragment}"' in client.get(page).text


def test_the_page_and_its_data_say_the_same(client: FlaskClient) -> None:
    rows = client.get("/search?q=kyrgz").get_json()
    assert rows is None  # a page, for whoever does not ask for data
    data = client.get("/search?q=kyrgz", headers={"Accept": "application/json"}).get_json()
    assert data == client.get("/search.json?q=kyrgz").get_json()
    page = client.get("/search?q=kyrgz").text
    assert re.findall(r'<p class="says"><a href="([^"]*)">', page) == [row["link"] for row in data["results"]]
    assert data["results"][0] | {"score": 0} == {
        "iri": ID + "state/kyrgyzstan",
        "label": "Kyrgyzstan",
        "classes": [{"id": "State", "name": "state"}],
        "score": 0,
        "evidence": "known misspelling",
        "matched": "Kyrgz Republic",
        "language": "en",
        "link": "/doc/state/kyrgyzstan",
    }


def test_every_result_leads_to_a_page(client: FlaskClient) -> None:
    for text in ("Almaty", "migration", "declaration", "chair", "Казахстан"):
        rows = client.get("/search.json", query_string={"q": text, "limit": 100}).get_json()["results"]
        assert rows
        assert {client.get(row["link"]).status_code for row in rows} == {200}


def test_parts_of_the_results_join_to_the_whole(client: FlaskClient) -> None:
    whole = client.get("/search.json?q=migration&limit=100").get_json()
    parts = [
        client.get(f"/search.json?q=migration&limit=5&offset={at}").get_json() for at in range(0, 100, 5)
    ]
    assert [row for part in parts for row in part["results"]] == whole["results"]
    assert {part["total"] for part in parts} == {whole["total"]} == {len(whole["results"])}
    assert "offset=5" in client.get("/search?q=migration&limit=5").text


def test_a_class_narrows_the_results(client: FlaskClient) -> None:
    rows = client.get("/search.json?q=almaty&class=Meeting").get_json()["results"]
    assert rows
    assert all({"Meeting"} <= {each["id"] for each in row["classes"]} for row in rows)


def test_suggestions_follow_what_is_typed(client: FlaskClient, release: Release) -> None:
    label = iri(SKOS + "prefLabel")
    [name] = [
        text_of(each) for each in release.record.values(iri(ID + "state/kyrgyzstan"), label) if "@en" in each
    ]
    for length in range(3, len(name) + 1):
        found = client.get("/search/suggest", query_string={"q": name[:length]}).get_json()["results"]
        assert "Kyrgyzstan" in [row["label"] for row in found[:3]], name[:length]


@pytest.mark.parametrize(
    "query", ["q=" + "a" * 301, "q=a&offset=-1", "q=a&limit=x", "q=a&limit=101", "q=a&offset=99999999"]
)
def test_bad_parameters_are_refused_in_words(client: FlaskClient, query: str) -> None:
    reply = client.get(f"/search.json?{query}")
    assert reply.status_code == 400
    assert "parameter" in json.loads(reply.text)["detail"]


def test_markup_in_the_text_stays_text(client: FlaskClient) -> None:
    page = client.get("/search", query_string={"q": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
