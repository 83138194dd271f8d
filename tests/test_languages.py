"""What pages say in English and Russian: whole, in the language that is asked for, and never in another."""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from werkzeug.test import TestResponse

import almaty_graph.web
import messages
from almaty_graph.engine.embedded import Engine
from almaty_graph.release import Release
from almaty_graph.release.record import Record
from almaty_graph.terms import Quad, iri, literal
from almaty_graph.web import create_app
from almaty_graph.web.portal.claims import Writing
from almaty_graph.web.portal.labels import Labels, mark
from almaty_graph.web.portal.switching import carry_on
from almaty_graph.web.portal.translations import catalogue
from visits import ALL_PAGES, View, axe_faults, visiting

ENGLISH = {"Accept-Language": "en", "Accept": "text/html"}
RUSSIAN = {"Accept-Language": "ru", "Accept": "text/html"}


def forms(text: str | Iterable[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


# The catalogue


def test_the_catalogue_has_what_pages_say_and_nothing_else() -> None:
    """`make messages` adds what is new, to be translated."""
    assert messages.PATH.read_text(encoding="utf-8") == messages.updated()


def test_every_message_has_a_translation_that_is_not_doubtful() -> None:
    known = messages.known()
    left = [m.id for m in known if m.id and (m.fuzzy or not all(forms(m.string or "")))]
    assert left == []
    assert known.obsolete == {}
    assert len(known) > 200


def test_translations_have_the_values_and_the_links_of_their_messages() -> None:
    for message in messages.known():
        if message.id:
            said = forms(message.id)[-1]
            for form in forms(message.string):
                for part in (r"%\(\w+\)s", r"</?[a-z]+|(?:href|src|type)=\"[^\"]*\""):
                    assert sorted(re.findall(part, form)) == sorted(re.findall(part, said)), form
                assert len(forms(message.string)) in (1, 3)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 утверждений"),
        (1, "1 утверждение"),
        (2, "2 утверждения"),
        (5, "5 утверждений"),
        (11, "11 утверждений"),
        (21, "21 утверждение"),
        (22, "22 утверждения"),
        (112, "112 утверждений"),
    ],
)
def test_a_number_has_the_form_that_goes_with_it(number: int, words: str) -> None:
    said = catalogue("ru").ngettext("%(num)s claim", "%(num)s claims", number)
    assert said % {"num": number} == words


# The choice


@pytest.mark.parametrize(
    ("address", "header", "language"),
    [
        ("", None, "en"),
        ("", "ru", "ru"),
        ("", "ru-RU,ru;q=0.9,en-US;q=0.8", "ru"),
        ("", "en, ru;q=0.9", "en"),
        ("", "kk, ru;q=0.5", "ru"),
        ("", "de", "en"),
        ("", "ru;q=0", "en"),
        ("lang=ru", None, "ru"),
        ("lang=ru", "en", "ru"),
        ("lang=en", "ru", "en"),
        ("lang=kk", "ru", "ru"),
        ("lang=", "ru", "ru"),
    ],
)
def test_the_address_counts_for_more_than_the_header(
    client: FlaskClient, address: str, header: str | None, language: str
) -> None:
    for path in ("/", "/doc/state/iran", "/nowhere", "/timeline.svg"):
        headers = {"Accept": "text/html"} | ({"Accept-Language": header} if header else {})
        page = client.get(f"{path}?{address}", headers=headers)
        assert page.headers["Content-Language"] == language
        assert page.headers["Vary"] == "Accept, Accept-Language, Accept-Encoding"
        if path != "/timeline.svg":
            assert f'<html lang="{language}">' in page.text
            assert f'lang="{language}" aria-current="true"' in page.text


def test_each_reader_gets_the_page_in_the_own_language_from_the_cache(
    release: Release, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even of a dataset that has no names in Russian."""
    monkeypatch.setattr(almaty_graph.web, "languages_of", lambda _: ("en",))
    client = create_app(release, engine).test_client()

    def ask(header: str, address: str = "/source") -> TestResponse:
        return client.get(address, headers={"Accept-Language": header})

    for _ in range(2):
        assert ask("ru").headers["Content-Language"] == "ru"
        assert ask("en").headers["Content-Language"] == "en"
        assert ask("en", "/source?lang=ru").headers["Content-Language"] == "ru"
        assert ask("ru", "/source?lang=en").headers["Content-Language"] == "en"
        assert ask("ru, en").data == ask("ru").data != ask("en").data
    tags = {ask(header).headers["ETag"] for header in ("en", "ru")}
    assert len(tags) == 2
    again = client.get(
        "/source", headers={"Accept-Language": "en", "If-None-Match": ask("ru").headers["ETag"]}
    )
    assert again.status_code == 200


def test_data_are_the_same_for_all_readers(client: FlaskClient) -> None:
    for path, accept in (
        ("/doc/state/iran", "text/turtle"),
        ("/doc/state/iran.jsonld", "*/*"),
        ("/search.json?q=iom", "*/*"),
        ("/timeline.csv", "*/*"),
        ("/completions.json", "*/*"),
        ("/release.json", "*/*"),
        ("/meetings.ics", "*/*"),
        ("/validate?focus=https://w3id.org/almaty-process/id/state/iran", "application/json"),
        ("/reconcile/preview?id=state/iran", "text/html"),
    ):
        plain = client.get(path, headers={"Accept": accept})
        asked = client.get(path, headers={"Accept": accept, "Accept-Language": "ru"})
        assert (plain.status_code, asked.data) == (200, plain.data), path
        assert asked.headers.get("Content-Language") in (None, "en"), path


# A choice goes on


@pytest.mark.parametrize(
    ("link", "carried"),
    [
        ('<a href="/">', '<a href="/?lang=ru">'),
        ('<a href="/doc/state/iran#rules">', '<a href="/doc/state/iran?lang=ru#rules">'),
        ('<a class="x" href="/search?q=a">', '<a class="x" href="/search?q=a&amp;lang=ru">'),
        ('<a href="/release/1.0-ab..1.0-cd">', '<a href="/release/1.0-ab..1.0-cd?lang=ru">'),
        ('<a href="/release/1.0-ab">', '<a href="/release/1.0-ab?lang=ru">'),
        ('<a href="/?lang=en" hreflang="en">', None),
        ('<a href="/doc/state/iran.ttl" type="text/turtle">', None),
        ('<a href="/sparql?query=x&amp;download=csv" download="answer.csv">', None),
        ('<a href="/dump/tables/State.csv">', None),
        ('<a href="/dump/dataset.nq.gz">', None),
        ('<a href="/release/1.0-ab/manifest.json">', None),
        ('<a href="/ldes">', None),
        ('<a href="/activities/1">', None),
        ('<a href="/report">', None),
        ('<a href="#main">', None),
        ('<a href="//example.org/">', None),
        ('<a href="https://example.org/">', None),
        ('<link rel="stylesheet" href="/static/style.css">', None),
        (
            '<form class="x" action="/search" method="get">',
            '<form class="x" action="/search" method="get"><input type="hidden" name="lang" value="ru">',
        ),
        (
            '<form action="/validate" method="post" enctype="x">',
            '<form action="/validate?lang=ru" method="post" enctype="x">',
        ),
    ],
)
def test_links_to_pages_and_forms_carry_a_choice(link: str, carried: str | None) -> None:
    assert carry_on(link, "ru") == (carried or link)


def test_a_choice_is_kept_by_whatever_a_page_leads_to_and_by_nothing_else(client: FlaskClient) -> None:
    assert "?lang=" not in re.sub("(?s)<head>.*</head>|<nav class=.*?</nav>", "", client.get("/").text)
    page = client.get("/doc/state/kyrgyzstan?lang=ru").text
    links = [each for each in re.findall(r'<a [^>]*?href="(/[^"]*)', page) if "lang=en" not in each]
    kept = {each.partition("#")[0] for each in links if "lang=ru" in each}
    assert len(kept) > 50
    for path in sorted(kept)[::12]:
        leads = client.get(path.replace("&amp;", "&"), headers=ENGLISH, follow_redirects=True)
        assert (leads.status_code, leads.headers["Content-Language"]) == (200, "ru"), path
    for path in {each for each in links if "lang=" not in each}:
        assert client.get(path).mimetype != "text/html", path
    assert client.get("/id/state/iran?lang=ru").headers["Location"] == "/doc/state/iran?lang=ru"
    assert client.get("/id/state/iran").headers["Location"] == "/doc/state/iran"


def test_the_switch_leads_to_the_same_page_in_the_other_language(client: FlaskClient) -> None:
    page = client.get("/disagreements?class=unsettled&lang=ru", headers={"Accept-Language": "en"})
    switch = re.search('<nav class="languages".*?</nav>', page.text)
    assert switch is not None
    assert re.findall('href="([^"]*)" hreflang="(..)" lang="(..)"', switch[0]) == [
        ("/disagreements?class=unsettled&amp;lang=en", "en", "en"),
        ("/disagreements?class=unsettled&amp;lang=ru", "ru", "ru"),
    ]


# Names of things


IRAN = iri("https://w3id.org/almaty-process/id/state/iran")
PREF = iri("http://www.w3.org/2004/02/skos/core#prefLabel")


@pytest.mark.parametrize(
    ("names", "english", "russian"),
    [
        ({"en": "Iran", "ru": "Иран"}, "Iran", "Иран"),
        (
            {"en": "A & <B>"},
            "A &amp; &lt;B&gt;",
            '<span lang="en" dir="auto">A &amp; &lt;B&gt;</span>',
        ),
        ({"ru": "Иран"}, '<span lang="ru" dir="auto">Иран</span>', "Иран"),
        ({"fa": "ایران"}, *['<span lang="fa" dir="auto">ایران</span>'] * 2),
        ({None: "IR"}, "IR", "IR"),
        ({}, "state:iran", "state:iran"),
    ],
)
def test_a_name_is_in_the_language_of_the_page_or_says_in_which_it_is(
    client: FlaskClient, names: dict[str | None, str], english: str, russian: str
) -> None:
    quads = [Quad(IRAN, PREF, literal(name, language=language), IRAN) for language, name in names.items()]
    labels = Labels(Record.of_quads(quads))
    environment = client.application.jinja_env
    for address, expected in (("/?lang=en", english), ("/?lang=ru", russian)):
        with client.application.test_request_context(address):
            for text in ("{{ f(t) }}", "{% set x = f(t) %}<title>{{ x }}</title>"):
                shown = environment.from_string(text).render(f=labels.shown, t=IRAN)
                assert re.sub("</?title>", "", shown) == expected
    assert labels.of(IRAN) == next(iter(names.values()), "state:iran")


def test_outside_of_a_request_everything_is_in_english() -> None:
    assert str(Writing(first="2019", last="2020")) == "undated, not before 2019 and not after 2020"
    assert mark("Eýran", "tk") == '<span lang="tk" dir="auto">Eýran</span>'


# No English is left


class Words(HTMLParser):
    """The texts of a page, and of what is read out, but for those that say that they are in another."""

    SILENT = ("script", "style", "textarea", "pre", "code", "blockquote", "svg")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self.is_heard:
            self.found += [given[name] or "" for name in ("aria-label", "placeholder") if name in given]
        if tag not in ("meta", "link", "input", "img", "br"):
            foreign = tag != "html" and given.get("lang", "ru") != "ru"
            self.open.append((tag, foreign or tag in self.SILENT))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.is_heard and data.strip():
            self.found.append(" ".join(data.split()))

    @property
    def is_heard(self) -> bool:
        return not any(silent for _, silent in self.open)


NAMES = {
    "almaty-graph",
    "SPARQL",
    "RDF",
    "CSV",
    "Parquet",
    "HTML",
    "CC",
    "BY",
    "SHACL",
    "IOM",
    "Atom",
    "Natural",
    "Earth",
}
WRITTEN = ("Almazbek Asanbayev",)  # by sources, who write it so


def test_header_footer_and_home_say_nothing_in_english(client: FlaskClient) -> None:
    page = client.get("/", headers=RUSSIAN).text
    shown = re.sub(r'(?s)<figcaption><a.*?</figcaption>|<p class="types">.*?</p>', "", page)
    left = {
        word
        for text in Words(shown).found
        if not text.endswith(WRITTEN)
        for word in re.findall("[A-Za-z][A-Za-z-]+", text)
    }
    assert left <= NAMES, left - NAMES
    assert "Алматинский процесс, утверждение за утверждением" in Words(page).found


@pytest.mark.parametrize("name", ALL_PAGES)
def test_no_page_in_russian_says_a_message_in_english(
    client: FlaskClient, release: Release, name: str
) -> None:
    english = {text for m in messages.known() if m.id for text in told(m.id) if text not in told(m.string)}
    english = {
        text for text in english if " " in text or text[:1].isupper()
    }  # others are names of graphs too
    page = client.get(ALL_PAGES[name].format(release=release.name), headers=RUSSIAN, follow_redirects=True)
    assert page.headers["Content-Language"] == "ru"
    found = Words(page.text).found
    assert len(found) > 20
    assert english.intersection(each.strip(" :·.,") for each in found) == set()


def told(text: str | Iterable[str] | None) -> Iterator[str]:
    """The pieces of a message between elements and values."""
    for form in forms(text):
        yield from (each.strip(" :·.,") for each in re.split(r"<[^>]*>|%\(\w+\)s", form) if len(each) > 3)


# In a browser


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize(
    "name",
    ["home", "day", "disagreements", "sources", "sparql", "vocabulary", "quality", "validate", "timeline"],
)
def test_a_page_in_russian_keeps_what_all_pages_promise(
    browser: Browser, server: str, name: str, width: int
) -> None:
    with visiting(browser, server, View(width, "light", script=True, language="ru")) as visit:
        visit.go(ALL_PAGES[name])
        visit.picture(f"{name}-ru")
        assert axe_faults(visit.page) == []


@pytest.mark.slow
def test_a_reader_changes_the_language_and_keeps_it(browser: Browser, server: str) -> None:
    with visiting(browser, server, View(1280, "light", script=False)) as visit:
        page = visit.page
        page.goto(server + "/disagreements")
        page.get_by_role("navigation", name="Language").get_by_role("link", name="Русский").click()
        assert page.url == server + "/disagreements?lang=ru"
        page.get_by_label("Источник").select_option("iom-profile")
        page.get_by_role("button", name="Показать").click()
        assert "lang=ru" in page.url
        assert "source=iom-profile" in page.url
        page.get_by_role("navigation", name="Главное меню").get_by_role("link", name="Вопросы").click()
        assert page.url == server + "/questions?lang=ru"
        page.get_by_role("link", name="English").click()
        assert page.evaluate("document.documentElement.lang") == "en"
