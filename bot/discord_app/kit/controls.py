"""The base classes of all buttons, select menus and forms. Found by custom id, they still work after a restart."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Protocol, Self, cast

import discord
from discord import ui

from bot.discord_app.kit import words
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import answer_unexpected_error
from bot.rules.pages import Cursor, Page

Interaction = discord.Interaction[Any]


class _Client(Protocol):
    features: Features


def features_of(interaction: Interaction) -> Features:
    """The features that our client was built with."""
    return cast("_Client", interaction.client).features


def message_id_of(interaction: Interaction) -> int:
    """The id of the message that the control is on; 0 if there is none."""
    return interaction.message.id if interaction.message else 0


class Control(ui.DynamicItem[ui.Item[Any]], ABC, template=r"(?!)"):
    """A button or select menu. `found` is the match of its custom id, which anyone can forge.

    A subclass sets `template` and implements `use`, where it also checks the permissions that the member has now.
    """

    def __init__(self, item: ui.Item[Any], found: re.Match[str]) -> None:
        super().__init__(item)
        self.found = found

    @classmethod
    async def from_custom_id(cls, _interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> Self:
        return cls(item, match)

    async def callback(self, interaction: Interaction) -> None:
        try:
            await self.use(interaction, features_of(interaction))
        except Exception as error:  # noqa: BLE001 - people always get an answer
            await answer_unexpected_error(interaction, error)

    @abstractmethod
    async def use(self, interaction: Interaction, features: Features) -> None: ...


def chosen_values(interaction: Interaction) -> list[str]:
    """The values that were chosen in a select menu."""
    values = cast("Mapping[str, Any]", interaction.data or {}).get("values", [])
    return [str(value) for value in values]


class Form(ABC):
    """Handles the submission of a form (a modal).

    discord.py keeps its forms in memory only, and a member can leave one open over a restart, so ours are found by
    custom id.
    """

    pattern: ClassVar[re.Pattern[str]]

    def __init__(self, found: re.Match[str]) -> None:
        self.found = found

    @abstractmethod
    async def submitted(self, interaction: Interaction, features: Features, fields: Mapping[str, str]) -> None:
        """`fields`: the text of each field, or the first choice of a menu, by its custom id."""


async def on_form_submitted(interaction: Interaction, forms: Iterable[type[Form]]) -> None:
    """Runs the form with the submitted custom id, if it is one of `forms`."""
    data = cast("Mapping[str, Any]", interaction.data or {})
    custom_id = str(data.get("custom_id"))
    for form in forms:
        if found := form.pattern.fullmatch(custom_id):
            try:
                await form(found).submitted(interaction, features_of(interaction), _typed(data))
            except Exception as error:  # noqa: BLE001 - people always get an answer
                await answer_unexpected_error(interaction, error)


def _typed(data: Mapping[str, Any]) -> dict[str, str]:
    fields = (part.get("component", {}) for part in data.get("components", []))
    return {str(field.get("custom_id", "")): _typed_in(field) for field in fields}


def _typed_in(field: Mapping[str, Any]) -> str:
    chosen = field.get("values") or [""]
    return str(field.get("value") or chosen[0]).strip()


def page_pattern(lists: str, wanted: str) -> str:
    """Of the custom ids of `page_buttons`. Both are patterns: of the lists' names, and of their filters."""
    return rf"remix:page:(?P<list>{lists}):(?P<way>[np])(?P<at>[0-9]{{1,18}}):(?P<wanted>{wanted})"


def page_buttons(name: str, page: Page[Any], wanted: str = "") -> Sequence[ui.Button[Any]]:
    """Those of Previous and Next that lead somewhere. `wanted`: the filter of the list, 60 characters at most."""
    sides = ((words.PREVIOUS, "p", page.previous), (words.NEXT, "n", page.next))
    return [
        ui.Button(
            label=label,
            style=discord.ButtonStyle.secondary,
            custom_id=f"remix:page:{name}:{way}{cursor.number}:{wanted}",
        )
        for label, way, cursor in sides
        if cursor is not None
    ]


def read_cursor(found: re.Match[str]) -> Cursor:
    """Of a custom id that matches a `page_pattern`."""
    return Cursor(int(found["at"]), back=found["way"] == "p")


def view_of(buttons: Sequence[ui.Button[Any]]) -> ui.View | None:
    if not buttons:
        return None
    view = ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    # discord.py need not remember the view: its buttons are found by their custom ids, also after a restart.
    view.stop()
    return view
