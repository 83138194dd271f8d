"""Decides how the templates of IOM's pages are read: their headings, sentences and labels, as tables.

Two templates are known: the older one (`Participating States (7)`, `Guest states invited to ...`) and the one
of 2018 and after (`Member States (6 States)`, `Chairing Country`, `Past Chairs`). A new one is new rows.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Reads(Enum):
    """What stands below a heading, or behind its colon."""

    HOLDERS = auto()
    TOPICS = auto()
    MEETINGS = auto()
    CONTACTS = auto()
    FOUNDING = auto()
    PROSE = auto()
    UNRECORDED = auto()  # nothing in the vocabulary can hold it yet


@dataclass(frozen=True)
class Heading:
    """A row of the table of headings: its words as a pattern, what it announces, and of which role."""

    words: str
    reads: Reads
    role: str = ""
    stem: str = ""  # how the names of its claims begin, if not with the name of the role
    holder: str = ""  # the class of the holders counted, where the role has holders of several classes
    located: bool = False  # whether the names of holders end in the name of their country


_MEMBERS = r"(?:Participating|Member) (?:States|Countries)|Members?"
_CHAIRS = r"(?:Current )?(?:Rotating )?Chair|Chairing Country|(?:Past|Former) Chairs?"
HEADINGS: Final = (
    Heading(_MEMBERS, Reads.HOLDERS, "participating-state", "participating"),
    Heading(r"Founding Members?", Reads.HOLDERS, "founding-member"),
    Heading(r"Suspended Members?", Reads.HOLDERS, "suspended-member"),
    Heading(r"Observer (?:States|Countries)", Reads.HOLDERS, "observer", holder="State"),
    Heading(r"Observer Organi[sz]ations|Observer ISCMs", Reads.HOLDERS, "observer", holder="Organization"),
    Heading(r"Observers?", Reads.HOLDERS, "observer"),
    Heading(r"Guest (?:States|Countries)", Reads.HOLDERS, "guest"),
    Heading(r"Partner Organi[sz]ations", Reads.HOLDERS, "partner"),
    Heading(r"Non-Government(?:al)? Organi[sz]ations", Reads.HOLDERS, "ngo-partner", "ngo", located=True),
    Heading(_CHAIRS, Reads.HOLDERS, "chair"),
    Heading(r"Incoming Chair", Reads.HOLDERS, "incoming-chair"),
    Heading(r"(?:Technical )?Secretariat", Reads.HOLDERS, "secretariat"),
    Heading(r"Current Focus|(?:Current )?Thematic Focus", Reads.TOPICS),
    Heading(r"(?:Recent|Previous|Upcoming) Meetings", Reads.MEETINGS),
    Heading(r"Contact(?: Information|s)?", Reads.CONTACTS),
    Heading(r"Established", Reads.FOUNDING),
    Heading(r"(?:Main )?Objectives?|Purpose|Working Groups|Steering Committee", Reads.PROSE),
    Heading(r"Type|Formal association with [^:]+", Reads.UNRECORDED),
)  # fmt: skip

# How the names of claims about a role begin.
STEMS: Final = {heading.role: heading.stem for heading in HEADINGS if heading.stem}

# A pattern that fits has understood the whole line; its groups say what their words are. The second part is
# the role, where the sentence is about one and does not name it.
SENTENCES: Final = (
    (
        r"The (?P<process>.+?) aims to (?P<purpose>.+?)(?: (?P<region>in (?P<area>[A-Z].+?)))?"
        r"(?:, (?P<manner>in an? [^,]+ manner))?\.",
        "",
    ),
    (
        r"The (?P<process>.+?) promotes (?P<purpose>.+?)(?: (?P<examples>such as, but not limited to))?[.:]",
        "",
    ),
    (
        r"(?P<evidence>(?P<members>.+?) performs? the (?P<role>.+?) functions"
        r"(?: through (?:its|their) current structures in (?P<location>[^,.]+))?)"
        r"(?:, (?P<provisional>pending further decision on its composition))?\.",
        "",
    ),
    (
        r"(?P<evidence>Accession of (?:the )?(?P<members>.+?) to the (?P<process>.+?) is pending)\.?",
        "acceding member",
    ),
)
# How a bracket behind the name of a holder says in which capacity it takes part.
CAPACITY: Final = re.compile(r"in its capacity of (?:the )?(?P<role>.+?) of (?:the )?(?P<processes>.+)")
# How an area that is wider than a place of the register goes on.
AREA_ENDS: Final = re.compile(r"(?P<place>.+?)(?: and the wider region)?")
DATE: Final = r"(?:(?:\d{1,2} )?[^\W\d]+ )?\d{4}"
TERM: Final = re.compile(rf"(?P<start>{DATE}) ?[-–] ?(?P<end>{DATE})?")
MEETING: Final = re.compile(
    r"(?P<date>[^“”\"]*\d{4}), [“\"](?P<name>.+)[”\"](?:, (?P<place>(?P<city>[^,]+)(?:, (?P<state>[^,]+))?))?"
)
DOCUMENTS: Final = re.compile(r"\[(?P<documents>.+)\]")
DOCUMENT: Final = re.compile(r"(?P<type>.+?) (?P<languages>[A-Z][a-z](?: \| [A-Z][a-z])*)")
CONTACT: Final = re.compile(r"(?:The )?(?P<name>.+?)")
CONTACT_LABELS: Final = {  # label: the property, and how the names of its claims end
    "address": ("address", "address"),
    "tel": ("telephone", "telephone"),
    "telephone": ("telephone", "telephone"),
    "fax": ("faxNumber", "fax"),
}
ASIDE: Final = (
    (
        r"(?P<quote>Website|E-?mail|Tel|Fax|Address) ?:[\s,]*",
        "Label whose value is lost: there is nothing to record.",
    ),
    (
        r"(?P<quote>IOM regional activities in support (?:to|of) .+)",
        "Label of a link whose target is lost; says nothing by itself.",
    ),
)
HEADING_ONLY: Final = "Heading; says nothing by itself."
EMPTY_LIST: Final = "Heading of a list that is empty."

_BULLET = re.compile(r"^\s*(?:[•·▪◦‣*]\s*|[-–]\s+)")
_LEAD = re.compile(r"^Note: ?", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|“[^“”]*”")


@dataclass(frozen=True)
class Line:
    """A line that is not blank: its number from 1, its text without bullet and runs of white space."""

    number: int
    text: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A heading found in a line: its row, what stands in it besides its words, and what behind the colon."""

    heading: Heading
    extras: tuple[str, ...]
    inline: str


def read_lines(text: str) -> tuple[Line, ...]:
    """The lines that are not blank; two spaces or more part the columns of a line."""
    lines = []
    for number, raw in enumerate(text.split("\n"), start=1):
        bare = _BULLET.sub("", raw).strip()
        if bare:
            columns = tuple(" ".join(part.split()) for part in re.split(r"\s{2,}", bare))
            lines.append(Line(number, " ".join(bare.split()), columns))
    return tuple(lines)


def find_heading(text: str) -> Found | None:
    """The heading that a line begins with, whether its list stands behind the colon or below."""
    label, *rest = split_outside(_LEAD.sub("", text), r":\s*", maximum=1)
    brackets = [found[0][1:-1] for found in re.finditer(r"\([^()]*\)", label)]
    bare = " ".join(re.sub(r"\([^()]*\)", " ", label).split())
    for heading in HEADINGS:
        match = re.fullmatch(rf"(\d+ )?(?:{heading.words})( .+)?", bare, re.IGNORECASE)
        if match:
            extras = [*filter(None, (match[1], match[2])), *brackets]
            return Found(heading, tuple(map(str.strip, extras)), "".join(rest).strip())
    return None


def split_outside(text: str, separator: str, maximum: int = 0) -> list[str]:
    """The parts of a text between separators that stand outside brackets and quotation marks."""
    masked = _BRACKETS.sub(lambda match: "\0" * len(match[0]), text)
    parts: list[str] = []
    begin = 0
    for match in re.finditer(separator, masked):
        if maximum and len(parts) == maximum:
            break
        parts.append(text[begin : match.start()])
        begin = match.end()
    return [*parts, text[begin:]]
