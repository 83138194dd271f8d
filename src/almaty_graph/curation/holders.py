"""Decides who is named in a list: which parts of an entry are name, acronym, country, term or capacity."""

import re
from dataclasses import dataclass, field

from almaty_graph.curation.draft import END, MAX_QUOTE, START, Draft, date_term, membership
from almaty_graph.curation.register import Entry, Register
from almaty_graph.curation.template import CAPACITY, STEMS, TERM, Heading, Line, split_outside
from almaty_graph.dates import PartialDate, read_dates
from almaty_graph.names import DEF, ID, SCHEMA
from almaty_graph.terms import Term, Triple, iri

KINDS = ("state", "organization", "programme", "process", "office", "post")
_BRACKET = re.compile(r"(?P<name>.+?) ?\((?P<inside>[^()]+)\)")
_SQUARE = re.compile(r"(?P<rest>.+?) ?\[(?P<inside>[^\[\]]+)\]")
_ACRONYM = re.compile(r"[A-Z][A-Za-z&-]*[A-Z]")


@dataclass
class Holder:
    """A holder of a role as a list names it."""

    entry: Entry
    name: str
    quote: str
    start: PartialDate | None = None
    end: PartialDate | None = None
    country: tuple[Entry, str] | None = None
    other: Entry | None = None
    capacity: str | None = None
    odd: list[str] = field(default_factory=list)


@dataclass
class List:
    """A list of holders: its heading, the role, the passage of the heading once cited, and who is in it."""

    heading: Heading
    line: Line
    announced: int | None = None
    listed: int = 0
    below: int = 0  # lines, of whatever kind

    @property
    def stem(self) -> str:
        """How the names of its claims begin."""
        return STEMS.get(self.heading.role, self.heading.role)

    @property
    def role(self) -> Term:
        """The role of its holders."""
        return iri(f"{ID}role/{self.heading.role}")


def read_holder(text: str, register: Register, located: bool = False) -> Holder | None:
    """The holder that an entry names; None if no part of it is the name of a thing in the register."""
    square = _SQUARE.fullmatch(text)
    quote = name = square["rest"] if square else text
    inside: list[str] = []
    while not (entry := register.find(name, KINDS)) and (match := _BRACKET.fullmatch(name)):
        name, inside = match["name"], [match["inside"], *inside]
    if entry is None:
        return None
    holder = Holder(entry, name, quote, capacity=square["inside"] if square else None)
    for words in inside:
        _read_bracket(words, holder, register)
    if located and not holder.country:
        holder.country = _country_in(name, register)
    return holder


def _read_bracket(words: str, holder: Holder, register: Register) -> None:
    term, state = TERM.fullmatch(words), register.find(words, ("state",))
    dates = [read_dates(date) for date in term.groups() if date] if term else []
    if dates and all(len(found) == 1 for found in dates):
        holder.start, holder.end = dates[0][0], dates[1][0] if dates[1:] else None
    elif state:
        holder.country = (state, words)
    elif _ACRONYM.fullmatch(words):
        holder.name += f" ({words})"
        meant = register.find(words, KINDS)
        holder.other = meant if meant != holder.entry else None
    else:
        holder.odd.append(words)


def _country_in(name: str, register: Register) -> tuple[Entry, str] | None:
    """The state in whose name a name ends: "... of the Republic of Kazakhstan"."""
    for match in re.finditer(r"\bof (?:the )?", name):
        words = name[match.end() :]
        if state := register.find(words, ("state",)):
            return state, words
    return None


def split_names(line: Line, text: str, register: Register) -> list[str]:
    """The entries of a line: the whole if it is a name, else the columns or parts of which most are names."""
    if read_holder(text.rstrip(" ;,."), register):
        return [text]
    columns = list(line.columns) if text == line.text else [text]
    bare = text.removesuffix(".")
    ways = [columns, split_outside(bare, r"[,;] "), split_outside(bare, r"[,;] (?:and )?| and ")]
    known = [sum(read_holder(part, register) is not None for part in parts) for parts in ways]
    best = known.index(max(known))
    return ways[best] if known[best] or text == line.text else ways[1]


def draft_list(draft: Draft, items: List, line: Line, inline: str = "") -> None:
    """Draft the participations of a line of a list, or of those that stand behind the colon of a heading."""
    names = [name.rstrip(" ;,.") for name in split_names(line, inline or line.text, draft.register)]
    found = [(name, read_holder(name, draft.register, items.heading.located)) for name in names]
    holders = [holder for _, holder in found if holder]
    if not holders and line.text.endswith("."):
        draft.miss(line.number, inline or line.text, "a sentence where a list of names should be")
        return
    for name in [name for name, holder in found if not holder]:
        draft.miss(line.number, name, f"no name in the register{draft.register.hint(name, KINDS)}")
    items.listed += len(names)
    quote = line.text.rstrip(" ;,.")
    dated = any(holder.start for holder in holders)
    whole = bool(inline) and len(quote) <= MAX_QUOTE and not (dated and len(names) > 1)
    for holder in holders:
        if whole:
            cites = [draft.passage(line.number, quote)]
        else:
            suffix = holder.entry.slug if len(names) > 1 or inline else ""
            cites = [heading_passage(draft, items), draft.passage(line.number, holder.quote, suffix)]
        _draft_holder(draft, items, holder, (line, cites))


def heading_passage(draft: Draft, items: List) -> Term:
    """The passage of the heading: the line as far as its colon."""
    label = split_outside(items.line.text, r":(?: |\Z)", maximum=1)[0]
    return draft.passage(items.line.number, label)


def _draft_holder(draft: Draft, items: List, holder: Holder, at: tuple[Line, list[Term]]) -> None:
    line, cites = at
    values = membership(draft, holder.entry, items.role, holder.name)
    values += [(key, date_term(d)) for key, d in ((START, holder.start), (END, holder.end)) if d]
    if holder.other:
        values.append((iri(DEF + "alternativeReading"), holder.other.term))
    if holder.capacity:
        found = _draft_capacity(draft, holder, line)
        cites = cites + [passage for passage, _ in found[:1]]
        values += [(iri(DEF + "inCapacityOf"), claim) for _, claim in found]
    draft.participation(f"{items.stem}-{holder.entry.slug}", cites, values)
    if holder.country:
        state, words = holder.country
        triple = Triple(holder.entry.term, iri(SCHEMA + "location"), state.term)
        claim = draft.statement(f"country-{holder.entry.slug}", cites[-1:], triple, words)
        if words in holder.name:
            draft.note(claim, "No country in brackets: read from the name itself.")
    for words in holder.odd:
        draft.miss(line.number, words, "neither an acronym, a state of the register nor a term of office")


def _draft_capacity(draft: Draft, holder: Holder, line: Line) -> list[tuple[Term, Term]]:
    """The roles in other processes in whose capacity a holder takes part: the passage, and each claim."""
    words = holder.capacity or ""
    match = CAPACITY.fullmatch(words)
    role = match and draft.register.find(match["role"], ("role",))
    names = re.split(r" and (?:the )?|, (?:the )?", match["processes"]) if match else []
    processes = [draft.register.find(name, ("process",)) for name in names]
    if not match or not role or None in processes:
        draft.miss(line.number, words, "no capacity in processes of the register")
        return []
    passage = draft.passage(line.number, words, "capacity")
    cites = [draft.passage(line.number, holder.quote), passage]
    claims = []
    for process in filter(None, processes):
        other = Draft(draft.register, draft.source, process)
        values = membership(other, holder.entry, role.term, holder.name)
        slug = f"{role.slug}-{process.slug}-{holder.entry.slug}"
        claims.append((passage, draft.participation(slug, cites, values)))
    return claims
