"""What those who wish the server ill get for it: an answer or a refusal, and nobody else notices."""

import socket
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest

from almaty_graph.release import Release
from canary import SPELLINGS, Canary
from hostile import cost, framing, injection, load, nesting, ssrf, writes
from hostile.attack import Attack
from hostile.target import BOUND_BYTES, PROMISE, WORKERS, Target, attacked
from process_tree import wait_until

GROUPS = (cost, nesting, ssrf, writes, framing, injection, load)
TABLE: list[Attack] = [attack for group in GROUPS for attack in group.ATTACKS]
REPLACED = 1.0  # seconds in which a worker that a query has ended is there again

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    with Canary() as canary:
        yield canary


@dataclass
class Figures:
    """What the attacks of a group came to."""

    attacks: int = 0
    slowest: float = 0.0
    peak_bytes: int = 0

    def __str__(self) -> str:
        memory = self.peak_bytes >> 20
        return f"{self.attacks} attacks, `ASK {{}}` within {self.slowest:.3f} s, {memory} MiB at most"


@pytest.fixture(scope="module")
def figures() -> Iterator[dict[str, Figures]]:
    """The figures by group, which are told in the end (`pytest -s` shows them)."""
    figures: dict[str, Figures] = defaultdict(Figures)
    yield figures
    told = "".join(f"\n{group}: {each}" for group, each in figures.items())
    sys.stdout.write(f"{told}\nin all: {sum(each.attacks for each in figures.values())} attacks\n")


@pytest.fixture(scope="module")
def target(release: Release) -> Iterator[Target]:
    with attacked(release.folder) as target:
        yield target


def test_the_table_is_as_large_as_promised() -> None:
    names = [(attack.group, attack.name) for attack in TABLE]
    assert len(names) == len(set(names)) >= 120


def test_the_canary_hears_who_calls_it() -> None:
    heard = []
    with Canary() as canary:
        for spelling in SPELLINGS:
            with suppress(socket.gaierror):  # not every machine understands every spelling
                with socket.create_connection((_host(spelling), canary.port), timeout=2) as caller:
                    caller.sendall(spelling.encode())
                    assert caller.recv(15) == b"HTTP/1.1 200 OK"
                heard.append(spelling.encode())
        assert canary.calls == heard
    assert len(heard) > len(SPELLINGS) / 2


def _host(spelling: str) -> str:
    return spelling.rpartition("@")[2].strip("[]")


@pytest.mark.parametrize("attack", TABLE, ids=lambda attack: f"{attack.group}: {attack.name}")
def test_an_attack_harms_nobody(
    attack: Attack, target: Target, canary: Canary, figures: dict[str, Figures]
) -> None:
    target.peak_bytes = 0
    target.take_waits()
    replies = attack.launch(target, canary.port)
    target.ask()
    target.weigh()
    of_group, slowest = figures[attack.group], max(target.waits)
    of_group.attacks += 1
    of_group.slowest = max(of_group.slowest, slowest)
    of_group.peak_bytes = max(of_group.peak_bytes, target.peak_bytes)
    assert slowest < PROMISE
    wait_until(lambda: len(target.workers()) >= WORKERS, REPLACED)
    assert target.processes() == target.lasting
    assert target.peak_bytes < BOUND_BYTES
    assert canary.calls == []
    assert {reply.status for reply in replies} <= attack.expected, replies[0].body[:300]
    for reply in replies:
        attack.harmless(reply)
