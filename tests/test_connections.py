"""Clients that hang up are noticed, and slow ones hold nobody, under the real server."""

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from almaty_graph.web.operations.connections import are_told, open_connections, shut
from almaty_graph.web.operations.watch import Watch

pytestmark = pytest.mark.skipif(not are_told(), reason="the kernel tells of connections on Linux only")
BODY_SECONDS = 2.0
TOLD = 1.0  # seconds after which a hang-up is known
WAITS = "GET /wait?{} HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server of one process that gives bodies two seconds."""
    with watched_server(1, tmp_path_factory.mktemp("server")) as port:
        yield port


@contextmanager
def watched_server(processes: int, folder: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    script = Path(__file__).with_name("watched_server.py")
    options = [str(port), str(processes), str(BODY_SECONDS), str(folder)]
    server = subprocess.Popen([sys.executable, str(script), *options])
    try:
        wait_for(port)
        yield port
    finally:
        server.terminate()
        assert server.wait(timeout=20) == 0


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            get(port, "/")
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"no server on {port}")


@contextmanager
def connection(port: int) -> Iterator[http.client.HTTPConnection]:
    """A connection that is kept alive."""
    opened = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        yield opened
    finally:
        opened.close()


def ask(opened: http.client.HTTPConnection, path: str) -> bytes:
    opened.request("GET", path)
    return opened.getresponse().read()


def get(port: int, path: str) -> bytes:
    with connection(port) as opened:
        return ask(opened, path)


def send(port: int, text: str, buffer: int | None = None) -> socket.socket:
    opened = socket.socket()
    if buffer:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    opened.settimeout(30)
    opened.connect(("127.0.0.1", port))
    opened.sendall(text.encode())
    return opened


def ended(port: int) -> list[str]:
    return list(json.loads(get(port, "/ended")))


def is_ended(port: int, *names: str) -> bool:
    deadline = time.monotonic() + TOLD
    while time.monotonic() < deadline:
        if set(names) <= set(ended(port)):
            return True
        time.sleep(0.05)
    return False


def is_answered_at_once(port: int) -> bool:
    begun = time.monotonic()
    return all(get(port, "/") == b"" for _ in range(20)) and time.monotonic() - begun < 2


# Hang-ups


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.05, 0.6])
def test_a_hang_up_is_noticed_while_other_connections_of_the_client_stay(port: int, after: float) -> None:
    gone, stays = f"gone{after}", f"stays{after}"
    with connection(port) as idle, connection(port) as busy:
        assert ask(idle, "/") == b""
        time.sleep(2.1)  # who is idle for less may be the one who asked
        busy.request("GET", f"/wait?{stays},3")
        time.sleep(0.3)
        with send(port, WAITS.format(f"{gone},30")):
            time.sleep(after)
        time.sleep(0.1)
        assert is_ended(port, gone)
        assert busy.getresponse().read() == stays.encode()
        assert ask(idle, "/") == b""
    assert stays not in ended(port)


@pytest.mark.slow
def test_the_first_client_of_all_is_noticed_if_it_hangs_up_at_once(tmp_path: Path) -> None:
    with watched_server(1, tmp_path) as port:
        time.sleep(2.1)
        with send(port, WAITS.format("first,30")):
            time.sleep(0.05)  # else the server may not even begin
        time.sleep(0.1)
        assert is_ended(port, "first")


@pytest.mark.slow
def test_a_hang_up_on_a_connection_that_was_used_before_is_noticed(port: int) -> None:
    with connection(port) as used, connection(port) as idle:
        assert [ask(used, "/"), ask(idle, "/")] == [b"", b""]
        used.request("GET", "/wait?used,30")
        time.sleep(0.5)
        assert used.sock is not None
    assert is_ended(port, "used")


@pytest.mark.slow
def test_many_that_ask_at_once_and_hang_up_together_are_noticed(port: int) -> None:
    names = [f"bomb{number}" for number in range(24)]
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(send(port, WAITS.format(f"{name},30")))
        time.sleep(0.5)
    assert is_ended(port, *names)


@pytest.mark.slow
def test_who_stays_is_never_taken_for_gone_among_those_who_come_and_go(port: int) -> None:
    staying = [f"keeps{number}" for number in range(12)]
    leaving = [f"leaves{number}" for number in range(12)]
    with ExitStack() as stack:
        kept = []
        for stay, leave in zip(staying, leaving, strict=True):
            kept.append(stack.enter_context(send(port, WAITS.format(f"{stay},3"))))
            send(port, WAITS.format(f"{leave},3")).close()
        replies = [each.recv(1000).endswith(name.encode()) for each, name in zip(kept, staying, strict=True)]
    assert all(replies)
    assert set(ended(port)).isdisjoint(staying)


@pytest.mark.slow
def test_a_client_that_sends_its_next_request_early_is_not_taken_for_gone(port: int) -> None:
    with send(port, WAITS.format("early,2")) as opened:
        time.sleep(0.1)
        opened.sendall(WAITS.format("next,0").encode())
        time.sleep(2.5)
        assert opened.recv(10_000).count(b"200 OK") == 2
    assert "early" not in ended(port)


# Bodies


def post(length: int, body: str = "") -> str:
    return f"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}"


def status(opened: socket.socket) -> int:
    """The status of the reply, 0 if the connection was ended without one."""
    try:
        reply = opened.recv(10_000)
    except ConnectionError:
        return 0
    return int(reply.split()[1]) if reply else 0


def test_a_body_is_read_whole(port: int) -> None:
    with connection(port) as opened:
        opened.request("POST", "/body", body=b"x" * 100_000)
        assert opened.getresponse().read() == b"100000"


def test_a_body_over_the_limit_is_refused_unread(port: int) -> None:
    with send(port, post(100_001)) as opened:
        assert status(opened) == 413


@pytest.mark.parametrize(("length", "expected"), [("", 411), ("Content-Length: 0\r\n", 200)])
def test_a_body_needs_a_length(port: int, length: str, expected: int) -> None:
    with send(port, f"POST /body HTTP/1.1\r\nHost: x\r\n{length}\r\n") as opened:
        assert status(opened) == expected


def test_a_body_that_ends_early_is_an_error(port: int) -> None:
    with send(port, post(10, "abc")) as opened:
        opened.shutdown(socket.SHUT_WR)
        assert status(opened) == 400


@pytest.mark.slow
@pytest.mark.parametrize("expect", ["", "Expect: 100-continue\r\n"])
@pytest.mark.parametrize("trickles", [False, True])
def test_a_late_body_is_cut_off(port: int, expect: str, trickles: bool) -> None:
    with connection(port) as idle:
        assert ask(idle, "/") == b""
        time.sleep(0.1)
        assert BODY_SECONDS <= seconds_until_cut(port, expect, trickles) < BODY_SECONDS + TOLD
        assert ask(idle, "/") == b""


@pytest.mark.slow
def test_a_late_body_is_cut_off_though_another_connection_looks_the_same(port: int) -> None:
    with connection(port) as alike:
        assert ask(alike, "/") == b""
        assert BODY_SECONDS <= seconds_until_cut(port, "", trickles=True) < BODY_SECONDS + 2 * TOLD


def seconds_until_cut(port: int, header: str, trickles: bool) -> float:
    """How long a body may come that never ends."""
    begun = time.monotonic()
    with send(port, post(1000, "a").replace("\r\n\r\n", f"\r\n{header}\r\n")) as slow:
        slow.settimeout(0.2)
        while time.monotonic() - begun < BODY_SECONDS + 5:
            try:
                if b"HTTP/1.1 100" not in slow.recv(1000):
                    break
            except TimeoutError:
                if trickles:
                    slow.sendall(b"a")
            except ConnectionError:
                break
    return time.monotonic() - begun


@pytest.mark.slow
def test_sixty_slow_senders_hold_nobody(port: int) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(send(port, post(1000, "a"))) for _ in range(60)]
        assert is_answered_at_once(port)
        time.sleep(0.5)
        assert is_answered_at_once(port)
        with send(port, post(3, "abc")) as refused:
            assert status(refused) in {429, 503}
        ends = [status(each) for each in slow]
    assert set(ends) <= {0, 408, 429, 503}
    assert ends.count(0) + ends.count(408) <= 8
    time.sleep(0.5)
    with send(port, post(3, "abc")) as again:
        assert status(again) == 200


# Answers


@pytest.mark.slow
def test_slow_readers_hold_nobody_and_are_cut_off(port: int) -> None:
    with ExitStack() as stack:
        text = f"GET /long?{64 << 20} HTTP/1.1\r\nHost: x\r\n\r\n"
        slow = [stack.enter_context(send(port, text, buffer=4096)) for _ in range(60)]
        time.sleep(3)
        assert is_answered_at_once(port)
        time.sleep(14)
        assert [len(each.recv(1)) for each in slow] == [1] * 60  # what was on its way arrives
        assert get(port, f"/long?{64 << 20}") == bytes(64 << 20)


@pytest.mark.slow
def test_a_thousand_requests_leave_no_descriptor(port: int) -> None:
    before = int(get(port, "/descriptors"))
    for number in range(10):
        with ExitStack() as stack:
            for each in range(20):
                stack.enter_context(send(port, WAITS.format(f"leak{number}-{each},0.3")))
            time.sleep(0.4)
        with connection(port) as opened:
            assert [ask(opened, "/") for _ in range(80)] == [b""] * 80
    time.sleep(1)
    assert int(get(port, "/descriptors")) <= before + 1


# Of their own


def test_the_connections_of_the_process_are_listed_and_ended_but_no_other() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        with socket.create_connection(listening.getsockname()) as ours, listening.accept()[0] as theirs:
            ours.sendall(b"12345")
            by_descriptor = {each.identity[0]: each for each in open_connections()}
            assert listening.fileno() not in by_descriptor
            assert by_descriptor[theirs.fileno()].received_bytes == 5
            shut(by_descriptor[theirs.fileno()])
            assert ours.recv(1) == b""
        with socket.create_connection(listening.getsockname()) as ours, listening.accept()[0] as other:
            ours.sendall(b"1")
            for each in by_descriptor.values():
                shut(each)
            assert other.recv(1) == b"1"
            ours.sendall(b"2")
            assert other.recv(1) == b"2"


def test_a_client_that_is_not_the_last_proxy_is_believed_only_through_a_trusted_one() -> None:
    environ = {"REMOTE_ADDR": "::ffff:10.0.0.1", "HTTP_X_FORWARDED_FOR": "6.6.6.6, 192.0.2.7"}
    assert [Watch(trusted_proxies=hops).client(environ) for hops in (0, 1, 2, 9)] == [
        "10.0.0.1",
        "192.0.2.7",
        "6.6.6.6",
        "6.6.6.6",
    ]


def test_a_network_of_ipv6_counts_as_one_client() -> None:
    clients = [Watch().client({"REMOTE_ADDR": f"2001:DB8::{host}"}) for host in ("1", "ffff")]
    assert clients == ["2001:db8::/64"] * 2
