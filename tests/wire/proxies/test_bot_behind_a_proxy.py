"""The bot as a process where nothing but a proxy leads outside: all of its connections go through it."""

import pytest

from bot.demo.ideogram_stand_in import IdeogramStandIn
from tests.wire import bot_process
from tests.wire.bot_process import API_KEY, open_house
from tests.wire.proxies.connect_proxy import ConnectProxy

API, IMAGES = "api.ideogram.test", "images.ideogram.test"
REST, GATEWAY, CDN = "discord.test", "gateway.discord.test", "cdn.discord.test"
SECRET = "s3cret-of-the-proxy"
PARKED = "Ideogram's reply didn't reach me"


class BehindTheProxy(IdeogramStandIn):
    """Its links have a name that only the proxy knows."""

    @property
    def url(self):
        return f"https://{IMAGES}"


@pytest.fixture
async def house(tmp_path, monkeypatch):
    monkeypatch.setattr(bot_process, "IdeogramStandIn", BehindTheProxy)
    async with open_house(tmp_path) as opened:
        opened.discord.world.origin = f"https://{CDN}"
        opened.discord.world.ws_origin = f"wss://{GATEWAY}"
        yield opened


@pytest.fixture
async def proxy(house, tls):
    ports = {
        **dict.fromkeys((API, IMAGES), house.ideogram._port),
        **dict.fromkeys((REST, GATEWAY, CDN), house.discord.port),
    }
    async with ConnectProxy(tls, ports, password=SECRET) as running:
        yield running


async def start(house, proxy, certificate):
    """None of these names means anything but to the proxy, so whatever bypasses it fails."""
    return await house.start(
        HTTPS_PROXY=proxy.url,
        SSL_CERT_FILE=certificate[0],
        DISCORD_API_URL=f"https://{REST}/api/v10",
        DISCORD_GATEWAY_URL=f"wss://{GATEWAY}/gateway",
        DISCORD_CDN_HOSTS=CDN,
        IDEOGRAM_API_URL=f"https://{API}",
        IDEOGRAM_IMAGE_HOSTS=IMAGES,
    )


async def test_everything_goes_through_the_proxy_and_no_call_is_paid_twice_when_it_fails(house, proxy, certificate):
    bot = await start(house, proxy, certificate)
    remix = await house.remix()
    await remix.until_told("**Done.**")
    remix.assert_served_once()
    assert {each.partition(" ")[2] for each in proxy.asked} == {f"{host}:443" for host in proxy.ports}
    (begun,) = [event for event in bot.events if event["event"] == "starting"]
    assert begun["proxies"] == dict.fromkeys(("discord", "ideogram"), f"127.0.0.1:{proxy.port}")

    proxy.troubles[API] = [502]
    refused = await house.remix()
    await refused.until_told("**Done.**")
    refused.assert_served_once()
    assert house.calls_for(refused) == 1
    assert [event["error"] for event in bot.events if event["event"] == "a paid call failed"] == [
        "the proxy answered 502"
    ]

    proxy.troubles[API] = ["cut"]
    cut = await house.remix()
    await cut.until_told(PARKED)
    assert house.state_of(cut) == "outcome_unknown"
    assert house.calls_for(cut) == 1

    # Before the proxy ends, as the bot would log that it cannot reconnect.
    await bot.kill()
    # What the log shows is looked through for the bot's own secrets by the house.
    assert SECRET not in "\n".join(bot.lines)
    assert API_KEY not in "\n".join(bot.lines)
