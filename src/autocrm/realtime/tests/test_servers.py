"""The web process as a whole: stopping, living without Redis, health."""

import asyncio
import socket
from pathlib import Path

import httpx
from channels_redis.pubsub import RedisPubSubChannelLayer

from autocrm.kernel import push
from autocrm.realtime.tests.client import Client, signed_in
from autocrm.realtime.tests.conftest import Tell
from tests.faults.processes import wait_until
from tests.support import database
from tests.support.cast import Person
from tests.support.plugin import DATABASE
from tests.support.site import Site, free_port, running_site, running_valkey


def inbox(site: Site, person: Person, token: str) -> httpx.Response:
    headers = {"Host": person.host, "Authorization": f"Bearer {token}"}
    return httpx.get(f"{site.url}/api/v1/notifications/", headers=headers, timeout=10)


def test_sigterm_ends_it_within_three_seconds_and_asks_sockets_to_come_back(folder: Path, alice: Person) -> None:
    with running_site(folder) as site, signed_in(site, alice) as client:
        seconds = site.stop()

        assert seconds < 3
        assert client.close_code(1) == 1012


def test_alive_and_ready(site: Site) -> None:
    alive = httpx.get(f"{site.url}/healthz", headers={"Host": "anything.example"})
    ready = httpx.get(f"{site.url}/readyz", headers={"Host": "anything.example"})

    assert (alive.status_code, alive.text) == (200, "alive\n")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    assert "set-cookie" not in ready.headers


def test_when_its_database_goes_it_is_alive_and_says_what_is_missing(folder: Path, db: None) -> None:
    name = f"{DATABASE}_going"
    database.clone(name)
    try:
        with running_site(folder, **database.environment(name)) as site:
            assert httpx.get(f"{site.url}/readyz").status_code == 200
            database.drop(name)

            ready = httpx.get(f"{site.url}/readyz")

            assert ready.status_code == 503
            assert ready.json()["reasons"] == {"default": "does not answer", "platform": "does not answer"}
            assert httpx.get(f"{site.url}/healthz").status_code == 200
    finally:
        database.drop(name)


def test_redis_may_come_and_go(folder: Path, alice: Person, bob: Person, tell: Tell) -> None:
    port = free_port()
    token = bob.new_token()
    with running_site(folder, REDIS_URL=f"redis://127.0.0.1:{port}/0") as site:
        with running_valkey(folder, port), signed_in(site, bob) as client:
            tell(alice, bob, title="with Redis")
            client.wait_for("notification", seq=1)

        with signed_in(site, bob) as client:
            tell(alice, bob, title="without Redis")
            client.wait_for("notification", seq=2)
            client.send({"type": "mark_read", "all": True})
            client.wait_for("counts", unread=0)
            assert inbox(site, bob, token).status_code == 200

            with running_valkey(folder, port):
                tell(alice, bob, title="again")
                client.wait_for("notification", seq=3)
                assert inbox(site, bob, token).json()["last_seq"] == 3


def test_hints_return_after_redis_was_away(folder: Path, alice: Person) -> None:
    port = free_port()
    with running_site(folder, REDIS_URL=f"redis://127.0.0.1:{port}/0") as site, signed_in(site, alice) as client:
        with running_valkey(folder, port):
            wait_until(lambda: hint_arrives(port, alice, client), seconds=15, what="a hint before")
        with running_valkey(folder, port):
            wait_until(lambda: hint_arrives(port, alice, client), seconds=15, what="a hint after")


def hint_arrives(port: int, person: Person, client: Client) -> bool:
    """Whether a hint that is sent now is heard at once; progress of jobs goes no other way."""
    layer = RedisPubSubChannelLayer(hosts=[f"redis://127.0.0.1:{port}/0"], prefix="autocrm")
    group = push.user_group(person.tenant.id, person.id)
    message = {"type": "push", "group": group, "payload": {"type": "job", "id": "7"}}
    asyncio.run(layer.group_send(group, message))
    return any(each["type"] == "job" for each in client.heard_within(0.5))


def test_headers_with_underscores_and_bytes_in_queries_do_no_harm(site: Site, alice: Person, charlie: Person) -> None:
    token = charlie.new_token()
    headers = {"Authorization": f"Bearer {token}", "Host": charlie.host, "X_Tenant": alice.tenant.subdomain}

    answer = httpx.get(f"{site.url}/api/v1/?q=%FF%FE", headers=headers)

    assert answer.status_code == 200
    assert answer.json()["you"]["workspace"] == charlie.tenant.id


def test_half_a_request_has_no_effect(site: Site, alice: Person) -> None:
    body = b'{"last_name": "Half"}'
    address, headers = (
        f"{site.url}/api/v1/contacts/",
        {"Host": alice.host, "Authorization": f"Bearer {alice.new_token()}"},
    )
    head = "POST /api/v1/contacts/ HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head += f"Content-Type: application/json\r\nContent-Length: {len(body) + 1}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", site.port)) as client:
        client.sendall(head.encode() + body)
        client.shutdown(socket.SHUT_WR)
        client.settimeout(5)
        answer = client.recv(4096)

    assert b" 201 " not in answer
    assert httpx.get(address, headers=headers).json()["results"] == []
    assert httpx.post(address, headers=headers | {"Content-Type": "application/json"}, content=body).status_code == 201


def test_an_inherited_socket_is_served(folder: Path, db: None) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.set_inheritable(True)
        with running_site(folder, listener=listener) as site:
            assert site.port == listener.getsockname()[1]
