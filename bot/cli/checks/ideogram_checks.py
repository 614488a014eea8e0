"""Checks the key and the prices with free dry runs, and whether results can be downloaded."""

import asyncio
import socket
from collections.abc import Mapping
from io import BytesIO

import aiohttp
from PIL import Image

from bot.cli.checks.findings import Finding, Subject, fail, ok, warn
from bot.cli.checks.provider_problems import PROBLEMS
from bot.ideogram.client import IdeogramClient
from bot.ideogram.connections import reason_of
from bot.ideogram.errors import IdeogramError
from bot.ideogram.links import HTTPS_PORT, LinkRules
from bot.ideogram.wire import SourcePicture
from bot.rules.failures import ProviderProblem
from bot.rules.generations import IdeogramApi
from bot.rules.prices import Speed, dollars
from bot.rules.remix_request import RemixRequest
from bot.settings.settings import MB, Settings

KEY, PRICES, LINKS = "key", "prices", "result-hosts"
NO_BALANCE = "The balance cannot be checked: Ideogram has no call for it."
_CONNECT_S = 5.0
_TIMEOUT_S = 15.0
_REMEDY_HOST = "Check this machine's DNS, firewall and proxy, and the host's name in IDEOGRAM_IMAGE_HOSTS."


async def key_and_prices(subject: Subject) -> list[Finding]:
    """One dry run for each speed, the cheapest first. After the first failure no other is sent."""
    try:
        quotes = await ask_prices(subject.settings, subject.settings.ideogram_api_key.get_secret_value())
    except IdeogramError as error:
        sentence, remedy = PROBLEMS[error.problem]
        verdict = warn if error.problem is ProviderProblem.RATE_LIMITED else fail
        return [verdict(KEY, f"{sentence[:-1]} ({error}).", remedy)]
    return [
        ok(KEY, f"Ideogram accepts the key and the parameters. {NO_BALANCE}"),
        compare_prices(subject.settings, quotes),
    ]


async def ask_prices(settings: Settings, key: str) -> Mapping[Speed, int]:
    """Micro-dollars for one image of each speed, by v2's dry run, which is free. Raises IdeogramError."""
    client = IdeogramClient(
        api_url=settings.ideogram_api_url,
        api_key=key,
        timeout_s=_TIMEOUT_S,
        image_hosts=settings.ideogram_image_hosts,
        max_result_bytes=MB,
        proxies=settings.proxies,
    )
    file = BytesIO()
    Image.new("RGB", (256, 256), "white").save(file, "PNG")
    source = SourcePicture(file.getvalue(), "image/png", "png")
    async with client:
        cheapest_first = sorted(Speed, key=lambda speed: settings.ideogram_prices[speed])
        return {speed: await client.quote(RemixRequest("a teapot", speed=speed), source) for speed in cheapest_first}


def compare_prices(settings: Settings, quotes: Mapping[Speed, int]) -> Finding:
    """Prices that are too low break the budgets; those that are too high only use them up early."""
    ours, api = settings.ideogram_prices, settings.ideogram_api
    differ = [speed for speed in Speed if quotes[speed] != ours[speed]]
    if not differ:
        listed = ", ".join(f"{speed.label} {dollars(quotes[speed])}" for speed in Speed)
        return ok(PRICES, f"IDEOGRAM_PRICES agree with Ideogram's: {listed}.")
    listed = ", ".join(f"{each.label} costs {dollars(quotes[each])} and not {dollars(ours[each])}" for each in differ)
    quoted = ",".join(f"{speed}={dollars(quotes[speed]).removeprefix('$')}" for speed in Speed)
    asked = "" if api is IdeogramApi.V2 else f" Only v2 has a price list to ask, and IDEOGRAM_API is {api}."
    too_low = any(quotes[speed] > ours[speed] for speed in differ)
    verdict = fail if too_low and api is IdeogramApi.V2 else warn
    return verdict(PRICES, f"According to Ideogram, {listed}.{asked}", f"Set IDEOGRAM_PRICES={quoted}")


async def result_hosts(subject: Subject) -> list[Finding]:
    """Connects to each host that results can come from. No link is needed for that, and nothing is asked for."""
    hosts = sorted(subject.settings.ideogram_image_hosts)
    rules = LinkRules(subject.settings.ideogram_image_hosts)
    proxies = subject.settings.proxies
    ways = {host: proxies.proxy_for(f"https://{host}") for host in hosts}
    troubles = await asyncio.gather(
        *(_trouble(host, rules) if proxy is None else _trouble_behind(proxy, host) for host, proxy in ways.items())
    )
    failed = [f"{host} {trouble}" for host, trouble in zip(hosts, troubles, strict=True) if trouble]
    if not failed:
        return [ok(LINKS, f"Results can be downloaded from {', '.join(hosts)}.")]
    sentence = f"Hosts of result links: {'; '.join(failed)}."
    # Ideogram uses one of them for an account, and nobody knows which before the first result.
    return [(fail if len(failed) == len(hosts) else warn)(LINKS, sentence, _REMEDY_HOST)]


async def _trouble_behind(proxy: str, host: str) -> str | None:
    """The proxy asks for the host's address, so only an answer of the host shows that it can be reached."""
    timeout = aiohttp.ClientTimeout(total=_CONNECT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, proxy=proxy) as session,
            session.head(f"https://{host}/", allow_redirects=False),
        ):
            return None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return f"cannot be reached through the proxy ({reason_of(error)})"


async def _trouble(host: str, rules: LinkRules) -> str | None:
    name, _, port = host.rpartition(":") if ":" in host else (host, "", str(HTTPS_PORT))
    name = name.strip("[]")
    try:
        async with asyncio.timeout(_CONNECT_S):
            found = await asyncio.get_running_loop().getaddrinfo(name, int(port), type=socket.SOCK_STREAM)
            addresses = [str(address[0]) for *_, address in found]
            allowed = [each for each in addresses if rules.allows_address(each, int(port))]
            if not allowed:
                return "has no public address here, and the bot refuses others"
            _, writer = await asyncio.open_connection(allowed[0], int(port))
            writer.close()
    except socket.gaierror:
        return "has no address: its name is not known here"
    except TimeoutError:
        return f"did not answer within {_CONNECT_S:g} s"
    except OSError as error:
        return f"cannot be reached ({type(error).__name__})"
    return None
