"""Which result links are fetched, which addresses are connected to, and what of a link may be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ideogram.errors import HostRefusedError, LinkRefusedError
from bot.ideogram.links import LinkRules, host_of, mask_url

RULES = LinkRules(frozenset({"ideogram.ai", "cdn.example", "127.0.0.1:8123", "localhost:8124", "[::1]:8125"}))
PATH = "/api/images/ephemeral/abc.png?exp=1&sig=2"


@pytest.mark.parametrize(
    "url",
    [
        f"https://ideogram.ai{PATH}",
        f"https://ideogram.ai:443{PATH}",
        f"HTTPS://IDEOGRAM.AI{PATH}",
        f"https://cdn.example{PATH}",
        f"http://127.0.0.1:8123{PATH}",
        f"https://127.0.0.1:8123{PATH}",
        f"http://localhost:8124{PATH}",
        f"http://[::1]:8125{PATH}",
        "https://ideogram.ai/a%2Fb.png?sig=a%2Bb+c",
    ],
)
def test_https_to_a_listed_host_and_listed_loopback_are_fetched(url):
    RULES.check(url)


@pytest.mark.parametrize(
    "url",
    [
        f"http://ideogram.ai{PATH}",
        f"https://ideogram.ai:8443{PATH}",
        f"http://ideogram.ai:443{PATH}",
        f"https://www.ideogram.ai{PATH}",
        f"https://ideogram.ai.{PATH}",
        f"https://ideogram.ai.evil.example{PATH}",
        f"https://evilideogram.ai{PATH}",
        f"https://ideogram.ai@evil.example{PATH}",
        f"https://user@ideogram.ai{PATH}",
        f"https://:word@ideogram.ai{PATH}",
        f"https://ideogram.ai\\@evil.example{PATH}",
        f"https://evil.example\\.ideogram.ai{PATH}",
        f"https://evil.example#@ideogram.ai{PATH}",
        f"https://evil.example?@ideogram.ai{PATH}",
        f"https://\u2170deogram.ai{PATH}",
        f"https://ideogram\u3002ai{PATH}",
        f"https://ideogram.ai\t{PATH}",
        f"https://ideogram.ai\r\nHost: x{PATH}",
        f" https://ideogram.ai{PATH}",
        f"//ideogram.ai{PATH}",
        f"ftp://ideogram.ai{PATH}",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        f"http://127.0.0.1{PATH}",
        f"http://127.0.0.1:8124{PATH}",
        f"http://127.0.0.2:8123{PATH}",
        f"http://127.1:8123{PATH}",
        f"http://2130706433:8123{PATH}",
        f"http://0x7f000001:8123{PATH}",
        f"http://localhost:8123{PATH}",
        f"http://localhost.:8124{PATH}",
        f"https://localhost{PATH}",
        f"http://[::1]:8123{PATH}",
        f"http://[::ffff:127.0.0.1]:8123{PATH}",
        f"https://169.254.169.254{PATH}",
        f"https://10.0.0.1{PATH}",
        "https://[::1",
        "https://ideogram.ai:99999/x",
        "https://ideogram.ai:port/x",
        "https:///x",
        "https://",
        "",
        "x",
        "https://ideogram.ai/" + "a" * 9000,
    ],
)
def test_every_other_link_is_refused(url):
    with pytest.raises(LinkRefusedError) as caught:
        RULES.check(url)
    assert not caught.value.permanent
    assert "sig=2" not in str(caught.value)


@pytest.mark.parametrize("host", ["cdn.example:8443", "10.0.0.1:80"])
def test_only_loopback_may_be_listed_with_a_port(host):
    with pytest.raises(LinkRefusedError):
        LinkRules(frozenset({host})).check(f"https://{host}/x")


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "104.18.0.1", "2606:4700::1111", "64:ff9b::101:101", "2002:101:101::1", "::ffff:1.1.1.1"],
)
def test_public_addresses_are_connected_to(address):
    assert RULES.allows_address(address, 443)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.1.2.3",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "ff0e::1",
        "64:ff9b::a00:1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:a00:1::1",
        "2002:7f00:1::1",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe",
        "2001:db8::1",
    ],
)
def test_private_multicast_and_embedded_private_addresses_are_not(address):
    assert not RULES.allows_address(address, 443)


def test_loopback_is_connected_to_on_listed_ports_only():
    assert RULES.allows_address("127.0.0.1", 8123)
    assert RULES.allows_address("127.0.0.1", 8124)
    assert RULES.allows_address("::1", 8124)
    assert RULES.allows_address("::1", 8125)
    assert not RULES.allows_address("127.0.0.1", 8125)
    assert not RULES.allows_address("::1", 8123)
    assert not RULES.allows_address("10.0.0.1", 8123)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "https://ideogram.ai/api/images/ephemeral/xtdZiqPwRxqY.png?exp=1&sig=2",
            "ideogram.ai/api/images/ephemeral/*.png",
        ),
        ("https://cdn.example/a9f/secretsecretsecret/x.webp#part", "cdn.example/*/*/*.webp"),
        ("https://user:word@cdn.example/x.sig1234", "cdn.example/*"),
        ("https://cdn.example", "cdn.example/*"),
        ("https://cdn.example/?sig=2", "cdn.example/*"),
        ("not a link sig=2", "(unreadable link)"),
    ],
)
def test_a_masked_link_has_a_shape_and_no_secret(url, shown):
    assert mask_url(url) == shown


@given(st.text(max_size=60) | st.text(max_size=60).map("https://ideogram.ai".__add__))
def test_any_text_is_allowed_or_refused_and_never_breaks_anything(text):
    try:
        RULES.check(text)
    except LinkRefusedError:
        pass
    else:
        assert text.lower().startswith("https://ideogram.ai")
    assert "?" not in mask_url(text)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Images.Example.com/a.png?sig=1", "images.example.com"),
        ("http://ideogram.ai/a.png", "ideogram.ai"),
        ("https://ideogram.ai:8443/a.png", "ideogram.ai"),
        ("http://127.0.0.1:8123/a.png", "127.0.0.1:8123"),
        ("http://[::1]:8123/a.png", "[::1]:8123"),
        ("https://evil`host*.example.com/a.png", "evilhost.example.com"),
        ("no link", ""),
    ],
)
def test_a_host_is_named_as_the_operator_would_list_it(url, host):
    assert host_of(url) == host


def test_a_refused_host_is_named():
    with pytest.raises(HostRefusedError) as caught:
        LinkRules(frozenset({"ideogram.ai"})).check("https://images.example.com/a.png?sig=secret")
    assert caught.value.host == "images.example.com"
    assert "secret" not in str(caught.value)
