"""What doctor finds about the key, the prices and the hosts of results, without paying for anything."""

import asyncio

import pytest
from aiohttp import web

from bot.cli.checks.findings import Verdict
from bot.rules.generations import IdeogramApi
from bot.rules.prices import Speed

FAIL, WARN = Verdict.FAIL, Verdict.WARN


@pytest.fixture
async def answering():
    """Starts an Ideogram that answers everything in one way, and returns its address and what it was asked."""
    runners = []

    async def start(status: int, body: str) -> tuple[str, list[str]]:
        asked: list[str] = []

        async def answer(request: web.Request) -> web.Response:
            await request.read()
            asked.append(request.path_qs)
            return web.Response(status=status, text=body, content_type="application/json")

        app = web.Application()
        app.router.add_route("*", "/{any:.*}", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        runners.append(runner)
        return f"http://127.0.0.1:{runner.addresses[0][1]}", asked

    yield start
    for runner in runners:
        await runner.cleanup()


async def test_a_rejected_key_fails_and_names_where_to_get_another(patient):
    patient.settings["ideogram_api_key"] = "a-revoked-key"
    (found,) = await patient.found("key")
    assert found.verdict is FAIL
    assert "does not accept IDEOGRAM_API_KEY" in found.sentence
    assert "Create a key" in found.remedy
    assert "a-revoked-key" not in str(found)


@pytest.mark.parametrize(
    ("status", "body", "verdict", "words"),
    [
        (402, '{"error": "x", "reject_reason": "insufficient_funds"}', FAIL, "Add credit"),
        (403, "", FAIL, "the key's permissions"),
        (400, "", FAIL, "Update the bot"),
        (429, "", WARN, "in a minute"),
        (403, "<html>Just a moment", FAIL, "this machine's address"),
    ],
)
async def test_each_refusal_has_its_remedy(patient, answering, status, body, verdict, words):
    patient.settings["ideogram_api_url"], asked = await answering(status, body)
    (found,) = await patient.found("key")
    assert found.verdict is verdict
    assert words in found.remedy
    assert len(asked) == 1


@pytest.mark.parametrize("body", ['{"generation_id": "abc"}', '{"object": "price_quote"}', "", '{"usd_micros": 60000}'])
async def test_an_answer_that_is_no_price_stops_the_questions_at_once(patient, answering, body):
    """Such an Ideogram may have made the picture: asking for the other speeds could pay three times."""
    patient.settings["ideogram_api_url"], asked = await answering(200, body)
    (found,) = await patient.found("key")
    assert found.verdict is FAIL
    assert "usage page" in found.remedy
    assert asked == ["/v2/image/remix/ideogram-4?dry_run=true"]


async def test_out_of_reach_is_not_blamed_on_the_key(patient):
    patient.settings["ideogram_api_url"] = "http://127.0.0.1:9"
    (found,) = await patient.found("key")
    assert "could not be reached" in found.sentence
    assert "network" in found.remedy


@pytest.mark.parametrize(
    ("api", "default", "verdict"),
    [
        (IdeogramApi.V2, 50_000, FAIL),
        (IdeogramApi.V2, 70_000, WARN),
        (IdeogramApi.V1, 50_000, WARN),
    ],
)
async def test_prices_that_differ_are_named_with_the_setting_to_copy(patient, api, default, verdict):
    """Too low ones let the bot spend more than its budgets."""
    prices = {Speed.TURBO: 30_000, Speed.DEFAULT: default, Speed.QUALITY: 100_000}
    patient.settings |= {"ideogram_prices": prices, "ideogram_api": api}
    (found,) = await patient.found("prices")
    assert found.verdict is verdict
    assert f"Default costs $0.06 and not ${default / 1_000_000:.2f}" in found.sentence
    assert found.remedy == "Set IDEOGRAM_PRICES=TURBO=0.03,DEFAULT=0.06,QUALITY=0.10"
    assert all(not call.billed for call in patient.ideogram.calls)


async def test_a_result_host_without_an_answer_is_a_warning_and_without_any_other_a_failure(patient):
    patient.settings["ideogram_image_hosts"] = frozenset({patient.ideogram.image_host, "127.0.0.1:9"})
    (found,) = await patient.found("result-hosts")
    assert found.verdict is WARN
    patient.settings["ideogram_image_hosts"] = frozenset({"127.0.0.1:9"})
    (found,) = await patient.found("result-hosts")
    assert found.verdict is FAIL
    assert "127.0.0.1:9 cannot be reached" in found.sentence
    assert "IDEOGRAM_IMAGE_HOSTS" in found.remedy


async def test_a_result_host_with_a_private_address_is_refused_as_the_bot_would(patient, monkeypatch):
    async def private(*_arguments, **_options):
        return [(2, 1, 6, "", ("10.0.0.7", 443))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", private)
    patient.settings["ideogram_image_hosts"] = frozenset({"ideogram.ai"})
    (found,) = await patient.found("result-hosts", offline=False)
    assert "no public address" in found.sentence
