"""What comes back to the outgoing client, and what does not: caps, packed answers, slow, absent and broken peers."""

import gzip
import socket
import threading
import time
import zlib
from typing import Any

import pytest

from autocrm.kernel.egress.client import EgressRequest, Limits
from autocrm.kernel.errors import Upstream
from autocrm.kernel.tests.peers import USUAL, plain, serving

pytestmark = pytest.mark.usefixtures("opened")

BOMB = gzip.compress(b"\0" * 50_000_000)
HASTY = Limits(total=1.0, connect=0.5, read=0.5, max_response_bytes=20_000)


def test_a_large_answer_is_cut_at_the_cap(send: Any) -> None:
    with serving(plain(b"x" * 1_000_000)) as peer:
        response = send(EgressRequest("GET", peer.url, limits=USUAL))

    assert response.body == b"x" * 20_000
    assert response.truncated


def test_an_answer_of_exactly_the_cap_is_whole(send: Any) -> None:
    with serving(plain(b"x" * 20_000)) as peer:
        response = send(EgressRequest("GET", peer.url, limits=USUAL))

    assert (len(response.body), response.truncated) == (20_000, False)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_compressed_answer_is_unpacked(send: Any, encoding: Any) -> None:
    packed = gzip.compress(b"hello" * 100) if encoding == "gzip" else zlib.compress(b"hello" * 100)

    with serving(plain(packed, headers=f"Content-Encoding: {encoding}\r\n".encode())) as peer:
        response = send(EgressRequest("GET", peer.url, limits=USUAL))

    assert (response.body, response.truncated) == (b"hello" * 100, False)


def test_a_gzip_bomb_is_unpacked_to_the_cap_only(send: Any) -> None:
    bounded = Limits(total=5, max_response_bytes=100_000)

    with serving(plain(BOMB, headers=b"Content-Encoding: gzip\r\n")) as peer:
        response = send(EgressRequest("GET", peer.url, limits=bounded))

    assert response.body == b"\0" * 100_000
    assert response.truncated


@pytest.mark.parametrize("encoding", [b"gzip", b"br", b"gzip, gzip", b"nonsense"])
def test_an_answer_that_cannot_be_unpacked_is_kept_as_it_came(send: Any, encoding: Any) -> None:
    with serving(plain(b"not packed", headers=b"Content-Encoding: " + encoding + b"\r\n")) as peer:
        response = send(EgressRequest("GET", peer.url, limits=USUAL))

    assert (response.status, response.body) == (200, b"not packed")


def drip(head: Any) -> Any:
    def answer(connection: Any) -> None:
        connection.sendall(head)
        for _turn in range(100):
            connection.sendall(b"x")
            threading.Event().wait(0.05)

    return answer


def test_a_dripping_body_ends_with_the_total_time_and_keeps_the_status(send: Any) -> None:
    with serving(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")) as peer:
        started = time.monotonic()
        response = send(EgressRequest("POST", peer.url, limits=HASTY))
        took = time.monotonic() - started

    assert response.status == 200
    assert response.truncated
    assert 0 < len(response.body) < 100
    assert took < 4


def test_a_dripping_head_ends_with_the_total_time(send: Any) -> None:
    with serving(drip(b"HTTP/1.1 200 OK\r\nX-Slow: ")) as peer:
        started = time.monotonic()
        with pytest.raises(Upstream) as caught:
            send(EgressRequest("GET", peer.url, limits=HASTY))
        took = time.monotonic() - started

    assert caught.value.code == "ambiguous"
    assert took < 4


def test_a_peer_that_does_not_read_cannot_hold_the_call(send: Any) -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=1)
    with listener:
        started = time.monotonic()
        with pytest.raises(Upstream):
            send(
                EgressRequest(
                    "POST", f"http://127.0.0.1:{listener.getsockname()[1]}/", body=b"x" * 9_000_000, limits=HASTY
                )
            )
        took = time.monotonic() - started

    assert took < 4


def test_a_slow_look_up_ends_with_the_connect_time(send: Any) -> None:
    release = threading.Event()

    def slow(_host: Any, _port: Any) -> Any:
        release.wait(5)
        return ["127.0.0.1"]

    started = time.monotonic()
    with pytest.raises(Upstream) as caught:
        send(EgressRequest("GET", "http://slow.test/", limits=HASTY), resolver=slow)
    took = time.monotonic() - started
    release.set()

    assert caught.value.code == "dns"
    assert took < 4


def free_port() -> Any:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_a_peer_that_is_not_there_may_be_tried_again(send: Any) -> None:
    with pytest.raises(Upstream) as caught:
        send(EgressRequest("POST", f"http://127.0.0.1:{free_port()}/", limits=USUAL))

    assert (caught.value.retryable, caught.value.code) == (True, "connect")


@pytest.mark.parametrize(
    ("method", "key", "retryable"), [("POST", None, False), ("POST", "k1", True), ("GET", None, True)]
)
def test_a_call_without_an_answer_is_ambiguous_and_repeatable_only_when_that_is_safe(
    send: Any, method: Any, key: Any, retryable: Any
) -> None:
    with serving(lambda _connection: None) as peer, pytest.raises(Upstream) as caught:
        send(EgressRequest(method, peer.url, idempotency_key=key, limits=USUAL))

    assert (caught.value.retryable, caught.value.code) == (retryable, "ambiguous")


def test_an_answer_that_is_not_http_is_upstream(send: Any) -> None:
    with (
        serving(lambda connection: connection.sendall(b"220 mail.test ESMTP\r\n\r\n")) as peer,
        pytest.raises(Upstream),
    ):
        send(EgressRequest("GET", peer.url, limits=USUAL))


def test_an_endless_head_is_upstream(send: Any) -> None:
    def answer(connection: Any) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X-A: 1\r\n" * 200_000)

    with serving(answer) as peer, pytest.raises(Upstream):
        send(EgressRequest("GET", peer.url, limits=USUAL))


def test_a_connection_cut_in_the_body_keeps_the_status(send: Any) -> None:
    def answer(connection: Any) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")

    with serving(answer) as peer:
        response = send(EgressRequest("POST", peer.url, limits=USUAL))

    assert (response.status, response.body, response.truncated) == (200, b"half", True)
