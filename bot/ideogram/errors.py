"""What can go wrong at the paid API and at its result links, one meaning per class.
No text here ever carries a key, a link's query or the provider's words: only our own, a status and a short code.
"""

from typing import ClassVar

from bot.rules.failures import Executed, FailureKind, ProviderFailure, ProviderProblem


class IdeogramError(Exception):
    """A remix call without a result. `executed` says whether it may be billed, `retry_after` is in seconds."""

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
    """400, 403, 404 and any 4xx without a class of its own: this request will never do."""

    executed = Executed.NO
    problem = ProviderProblem.REFUSED
    kind = FailureKind.REQUEST_REJECTED


class KeyRejectedError(IdeogramError):
    """401: nobody's job has failed, the operator's key has."""

    executed = Executed.NO
    problem = ProviderProblem.KEY_REJECTED


class OutOfCreditError(IdeogramError):
    """402 other than `inflight_limit`: the operator's account needs money or a plan."""

    executed = Executed.NO
    problem = ProviderProblem.OUT_OF_CREDIT


class RateLimitedError(IdeogramError):
    """429, or 402 `inflight_limit`: too many images in progress; later it will do."""

    executed = Executed.NO
    problem = ProviderProblem.RATE_LIMITED


class SafetyRefusedError(IdeogramError):
    """422: refused before it was run and not billed. The two below know what was at fault."""

    executed = Executed.NO
    problem = ProviderProblem.REFUSED
    kind = FailureKind.SAFETY_REFUSED


class PromptUnsafeError(SafetyRefusedError):
    kind = FailureKind.PROMPT_UNSAFE


class PictureUnsafeError(SafetyRefusedError):
    kind = FailureKind.PICTURE_UNSAFE


class PictureTooLargeError(IdeogramError):
    """413."""

    executed = Executed.NO
    problem = ProviderProblem.REFUSED
    kind = FailureKind.PICTURE_TOO_LARGE


class UnreachableError(IdeogramError):
    """No connection was made (name, TCP, TLS), so surely nothing was sent."""

    executed = Executed.NO
    problem = ProviderProblem.UNREACHABLE


class OutcomeUnknownError(IdeogramError):
    """Sent, and no readable result: 5xx, time-out, reset, or a 200 without one. It may be billed."""

    executed = Executed.UNKNOWN
    problem = ProviderProblem.OUTCOME_UNKNOWN


class ResultFetchError(Exception):
    """A paid result that could not be fetched. `permanent`: the same link will hardly ever do."""

    permanent: ClassVar[bool]


class LinkRefusedError(ResultFetchError):
    """We do not go there: host, scheme, port, address or redirect that the operator has not allowed, and may yet."""

    permanent = False


class LinkGoneError(ResultFetchError):
    """403, 404, 410: the link has expired or never was."""

    permanent = True


class ResultTooLargeError(ResultFetchError):
    """More bytes than the operator allows, and may yet."""

    permanent = False


class NotAPictureError(ResultFetchError):
    """A 200 whose bytes are no JPEG, PNG or WebP, such as an error page. Another try may bring the picture."""

    permanent = False


class ResultUnavailableError(ResultFetchError):
    """Time-out, reset, 5xx and the like: another try costs nothing."""

    permanent = False
