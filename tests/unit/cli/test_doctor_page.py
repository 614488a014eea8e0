"""The operators' page names every check of `remix-bot doctor`, and no other."""

import re

from bot.cli.checks.examine import CHECKS
from bot.cli.checks.ideogram_checks import PRICES
from tests.meta.source_files import ROOT

PAGE = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")


def test_the_page_names_the_checks_in_their_order():
    (table,) = re.findall(r"\| name \| what is checked \|\n\|---\|---\|\n((?:\|.*\n)+)", PAGE)
    named = [name for line in table.splitlines() for name in re.findall(r"`([a-z-]+)`", line.split("|")[1])]
    # One check finds both.
    assert [name for name in named if name != PRICES] == [check.name for check in CHECKS]
