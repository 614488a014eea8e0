"""Shows a token to Discord and a key to Ideogram, free of charge."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from bot.cli.asking.sources import RefusedError, UncheckedError
from bot.cli.checks.ideogram_checks import NO_BALANCE, ask_prices
from bot.cli.checks.provider_problems import PROBLEMS
from bot.discord_app.account import Account, DiscordOutOfReachError, TokenRefusedError, read_account
from bot.ideogram.errors import IdeogramError
from bot.rules.failures import ProviderProblem
from bot.rules.prices import Speed, dollars
from bot.settings.settings import Settings

_REFUSED: Mapping[ProviderProblem, str] = {
    ProviderProblem.KEY_REJECTED: (
        "Ideogram does not accept this key. Copy it again, or create another on the API page of your Ideogram account."
    ),
    ProviderProblem.NO_ACCESS: " ".join(PROBLEMS[ProviderProblem.NO_ACCESS]),
}


def check_token(settings: Settings, token: str) -> Account:
    try:
        return asyncio.run(read_account(token, lambda: datetime.now(UTC), settings.discord_proxy))
    except TokenRefusedError:
        raise RefusedError("Discord does not accept this token. Copy it again, or press Reset Token.") from None
    except DiscordOutOfReachError as error:
        raise UncheckedError(f"Discord could not be reached ({error}).") from None


def check_key(settings: Settings, key: str) -> str:
    """A sentence about the key. What is no fault of the key, such as an empty balance, can be mended later."""
    try:
        prices = asyncio.run(ask_prices(settings, key))
    except IdeogramError as error:
        sentence, remedy = PROBLEMS[error.problem]
        if error.problem in _REFUSED:
            raise RefusedError(_REFUSED[error.problem]) from None
        if error.problem is ProviderProblem.UNREACHABLE:
            raise UncheckedError(f"{sentence[:-1]} ({error}).") from None
        return f"{sentence} {remedy}"
    return f"Ideogram accepts it. One image costs {_listed(prices)}. {NO_BALANCE}"


def _listed(prices: Mapping[Speed, int]) -> str:
    return ", ".join(f"{speed.label} {dollars(prices[speed])}" for speed in Speed)
