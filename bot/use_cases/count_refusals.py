"""Counts the refusals of a use case for /metrics."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from bot.rules.refusals import Refused
from bot.use_cases.core import Core, Counted

P = ParamSpec("P")
T = TypeVar("T")


class _UseCase(Protocol):
    _core: Core


U = TypeVar("U", bound=_UseCase)


def counts_refusals(method: Callable[Concatenate[U, P], Awaitable[T]]) -> Callable[Concatenate[U, P], Awaitable[T]]:
    """For a method that returns a Refused, or something that has one as `refused`."""

    @wraps(method)
    async def counted(use_case: U, /, *args: P.args, **kwargs: P.kwargs) -> T:
        outcome = await method(use_case, *args, **kwargs)
        refused = getattr(outcome, "refused", outcome)
        if isinstance(refused, Refused):
            use_case._core.news.count(Counted.REFUSAL, refused.reason)  # noqa: SLF001 - a part of the use case
        return outcome

    return counted
