"""Decides what is asked for a new entry, and in which order: a table for each form."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from babel import Locale

from almaty_graph.curation import checks
from almaty_graph.curation.checks import Answers, Check
from almaty_graph.curation.holders import KINDS as HOLDERS
from almaty_graph.curation.register import Entry
from almaty_graph.curation.template import STEMS

# The classes of each kind of thing in the register; the first is what is meant if none is named.
CLASSES: Final = {
    "state": ("def:State",),
    "organization": (
        "def:Organization",
        "def:IntergovernmentalOrganization",
        "def:NonGovernmentalOrganization",
        "def:NationalAgency",
    ),
    "programme": ("def:Programme",),
    "office": ("def:Office",),
    "post": ("org:Post",),
    "place": ("def:Place", "schema:City"),
    "process": ("def:Process",),
    "working-group": ("def:WorkingGroup",),
    "meeting": ("def:Meeting",),
    "document": ("def:Document",),
    "topic": ("def:Topic",),
}
# In which languages, besides English, a state has its name.
LANGUAGES: Final = {
    "ru": "Russian", "kk": "Kazakh", "ky": "Kyrgyz", "tg": "Tajik", "uz": "Uzbek", "tk": "Turkmen",
    "fa": "Persian",
}  # fmt: skip
CLAIMS: Final = ("participation", "statement", "role-description")


def _always(_: Answers) -> bool:
    return True


def _nothing(_: Answers) -> str:
    return ""


@dataclass(frozen=True)
class Field:
    """One thing that is asked: the option, the question, the check of the answer, and when it is asked."""

    name: str
    question: str
    check: Check
    optional: bool = False
    when: Callable[[Answers], object] = field(default=_always)
    default: Callable[[Answers], str] = field(default=_nothing)


def _is(name: str, *values: str) -> Callable[[Answers], bool]:
    return lambda answers: answers.get(name) in values


def _default_slug(answers: Answers) -> str:
    member, role = answers.get("member"), answers.get("role")
    if not isinstance(member, Entry) or not isinstance(role, Entry):
        return ""
    return f"{STEMS.get(role.slug, role.slug)}-{member.slug}"


def _by_cldr(tag: str) -> Callable[[Answers], str]:
    """The name of a state in a language by CLDR, if its name in English is CLDR's."""

    def default(answers: Answers) -> str:
        names = Locale("en").territories.items() if answers["kind"] == "state" else ()
        code = next((code for code, name in names if name == answers["name"]), "")
        return str(Locale(tag).territories.get(code, ""))

    return default


_PARTICIPATION, _STATEMENT = _is("kind", "participation"), _is("kind", "statement")
_DESCRIPTION, _ROLE = _is("kind", "role-description"), _is("kind", "participation", "role-description")
_TAG = checks.matching(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", "language tag such as en")
_DURATION = checks.matching(r"P(?=\d)(?:\d+Y)?(?:\d+M)?(?:\d+D)?", "duration such as P2Y, P18M or P90D")
_URL = checks.matching(r"https?://\S+", "address on the web: it begins with http:// or https://")

SOURCE_FORM: Final = (
    Field("slug", "Slug of the source", checks.source_slug),
    Field("title", "Title", checks.text),
    Field("label", "Short name in English", checks.text),
    Field("url", "Address on the web", _URL),
    Field("language", "Language", _TAG, default=lambda _: "en"),
    Field("publisher", "Publisher, by name or as organization:iom", checks.thing(*HOLDERS), optional=True),
    Field("issued", "Its own date (2018, 2018-10 or 2018-10-03)", checks.date, optional=True),
    Field("archived-at", "Address of the archived copy that was read", _URL, optional=True),
    Field("archived-on", "Day on which it was archived", checks.day,
          when=lambda answers: answers["archived-at"]),
    Field("how-read", "How it was read, a sentence", checks.text),
    Field("sha256", "SHA-256 of the copy you read, or the path of that copy", checks.digest, optional=True),
    Field("type", "Kind of source, as source-kind:official", checks.thing("source-kind")),
    Field("note", "Note; if no publisher is known, say why", checks.text, optional=True),
)  # fmt: skip
ENTITY_FORM: Final = (
    Field("kind", f"Kind ({', '.join(CLASSES)})", checks.one_of(tuple(CLASSES))),
    Field("slug", "Slug", checks.entity_slug),
    Field("name", "Name in English", checks.new_name),
    *(
        Field(f"name-{tag}", f"Name in {language}", checks.new_name, optional=True, default=_by_cldr(tag),
              when=_always if tag == "ru" else _is("kind", "state"))
        for tag, language in LANGUAGES.items()
    ),
    Field("other-names", "Other names in English, with semicolons between", checks.text, optional=True),
    Field("class", "Class",
          lambda register, answers, text: checks.one_of(CLASSES[answers["kind"]])(register, answers, text),
          when=lambda answers: len(CLASSES[answers["kind"]]) > 1,
          default=lambda answers: CLASSES[answers["kind"]][0]),
    Field("type", "Type of document", checks.thing("document-type"), when=_is("kind", "document")),
    Field("cited", "Page that says what it is", _URL, optional=True),
    Field("note", "Note", checks.text, optional=True),
)  # fmt: skip
CLAIM_FORM: Final = (
    Field("source", "Source", lambda register, _, text: register.source(text.removeprefix("source:"))),
    Field("kind", f"Kind of claim ({', '.join(CLAIMS)})", checks.one_of(CLAIMS)),
    Field("member", "Who, by name or as state:iran", checks.thing(*HOLDERS), when=_PARTICIPATION),
    Field("role", "In which role, as role:observer", checks.thing("role"), when=_ROLE),
    Field("process", "In which process", checks.thing("process", "working-group"), when=_ROLE),
    Field("start", "From (2018, 2018-10 or 2018-10-03)", checks.date, optional=True, when=_PARTICIPATION),
    Field("end", "Until", checks.date, optional=True, when=_PARTICIPATION),
    Field("subject", "About what, as process:prague-process", checks.thing(*CLASSES), when=_STATEMENT),
    Field("property", "Which property, as schema:location", checks.property_term, when=_STATEMENT),
    Field("value", "Which value", checks.value, when=_STATEMENT),
    Field("count", "How many holders", checks.whole_number, optional=True, when=_DESCRIPTION),
    Field("modality", "In which manner", checks.thing("modality"), optional=True, when=_DESCRIPTION),
    Field("provisional", "Provisional (true, false)", checks.one_of(("true", "false")),
          optional=True, when=_DESCRIPTION),
    Field("term-of-office", "Term of office, as P2Y", _DURATION, optional=True, when=_DESCRIPTION),
    Field("name-as-written", "Name as the source writes it", checks.text, optional=True,
          when=_is("kind", "participation", "statement")),
    Field("slug", "Slug of the claim", checks.claim_slug, default=_default_slug),
    Field("line", "Line, or lines as 12-17; none if they are not known", checks.lines, optional=True),
    Field("section", "Section of the source", checks.text, when=lambda answers: not answers.get("line")),
    Field("quote", "Quote; none only for a section whose words are not at hand", checks.quote, optional=True),
    Field("paraphrase", "What it says, in your words", checks.paraphrase,
          when=lambda answers: not answers["quote"] and not answers["line"]),
    Field("note", "Note", checks.text, optional=True),
)  # fmt: skip
