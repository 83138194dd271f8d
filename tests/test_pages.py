"""What readers see of days, disagreements and the view: in a small repository, and in the real one."""

import html
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from almaty_graph.check.report import Report
from almaty_graph.engine.embedded import Engine, EngineProcess, Limits
from almaty_graph.engine.language.query import Query
from almaty_graph.formats import CSV
from almaty_graph.names import BASE, CLAIM, ID, PREFIXES
from almaty_graph.release import Release
from almaty_graph.release.building import press, write
from almaty_graph.release.log import LOG, note
from almaty_graph.release.record import Record
from almaty_graph.sources import Sources
from almaty_graph.terms import TYPE, iri
from almaty_graph.web import Serving, create_app
from almaty_graph.web.past import Unasked
from almaty_graph.web.portal.disagreements import Disagreements
from conftest import ROOT

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
HEAD = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
REGISTER = """
process:p a def:Process ; skos:prefLabel "Lake Dialogue"@en .
state:a a def:State ; skos:prefLabel "Freedonia"@en .
state:b a def:State ; skos:prefLabel "Sylvania"@en .
state:nobody a def:State ; skos:prefLabel "Ruritania"@en .
organization:o a def:Organization ; skos:prefLabel "Lake Commission"@en .
source:minutes a def:Source ; skos:prefLabel "Minutes"@en ; dcterms:type source-kind:official ;
  dcterms:publisher organization:o ; dcterms:issued "2017-03"^^xsd:gYearMonth .
source:paper a def:Source ; skos:prefLabel "The <b>Paper</b>"@en ; dcterms:type source-kind:news ;
  dcterms:publisher organization:o ; def:undated true ; def:writtenNotBefore "2019"^^xsd:gYear .
source:silent a def:Source ; skos:prefLabel "Silent"@en ; def:undated true .
"""
MINUTES = """
passage:chair a def:Passage ; def:section "Chair" ; oa:exact "in the chair until October 2018" ;
  prov:wasQuotedFrom source:minutes .
claim:chair a def:Participation ; org:member state:a ; org:role role:chair ; org:organization process:p ;
  schema:startDate "2016-10"^^xsd:gYearMonth ; schema:endDate "2018-10"^^xsd:gYearMonth ;
  prov:wasDerivedFrom passage:chair .
claim:observer a def:Participation ; org:member state:b ; org:role role:observer ;
  org:organization process:p ; prov:wasDerivedFrom passage:chair .
"""
PAPER = """
passage:chair a def:Passage ; def:section "Page 3" ; def:paraphrase "Freedonia chaired to November 2018."@en ;
  prov:wasQuotedFrom source:paper .
claim:chair a def:Participation ; org:member state:a ; org:role role:chair ; org:organization process:p ;
  schema:endDate "2018-11"^^xsd:gYearMonth ; prov:wasDerivedFrom passage:chair .
"""
QUESTION = """# title: Which days are asked of?
# description: The day itself.
# keywords: day
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
SELECT ?asOf
WHERE {
  VALUES ?asOf {
    "2018-05-01"^^xsd:date
    "2018-06-01"^^xsd:date
  }
}
"""
TIMELESS = """# title: Is there a day?
# description: None.
# keywords: none
SELECT ?x WHERE { VALUES ?x { 1 } }
"""


def pressed(root: Path, target: Path) -> Release:
    """A release of a repository that nobody has checked: pages are not the place to find its errors."""
    return write(press(Sources.at(root), Report(())), target)


@contextmanager
def published(root: Path, target: Path) -> Iterator[tuple[FlaskClient, Engine]]:
    release = pressed(root, target)
    with EngineProcess(release.folder / "dataset.nq", Limits()) as process:
        yield create_app(release, process.engine).test_client(), process.engine


def claims_of(slug: str, text: str) -> str:
    return f"{HEAD}PREFIX claim: <{ID}claim/{slug}/>\nPREFIX passage: <{BASE}source/{slug}#>\n{text}"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of another process, in which two sources differ on the end of a term."""
    root = tmp_path_factory.mktemp("lake")
    for part in ("ontology", "shapes", "queries/derive"):
        shutil.copytree(ROOT / part, root / part)
    for name, text in {
        "data/register/things.ttl": HEAD + REGISTER,
        "data/sources/minutes.ttl": claims_of("minutes", MINUTES),
        "data/sources/paper.ttl": claims_of("paper", PAPER),
        "queries/days.rq": QUESTION,
        "queries/days.csv": "asOf\r\n2018-05-01\r\n2018-06-01\r\n",
        "queries/timeless.rq": TIMELESS,
        "queries/timeless.csv": "x\r\n1\r\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def client(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    with published(lake, tmp_path_factory.mktemp("release")) as (client, _):
        yield client


def text(response: TestResponse) -> str:
    """What is read in the main part of a page, in one line, markup removed."""
    assert response.content_type == "text/html; charset=utf-8"
    return words(response.text.partition('<main id="main">')[2].partition("</main>")[0])


def words(markup: str) -> str:
    """The text of markup in one line, as it is read."""
    line = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())
    return re.sub(r" (?=[,.])", "", line)


def page(client: FlaskClient, path: str) -> str:
    response = client.get(path, headers={"Accept": BROWSER})
    assert response.status_code == 200, path
    return text(response)


def section(client: FlaskClient, path: str, title: str) -> str:
    """The text of the section with that heading, without its heading."""
    main = client.get(path, headers={"Accept": BROWSER}).text
    found = re.search(
        rf"<h2>{re.escape(title)}(?:\s*<span[^>]*>[^<]*</span>)?</h2>(.*?)</section>", main, re.DOTALL
    )
    return words(found[1]) if found else ""


def rows(client: FlaskClient, path: str) -> list[str]:
    """The rows of the tables of a page, each in one line."""
    main = client.get(path, headers={"Accept": BROWSER}).text
    found = re.findall(r"<tr[^>]*><td.*?</tr>", main, re.DOTALL)
    return [words(row) for row in found]


# Days


@pytest.mark.parametrize(
    ("day", "chairs"),
    [
        ("2016-09-30", ["not", "not", "possibly"]),
        ("2016-10-01", ["possibly", "possibly", "possibly"]),
        ("2016-10-31", ["certainly", "certainly", "possibly"]),
        ("2018-10-01", ["certainly", "certainly", "possibly"]),
        ("2018-10-31", ["possibly", "possibly", "possibly"]),
        ("2018-11-01", ["not", "not", "possibly"]),
        ("2018-12-01", ["not", "not", "not"]),
    ],
)
def test_a_page_says_who_held_which_role_on_a_day_the_view_first(
    client: FlaskClient, day: str, chairs: list[str]
) -> None:
    view, minutes, paper = chairs
    expected = [
        f"Freedonia chair Lake Dialogue {view} the view claims for and against",
        f"Freedonia chair Lake Dialogue {minutes} Minutes Chair",
        f"Freedonia chair Lake Dialogue {paper} The <b>Paper</b> Page 3",
    ]
    found = rows(client, f"/doc/state/a?asOf={day}")
    assert found[0] == expected[0]
    assert sorted(found[1:]) == sorted(expected[1:])
    assert f"On {day}" in page(client, f"/doc/state/a?asOf={day}")


def test_the_page_of_a_process_says_who_held_a_role_in_it(client: FlaskClient) -> None:
    said = rows(client, "/doc/process/p?asOf=2017-03-31")
    assert said[:2] == [
        "Freedonia chair Lake Dialogue certainly the view claims for and against",
        "Sylvania observer Lake Dialogue possibly the view claims for and against",
    ]


def test_without_a_day_a_page_asks_for_one_and_a_thing_without_roles_does_not(client: FlaskClient) -> None:
    asking = client.get("/doc/state/a", headers={"Accept": BROWSER}).text
    assert '<form class="day" action="/doc/state/a" method="get">' in asking
    assert 'name="asOf" type="date" value="" required' in asking
    assert "asOf" not in client.get("/doc/state/nobody", headers={"Accept": BROWSER}).text
    assert "No source gives it a role, or a role in it." in page(client, "/doc/state/nobody?asOf=2018-05-01")


@pytest.mark.parametrize("path", ["/doc/state/a", "/source/minutes", "/questions/days"])
@pytest.mark.parametrize("day", ["", "2018", "2018-02-29", "1 May 2018", "<b>"])
def test_what_is_no_day_is_refused_in_one_sentence(client: FlaskClient, path: str, day: str) -> None:
    response = client.get(path, query_string={"asOf": day}, headers={"Accept": "text/html;q=0.1, */*;q=0.01"})
    shown = client.get(path, query_string={"asOf": day}, headers={"Accept": BROWSER})
    sentence = f"found {day!r} for a day: write a day of the calendar as 2018-05-01"
    assert (response.status_code, shown.status_code) == (400, 400)
    assert sentence in text(shown)


def test_two_days_are_refused(client: FlaskClient) -> None:
    response = client.get("/questions/days?asOf=2018-05-01&asOf=2018-05-02")
    assert (response.status_code, json.loads(response.data)["detail"]) == (
        400,
        "found 2 parameters 'asOf': one day at a time",
    )


def test_the_day_changes_no_data(client: FlaskClient) -> None:
    for suffix in ("ttl", "jsonld", "nt", "rdf"):
        plain = client.get(f"/doc/state/a.{suffix}")
        for day in ("2018-05-01", "never"):
            asked = client.get(f"/doc/state/a.{suffix}?asOf={day}")
            assert (asked.status_code, asked.data) == (200, plain.data)
            assert asked.headers["Content-Location"] == f"/doc/state/a.{suffix}"
    links = re.findall(r'rel="alternate" type.*', client.get("/doc/state/a?asOf=2018-05-01").text)
    assert links == re.findall(r'rel="alternate" type.*', client.get("/doc/state/a").text)


def test_a_question_is_asked_of_another_day_and_answered_now(client: FlaskClient) -> None:
    recorded = page(client, "/questions/days")
    assert "The recorded answer: 2 rows asOf 2018-05-01 2018-06-01" in recorded
    shown = page(client, "/questions/days?asOf=2016-02-29")
    assert "The answer as of 2016-02-29: 1 row asOf 2016-02-29" in shown
    assert 'VALUES ?asOf { "2016-02-29"^^xsd:date }' in shown
    assert "asOf" not in client.get("/questions/timeless", headers={"Accept": BROWSER}).text
    refused = client.get("/questions/timeless?asOf=2016-02-29")
    assert refused.status_code == 400
    assert json.loads(refused.data)["detail"] == (
        "the query asks of no day: to ask it as of 2016-02-29, "
        'give it a line VALUES ?asOf { "2018-05-01"^^xsd:date }'
    )


# Who chairs


@pytest.mark.slow
@pytest.mark.parametrize(
    ("day", "sure"), [("2016-09-30", None), ("2016-10-15", False), ("2017-05-01", True), ("2018-11-01", None)]
)
@pytest.mark.parametrize("as_files", [True, False])
def test_home_begins_with_who_chaired_on_the_day_of_the_release(
    lake: Path, tmp_path: Path, as_files: bool, day: str, sure: bool | None
) -> None:
    release = pressed(lake, tmp_path)
    (tmp_path / LOG).unlink()
    note(tmp_path, release.name, datetime.fromisoformat(f"{day}T12:00:00Z"))
    client = create_app(release, Unasked(release.name), Serving(as_files=as_files)).test_client()
    for language, title, intro, possibly in (
        ("en", "Who chaired, and according to whom", f"In the chair on {day}, when this", "possibly "),
        ("ru", "Кто председательствовал и по чьим данным", f"Председатель на {day}", "возможно "),
    ):
        shown = section(client, f"/?lang={language}", title)
        assert shown.startswith(intro) == (sure is not None)
        said = f"{'' if sure else possibly}Freedonia 2016-10 – 2018-10 "
        assert sure is None or shown.partition(": ")[2].startswith(said)
    home = client.get("/").text.partition('<p class="lead now">')[2].partition("</p>")[0]
    assert ("contradicted" in home) == ('href="/doc/conclusion/' in home) == (sure is not None)


# Disagreements and the view

SIDES = (
    "2018-10 Freedonia, chair: Lake Dialogue, 2016-10 – 2018-10 · claim in the chair until October 2018 "
    "Minutes, 2017-03 "
    "2018-11 Freedonia, chair: Lake Dialogue, ? – 2018-11 · claim "
    "In our words: Freedonia chaired to November 2018. "
    "The <b>Paper</b>, undated, not before 2019-01-01"
)
MATTER = "boundary shift · 2 claims · 2 sources · about Lake Dialogue, Freedonia"


@pytest.mark.parametrize(
    "path",
    [
        "/doc/state/a",
        "/doc/process/p",
        "/doc/claim/minutes/chair",
        "/doc/claim/paper/chair",
        "/doc/disagreement/p-chair-a-2016-end",
    ],
)
def test_a_page_shows_a_disagreement_with_its_claims_side_by_side(client: FlaskClient, path: str) -> None:
    shown = section(client, path, "Sources disagree")
    assert shown == f"Freedonia, chair from 2016: end {MATTER} {SIDES}"


def test_a_thing_on_which_sources_agree_has_no_such_section(client: FlaskClient) -> None:
    for path in ("/doc/state/b", "/doc/claim/minutes/observer", "/source/minutes"):
        assert "Sources disagree" not in page(client, path)


def test_all_disagreements_are_on_a_page_by_class(client: FlaskClient) -> None:
    shown = page(client, "/disagreements")
    assert f"boundary shift 1 Freedonia, chair from 2016: end {MATTER} {SIDES}" in shown
    for query in (
        "?class=boundary-shift",
        "?source=paper",
        "?class=boundary-shift&source=minutes",
        "?class=&source=",
    ):
        assert SIDES in page(client, f"/disagreements{query}"), query
    for query in ("?class=contradiction", "?source=silent", "?class=renaming&source=paper"):
        shown = page(client, f"/disagreements{query}")
        assert SIDES not in shown
        assert "None of that class with that source." in shown
        assert "0 of 1 disagreement" in shown


def test_what_is_chosen_of_the_disagreements_is_told_with_ways_back(client: FlaskClient) -> None:
    whole = client.get("/disagreements").text
    assert "Show all" not in whole
    assert re.findall(r'aria-current="page">([^<]*)</a> <span class="count">(\d+)', whole) == [
        ("all classes", "1")
    ]
    assert "Silent (0)" not in whole, "there is nothing to choose"
    chosen = client.get("/disagreements?class=boundary-shift&source=minutes").text
    assert "<title>boundary shift · Minutes · Disagreements ·" in chosen
    assert "1 of 1 disagreements · of class boundary shift · with Minutes" in words(chosen)
    assert '<a href="/disagreements">Show all</a>' in chosen
    assert '<a href="/disagreements?class=boundary-shift">any source</a>' in chosen
    assert 'href="/disagreements?class=renaming&amp;source=minutes"' in chosen
    of_nothing = client.get("/disagreements?class=renaming").text
    assert "Minutes (0)" in of_nothing, "counts are of what is chosen besides"
    assert "boundary shift (1)" in of_nothing
    assert "boundary shift (0)" in client.get("/disagreements?source=silent").text


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        (
            "class=quarrel",
            "there is no class of disagreement 'quarrel'; there are "
            "boundary-shift, contradiction, date-precision, renaming, unsettled",
        ),
        ("source=nobody", "there is no source 'nobody'; there are minutes, paper, silent"),
    ],
)
def test_an_unknown_class_or_source_is_refused_with_the_offer(
    client: FlaskClient, query: str, detail: str
) -> None:
    response = client.get(f"/disagreements?{query}")
    assert (response.status_code, json.loads(response.data)["detail"]) == (404, detail)


def test_the_disagreements_are_reached_from_every_page_and_have_a_data_twin(client: FlaskClient) -> None:
    for path in ("/", "/source", "/doc/state/a"):
        assert 'href="/disagreements"' in client.get(path, headers={"Accept": BROWSER}).text
    assert "1 disagreement ·" in page(client, "/")
    twins = re.findall(r'href="(/graph/disagreements\.\w+)"', client.get("/disagreements").text)
    assert twins == [f"/graph/disagreements.{suffix}" for suffix in ("ttl", "jsonld", "nt", "rdf")]
    assert all(client.get(twin).status_code == 200 for twin in twins)


def test_the_sources_are_a_table_of_dates_claims_and_disagreements(client: FlaskClient) -> None:
    assert rows(client, "/source") == [
        "Minutes Lake Commission 2017-03 2 1",
        "The <b>Paper</b> Lake Commission undated, not before 2019-01-01 1 1",
        "Silent undated 0 0",
    ]
    listed = client.get("/source", headers={"Accept": BROWSER}).text
    for slug in ("minutes", "paper", "silent"):
        assert f'href="/disagreements?source={slug}"' in listed


def test_a_page_says_in_short_what_is_concluded(client: FlaskClient) -> None:
    what = "What the view makes of the claims; each line leads to those for and against it."
    chair = "2016-10 – 2018-10 1 for, 1 against contradicted"
    assert section(client, "/doc/state/a", "In short") == f"{what} chair Lake Dialogue {chair}"
    assert section(client, "/doc/process/p", "In short") == (
        f"{what} chair Freedonia {chair} observer Sylvania 1 for, 0 against"
    )
    assert f"Freedonia {chair}" in section(client, "/", "Who chaired, and according to whom")


def test_a_conclusion_shows_the_claims_for_and_against_it_and_what_is_open(client: FlaskClient) -> None:
    path = "/doc/conclusion/p-chair-a-2016"
    assert section(client, path, "What is concluded") == "Freedonia chair Lake Dialogue, 2016-10 – 2018-10"
    said = "What the source says Evidence Freedonia chair Lake Dialogue"
    assert section(client, path, "For") == (
        f"{said} 2016-10 – 2018-10 cite this claim in the chair until October 2018 Minutes, Chair"
    )
    assert section(client, path, "Against") == (
        f"{said} ? – 2018-11 cite this claim In our words: Freedonia chaired to November 2018. "
        "The <b>Paper</b>, Page 3"
    )
    observer = section(client, "/doc/conclusion/p-observer-b", "What is concluded")
    assert observer == "Sylvania observer Lake Dialogue Left open: until, from"
    assert "It bears on Freedonia, chair from 2016." in section(client, "/doc/claim/paper/chair", "The claim")


def test_our_words_are_never_shown_as_a_quote(client: FlaskClient) -> None:
    for path in ("/source/paper", "/doc/claim/paper/chair", "/doc/state/a", "/disagreements"):
        shown = client.get(path, headers={"Accept": BROWSER}).text
        assert "In our words:</b> Freedonia chaired to November 2018." in shown, path
        quotes = re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", shown)
        assert not [quote for quote in quotes if "chaired" in quote or not quote.strip()], path


def test_a_rule_shows_what_it_does_and_its_query_and_a_graph_its_rules(client: FlaskClient) -> None:
    for graph in ("bounds", "terms", "ranks", "disagreements", "view"):
        shown = client.get(f"/graph/{graph}", headers={"Accept": BROWSER})
        assert shown.status_code == 200
        stages = sorted((ROOT / "queries/derive").glob(f"*-{graph}/*.rq"))
        assert stages
        for path in stages:
            assert f'href="/doc/rule/{path.stem}"' in shown.text
            rule = page(client, f"/doc/rule/{path.stem}")
            query = path.read_text(encoding="utf-8")
            title, description = (
                re.findall(rf"# {name}: (.*)", query)[0] for name in ("title", "description")
            )
            assert rule.startswith(f"{title} rule of derivation {description} ")
            assert f"The query {words(html.escape(query))}" in rule


# What changes when a source speaks up

CONTRADICTION = """
passage:dates a def:Passage ; def:section "Dates" ; oa:exact "3 September 1999" ;
  prov:wasQuotedFrom source:extra .
claim:start a def:Statement ; rdf:subject THING ; rdf:predicate schema:startDate ;
  rdf:object "1999-09-03"^^xsd:date ; prov:wasDerivedFrom passage:dates .
"""


def undisputed(root: Path) -> str:
    """A meeting of the repository of whose beginning exactly one claim speaks."""
    record = Record.of_quads(Sources.at(root).dataset)
    start, subject = iri(PREFIXES["schema"] + "startDate"), iri(PREFIXES["rdf"] + "subject")
    predicate = iri(PREFIXES["rdf"] + "predicate")
    for meeting in record.subjects(TYPE, iri(PREFIXES["def"] + "Meeting")):
        said = [name for name in record.subjects(subject, meeting) if name.startswith(f"<{CLAIM}")]
        claims = [claim for claim in said if start in record.values(claim, predicate)]
        if len(claims) == 1 and not Disagreements(record).on(meeting):
            return meeting[1:-1]
    raise AssertionError("no meeting of which one claim gives the beginning")


@pytest.mark.slow
def test_a_contradicting_claim_is_seen_everywhere_and_without_it_nothing_is(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    thing = undisputed(repository)
    path = "/doc/" + thing.removeprefix(ID)
    added = {
        "data/register/extra.ttl": f'{HEAD}source:extra a def:Source ; skos:prefLabel "Extra"@en ; '
        "dcterms:type source-kind:news ; def:undated true .",
        "data/sources/extra.ttl": claims_of("extra", CONTRADICTION.replace("THING", f"<{thing}>")),
    }
    query = Query.parse(
        f"SELECT (COUNT(*) AS ?n) WHERE {{ ?d a <{PREFIXES['def']}Disagreement> ; "
        f"<{PREFIXES['def']}about> <{thing}> }}"
    )
    seen = []
    steps: list[Callable[[Path, str], object]] = [
        lambda *_: None,
        lambda file, words: file.write_text(words, encoding="utf-8"),
        lambda file, _: file.unlink(),
    ]
    for number, step in enumerate(steps):
        for name, words in added.items():
            step(repository / name, words)
        with published(repository, tmp_path_factory.mktemp(f"step-{number}")) as (client, engine):
            seen.append(
                (
                    "1999-09-03" in page(client, "/disagreements"),
                    "1999-09-03" in section(client, path, "Sources disagree"),
                    engine.answer(query, CSV).read(),
                    client.get("/disagreements?source=extra").status_code,
                )
            )
    nothing = (False, False, b"n\r\n0\r\n", 404)
    assert seen == [nothing, (True, True, b"n\r\n1\r\n", 200), nothing]
