"""The socket against the real web process: live, in order, caught up, and nobody else's."""

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus

import pytest
from django.contrib.sessions.models import Session
from websockets.exceptions import ConnectionClosed, InvalidStatus

from autocrm.kernel import push
from autocrm.kernel.clock import now
from autocrm.kernel.platform import rows
from autocrm.kernel.tenancy import tenant_scope
from autocrm.notifications import services
from autocrm.realtime.tests.client import opened, signed_in
from autocrm.realtime.tests.conftest import Tell
from autocrm.tenants.models import Tenant
from autocrm.transfers.models import Import
from autocrm.users.models import ApiToken, Membership
from tests.support.cast import Person
from tests.support.site import Site


def test_a_notification_arrives_without_asking(site: Site, alice: Person, bob: Person, tell: Tell) -> None:
    with signed_in(site, bob) as client:
        [told] = tell(alice, bob, title="Lead assigned", url="/contacts/1/")

        message = client.wait_for("notification")

    assert message["seq"] == 1
    assert message["unread"] == 1
    assert message["replayed"] is False
    assert message["notification"]["title"] == "Lead assigned"
    assert message["notification"]["url"] == f"/notifications/{told.id}/"
    assert message["notification"]["target"] == "/contacts/1/"


def test_what_was_missed_comes_in_order_then_the_counts(site: Site, alice: Person, bob: Person, tell: Tell) -> None:
    with signed_in(site, bob) as client:
        tell(alice, bob, title="1")
        seen = client.wait_for("notification")["seq"]
    for number in range(2, 6):
        tell(alice, bob, title=str(number))

    with signed_in(site, bob) as client:
        client.send({"type": "subscribe_updates", "after_seq": seen})
        client.wait_for("subscribed", last_seq=5)

    missed = [each for each in client.received if each["type"] == "notification"]
    assert [each["notification"]["title"] for each in missed] == ["2", "3", "4", "5"]
    assert all(each["replayed"] for each in missed)
    assert all(each["fresh"] for each in missed)
    assert client.received[-2] == {"type": "counts", "unread": 5, "last_seq": 5}


def test_a_client_far_behind_is_told_to_load_again(site: Site, alice: Person, bob: Person, tell: Tell) -> None:
    with alice.at_work() as actor:
        for number in range(501):
            services.notify(user_ids=[bob.id], kind="test.socket", title=str(number), actor=actor)

    with signed_in(site, bob) as client:
        client.send({"type": "subscribe_updates", "after_seq": 0})
        client.wait_for("resync")
        client.wait_for("subscribed", last_seq=501)


def test_marking_as_read_is_counted_by_the_server(site: Site, alice: Person, bob: Person, tell: Tell) -> None:
    [first] = tell(alice, bob)
    tell(alice, bob)
    with signed_in(site, bob) as one, signed_in(site, bob) as other:
        one.send({"type": "mark_read", "ids": [str(first.id)]})
        one.wait_for("counts", unread=1)
        other.wait_for("counts", unread=1)
        other.send({"type": "mark_read", "all": True})
        one.wait_for("counts", unread=0)


def test_ping_and_nonsense_are_answered(site: Site, alice: Person) -> None:
    with signed_in(site, alice) as client:
        client.send({"type": "ping"})
        client.wait_for("pong")
        for nonsense in (
            [],
            {"type": "drop_table"},
            {"type": "mark_read", "ids": ["x"]},
            {"type": "subscribe_updates", "after_seq": -1},
        ):
            client.send(nonsense)
            client.wait_for("error")
        client.socket.send("{not json")
        client.wait_for("error")
        client.send({"type": "ping"})
        client.wait_for("pong")


def test_charlie_hears_nothing_of_acme(site: Site, alice: Person, charlie: Person, tell: Tell) -> None:
    with signed_in(site, charlie) as client, signed_in(site, alice) as owner:
        tell(alice, alice, charlie)
        with alice.at_work() as actor:
            push.to_tenant(actor.tenant_id, {"type": "changed", "record_type": "contact", "ids": ["1"]})
            push.to_user(actor.tenant_id, alice.id, {"type": "job", "id": "7"})
        owner.wait_until(lambda _each: {"notification", "job", "changed"} <= {each["type"] for each in owner.received})

        assert client.heard_within(0.5) == []


def test_charlie_cannot_open_a_socket_in_acme(site: Site, alice: Person, charlie: Person) -> None:
    cookie = f"sessionid={charlie.page.cookies['sessionid'].value}"

    with opened(site, alice.host, Cookie=cookie) as by_host:
        assert by_host.close_code(5) == 4403
    with opened(site, "localhost", query=f"?tenant={alice.tenant.subdomain}", Cookie=cookie) as by_query:
        assert by_query.close_code(5) == 4403
    with opened(site, charlie.host, Cookie=cookie, X_Tenant=alice.tenant.subdomain) as by_header:
        assert by_header.close_code(5) == 4403


def test_a_stranger_is_told_to_sign_in(site: Site, alice: Person) -> None:
    with opened(site, alice.host) as client:
        assert client.close_code(5) == 4401
    with opened(site, alice.host, Authorization="Bearer acrm_nonsense") as client:
        assert client.close_code(5) == 4401


def test_a_page_of_another_site_is_refused_at_the_handshake(site: Site, alice: Person) -> None:
    cookie = f"sessionid={alice.page.cookies['sessionid'].value}"

    with pytest.raises(InvalidStatus) as refused, opened(site, alice.host, Cookie=cookie, Origin="http://evil.example"):
        pass

    assert refused.value.response.status_code == HTTPStatus.FORBIDDEN


def test_other_addresses_are_no_sockets(site: Site, alice: Person) -> None:
    with pytest.raises(InvalidStatus), opened(site, alice.host, query="nothing/"):
        pass


def test_a_token_opens_a_socket_and_its_end_closes_it(site: Site, alice: Person, bob: Person, tell: Tell) -> None:
    with opened(site, "localhost", Authorization=f"Bearer {bob.new_token()}") as client:
        client.wait_for("counts")
        tell(alice, bob)
        client.wait_for("notification")

        with tenant_scope(bob.tenant), bob.at_work():
            ApiToken.objects.all().delete()

        assert client.close_code(5) == 4401


def test_a_disabled_person_is_out_within_five_seconds(site: Site, bob: Person) -> None:
    with signed_in(site, bob) as client:
        bob.user.is_active = False
        bob.user.save(update_fields=["is_active"])

        assert client.close_code(5) == 4401


def test_a_disabled_membership_is_out_within_five_seconds(site: Site, alice: Person, bob: Person) -> None:
    with signed_in(site, bob) as client:
        with alice.at_work():
            Membership.objects.filter(user_id=bob.id).update(is_active=False)

        assert client.close_code(5) == 4401


def test_a_revoked_session_a_new_password_and_a_closed_workspace_end_the_socket(
    site: Site, alice: Person, bob: Person
) -> None:
    with signed_in(site, bob) as client:
        Session.objects.filter(session_key=bob.page.cookies["sessionid"].value).delete()
        assert client.close_code(5) == 4401
    with signed_in(site, alice) as client:
        alice.user.set_password("another horse battery staple")
        alice.user.save(update_fields=["password"])
        assert client.close_code(5) == 4401


def test_a_closed_workspace_ends_its_sockets(site: Site, charlie: Person) -> None:
    with signed_in(site, charlie) as client:
        rows(Tenant, reason="test").filter(id=charlie.tenant.id).update(is_active=False)
        assert client.close_code(6) == 4401


def test_changes_are_told_only_to_who_may_read_that_type(site: Site, alice: Person, bob: Person) -> None:
    with signed_in(site, alice) as owner, signed_in(site, bob) as few_rights:
        with alice.at_work() as actor:
            push.to_tenant(actor.tenant_id, {"type": "changed", "record_type": "company", "ids": ["1"]})
            push.to_tenant(actor.tenant_id, {"type": "changed", "record_type": "contact", "ids": ["2"]})

        assert owner.wait_for("changed", record_type="company")["ids"] == ["1"]
        few_rights.wait_for("changed", record_type="contact")

    assert not [each for each in few_rights.received if each.get("record_type") == "company"]


def test_job_progress_reaches_its_person(site: Site, alice: Person) -> None:
    with signed_in(site, alice) as client:
        client.send({"type": "subscribe_updates"})
        client.wait_for("subscribed")
        with alice.at_work() as actor:
            push.to_user(
                actor.tenant_id, alice.id, {"type": "job", "id": "7", "state": "running", "done": 3, "total": 9}
            )

        assert client.wait_for("job")["job"] == {"id": "7", "state": "running", "done": 3, "total": 9}


def test_a_burst_is_gathered_and_nothing_is_lost(site: Site, alice: Person, bob: Person, tell: Tell) -> None:
    with signed_in(site, bob) as client:
        for number in range(150):
            tell(alice, bob, title=str(number))
        client.wait_for("notification", seconds=20, seq=150)

    seqs = [each["seq"] for each in client.received if each["type"] == "notification"]
    assert seqs == list(range(1, 151))


def test_who_talks_too_much_is_closed(site: Site, alice: Person) -> None:
    with signed_in(site, alice) as client:
        # It may hang up before all of it is said.
        with suppress(ConnectionClosed):
            for _each in range(200):
                client.send({"type": "ping"})

        assert client.close_code(5) == 1008


def test_a_client_that_does_not_read_holds_up_nobody(site: Site, alice: Person, bob: Person, tell: Tell) -> None:
    with socket.create_connection(("127.0.0.1", site.port)) as stuck, signed_in(site, bob) as client:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.sendall(handshake(site, bob))
        assert b"101" in stuck.recv(64)

        # The other one reads all the while: it would be too slow itself if it began when everything has been said.
        with ThreadPoolExecutor(1) as pool:
            heard = pool.submit(client.wait_for, "notification", seconds=20, seq=200)
            with alice.at_work() as actor:
                for number in range(200):
                    services.notify(
                        user_ids=[bob.id], kind="test.socket", title=str(number), body="x" * 40_000, actor=actor
                    )
            with alice.at_work() as actor:
                for number in range(300):
                    push.to_user(actor.tenant_id, bob.id, {"type": "job", "id": str(number)})
            heard.result()

        client.send({"type": "ping"})
        client.wait_for("pong")


def handshake(site: Site, person: Person) -> bytes:
    """What a browser sends to open the socket, for a client that will then do nothing."""
    lines = [
        "GET /ws/notifications/ HTTP/1.1",
        f"Host: {person.host}:{site.port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        f"Cookie: sessionid={person.page.cookies['sessionid'].value}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def test_background_work_is_followed_even_without_hints(site: Site, alice: Person) -> None:
    with alice.at_work():
        batch = Import.objects.create(
            record_type="contact",
            user_id=alice.id,
            filename="people.csv",
            file_size=1,
            state="running",
            done_rows=3,
            total_rows=9,
            started_at=now(),
        )

    with signed_in(site, alice) as client:
        first = client.wait_for("job")["job"]
        with alice.at_work():
            Import.objects.filter(id=batch.id).update(state="done", done_rows=9, finished_at=now())
        last = client.wait_for("job", seconds=10)["job"]
        while last["state"] == "running":
            last = client.wait_for("job", seconds=10)["job"]

    assert (first["id"], first["state"], first["done"], first["total"]) == (str(batch.id), "running", 3, 9)
    assert (last["id"], last["state"]) == (str(batch.id), "done")
