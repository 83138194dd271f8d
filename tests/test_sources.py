"""Every quote of facts.md, sections 2.1 to 2.6, is in the graph: cited by a claim or set aside."""

import csv
import io
import re

import pytest

from almaty_graph.check.answers import answer_all
from almaty_graph.sources import Sources
from conftest import shared

WORDS = re.compile(r"[\w@+./-]*\w")
# Words that carry no content.
SMALL = frozenset(re.findall(r"\w+", "a and are as at by for from in is of on that the to was with и в с"))


def quotes_of(text: str) -> list[str]:
    """What stands between straight quotation marks in sections 2.1 to 2.6."""
    body = text[text.index("### 2.1 ") : text.index("## 3. ")]
    return [quote for line in body.splitlines() for quote in re.findall(r'"([^"]+)"', line)]


def content_words(text: str) -> set[str]:
    """The words of a text that carry content, in small letters; an elision carries none."""
    plain = text.lower().replace("’", "'").replace("'", " ")
    return set(WORDS.findall(plain)) - SMALL


def missing_words(quote: str, passages: dict[str, set[str]]) -> set[str]:
    """The content words of a quote that are lacking in whichever source lacks the fewest."""
    words = content_words(quote)
    return min((words - said for said in passages.values()), key=len)


def words_of_sources(sources: Sources) -> dict[str, set[str]]:
    """The content words of each source's quotes by the recorded questions; no paraphrase counts."""
    answers = {question.slug: answer for question, answer in answer_all(sources)}
    found: dict[str, set[str]] = {}
    for slug in ("claims-by-source", "passages-set-aside"):
        for row in csv.DictReader(io.StringIO(str(answers[slug]))):
            found.setdefault(row["source"], set()).update(content_words(row["quote"]))
    return found


@pytest.fixture(scope="module")
def passages(sources: Sources) -> dict[str, set[str]]:
    return words_of_sources(sources)


@pytest.fixture(scope="module")
def quotes() -> list[str]:
    return quotes_of(shared("facts.md").read_text(encoding="utf-8"))


@pytest.mark.slow
def test_every_quote_of_the_research_is_in_the_graph(
    quotes: list[str], passages: dict[str, set[str]]
) -> None:
    assert len(quotes) > 60
    lacking = {quote: missing_words(quote, passages) for quote in quotes}
    assert {quote: words for quote, words in lacking.items() if words} == {}


@pytest.mark.parametrize("slug", ["ots-online-meeting-2023", "unhcr-members-and-governance", "iom-profile"])
def test_a_quote_that_no_source_has_any_more_is_missed(
    slug: str, quotes: list[str], passages: dict[str, set[str]]
) -> None:
    without = {name: words for name, words in passages.items() if not name.endswith(f"/{slug}")}
    assert len(without) == len(passages) - 1
    assert any(missing_words(quote, without) for quote in quotes)


def test_every_page_that_the_research_cites_is_a_source(sources: Sources) -> None:
    text = shared("facts.md").read_text(encoding="utf-8")
    body = text[text.index("### 2.1 ") : text.index("## 3. ")]
    cited = {url.rstrip("/.,;)") for url in re.findall(r"https?://[^\s|<>\"]+", body)}
    known = {quad.object.strip("<>").rstrip("/") for quad in sources.dataset}
    contacts = {"http://www.unhcr.kz"}
    assert len(cited) > 30
    assert cited - known - contacts == set()


def test_an_archived_page_has_its_original_address_too(sources: Sources) -> None:
    pairs = {
        quad.subject: quad.object.strip("<>")
        for quad in sources.dataset
        if quad.predicate == "<http://schema.org/archivedAt>"
    }
    urls = {
        quad.subject: quad.object.strip("<>")
        for quad in sources.dataset
        if quad.predicate == "<http://schema.org/url>"
    }
    assert pairs
    assert {name: copy.partition("mp_/")[2] for name, copy in pairs.items()} == {n: urls[n] for n in pairs}
