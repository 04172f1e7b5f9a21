"""Which outgoing addresses are refused, before a single packet leaves."""

from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocrm.kernel.egress import client as egress
from autocrm.kernel.egress.addresses import is_public, unwrap
from autocrm.kernel.egress.client import EgressRequest
from autocrm.kernel.egress.resolving import check_addresses, resolve_addresses
from autocrm.kernel.egress.urls import parse_url
from autocrm.kernel.errors import Invalid, Upstream

UNREADABLE = [
    "http://0177.0.0.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0x7f000001/",
    "http://127.1/",
    "http://127.0.1/",
    "http://00000177.1/",
    "http://127.0.0.1.1/",
    "http://256.1.1.1/",
    "http://1.2.3.08/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://0x7f.１/",
    "http://user@example.com/",
    "http://user:secret@example.com/",
    "http://example.com@127.0.0.1/",
    "http://127.0.0.1\\@example.com/",
    "http://example.com\\.evil.test/",
    "http://example.com/\r\nX-Injected: 1",
    "http://example.com/\nGET /",
    "http://exa\tmple.com/",
    " http://example.com/",
    "http://example.com /",
    "http://example.com/\x00",
    "http://[::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[::1]evil.test/",
    "http://[::1/",
    "http://[127.0.0.1]/",
    "http://[v1.a]/",
    "http://127%2e0.0.1/",
    "http://exam%70le.com/",
    "http:///etc/passwd",
    "http://",
    "http://./",
    "http://../",
    "http://a..b/",
    "http://-a.test/",
    "http://example.com:0/",
    "http://example.com:/",
    "http://example.com:99999/",
    "http://example.com:８0/",
    "http://a:b:80/",
    "https:example.com",
    "//example.com/",
    "example.com",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "ftp://example.com/",
    "dict://127.0.0.1:11211/",
    "javascript:alert(1)",
    "data:text/html,hi",
    "unix:///var/run/docker.sock",
    "",
    "http://" + "a" * 64 + ".test/",
    "http://example.com/" + "a" * 5000,
]

PRIVATE_LITERALS = [
    "http://127.0.0.1/",
    "http://127.0.0.1./",
    "http://127.8.8.8/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://100.100.100.200/",
    "http://169.254.169.254/latest/meta-data/",
    "http://168.63.129.16/",
    "http://192.0.0.192/",
    "http://192.0.2.1/",
    "http://198.18.0.1/",
    "http://203.0.113.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[::]/",
    "http://[::1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[2001:0:5ef5:79fd:0:59d:80ff:fffe]/",
    "http://[2600:1f00::5efe:7f00:1]/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://[100::1]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://[4000::1]/",
]


@pytest.fixture(autouse=True)
def nothing_opened(settings: Any) -> None:
    settings.EGRESS_ALLOWED_NETWORKS = []


def never_called(host: Any, port: Any) -> None:
    raise AssertionError(f"looked up {host}:{port}")


@pytest.mark.parametrize("url", UNREADABLE)
def test_a_url_that_can_be_read_in_two_ways_is_refused(url: Any) -> None:
    with pytest.raises(Invalid) as caught:
        egress.send(EgressRequest("GET", url), resolver=never_called)

    assert caught.value.code == "url_refused"
    assert "url" in caught.value.fields


@pytest.mark.parametrize("url", PRIVATE_LITERALS)
def test_a_literal_address_that_is_not_public_is_refused(url: Any) -> None:
    with pytest.raises(Invalid) as caught:
        egress.send(EgressRequest("GET", url), resolver=never_called)

    assert caught.value.code == "url_refused"


@pytest.mark.parametrize("host", ["localhost", "localhost.", "LOCALHOST", "loc𝐚lhost", "ip6-localhost"])
def test_names_of_this_machine_are_refused_by_their_address(host: Any) -> None:
    with pytest.raises(Invalid):
        egress.send(EgressRequest("GET", f"http://{host}/"), resolver=lambda _host, _port: ["127.0.0.1"])


def test_localhost_as_this_system_resolves_it_is_refused() -> None:
    with pytest.raises(Invalid):
        egress.request("GET", "http://localhost/")


@pytest.mark.parametrize(
    "answer",
    [
        ["93.184.216.34", "127.0.0.1"],
        ["93.184.216.34", "::1"],
        ["2606:2800:220:1::1", "10.0.0.7"],
        ["::ffff:10.0.0.7"],
        ["fe80::1%eth0"],
    ],
)
def test_one_private_address_among_public_ones_refuses_the_host(answer: Any) -> None:
    with pytest.raises(Invalid):
        resolve_addresses("mixed.test", 443, timeout=1, resolver=lambda _host, _port: answer)


def test_public_addresses_pass_in_the_resolver_s_order() -> None:
    answer = ["2606:2800:220:1::1", "93.184.216.34"]

    found = resolve_addresses("good.test", 443, timeout=1, resolver=lambda _host, _port: answer)

    assert found == answer


@pytest.mark.parametrize("port", [22, 25, 6379, 5432, 8080])
def test_ports_of_other_services_are_refused_even_on_public_addresses(port: Any) -> None:
    with pytest.raises(Invalid):
        check_addresses(["93.184.216.34"], port=port)


def test_mail_protocols_may_use_their_own_ports_on_public_addresses_only() -> None:
    assert check_addresses(["93.184.216.34"], port=993, any_port=True) == ["93.184.216.34"]

    with pytest.raises(Invalid):
        check_addresses(["10.0.0.1"], port=993, any_port=True)


def test_further_ports_can_be_allowed(settings: Any) -> None:
    settings.EGRESS_ALLOWED_PORTS = [443, 8443]

    assert check_addresses(["93.184.216.34"], port=8443) == ["93.184.216.34"]
    with pytest.raises(Invalid):
        check_addresses(["93.184.216.34"], port=80)


def test_an_opened_network_opens_nothing_beside_it(settings: Any) -> None:
    settings.EGRESS_ALLOWED_NETWORKS = ["10.1.2.0/24", "::1/128"]

    assert check_addresses(["10.1.2.3"], port=9000) == ["10.1.2.3"]
    assert check_addresses(["::ffff:10.1.2.3"], port=9000) == ["::ffff:a01:203"]
    assert check_addresses(["::1"], port=9000) == ["::1"]
    for other in (["10.1.3.1"], ["10.1.2.3", "10.1.3.1"], ["127.0.0.1"]):
        with pytest.raises(Invalid):
            check_addresses(other, port=443)


def test_an_opened_network_does_not_lend_its_ports_to_a_public_address(settings: Any) -> None:
    settings.EGRESS_ALLOWED_NETWORKS = ["10.1.2.0/24"]

    with pytest.raises(Invalid):
        check_addresses(["10.1.2.3", "93.184.216.34"], port=9000)


def test_a_host_without_address_or_with_a_failing_look_up_is_upstream() -> None:
    def fails(_host: Any, _port: Any) -> None:
        raise OSError("no such host")

    for resolver in (fails, lambda _host, _port: []):
        with pytest.raises(Upstream) as caught:
            resolve_addresses("gone.test", 443, timeout=1, resolver=resolver)

        assert caught.value.retryable
        assert caught.value.code == "dns"


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("::ffff:8.8.8.8", ["8.8.8.8"]),
        ("2002:808:808::", ["8.8.8.8"]),
        ("64:ff9b::808:808", ["8.8.8.8"]),
        ("::8.8.8.8", ["8.8.8.8"]),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", ["65.54.227.120", "192.0.2.45"]),
        ("2606:2800::1", ["2606:2800::1"]),
    ],
)
def test_wrapped_addresses_are_judged_by_what_they_lead_to(outer: Any, inner: Any) -> None:
    assert unwrap(ip_address(outer)) == [ip_address(text) for text in inner]


@given(st.ip_addresses(v=4))
def test_wrapping_never_makes_a_private_address_public(address: Any) -> None:
    number = int(address)
    wrapped = [
        ip_address((0xFFFF << 32) | number),
        ip_address((0x2002 << 112) | (number << 80)),
        ip_address((0x64FF9B << 96) | number),
    ]

    assert {is_public(one) for one in wrapped} == {is_public(address)}


@given(st.ip_addresses())
def test_nothing_special_is_public(address: Any) -> None:
    if is_public(address):
        assert address.is_global
        assert not (address.is_multicast)
        assert not (address.is_loopback)
        assert not (address.is_link_local)
        assert not (address.is_unspecified)


@given(st.text(max_size=60))
def test_reading_any_text_as_an_address_ends_in_a_target_or_invalid(text: Any) -> None:
    for url in (text, f"http://{text}", f"http://{text}/", f"https://example.com/{text}"):
        try:
            target = parse_url(url)
        except Invalid:
            continue
        assert target.host.isascii()
        assert target.path.isascii()
        assert not set(target.host + target.path) & set(" \r\n\t\x00\\@%" if "%" in target.host else " \r\n\t\x00\\")


def test_a_readable_url_keeps_host_port_and_query() -> None:
    target = parse_url("HTTPS://Bücher.Example:8443/weg/ä?q=größe&x=%20#part")

    assert (target.scheme, target.host, target.port) == ("https", "xn--bcher-kva.example", 8443)
    assert target.path == "/weg/%C3%A4?q=gr%C3%B6%C3%9Fe&x=%20"
    assert target.authority == "xn--bcher-kva.example:8443"
    assert parse_url("http://example.com.").authority == "example.com"
    assert parse_url("http://[2606:2800::1]:81/").authority == "[2606:2800::1]:81"
