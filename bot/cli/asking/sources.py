"""Where answers come from: a person at a terminal, or options, files and stdin."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import typer

from bot.cli.asking import words
from bot.cli.kit.exits import WRONG_SETTINGS, fail
from bot.settings.values import read_secret

T = TypeVar("T")
_LONGEST_SECRET = 10_000


class RefusedError(Exception):
    """The answer is wrong. The text says why, without the answer."""


class UncheckedError(Exception):
    """Nobody could say whether the answer is right."""


def is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


@dataclass(frozen=True, slots=True)
class Sources:
    """`asks`: somebody sits at the terminal. `checks`: secrets are shown to Discord and Ideogram."""

    asks: bool
    checks: bool

    def secret(
        self, prompt: str, file: Path | None, known: str, check: Callable[[str], T], *, missing: str
    ) -> tuple[str, T | None]:
        """The secret, and what `check` says of it. `known`: the one to keep if none is given.

        `check` raises RefusedError and UncheckedError.
        """
        while True:
            given = self._read_secret(prompt, file, known) or known
            try:
                value = _checked_form(given, missing)
                return value, check(value) if self.checks else None
            except RefusedError as error:
                if not self.asks or file is not None:
                    fail(f"{error} {words.NOTHING_CHANGED}", WRONG_SETTINGS)
                typer.echo(str(error), err=True)
            except UncheckedError as error:
                if not self.asks:
                    fail(words.UNCHECKED.format(trouble=error))
                if not typer.confirm(words.WRITE_UNCHECKED.format(trouble=error), default=False):
                    fail(words.NOTHING_CHANGED)
                return value, None

    def choice(self, prompt: str, given: str | None, default: str, read: Callable[[str], object]) -> str | None:
        """None: nothing was asked or given. `read` raises ValueError with the rest of a sentence."""
        while True:
            if given is None and not self.asks:
                return None
            answer = given if given is not None else typer.prompt(prompt, default=default, show_default=bool(default))
            try:
                if answer.strip():
                    read(answer.strip())
                return str(answer).strip()
            except ValueError as error:
                sentence = f"This {error}."
                if given is not None:
                    fail(f"{prompt.partition(' (')[0]}: {sentence} {words.NOTHING_CHANGED}", WRONG_SETTINGS)
                typer.echo(sentence, err=True)

    def _read_secret(self, prompt: str, file: Path | None, known: str) -> str:
        if file is not None:
            return _read_file(prompt, file)
        if self.asks:
            keep = " (Enter keeps the present one)" if known else ""
            return str(typer.prompt(f"{prompt}{keep}, hidden", hide_input=True, default="", show_default=False))
        return sys.stdin.readline(_LONGEST_SECRET).strip() if sys.stdin is not None else ""


def _checked_form(text: str, missing: str) -> str:
    if not text:
        raise RefusedError(missing)
    try:
        return read_secret(text)
    except ValueError as error:
        raise RefusedError(f"What was given {error}.") from None


def _read_file(prompt: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")[:_LONGEST_SECRET].strip()
    except (OSError, UnicodeError):
        # Without its name: somebody may have given the secret itself.
        fail(f"{prompt}: the file that was named for it cannot be read.", WRONG_SETTINGS)
