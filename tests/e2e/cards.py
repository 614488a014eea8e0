"""Reads a message of the bot as a person sees it: text, pictures, buttons, and whom it notifies."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import discord
from PIL import Image
from simcord.backend.models import Message
from simcord.env import Env
from simcord.results import to_discord_message

_BUTTON, _TEXT, _GALLERY = 2, 10, 12


@dataclass(frozen=True, slots=True)
class Card:
    """One message. `stored` is how Discord keeps it."""

    env: Env
    stored: Message

    @property
    def message(self) -> discord.Message:
        return to_discord_message(self.env, self.stored)

    @property
    def text(self) -> str:
        return "\n".join(part["content"] for part in self._parts(_TEXT))

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def quoted(self) -> str:
        """The line with the prompt."""
        return next(line for line in self.lines if line.startswith("> "))

    @property
    def small(self) -> list[str]:
        """The lines in small print: options and notes."""
        return [line.removeprefix("-# ") for line in self.lines if line.startswith("-# ")]

    @property
    def gallery(self) -> list[dict[str, Any]]:
        return [item for part in self._parts(_GALLERY) for item in part["items"]]

    @property
    def buttons(self) -> dict[str, str]:
        """The custom ids by their labels. Of several with one label, the last."""
        return {part["label"]: part["custom_id"] for part in self._parts(_BUTTON)}

    @property
    def notified(self) -> list[int]:
        """Ids of the people and roles whose clients ring."""
        return [*self.stored.ping_user_ids, *self.stored.ping_role_ids]

    @property
    def files(self) -> list[str]:
        return [each["filename"] for each in self.stored.attachments]

    @property
    def pictures(self) -> list[Image.Image]:
        return [Image.open(BytesIO(self._bytes(each["url"]))) for each in self.stored.attachments]

    def bytes_of(self, number: int) -> bytes:
        """Of the file at that place, counted from 0."""
        return self._bytes(self.stored.attachments[number]["url"])

    def _bytes(self, url: str) -> bytes:
        data = self.env.backend.cdn.get(url)
        assert data is not None
        return data

    def _parts(self, kind: int) -> Iterator[dict[str, Any]]:
        return (part for part in _walk(self.stored.components) if part["type"] == kind)


def _walk(parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in parts:
        yield part
        yield from _walk(part.get("components", []))
        if part.get("accessory"):
            yield part["accessory"]
