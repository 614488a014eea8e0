"""Calls to Ideogram through a proxy: what surely was not sent, what nobody knows, and where result links may lead."""

import ssl

import aiohttp.connector
import pytest

from bot.demo.ideogram_stand_in import IdeogramStandIn
from bot.discord_app.kit.attachments import CdnReader
from bot.ideogram.client import IdeogramClient
from bot.ideogram.errors import (
    LinkGoneError,
    LinkRefusedError,
    OutcomeUnknownError,
    ResultUnavailableError,
    UnreachableError,
)
from bot.proxies import Proxies
from bot.rules.remix_request import RemixRequest
from tests.integration.ideogram.ideogram_raw_server import KEY, picture
from tests.wire.proxies.connect_proxy import ConnectProxy

API, IMAGES = "api.ideogram.test", "images.ideogram.test"
SECRET = "s3cret-of-the-proxy"
ASKED = RemixRequest("a teapot")


class BehindTheProxy(IdeogramStandIn):
    """Its links have a name that only the proxy knows."""

    @property
    def url(self):
        return f"https://{IMAGES}"


@pytest.fixture(autouse=True)
def _trusted(certificate, monkeypatch):
    trusting = ssl.create_default_context(cafile=certificate[0])
    monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", trusting)


@pytest.fixture
async def stand_in():
    async with BehindTheProxy(api_key=KEY) as running:
        running.dials.long_side = 32
        yield running


@pytest.fixture
async def proxy(tls, stand_in):
    async with ConnectProxy(tls, dict.fromkeys((API, IMAGES), stand_in._port), password=SECRET) as running:
        yield running


def client_of(proxy_url, hosts=(IMAGES,), exempt=""):
    proxies = Proxies({"https": proxy_url}, exempt)
    return IdeogramClient(
        api_url=f"https://{API}",
        api_key=KEY,
        timeout_s=30,
        image_hosts=hosts,
        max_result_bytes=1_000_000,
        proxies=proxies,
    )


async def test_a_paid_call_and_its_result_go_through_the_proxy(proxy, stand_in):
    async with client_of(proxy.url) as client:
        response = await client.submit(ASKED, picture())
        (image,) = response.images
        assert await client.fetch_image(image.url)
    assert len(stand_in.calls) == 1
    assert proxy.asked == [f"CONNECT {API}:443", f"CONNECT {IMAGES}:443"]


async def test_the_way_to_the_proxy_can_have_tls_too(tls, stand_in):
    async with ConnectProxy(tls, {API: stand_in._port}, is_secure=True) as proxy, client_of(proxy.url) as client:
        await client.submit(ASKED, picture())
    assert len(stand_in.calls) == 1


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (403, "the proxy answered 403"),
        (407, "the proxy answered 407"),
        (502, "the proxy answered 502"),
        ("hang up", "ServerDisconnectedError"),
        ("no tls", "ClientConnectorError|ClientOSError|ServerDisconnectedError|ConnectionResetError|SSL"),
    ],
)
async def test_a_call_that_the_proxy_refuses_was_surely_not_sent(proxy, stand_in, trouble, reason):
    proxy.troubles[API] = [trouble]
    async with client_of(proxy.url) as client:
        with pytest.raises(UnreachableError, match=reason) as caught:
            await client.submit(ASKED, picture())
        assert SECRET not in str(caught.value)
        assert caught.value.__context__ is None
        await client.submit(ASKED, picture())
    assert len(stand_in.calls) == 1


async def test_a_proxy_that_is_down_or_wants_another_password_sends_nothing(proxy, stand_in):
    for url in (proxy.url.replace(SECRET, "").replace("user:@", ""), "http://127.0.0.1:9"):
        async with client_of(url) as client:
            with pytest.raises(UnreachableError):
                await client.submit(ASKED, picture())
    assert stand_in.calls == []


async def test_after_the_request_has_left_nobody_knows_and_nothing_is_sent_again(proxy, stand_in):
    proxy.troubles[API] = ["cut"]
    async with client_of(proxy.url) as client:
        with pytest.raises(OutcomeUnknownError):
            await client.submit(ASKED, picture())
    assert len(stand_in.calls) == 1


async def test_a_link_to_another_host_is_refused_before_the_proxy_hears_of_it(proxy):
    async with client_of(proxy.url) as client:
        for url in ("https://intranet.example/x.png", "https://10.0.0.1/x.png", f"http://{IMAGES}/x.png"):
            with pytest.raises(LinkRefusedError):
                await client.fetch_image(url)
        proxy.troubles[IMAGES] = [502]
        with pytest.raises(ResultUnavailableError, match="the proxy answered 502"):
            await client.fetch_image(f"https://{IMAGES}/x.png")
    assert proxy.asked == [f"CONNECT {IMAGES}:443"]


async def test_hosts_in_no_proxy_and_this_machine_are_reached_directly(proxy):
    async with IdeogramStandIn(api_key=KEY) as here:
        client = client_of(proxy.url, hosts=(IMAGES, here.image_host), exempt="ideogram.test")
        async with client:
            with pytest.raises(LinkGoneError):
                await client.fetch_image(f"{here.url}/no-such-picture.png")
            with pytest.raises(UnreachableError):
                await client.submit(ASKED, picture())
    assert proxy.asked == []


async def test_attachments_are_read_through_the_proxy(proxy):
    class Attachment:
        url = f"https://{IMAGES}/attachments/cat.png"

    reader = CdnReader({IMAGES}, Proxies({"https": proxy.url}))
    with pytest.raises(Exception, match="status 404"):
        async with reader.open(Attachment()):
            pass
    await reader.aclose()
    assert proxy.asked == [f"CONNECT {IMAGES}:443"]
