"""The errors of the paid API and of its result links, one class per meaning.

Their texts have only our own words, a status and a short code. They go into logs, so they must not contain the key, the
query of a link (it is a secret) or what Ideogram wrote.
"""

from dataclasses import replace
from typing import ClassVar

from bot.rules.failures import Executed, FailureKind, ProviderFailure, ProviderProblem


class IdeogramError(Exception):
    """A call without a result. `executed` says whether it may be billed; `retry_after` is in seconds."""

    executed: ClassVar[Executed]
    problem: ClassVar[ProviderProblem]
    kind: ClassVar[FailureKind | None] = None

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after

    @property
    def failure(self) -> ProviderFailure:
        return ProviderFailure(self.problem, self.kind, self.retry_after)


class RequestRejectedError(IdeogramError):
    """404 and every other 4xx without its own class: the same request will never succeed."""

    executed = Executed.NO
    problem = ProviderProblem.REFUSED
    kind = FailureKind.REQUEST_REJECTED


class InvalidInputError(RequestRejectedError):
    """400: a field or the picture is wrong. Ideogram does not say which, or in free text only."""


class KeyRejectedError(IdeogramError):
    """401: the operator's key is wrong. The job is fine and stays queued."""

    executed = Executed.NO
    problem = ProviderProblem.KEY_REJECTED


class NoAccessError(IdeogramError):
    """403: the operator's key may not use this endpoint or model. The job is fine and stays queued.

    Source: https://developer.ideogram.ai/ideogram-api/errors
    """

    executed = Executed.NO
    problem = ProviderProblem.NO_ACCESS


class TurnedAwayError(IdeogramError):
    """403 with a web page: a firewall in front of the API stopped this request, so Ideogram has not seen it."""

    executed = Executed.NO
    problem = ProviderProblem.TURNED_AWAY


class OutOfCreditError(IdeogramError):
    """402 with any reason but `inflight_limit`: the operator's account needs money or another plan."""

    executed = Executed.NO
    problem = ProviderProblem.OUT_OF_CREDIT


class RateLimitedError(IdeogramError):
    """429: come back later."""

    executed = Executed.NO
    problem = ProviderProblem.RATE_LIMITED


class InflightLimitError(RateLimitedError):
    """429 or 402 because too many images are in progress (10 per organization by default)."""

    def __init__(self, reason: str, *, retry_after: float | None = None, max_inflight: int | None = None) -> None:
        super().__init__(reason, retry_after=retry_after)
        self.max_inflight = max_inflight

    @property
    def failure(self) -> ProviderFailure:
        return replace(super().failure, is_inflight_limit=True, max_inflight=self.max_inflight)


class SafetyRefusedError(IdeogramError):
    """422: refused before it was run, and not billed. The two subclasses say whether prompt or picture was unsafe."""

    executed = Executed.NO
    problem = ProviderProblem.REFUSED
    kind = FailureKind.SAFETY_REFUSED


class PromptUnsafeError(SafetyRefusedError):
    kind = FailureKind.PROMPT_UNSAFE


class PictureUnsafeError(SafetyRefusedError):
    kind = FailureKind.PICTURE_UNSAFE


class PictureTooLargeError(IdeogramError):
    """413. Ideogram may also answer a bare 400 to a picture that is too large."""

    executed = Executed.NO
    problem = ProviderProblem.REFUSED
    kind = FailureKind.PICTURE_TOO_LARGE


class UnreachableError(IdeogramError):
    """DNS, TCP or TLS failed, so nothing was sent."""

    executed = Executed.NO
    problem = ProviderProblem.UNREACHABLE


class OutcomeUnknownError(IdeogramError):
    """Sent, but without a readable result: 5xx, timeout, reset, or a 200 without one. It may be billed."""

    executed = Executed.UNKNOWN
    problem = ProviderProblem.OUTCOME_UNKNOWN


class ResultFetchError(Exception):
    """A paid result could not be fetched. `permanent`: the same link will most likely never work.

    `cause`: the trouble in a word, for /metrics.
    """

    permanent: ClassVar[bool]
    cause: ClassVar[str]


class LinkRefusedError(ResultFetchError):
    """The host, scheme, port, address or redirect is not allowed. The operator can still allow the host."""

    permanent = False
    cause = "link_refused"


class HostRefusedError(LinkRefusedError):
    """The host is not listed, or not reached by https. `host`: as the operator would list it."""

    def __init__(self, reason: str, host: str) -> None:
        super().__init__(reason)
        self.host = host


class LinkGoneError(ResultFetchError):
    """403, 404 or 410: the link has expired (after 24 hours) or never existed."""

    permanent = True
    cause = "gone"


class ResultTooLargeError(ResultFetchError):
    """The result is larger than MAX_RESULT_MB. The operator can still raise it."""

    permanent = False
    cause = "too_large"


class NotAPictureError(ResultFetchError):
    """A 200 without a JPEG, PNG or WebP, such as an error page. Fetching again may work."""

    permanent = False
    cause = "not_a_picture"


class ResultUnavailableError(ResultFetchError):
    """Timeout, reset, 5xx and the like. Fetching again is free."""

    permanent = False
    cause = "unavailable"
