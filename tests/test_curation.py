"""What the curator's tool promises: drafts that guess nothing and lose no line, entries where they belong."""

import hashlib
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from almaty_graph.check.evidence import SourceGraph, find_gaps
from almaty_graph.cli import main
from almaty_graph.curation.forms import LANGUAGES
from almaty_graph.curation.page import Reading, read_page, title_of
from almaty_graph.curation.register import Register
from almaty_graph.names import DEF, PROV, SKOS, prefixes_for
from almaty_graph.sources import Sources, TurtleFile, read_turtle
from almaty_graph.terms import Term, Triple, iri, text_of
from almaty_graph.turtle import Writer
from conftest import ROOT

PAGES = ROOT / "tests" / "pages"
CITES, FIRST, NOTE = iri(PROV + "wasDerivedFrom"), iri(DEF + "firstLine"), iri(SKOS + "editorialNote")
# Of the 82 lines of the page that are not blank: nine headings, and two labels whose values are lost.
HEADINGS_AND_BOILERPLATE = {1, 8, 26, 34, 88, 110, 115, 117, 119, 125, 131}

STATES = {
    "afghanistan": "Afghanistan",
    "azerbaijan": "Azerbaijan",
    "china": "China",
    "iran": "Iran",
    "italy": "Italy",
    "kazakhstan": "Kazakhstan",
    "kyrgyzstan": "Kyrgyzstan; Kyrgyz Republic",
    "pakistan": "Pakistan",
    "tajikistan": "Tajikistan",
    "turkey": "Türkiye; Turkey",
    "turkmenistan": "Turkmenistan",
    "uzbekistan": "Uzbekistan; Republic of Uzbekistan",
}
PREFIXES = """PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX def: <https://w3id.org/almaty-process/def#>
PREFIX organization: <https://w3id.org/almaty-process/id/organization/>
PREFIX process: <https://w3id.org/almaty-process/id/process/>
PREFIX schema: <http://schema.org/>
PREFIX scheme: <https://w3id.org/almaty-process/id/scheme/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX source: <https://w3id.org/almaty-process/source/>
PREFIX source-kind: <https://w3id.org/almaty-process/id/source-kind/>
PREFIX state: <https://w3id.org/almaty-process/id/state/>
PREFIX topic: <https://w3id.org/almaty-process/id/topic/>
"""
REGISTER = {
    "organizations.ttl": """
organization:femida a def:NonGovernmentalOrganization ; skos:prefLabel "Femida"@en .
organization:iom a def:Organization ; skos:altLabel "IOM"@en ;
    skos:prefLabel "International Organization for Migration"@en .
organization:unesco a def:Organization ;
    skos:prefLabel "United Nations Educational, Scientific and Cultural Organization"@en .
""",
    "processes.ttl": """
process:almaty-process a def:Process ; skos:altLabel "Almaty Process"@en ;
    skos:prefLabel "Almaty Process on Refugee Protection and International Migration"@en .
process:prague-process a def:Process ; skos:prefLabel "Prague Process"@en .
""",
    "sources.ttl": """
source:page a def:Source ; dcterms:language "en" ; dcterms:publisher organization:iom ;
    dcterms:title "A page"@en ; dcterms:type source-kind:official ; def:howRead "Whole."@en ;
    def:undated true ; schema:url <https://www.iom.int/page> ; skos:prefLabel "A page"@en .
""",
    "topics.ttl": """
scheme:topics a skos:ConceptScheme ; skos:prefLabel "Topics"@en .
topic:irregular-migration a def:Topic ; skos:inScheme scheme:topics ;
    skos:prefLabel "Irregular migration"@en ; skos:topConceptOf scheme:topics .
""",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository that has names but no claims, with the vocabulary and the shapes of the real one."""
    for part in ("ontology", "shapes"):
        shutil.copytree(ROOT / part, tmp_path / part)
    states = ""
    for slug, names in STATES.items():
        preferred, *others = names.split("; ")
        labels = [f'skos:prefLabel "{preferred}"@{tag}' for tag in ("en", *LANGUAGES)]
        labels += [f'skos:altLabel "{other}"@en' for other in others]
        states += f"state:{slug} a def:State ; {' ; '.join(labels)} .\n"
    for name, text in {**REGISTER, "states.ttl": states}.items():
        path = tmp_path / "data" / "register" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PREFIXES + text, encoding="utf-8")
    (tmp_path / "data" / "sources").mkdir()
    (tmp_path / "data" / "sources" / "page.ttl").write_text("")
    (tmp_path / "queries").mkdir()
    question = "# title: Is it?\n# description: Whether.\n# keywords: any\nSELECT (true AS ?it) WHERE {}\n"
    (tmp_path / "queries" / "any.rq").write_text(question)
    (tmp_path / "queries" / "any.csv").write_bytes(b"it\r\ntrue\r\n")
    assert run("format", "--root", tmp_path).exit_code == 0
    return tmp_path


def run(*arguments: str | Path, text: str = "") -> Result:
    """The result of a command that ends with an exit code, never with a traceback."""
    result = CliRunner().invoke(main, list(map(str, arguments)), input=text, prog_name="almaty-graph")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def errors(root: Path, *about: str) -> list[str]:
    """What a check says is wrong about these."""
    told = run("check", "--root", root).stdout.splitlines()
    assert re.fullmatch(r"\d+ errors, \d+ warnings, \d+ notes", told[-1])
    return [line for line in told if ": violation: " in line and any(name in line for name in about)]


def reading(root: Path, page: str) -> Reading:
    register, text = Register(Sources.at(root)), (PAGES / page).read_text(encoding="utf-8")
    process = title_of(text, register)
    assert process is not None
    return read_page(text, register, "page", process)


def snapshot(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def by_line(triples: Iterable[Triple]) -> dict[int, set[Triple]]:
    """For each line: the claims that cite it, without notes, and every passage that these claims cite."""
    rows: dict[Term, set[Triple]] = defaultdict(set)
    for triple in triples:
        if triple.predicate != NOTE:
            rows[triple.subject].add(triple)
    lines: dict[int, set[Triple]] = defaultdict(set)
    for claim in list(rows.values()):
        cited = [triple.object for triple in claim if triple.predicate == CITES]
        said = claim.union(*(rows[passage] for passage in cited))
        for triple in said:
            if triple.predicate == FIRST:
                lines[int(text_of(triple.object))] |= said
    return lines


def claims(read: Reading) -> dict[str, set[str]]:
    """For each claim drafted, by its slug: what it says, as `role:observer` and the like."""
    writer, said = Writer(prefixes_for("page")), defaultdict(set)
    for subject, predicate, value in read.draft.triples():
        name = writer.name(subject)
        if name.startswith("claim:") and not predicate.endswith("#type>") and predicate != NOTE:
            said[name.removeprefix("claim:")].add(writer.term(value))
    return said


# Pages


def test_at_least_nine_tenths_of_the_lines_with_facts_are_drafted_as_they_were_curated(seed: Path) -> None:
    sources = Sources.at(ROOT)
    register, data = Register(sources), seed.read_bytes()
    slug, text = register.source_of(data), data.decode()
    process = title_of(text, register)
    assert process is not None
    read = read_page(text, register, slug, process)
    [file] = [file for file in sources.of("sources") if file.slug == slug]
    curated, drafted = by_line(file.lines), by_line(read.draft.triples())
    facts = {line.number for line in read.lines} - HEADINGS_AND_BOILERPLATE
    alike = {line for line in facts if drafted.get(line) == curated.get(line)}
    assert len(facts) == 71
    assert len(alike) >= 0.9 * len(facts), sorted(facts - alike)


def test_a_draft_of_the_seed_passes_the_rules_about_evidence(seed: Path) -> None:
    sources = Sources.at(ROOT)
    register, text = Register(sources), seed.read_text(encoding="utf-8")
    process = title_of(text, register)
    assert process is not None
    assert gaps(sources, read_page(text, register, "page", process)) == []


def gaps(sources: Sources, read: Reading) -> list[str]:
    lines = dict.fromkeys(read.draft.triples(), 1)
    file = TurtleFile("data/sources/page.ttl", b"", lines)
    return [f"{gap.focus} {gap.message}" for gap in find_gaps(SourceGraph(sources, file))]


@pytest.mark.parametrize("page", ["older.txt", "later.txt"])
def test_every_line_is_drafted_set_aside_or_not_understood(root: Path, page: str) -> None:
    read = reading(root, page)
    text = (PAGES / page).read_text(encoding="utf-8").split("\n")
    assert [line.number for line in read.lines] == [n for n, line in enumerate(text, 1) if line.strip()]
    unread = {miss.line for miss in read.unread}
    assert read.drafted | read.aside.keys() | unread == {line.number for line in read.lines}
    assert not read.drafted & read.aside.keys()
    assert not unread & read.aside.keys()


@pytest.mark.parametrize("page", ["older.txt", "later.txt"])
def test_a_draft_passes_the_rules_about_evidence(root: Path, page: str) -> None:
    assert gaps(Sources.at(root), reading(root, page)) == []


@pytest.mark.slow
@pytest.mark.parametrize("page", ["older.txt", "later.txt"])
def test_a_draft_put_in_its_place_has_no_error(root: Path, page: str) -> None:
    (root / "data" / "sources" / "page.ttl").write_text(reading(root, page).draft.write(), encoding="utf-8")
    assert errors(root, "data/sources/page.ttl") == []


def test_the_older_template_is_drafted(root: Path) -> None:
    in_process = "process:prague-process"
    assert claims(reading(root, "older.txt")) == {
        "name": {'"Prague Process"@en', in_process, "schema:name", "passage:L1"},
        "founded": {'"2013"^^xsd:gYear', in_process, "schema:foundingDate", "passage:L3"},
        "topic-irregular-migration": {
            '"Irregular migration"', "topic:irregular-migration", in_process, "dcterms:subject", "passage:L7",
        },
        "participating-count": {"18", in_process, "role:participating-state", "passage:L10"},
        "chair-kyrgyzstan": {'"Kyrgyzstan"', "state:kyrgyzstan", in_process, "role:chair", "passage:L10"},
        "participating-count-2": {"3", in_process, "role:participating-state", "passage:L14"},
        "incoming-chair-kazakhstan": {
            '"2018-10"^^xsd:gYearMonth', '"2020-10"^^xsd:gYearMonth', '"Kazakhstan"', "state:kazakhstan",
            in_process, "role:incoming-chair", "passage:L15",
        },
        "participating-kyrgyzstan": {
            '"Kyrgyz Republic"', "state:kyrgyzstan", in_process, "role:participating-state",
            "passage:L14", "passage:L17",
        },
        "participating-tajikistan": {
            '"Tajikistan"', "state:tajikistan", in_process, "role:participating-state",
            "passage:L14", "passage:L18",
        },
        "observer-iran": {'"Iran"', "state:iran", in_process, "role:observer", "passage:L20"},
        "observer-pakistan": {'"Pakistan"', "state:pakistan", in_process, "role:observer", "passage:L20"},
        "guest-modality": {in_process, "role:guest", "modality:ad-hoc-invitation", "passage:L22"},
        "guest-china": {
            '"China"', "state:china", in_process, "role:guest", "passage:L22", "passage:L24-china",
        },
        "guest-iran": {'"Iran"', "state:iran", in_process, "role:guest", "passage:L22", "passage:L24-iran"},
        "partner-modality": {in_process, "role:partner", "modality:ad-hoc-invitation", "passage:L26"},
        "partner-iom": {
            '"International Organization for Migration (IOM)"', "organization:iom", in_process,
            "role:partner", "passage:L26", "passage:L28",
        },
        "partner-unesco": {
            '"United Nations Educational, Scientific and Cultural Organization (IOM)"',
            "organization:unesco", "organization:iom", in_process, "role:partner",
            "passage:L26", "passage:L29",
        },
        "ngo-modality": {in_process, "role:ngo-partner", "modality:ad-hoc-invitation", "passage:L32"},
        "ngo-femida": {
            '"Femida"', "organization:femida", in_process, "role:ngo-partner", "passage:L32", "passage:L34",
        },
        "country-femida": {
            '"Tajikistan"', "state:tajikistan", "organization:femida", "schema:location", "passage:L34",
        },
        "support-unit-iom": {
            '"IOM"', "organization:iom", in_process, "role:support-unit", "state:kazakhstan", "passage:L36",
        },
    }  # fmt: skip


def test_the_later_template_is_drafted(root: Path) -> None:
    in_process, member = "process:almaty-process", "role:participating-state"

    def chair(name: str, state: str, start: str, end: str, *passages: str) -> set[str]:
        dates = {f'"{date}"^^xsd:gYear{"Month" * (len(date) == 7)}' for date in (start, end)}
        return {f'"{name}"', f"state:{state}", in_process, "role:chair", *dates, *passages}

    assert claims(reading(root, "later.txt")) == {
        "name": {
            '"Almaty Process on Refugee Protection and International Migration"@en', in_process,
            "schema:name", "passage:L1",
        },
        "founded": {'"2013"^^xsd:gYear', in_process, "schema:foundingDate", "passage:L5"},
        "topic-irregular-migration": {
            '"Irregular migration"', "topic:irregular-migration", in_process, "dcterms:subject", "passage:L9",
        },
        "chair-azerbaijan": chair("Azerbaijan", "azerbaijan", "2023", "2024", "passage:L13"),
        "chair-turkey": chair("Turkey", "turkey", "2021", "2022", "passage:L14", "passage:L14-turkey"),
        "chair-tajikistan": chair(
            "Tajikistan", "tajikistan", "2018", "2020", "passage:L14", "passage:L14-tajikistan"
        ),
        "chair-kyrgyzstan": chair(
            "Kyrgyzstan", "kyrgyzstan", "2016-10", "2018-09", "passage:L14", "passage:L14-kyrgyzstan"
        ),
        "chair-kazakhstan": chair(
            "Kazakhstan", "kazakhstan", "2013", "2016", "passage:L14", "passage:L14-kazakhstan"
        ),
        "participating-count": {"6", in_process, member, "passage:L20"},
        **{
            f"participating-{slug}": {
                f'"{name}"', f"state:{slug}", in_process, member, "passage:L20", f"passage:L{line}",
            }
            for line, (slug, name) in enumerate(
                [("afghanistan", "Afghanistan"), ("azerbaijan", "Azerbaijan"), ("kazakhstan", "Kazakhstan"),
                 ("kyrgyzstan", "Kyrgyzstan"), ("tajikistan", "Tajikistan"), ("turkey", "Türkiye")], start=22,
            )
        },
        **{
            f"founding-member-{slug}": {
                f'"{slug.title()}"', f"state:{slug}", in_process, "role:founding-member", "passage:L29",
            }
            for slug in ("kazakhstan", "kyrgyzstan", "tajikistan", "turkmenistan")
        },
        "observer-state-count": {"4", "def:State", in_process, "role:observer", "passage:L31"},
        **{
            f"observer-{slug}": {
                f'"{slug.title()}"', f"state:{slug}", in_process, "role:observer",
                "passage:L31", f"passage:L{line}",
            }
            for line, slug in enumerate(("iran", "italy", "pakistan", "turkmenistan"), start=33)
        },
        "acceding-member-uzbekistan": {
            '"Republic of Uzbekistan"', "state:uzbekistan", in_process, "role:acceding-member", "passage:L38",
        },
        "suspended-member-count": {"1", in_process, "role:suspended-member", "passage:L40"},
        "suspended-member-uzbekistan": {
            '"Uzbekistan"', "state:uzbekistan", in_process, "role:suspended-member",
            "passage:L40", "passage:L42",
        },
    }  # fmt: skip


def test_names_joined_by_and_are_told_apart_and_a_name_with_and_is_left_whole(root: Path) -> None:
    organizations = root / "data" / "register" / "organizations.ttl"
    text = organizations.read_text(encoding="utf-8").replace('"Femida"@en', '"Rights and Prosperity"@en')
    organizations.write_text(text, encoding="utf-8")
    register = Register(Sources.at(root))
    page = (
        "Prague Process\nObserver States: Iran, Italy and Pakistan\nObservers: Rights and Prosperity, IOM\n"
    )
    process = title_of(page, register)
    assert process is not None
    read = read_page(page, register, "page", process)
    observers = [name for name in claims(read) if name != "name"]
    assert sorted(observers) == [
        "observer-femida",
        "observer-iom",
        "observer-iran",
        "observer-italy",
        "observer-pakistan",
    ]
    assert read.unread == ()


def test_what_is_not_understood_is_listed_with_its_line_and_why(root: Path) -> None:
    unknown = "no name in the register"
    assert [(miss.line, miss.text, miss.why) for miss in reading(root, "older.txt").unread] == [
        (8, "Labour mobility", "no topic of the register"),
        (12, "Sri Lanka", unknown),
        (18, "tbc", "neither an acronym, a state of the register nor a term of office"),
        (20, "Atlantis", unknown),
        (30, "Nobody Known (NK)", unknown),
        (37, "Two sentences that no template has.", "a sentence where a list of names should be"),
    ]
    unrecorded = "nothing in the vocabulary holds it yet"
    assert [(miss.line, miss.text, miss.why) for miss in reading(root, "later.txt").unread] == [
        (3, "Type: Regional", unrecorded),
        (4, "Formal association with regional bodies: none", unrecorded),
        (
            18,
            "The Government of the Chairing Country acts also as Secretariat.",
            "a sentence where a list of names should be",
        ),
    ]


def test_headings_that_say_nothing_are_set_aside_with_a_reason(root: Path) -> None:
    says_nothing, empty = "Heading; says nothing by itself.", "Heading of a list that is empty."
    lost = "Label whose value is lost: there is nothing to record."
    assert reading(root, "older.txt").aside == {5: says_nothing, 39: empty, 41: empty, 43: lost}
    assert reading(root, "later.txt").aside == {7: says_nothing, 11: says_nothing, 16: says_nothing}


def test_a_number_that_is_not_that_of_the_names_listed_is_told(root: Path) -> None:
    assert list(map(str, reading(root, "older.txt").differences)) == [
        "line 10 announces 18 members, 1 is listed: look whether lines of the page are missing",
        "line 14 announces 3 participating states, 2 are listed: look whether lines of the page are missing",
    ]
    assert reading(root, "later.txt").differences == ()


def test_a_name_that_two_things_have_is_resolved_to_neither(root: Path) -> None:
    path = root / "data" / "register" / "states.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"China"@en', '"China"@en, "Iran"@en'), encoding="utf-8")
    [miss] = [miss for miss in reading(root, "older.txt").unread if miss.text == "Iran" and miss.line == 20]
    assert miss.why == "no name in the register: it is the name of state:china and of state:iran"


# import


def test_import_prints_the_draft_and_on_stderr_what_is_left(root: Path) -> None:
    result = run("import", PAGES / "older.txt", "--source", "page", "--root", root)
    assert result.stdout == reading(root, "older.txt").draft.write()
    assert result.stderr.splitlines()[:2] == [
        "25 lines: 15 drafted, 2 drafted in part, 4 set aside, 4 not understood",
        "line 5: set aside: Heading; says nothing by itself.",
    ]
    assert "line 30: not understood: 'Nobody Known (NK)': no name in the register" in result.stderr
    assert result.exit_code == 1


def test_a_page_that_is_wholly_understood_is_exit_code_0(root: Path, tmp_path: Path) -> None:
    page, target = tmp_path / "page.txt", tmp_path / "draft.ttl"
    page.write_text("Prague Process\n\nEstablished 2013\n")
    result = run("import", page, "--source", "page", "--to", target, "--root", root)
    told = "2 lines: 2 drafted, 0 drafted in part, 0 set aside, 0 not understood\n"
    assert (result.stdout, result.stderr, result.exit_code) == ("", told, 0)
    assert read_turtle(target, tmp_path).lines


def test_import_never_overwrites_a_file(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "draft.ttl"
    target.write_text("mine")
    result = run("import", PAGES / "later.txt", "--source", "page", "--to", target, "--root", root)
    assert result.stderr == (
        f"almaty-graph: {target}: exists already: nothing is overwritten, name another file with --to\n"
    )
    assert (target.read_text(), result.exit_code) == ("mine", 2)


def test_a_copy_of_a_source_is_known_by_its_digest(root: Path) -> None:
    page = PAGES / "later.txt"
    digest = hashlib.sha256(page.read_bytes()).hexdigest()
    result = run("import", page, "--root", root)
    assert result.stderr == (
        f"almaty-graph: data/register: there is no source of SHA-256 {digest}: name one with --source, "
        "or add it: almaty-graph new source\n"
    )
    assert result.exit_code == 2
    sources = root / "data" / "register" / "sources.ttl"
    text = sources.read_text().replace("schema:url", f'schema:sha256 "{digest}" ;\n    schema:url')
    sources.write_text(text)
    assert run("import", page, "--root", root).stdout == reading(root, "later.txt").draft.write()


def test_a_page_without_a_title_needs_to_be_told_its_process(root: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text("Established 2013\n")
    result = run("import", page, "--source", "page", "--root", root)
    assert result.stderr.endswith(
        "Error: the first line of the page is not the name of a process: give --process\n"
    )
    assert result.exit_code == 2
    told = run("import", page, "--source", "page", "--process", "prague-process", "--root", root)
    assert "rdf:subject process:prague-process ;" in told.stdout
    assert told.exit_code == 0


# new

SOURCE = {
    "slug": "unhcr-faq", "title": "Almaty Process FAQ", "label": "UNHCR, questions", "language": "en",
    "url": "https://www.unhcr.org/faq", "publisher": "IOM", "how-read": "The whole page.", "type": "official",
}  # fmt: skip
ENTITY = {"kind": "state", "slug": "ukraine", "name": "Ukraine"}
CLAIM = {
    "source": "page", "kind": "participation", "member": "Iran", "role": "observer",
    "process": "almaty-process", "start": "2016-10", "name-as-written": "Islamic Republic of Iran",
    "line": "20", "quote": "Islamic Republic of Iran (since October 2016)",
}  # fmt: skip
STATEMENT = {
    "source": "page", "kind": "statement", "subject": "almaty-process", "property": "schema:foundingDate",
    "value": "2013", "slug": "founded", "section": "Origin", "quote": "Established 2013",
}  # fmt: skip
DESCRIPTION = {
    "source": "page", "kind": "role-description", "role": "chair", "process": "almaty-process",
    "term-of-office": "P2Y", "slug": "chair-term", "section": "Origin",
    "paraphrase": "The chair changes every two years.",
}  # fmt: skip


def new(root: Path, form: str, answers: dict[str, str], text: str = "") -> Result:
    options = [part for name, value in answers.items() for part in (f"--{name}", value)]
    return run("new", form, *options, "--root", root, text=text)


@pytest.mark.slow
def test_new_entries_pass_the_check(root: Path) -> None:
    for form, answers in (
        ("source", SOURCE),
        ("entity", ENTITY),
        ("claim", CLAIM),
        ("claim", STATEMENT),
        ("claim", DESCRIPTION),
        ("claim", {**STATEMENT, "source": "unhcr-faq"}),
    ):
        assert new(root, form, answers).exit_code == 0, answers
    assert errors(root, "data/sources/", "source/unhcr-faq", "state/ukraine") == []


def test_a_new_source_is_written_to_the_register_and_nowhere_else(root: Path) -> None:
    before = snapshot(root)
    result = new(root, "source", SOURCE)
    assert result.stdout == "data/register/sources.ttl: added source unhcr-faq\nnext: almaty-graph check\n"
    after = snapshot(root)
    assert {path for path in after if after[path] != before.get(path)} == {"data/register/sources.ttl"}
    assert after.keys() == before.keys()
    text = after["data/register/sources.ttl"].decode()
    assert text.partition("source:unhcr-faq\n")[2] == (
        "    a def:Source ;\n"
        '    dcterms:language "en" ;\n'
        "    dcterms:publisher organization:iom ;\n"
        '    dcterms:title "Almaty Process FAQ"@en ;\n'
        "    dcterms:type source-kind:official ;\n"
        '    def:howRead "The whole page."@en ;\n'
        "    def:undated true ;\n"
        "    schema:url <https://www.unhcr.org/faq> ;\n"
        '    skos:prefLabel "UNHCR, questions"@en ;\n'
        ".\n"
    )


def test_a_new_state_goes_to_the_file_of_states_with_its_names_by_cldr(root: Path) -> None:
    result = new(root, "entity", ENTITY)
    assert result.stdout == "data/register/states.ttl: added entity ukraine\nnext: almaty-graph check\n"
    block = (root / "data/register/states.ttl").read_text(encoding="utf-8").partition("state:ukraine\n")[2]
    assert block.partition(".\n")[0] == (
        "    a def:State ;\n"
        '    skos:prefLabel "Ukraina"@tk ;\n'
        '    skos:prefLabel "Ukraina"@uz ;\n'
        '    skos:prefLabel "Ukraine"@en ;\n'
        '    skos:prefLabel "Украина"@kk ;\n'
        '    skos:prefLabel "Украина"@ky ;\n'
        '    skos:prefLabel "Украина"@ru ;\n'
        '    skos:prefLabel "Украина"@tg ;\n'
        '    skos:prefLabel "اوکراین"@fa ;\n'
    )  # fmt: skip


def test_a_new_claim_is_written_with_its_passage(root: Path) -> None:
    assert new(root, "claim", CLAIM).stdout == (
        "data/sources/page.ttl: added claim observer-iran\nnext: almaty-graph check\n"
    )
    text = (root / "data/sources/page.ttl").read_text(encoding="utf-8")
    assert text.partition("\n\n")[2] == (
        "claim:observer-iran\n"
        "    a def:Participation ;\n"
        '    def:nameAsWritten "Islamic Republic of Iran" ;\n'
        "    org:member state:iran ;\n"
        "    org:organization process:almaty-process ;\n"
        "    org:role role:observer ;\n"
        "    prov:wasDerivedFrom passage:L20 ;\n"
        '    schema:startDate "2016-10"^^xsd:gYearMonth ;\n'
        ".\n"
        "\n"
        "passage:L20\n"
        "    a def:Passage ;\n"
        "    def:firstLine 20 ;\n"
        "    def:lastLine 20 ;\n"
        '    oa:exact "Islamic Republic of Iran (since October 2016)" ;\n'
        "    prov:wasQuotedFrom source:page ;\n"
        ".\n"
    )


def test_the_same_answers_can_be_given_when_asked(root: Path, tmp_path: Path) -> None:
    twin = shutil.copytree(root, tmp_path / "twin", ignore=shutil.ignore_patterns("twin"))
    assert new(root, "claim", CLAIM).exit_code == 0
    lines = ["page", "participation", "Iran", "observer", "almaty-process", "2016-10", ""]
    lines += ["Islamic Republic of Iran", "", "20", CLAIM["quote"], ""]
    result = run("new", "claim", "--root", twin, text="\n".join(lines) + "\n")
    assert result.exit_code == 0, result.output
    path = Path("data", "sources", "page.ttl")
    assert (twin / path).read_bytes() == (root / path).read_bytes()


def test_an_answer_that_will_not_do_is_asked_for_again(root: Path) -> None:
    lines = ["2016-13", "2016"]
    answers = {name: value for name, value in CLAIM.items() if name != "start"}
    result = new(
        root, "claim", {**answers, "quote": "Iran (2016)", "name-as-written": "Iran"}, "\n".join(lines)
    )
    assert "'2016-13' is no date: write 2018, 2018-10 or 2018-10-03" in result.stderr
    assert '"2016"^^xsd:gYear' in (root / "data/sources/page.ttl").read_text()


@pytest.mark.parametrize(
    ("form", "changed", "sentence"),
    [
        ("source", {"slug": "UNHCR faq"},
         "--slug: 'UNHCR faq' is no slug: small letters, digits and hyphens, for example 'prague-process'"),
        ("source", {"slug": "page"},
         "--slug: 'page' exists already, at data/register/sources.ttl:"),
        ("source", {"url": "iom.int"},
         "--url: 'iom.int' is no address on the web: it begins with http:// or https://"),
        ("source", {"publisher": "IOMM"},
         "--publisher: there is no state, organization, programme, process, office or post 'IOMM'; "
         "the nearest: organization:iom"),
        ("source", {"sha256": "abc"}, "--sha256: 'abc' is neither a SHA-256 nor a file that can be read"),
        ("entity", {"slug": "iran"}, "--slug: 'iran' exists already, at data/register/states.ttl:"),
        ("entity", {"name": "turkey"}, "--name: 'turkey' is the name of state:turkey already"),
        ("entity", {"kind": "planet"}, "--kind: 'planet' is no choice here: one of state, organization, "),
        ("claim", {"source": "pages"},
         "--source: there is no source 'pages'; the nearest: page; to add it: almaty-graph new source"),
        ("claim", {"start": "10/2016"},
         "--start: '10/2016' is no date: write 2018, 2018-10 or 2018-10-03, as exact as the source is"),
        ("claim", {"role": "observers"}, "--role: there is no role 'observers'; the nearest: role:observer"),
        ("claim", {"line": "0"}, "--line: '0' is no line: write 20, or 12-17, counted from 1"),
        ("claim", {"quote": "Iran " * 40},
         "--quote: the quote has 200 characters, 180 at most may be quoted: shorten it"),
        ("claim", {"quote": "Iran,"},
         "--quote: quote 'Iran,' must begin and end with a word or a closed bracket"),
        ("claim", {"value": "x"}, "--value does not go with the other answers"),
    ],
)  # fmt: skip
def test_what_will_not_do_is_refused_in_one_sentence_and_nothing_is_written(
    root: Path, form: str, changed: dict[str, str], sentence: str
) -> None:
    before = snapshot(root)
    answers = {"source": SOURCE, "entity": ENTITY, "claim": CLAIM}[form]
    result = new(root, form, {**answers, **changed})
    assert result.stderr.partition("Error: ")[2].startswith(sentence), result.stderr
    assert (result.stdout, result.exit_code) == ("", 2)
    assert snapshot(root) == before


def test_a_claim_whose_quote_does_not_say_it_is_refused(root: Path) -> None:
    before = snapshot(root)
    result = new(root, "claim", {**CLAIM, "start": "2017"})
    assert result.stderr.splitlines()[-1].endswith(
        "almaty-graph: data/sources/page.ttl: observer-iran says 2017, but its quote says 2016-10"
    )
    assert (snapshot(root), result.exit_code) == (before, 2)


def test_an_existing_claim_is_never_overwritten(root: Path) -> None:
    assert new(root, "claim", CLAIM).exit_code == 0
    before = snapshot(root)
    result = new(root, "claim", {**CLAIM, "slug": "observer-iran"})
    assert "--slug: 'observer-iran' exists already, at data/sources/page.ttl:" in result.stderr
    assert (snapshot(root), result.exit_code) == (before, 2)


def test_another_quote_of_the_same_line_is_another_passage(root: Path) -> None:
    assert new(root, "claim", CLAIM).exit_code == 0
    other = {**CLAIM, "member": "Pakistan", "name-as-written": "Pakistan", "quote": "Pakistan (October 2016)"}
    assert new(root, "claim", other).exit_code == 0
    text = (root / "data/sources/page.ttl").read_text()
    assert re.findall(r"^passage:\S+", text, re.MULTILINE) == ["passage:L20-observer-pakistan", "passage:L20"]


def test_what_is_missing_is_named_when_nobody_can_be_asked(root: Path) -> None:
    before = snapshot(root)
    result = run("new", "claim", "--source", "page", "--root", root)
    assert result.stderr.endswith(
        "Error: give --kind: Kind of claim (participation, statement, role-description)\n"
    )
    assert (snapshot(root), result.exit_code) == (before, 2)
