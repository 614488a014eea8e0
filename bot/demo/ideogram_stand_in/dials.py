"""The settings of the stand-in that can change while it runs: its latency, its number of images, its faults."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum


class Fault(StrEnum):
    """The outcome of one call. The first group is neither executed nor billed; all others are both."""

    TOO_MANY = "429"
    TOO_MANY_BARE = "429-bare"
    TOO_MANY_RETRY_AFTER = "429-retry-after"
    IN_FLIGHT = "402-inflight"
    NO_FUNDS = "402-funds"
    KEY_REJECTED = "401"
    REJECTED = "400"
    FORBIDDEN = "403"
    FORBIDDEN_PAGE = "403-page"
    NOT_FOUND = "404"
    PROMPT_UNSAFE = "422-prompt"
    PICTURE_UNSAFE = "422-image"
    TOO_LARGE = "413"
    RESET_BEFORE_READING = "reset-before-reading"

    OK = "ok"
    INTERNAL = "500"
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"
    HANG = "hang"
    RESET = "reset"
    HTML = "html-200"
    NO_DATA = "no-data"
    EMPTY_DATA = "empty-data"
    TRUNCATED = "truncated"

    UNSAFE = "unsafe"
    SOME_UNSAFE = "some-unsafe"
    NULL_LINK = "null-url"
    EMPTY_LINK = "empty-url"
    MISSING_LINK = "missing-url"
    EXTRA_FIELDS = "extra-fields"

    LINK_403 = "link-403"
    LINK_404 = "link-404"
    LINK_REDIRECT = "link-redirect"
    LINK_ELSEWHERE = "link-elsewhere"
    LINK_500_ONCE = "link-500-once"
    LINK_HANGS_ONCE = "link-hangs-once"
    LINK_NOT_A_PICTURE = "link-not-a-picture"
    LINK_ENDLESS = "link-endless"
    LINK_GIGABYTE = "link-gigabyte"
    LINK_BOMB = "link-bomb"


class GenerationFault(StrEnum):
    """How a submitted generation ends. A failed one is not billed, and v1-async never says why it failed."""

    OK = "ok"
    FAILED_BY_POLICY = "failed-policy"
    FAILED = "failed"
    FAILED_SILENTLY = "failed-silently"
    PENDING = "pending"


class PollFault(StrEnum):
    """The response to one poll."""

    OK = "ok"
    TOO_MANY_RETRY_AFTER = "429-retry-after"
    KEY_REJECTED = "401"
    NO_FUNDS = "402-funds"
    FORBIDDEN = "403"
    NOT_FOUND = "404"
    INTERNAL = "500"
    UNAVAILABLE = "503"
    RESET = "reset"
    HTML = "html-200"
    TRUNCATED = "truncated"
    OTHER_ID = "other-id"
    NO_STATUS = "no-status"
    UNKNOWN_STATUS = "unknown-status"


@dataclass(slots=True)
class Dials:
    """`fail` has the outcomes of the next calls in order (names of Fault), and `always` that of all later ones.

    `generations` does the same for submitted generations (names of GenerationFault), and `polls` with `always_poll` for
    polls (names of PollFault).

    The reference leaves some things open, so these can be turned to either side. `exact_ratio`: a weight needs a
    resolution of exactly the source's shape, and not only nearly so. `lean`: optional fields are left out, and a link
    that is null. `reports_cost`: v2 tells what a generation cost, as it does for variable prices. `plain_links`: result
    links have no `exp` and no `sig`. `deprecated`: v1's responses say that it is over. `unsafe_word`: the safety check
    refuses prompts that have it.

    `latency_s` is the time of a generation in seconds. The longer side of a drawn file has at most `long_side` pixels,
    or with `full_size` the file has the resolution that the response names. `max_in_flight` counts calls.
    """

    latency_s: float = 0.0
    images: int = 1
    max_in_flight: int = 10
    full_size: bool = False
    long_side: int = 1024
    always: str | None = None
    fail: list[str] = field(default_factory=list)
    generations: list[str] = field(default_factory=list)
    polls: list[str] = field(default_factory=list)
    always_poll: str | None = None
    exact_ratio: bool = False
    lean: bool = False
    reports_cost: bool = False
    plain_links: bool = False
    deprecated: bool = False
    unsafe_word: str | None = None

    def __post_init__(self) -> None:
        self._check()

    def turn(self, changes: Mapping[str, object]) -> None:
        """Sets dials by name. Raises TypeError for an unknown dial and ValueError for a wrong value."""
        turned = Dials(**{**asdict(self), **changes})
        for dial in fields(self):
            setattr(self, dial.name, getattr(turned, dial.name))

    def next_fault(self) -> Fault:
        return Fault(self.fail.pop(0)) if self.fail else Fault(self.always or Fault.OK)

    def next_generation_fault(self) -> GenerationFault:
        return GenerationFault(self.generations.pop(0) if self.generations else GenerationFault.OK)

    def next_poll_fault(self) -> PollFault:
        return PollFault(self.polls.pop(0) if self.polls else self.always_poll or PollFault.OK)

    def _check(self) -> None:
        if min(self.latency_s, self.max_in_flight) < 0 or min(self.images, self.long_side) < 1:
            raise ValueError("latency_s and max_in_flight must be at least 0, images and long_side at least 1")
        for name in (*self.fail, self.always or Fault.OK):
            Fault(name)
        for name in self.generations:
            GenerationFault(name)
        for name in (*self.polls, self.always_poll or PollFault.OK):
            PollFault(name)
