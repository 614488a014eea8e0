"""Writes what `remix-bot doctor` has found, for people and for scripts."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import typer

from bot import __version__
from bot.cli.checks.findings import Finding, Verdict

_COLOURS = {
    Verdict.OK: typer.colors.GREEN,
    Verdict.WARN: typer.colors.YELLOW,
    Verdict.FAIL: typer.colors.RED,
    Verdict.SKIPPED: typer.colors.BRIGHT_BLACK,
}
_NAME_WIDTH = 17


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    for each in findings:
        verdict = typer.style(f"{each.verdict:7}", fg=_COLOURS[each.verdict], bold=each.verdict is Verdict.FAIL)
        yield f"{verdict} {each.check:{_NAME_WIDTH}} {each.sentence}"
        if each.remedy:
            yield f"{'':{len(Verdict.SKIPPED) + 1 + _NAME_WIDTH}} -> {each.remedy}"
    count = {verdict: sum(each.verdict is verdict for each in findings) for verdict in Verdict}
    warnings = "1 warning" if count[Verdict.WARN] == 1 else f"{count[Verdict.WARN]} warnings"
    left_out = f", {count[Verdict.SKIPPED]} not checked" if count[Verdict.SKIPPED] else ""
    yield f"{count[Verdict.FAIL]} failed, {warnings}, {count[Verdict.OK]} fine{left_out}."


def as_json(findings: Sequence[Finding]) -> str:
    report = {"version": __version__, "ok": is_good(findings), "findings": [asdict(each) for each in findings]}
    return json.dumps(report, indent=2, ensure_ascii=False)


def is_good(findings: Sequence[Finding]) -> bool:
    """Warnings are good enough."""
    return all(each.verdict is not Verdict.FAIL for each in findings)
