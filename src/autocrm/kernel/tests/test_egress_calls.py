"""What the outgoing client sends and whom it dials: pinning, redirects, headers, certificates, against real servers."""

import asyncio
import ssl
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from autocrm.kernel.clock import now
from autocrm.kernel.egress import client as egress
from autocrm.kernel.egress.client import EgressRequest, Limits
from autocrm.kernel.errors import Invalid, Upstream
from autocrm.kernel.tests.peers import USUAL, plain, serving

pytestmark = pytest.mark.usefixtures("opened")


def test_a_request_goes_out_as_given_and_the_answer_comes_back(send: Any) -> None:
    with serving(plain(b'{"a":1}', b"201 Created", b"X-Two: a\r\nX-Two: b\r\n")) as peer:
        response = send(
            EgressRequest(
                "POST", f"{peer.url}/hook?x=1", {"X-Mine": "yes"}, b"content", idempotency_key="evt_1", limits=USUAL
            )
        )

    assert (response.status, response.body, response.truncated) == (201, b'{"a":1}', False)
    assert response.headers["x-two"] == "a, b"
    assert response.is_success
    assert 0 <= response.elapsed_ms < 15_000
    head, _sep, body = peer.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /hook?x=1 HTTP/1.1"
    assert {"host: " + f"127.0.0.1:{peer.port}", "idempotency-key: evt_1", "x-mine: yes", "user-agent: AutoCRM"} <= {
        line[: line.index(":")].lower() + line[line.index(":") :] for line in lines[1:]
    }
    assert body == b"content"


def test_the_plain_functions_call_too() -> None:
    with serving(plain(b"one")) as peer:
        assert egress.request("GET", peer.url).body == b"one"
        assert asyncio.run(egress.arequest("GET", peer.url)).body == b"one"


def test_without_an_opened_network_nothing_reaches_this_machine(send: Any, settings: Any) -> None:
    settings.EGRESS_ALLOWED_NETWORKS = []

    with serving(plain()) as canary:
        for url in (canary.url, f"http://localhost:{canary.port}", f"http://127.1:{canary.port}"):
            with pytest.raises(Invalid):
                send(EgressRequest("GET", url, limits=USUAL))

    assert canary.requests == []


@pytest.mark.parametrize("opened_address", ["127.0.0.1", "127.0.0.2"])
def test_a_rebinding_name_is_looked_up_once_and_dialled_where_it_was_checked(
    send: Any, settings: Any, opened_address: Any
) -> None:
    settings.EGRESS_ALLOWED_NETWORKS = [f"{opened_address}/32"]
    other = "127.0.0.2" if opened_address == "127.0.0.1" else "127.0.0.1"
    lookups = []

    def rebinding(host: Any, _port: Any) -> Any:
        lookups.append(host)
        return [opened_address if len(lookups) == 1 else other]

    with (
        serving(plain(b"checked"), address=opened_address) as peer,
        serving(plain(b"inside"), address=other, port=peer.port) as canary,
    ):
        response = send(EgressRequest("GET", f"http://rebind.test:{peer.port}/", limits=USUAL), resolver=rebinding)

    assert response.body == b"checked"
    assert lookups == ["rebind.test"]
    assert canary.requests == []
    assert f"host: rebind.test:{peer.port}".encode() in peer.requests[0].lower()


def test_the_next_address_is_tried_when_the_first_refuses(send: Any, settings: Any) -> None:
    settings.EGRESS_ALLOWED_NETWORKS = ["127.0.0.0/24"]

    with serving(plain(b"second")) as peer:
        outgoing = EgressRequest("GET", f"http://two.test:{peer.port}/", limits=USUAL)
        response = send(outgoing, resolver=lambda _host, _port: ["127.0.0.9", "127.0.0.1"])

    assert response.body == b"second"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temp", "308 Perm"])
def test_a_redirect_is_an_answer_and_never_followed(send: Any, status: Any) -> None:
    with serving(plain()) as canary:
        location = f"Location: {canary.url}/latest/meta-data/\r\n".encode()
        with serving(plain(b"", status.encode(), location)) as peer:
            response = send(EgressRequest("GET", peer.url, {"Authorization": "Bearer secret"}, limits=USUAL))

    assert response.status == int(status[:3])
    assert canary.requests == []


def test_proxies_and_credentials_of_the_environment_are_not_used(
    send: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login alice password secret\n")
    with serving(plain()) as proxy, serving(plain(b"direct")) as peer:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("NETRC", str(netrc))

        response = send(EgressRequest("GET", peer.url, limits=USUAL))

    assert response.body == b"direct"
    assert proxy.requests == []
    assert b"authorization" not in peer.requests[0].lower()


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding", "Connection", "Proxy-Authorization"])
def test_headers_that_steer_the_connection_cannot_be_set(send: Any, name: Any) -> None:
    with pytest.raises(Invalid):
        send(EgressRequest("GET", "http://127.0.0.1:9/", {name: "1"}, limits=USUAL))


@pytest.mark.parametrize(
    "headers", [{"X-A": "1\r\nX-B: 2"}, {"X-A\r\nX-B": "1"}, {"X A": "1"}, {"": "1"}, {"X-A": "a\x00"}, {"X-A": "ж"}]
)
def test_headers_cannot_smuggle_further_lines(send: Any, headers: Any) -> None:
    with pytest.raises(Invalid):
        send(EgressRequest("GET", "http://127.0.0.1:9/", headers, limits=USUAL))


def test_an_idempotency_key_cannot_smuggle_a_header(send: Any) -> None:
    with pytest.raises(Invalid):
        send(EgressRequest("POST", "http://127.0.0.1:9/", idempotency_key="a\r\nX-B: 2", limits=USUAL))


def test_unknown_methods_and_oversized_content_are_refused(send: Any) -> None:
    for outgoing in (
        EgressRequest("CONNECT", "http://127.0.0.1:9/"),
        EgressRequest("GET / HTTP/1.1\r\nX:", "http://127.0.0.1:9/"),
        EgressRequest("POST", "http://127.0.0.1:9/", body=b"12345", limits=Limits(max_request_bytes=4)),
    ):
        with pytest.raises(Invalid):
            send(outgoing)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A certificate for hooks.test that signs itself, and a server context that shows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.test")])
    today = now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    pem = folder / "cert.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret = folder / "key.pem"
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return str(pem), context


def test_tls_asks_for_the_name_and_checks_it_although_an_address_is_dialled(
    send: Any, settings: Any, certificate: Any
) -> None:
    settings.EGRESS_CA_FILE, context = certificate
    asked = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)

    with serving(plain(b"private"), context=context) as peer:
        outgoing = EgressRequest("GET", f"https://hooks.test:{peer.port}/", limits=USUAL)
        response = send(outgoing, resolver=lambda _host, _port: ["127.0.0.1"])
        with pytest.raises(Upstream) as caught:
            send(
                EgressRequest("GET", f"https://other.test:{peer.port}/", limits=USUAL),
                resolver=lambda _host, _port: ["127.0.0.1"],
            )

    assert response.body == b"private"
    assert asked == ["hooks.test", "other.test"]
    assert (caught.value.retryable, caught.value.code) == (False, "certificate")


def test_a_certificate_of_nobody_is_refused(send: Any, certificate: Any) -> None:
    _pem, context = certificate

    with serving(plain(), context=context) as peer, pytest.raises(Upstream) as caught:
        send(
            EgressRequest("GET", f"https://hooks.test:{peer.port}/", limits=USUAL),
            resolver=lambda _host, _port: ["127.0.0.1"],
        )

    assert caught.value.code == "certificate"
    assert peer.requests == []
