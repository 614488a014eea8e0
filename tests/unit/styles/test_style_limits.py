"""As many and as long styles as a server can have fit into Discord's menus, lists and messages."""

import pytest

from bot.discord_app.remixes.forms.form import Choices, Filled, remix_form
from bot.discord_app.remixes.forms.words import style_is_gone
from bot.discord_app.server_policy.style_words import style_list
from bot.discord_app.server_policy.words import LONGEST, style_line
from bot.discord_app.styles.words import choice
from bot.rules.origins import Origin
from bot.rules.policies import NO_POLICY
from bot.rules.prices import Speed
from bot.rules.styles import LONGEST_ENDING, LONGEST_NAME, MOST_STYLES, Style

PRICES = dict.fromkeys(Speed, 30_000)
MOST = [
    Style("*" * (LONGEST_NAME - 2) + f"{n:02}", "_" * LONGEST_ENDING, 100, Speed.QUALITY) for n in range(MOST_STYLES)
]


def style_menu(styles, chosen=None):
    modal = remix_form(Origin.EDIT, "x", Filled("a", None, None, Speed.TURBO, style=chosen), choices(styles))
    assert len(modal.children) == 5
    return modal.children[-1].component


def choices(styles):
    return Choices([Speed.TURBO], PRICES, [], 2000, styles)


@pytest.mark.parametrize(("count", "shown"), [(1, 2), (MOST_STYLES - 1, MOST_STYLES), (MOST_STYLES, MOST_STYLES)])
def test_a_form_has_all_styles_and_none_is_a_choice(count, shown):
    menu = style_menu(MOST[:count], MOST[0].name)
    assert len(menu.options) == shown
    assert [option.label for option in menu.options if option.default] == [MOST[0].name]
    assert max(len(option.description or "") for option in menu.options) <= 100
    assert (menu.required, menu.min_values) == (False, 0)


def test_lists_and_choices_are_short_enough():
    assert len(choice(MOST[0])) <= 100
    assert len(style_list(MOST, NO_POLICY)) <= LONGEST - 300
    assert len(style_line(MOST)) <= 800
    assert len(style_is_gone("x" * LONGEST_NAME)) <= 100
