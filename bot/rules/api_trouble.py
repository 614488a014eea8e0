"""Remembers why Ideogram takes none of our calls, for the people who wait."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.rules.failures import ProviderFailure, ProviderProblem

_TROUBLES = frozenset({ProviderProblem.RATE_LIMITED, ProviderProblem.UNREACHABLE})


@dataclass(slots=True)
class ApiTrouble:
    """`problem`: why the last call was not taken. None: it was taken, or Ideogram refused that job alone.

    It is in memory only, because the first call after a restart brings it back. `on_note` is called after each call:
    with several processes, the last call of all of them counts (use_cases/share_trouble.py).
    """

    problem: ProviderProblem | None = None
    on_note: Callable[[], None] = field(default=lambda: None, repr=False)

    def note(self, outcome: object, *, others: int) -> None:
        """What a submit brought, while so many `others` of our calls went on."""
        if not isinstance(outcome, ProviderFailure):
            self.end()
        elif outcome.is_inflight_limit and others > 0:
            # Our own calls use all that Ideogram gives us. That is the queue, not trouble.
            return
        elif outcome.problem is not ProviderProblem.TURNED_AWAY:
            self.problem = outcome.problem if outcome.problem in _TROUBLES else None
            self.on_note()

    def end(self) -> None:
        self.problem = None
        self.on_note()
