"""Decides who held a role on a day, as the view has it: who certainly did, and who possibly."""

from dataclasses import dataclass

from almaty_graph.dates import Answer
from almaty_graph.terms import Term
from almaty_graph.web.portal.conclusions import Line
from almaty_graph.web.portal.lists import Lists


@dataclass(frozen=True)
class Incumbent:
    """A conclusion by which somebody held a role on a day, and how sure that is."""

    line: Line
    answer: Answer

    @property
    def is_certain(self) -> bool:
        """Whether it is certain, not only possible."""
        return self.answer is Answer.CERTAINLY


def incumbents(lists: Lists, role: Term, day: str) -> list[Incumbent]:
    """Those who certainly or possibly held a role on a day; certain ones first, else the earliest first."""
    lines = lists.conclusions.with_role(role)
    held = [Incumbent(line, lists.periods.bounds(line.row.claim).answer_on(day)) for line in lines]
    return sorted(
        (each for each in held if each.answer is not Answer.NOT), key=lambda one: not one.is_certain
    )
