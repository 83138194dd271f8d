"""Who is next, who makes room, and who has had enough: decided without a process."""

import socket
from collections import Counter

import pytest

from almaty_graph.engine.queue import Job, Queue, to_be_ended
from almaty_graph.engine.wire import Limits

NOBODY: Counter[str] = Counter()


def job(client: str, since: float) -> Job:
    connection = socket.socket()
    connection.close()
    return Job(connection, client=client, since=since)


def filled(limits: Limits, *clients: str) -> Queue:
    queue = Queue(limits)
    for since, client in enumerate(clients):
        queue.add(job(client, since))
    return queue


def test_a_client_with_less_at_work_goes_first_and_then_the_one_that_waits_longest() -> None:
    queue = filled(Limits(), "busy", "busy", "late", "idle")
    running = Counter({"busy": 2, "late": 1})
    assert [queue.take(running).client for _ in range(4)] == ["idle", "late", "busy", "busy"]


def test_a_job_that_was_put_back_is_next() -> None:
    queue = filled(Limits(), "a", "b")
    first = queue.take(NOBODY)
    queue.put_back(first)
    assert queue.take(NOBODY) is first


def test_room_is_made_by_the_client_that_has_most_and_of_its_queries_by_the_longest() -> None:
    jobs = [(job("few", 0), 0.0), (job("many", 0), 3.0), (job("many", 0), 1.0), (job("many", 0), 2.0)]
    waiting = [job("new", 4), job("newer", 5), job("newest", 6), job("few", 7)]
    running = Counter({"many": 3, "few": 1})
    ended = to_be_ended(jobs, running, waiting)
    assert [(each.client, dict(jobs)[each]) for each in ended] == [
        ("many", 1.0),
        ("many", 2.0),
        ("few", 0.0),  # all have one by now: the longest of all
        ("many", 3.0),  # "few" has nothing by now
    ]
    assert running == {"many": 3, "few": 1}  # as it was


def test_nobody_makes_room_for_a_client_that_has_as_much_at_work() -> None:
    modest, crowd = job("modest", 0), [job("crowd", since) for since in range(150)]
    jobs = [(modest, 0.0), *((each, 1.0 + each.since) for each in crowd[:7])]
    ended = to_be_ended(jobs, Counter({"crowd": 7, "modest": 1}), crowd[7:])
    assert ended == crowd[:7]


def test_what_is_on_its_way_to_a_reader_counts_as_at_work() -> None:
    modest = job("modest", 0)
    assert to_be_ended([(modest, 0.0)], Counter({"crowd": 7, "modest": 1}), [job("crowd", 1)]) == []
    assert to_be_ended([(modest, 0.0)], Counter({"modest": 1}), [job("modest", 1)]) == [modest]


def test_when_too_many_wait_the_newest_of_whoever_has_most_is_told_that_it_has() -> None:
    queue = filled(Limits(waiting=3), "greedy", "modest", "greedy", "greedy")
    excess = queue.take_excess()
    assert excess is not None
    assert (excess[0].client, excess[0].since) == ("greedy", 3)
    assert excess[1]["error"] == "TooManyQueries"
    assert queue.take_excess() is None


def test_those_for_whom_there_is_room_are_not_too_many() -> None:
    queue = filled(Limits(waiting=0), "a", "b")
    assert queue.take_excess(room=2) is None
    assert queue.take_excess(room=1) is not None


def test_the_longer_the_queue_the_shorter_the_slices() -> None:
    assert filled(Limits(), "a").patience(8) == 0.5
    assert filled(Limits(), *"abcdefghijkl").patience(8) == 0.5
    assert filled(Limits(), *"abcdefghijklmnop" * 4).patience(8) == pytest.approx(0.75 * 8 / 64)


def test_when_too_many_clients_wait_nobody_in_particular_is_to_blame() -> None:
    excess = filled(Limits(waiting=2), "a", "b", "c").take_excess()
    assert excess is not None
    assert excess[1]["error"] == "EngineBusy"


def test_a_client_may_have_so_many_queries_at_once() -> None:
    queue = filled(Limits(client_queries=3), "a")
    assert queue.refusal("a", Counter({"a": 1})) is None
    refusal = queue.refusal("a", Counter({"a": 2}))
    assert refusal is not None
    assert refusal["message"] == "this client has 3 queries at once, the limit; ask again later"
    assert queue.refusal("b", Counter({"a": 2})) is None


def test_a_client_may_use_so_many_seconds_a_minute() -> None:
    queue = Queue(Limits(client_seconds=10))
    queue.charge("a", 9.5)
    assert queue.refusal("a", NOBODY) is None
    queue.charge("a", 1)
    refusal = queue.refusal("a", NOBODY)
    assert refusal is not None
    assert refusal["error"] == "TooManyQueries"
    assert queue.refusal("b", NOBODY) is None


def test_without_a_limit_nothing_is_remembered_of_a_client() -> None:
    queue = Queue(Limits())
    queue.charge("a", 1e9)
    assert queue.refusal("a", Counter({"a": 1000})) is None
