"""What admins read about styles: in their commands and in the list."""

from collections.abc import Sequence

from bot.discord_app.kit import policy_words
from bot.discord_app.kit.command_mentions import clickable, mention_commands
from bot.discord_app.kit.text import plain
from bot.discord_app.server_policy.words import cut
from bot.rules.policies import Policy
from bot.rules.styles import LONGEST_ENDING, LONGEST_NAME, MOST_STYLES, SUGGESTED, Style, raw_style

ADD = "Add a style that members can choose, or replace the style with that name"
ADD_OPTIONS = {
    "name": f"What members choose, up to {LONGEST_NAME} characters",
    "prompt_ending": "What is added to a member's prompt, such as: as a loose watercolour painting",
    "weight": "1 to 100, where a member gives none: high stays close to the picture. Default: automatic",
    "speed": "Where a member chooses none, if this server allows it. Default: this server's choice",
}
REMOVE = "Remove a style. Remixes that were made with it stay as they are"
REMOVE_OPTIONS = {"name": "The style"}
LIST = "List the styles of this server, and add five suggestions"

NO_STYLES = "This server has no styles yet. `/remix-config style-add` adds one."
_NO_SUCH_STYLE = "This server has no style with that name. `/remix-config styles` lists them. Nothing was changed."
ALL_TAKEN = "Your server has styles with all of these names already, so nothing was changed."
_LIST = "**Styles:** members choose one with `/remix style:`, or in the form of **Edit** and **Remix this**."
_SUGGESTIONS = "-# The button adds these, as far as their names are free: {names}. You can replace and remove them."
_NOT_ALLOWED = " (not allowed here, so the server's default applies)"
_SHOWN_ENDINGS = (LONGEST_ENDING, 90, 30)
"""How much of each ending the list shows, from the most to the least: what fits is taken."""
_ROOM = 3_600
"""Leaves room for the sentence about the suggestions."""


def no_such_style() -> str:
    return mention_commands(_NO_SUCH_STYLE)


def suggestions_label(count: int) -> str:
    return "Add 1 suggestion" if count == 1 else f"Add {count} suggestions"


@clickable
def style_list(styles: Sequence[Style], policy: Policy) -> str:
    if not styles:
        return NO_STYLES
    head = f"{_LIST} You have {len(styles)} of at most {MOST_STYLES}."
    pages = [[head, *(_line(style, policy, longest) for style in styles)] for longest in _SHOWN_ENDINGS]
    return cut(next((page for page in pages if len("\n".join(page)) <= _ROOM), pages[-1]), _ROOM)


def _line(style: Style, policy: Policy, longest: int) -> str:
    note = _NOT_ALLOWED if style.speed is not None and not policy.allows(style.speed) else ""
    return f"- **{plain(style.name, LONGEST_NAME)}** {policy_words.style(raw_style(style), longest)}{note}"


def suggestions(missing: Sequence[Style]) -> str:
    return _SUGGESTIONS.format(names=", ".join(style.name for style in missing))


def missing(styles: Sequence[Style]) -> Sequence[Style]:
    """The suggestions whose names are free."""
    taken = {style.name.casefold() for style in styles}
    return [style for style in SUGGESTED if style.name.casefold() not in taken]
