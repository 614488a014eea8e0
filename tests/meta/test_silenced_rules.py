"""A check that is switched off says why, right beside it."""

import re
import tokenize
from pathlib import Path

from tests.meta.source_files import ROOT, own_python, shown

SWITCH = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no|fmt:\s*(off|skip)|ruff:)", re.IGNORECASE)
WITH_REASON = re.compile(
    r"#\s*((ruff: )?noqa: [A-Z]+\d+(, [A-Z]+\d+)*|type: ignore\[[\w, -]+\] |pragma: no \w+|fmt: (off|skip))"
    r"\s*[-#]\s*\w.{6,}"
)
RULE_IN_CONFIG = re.compile(r'^\s+"([A-Z]{1,4}\d*)",(.*)$', re.MULTILINE)


def silent_switches(path: Path) -> list[str]:
    with tokenize.open(path) as source:
        comments = [token for token in tokenize.generate_tokens(source.readline) if token.type == tokenize.COMMENT]
    return [
        f"{shown(path)}:{token.start[0]}: {token.string}"
        for token in comments
        if SWITCH.search(token.string) and not WITH_REASON.search(token.string)
    ]


def test_every_silenced_check_has_its_reason_beside_it():
    assert [found for path in own_python() for found in silent_switches(path)] == []


def test_every_rule_switched_off_for_all_has_its_reason_beside_it():
    rules = RULE_IN_CONFIG.findall((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert len(rules) > 10
    assert [rule for rule, rest in rules if not re.search(r"#\s*\w.{3,}", rest)] == []
