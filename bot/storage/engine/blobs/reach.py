"""Knows whether a store over the network answers."""

import threading
import time
from collections.abc import Callable

import structlog

# Those who waited while somebody else asked take that answer.
_FRESH_S = 0.5
_BETWEEN_QUESTIONS_S = 1.0

THREAD = "picture store until it answers"

log = structlog.get_logger(__name__)


class Reach:
    """Asks when a call has failed or takes long. While the store is away, it asks again every second.

    A call that fails while the store answers is an error of that call alone, so the others go on.
    """

    def __init__(self, question: Callable[[], str | None], on_away: Callable[[], None]) -> None:
        """`question`: returns why the store is away, within seconds. `on_away`: called when that has begun."""
        self._question = question
        self._on_away = on_away
        self._asking = threading.Lock()
        self._asked_at = float("-inf")
        self._reason: str | None = None

    @property
    def reason(self) -> str | None:
        """Why it is away, as far as is known. Returns at once."""
        return self._reason

    def ask(self) -> str | None:
        """Why it is away now. Blocks for seconds, unless that is known already."""
        with self._asking:
            if self._reason is None and time.monotonic() - self._asked_at >= _FRESH_S:
                self._look()
            return self._reason

    def _look(self) -> None:
        self._note(self._question())
        self._asked_at = time.monotonic()

    def _note(self, reason: str | None) -> None:
        was_away, self._reason = self._reason is not None, reason
        if reason is not None and not was_away:
            log.error("the picture store does not answer: remixes wait until it does", reason=reason)
            self._on_away()
            threading.Thread(target=self._ask_until_back, name=THREAD, daemon=True).start()
        elif reason is None and was_away:
            log.warning("the picture store answers again")

    def _ask_until_back(self) -> None:
        while self._reason is not None:
            time.sleep(_BETWEEN_QUESTIONS_S)
            with self._asking:
                self._look()
