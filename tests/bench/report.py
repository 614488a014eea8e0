"""Prints figures, and writes them into docs/benchmarks.md between two marks; the words around them are by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime

from tests.bench.figures import Figure
from tests.meta.source_files import ROOT

DOCUMENT = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- written by make bench: begin -->", "<!-- written by make bench: end -->"


def shown_value(figure: Figure) -> str:
    digits = 0 if abs(figure.value) >= 1000 or isinstance(figure.value, int) else 2 if abs(figure.value) < 10 else 1
    return f"{figure.value:.{digits}f} {figure.unit}"


def shown_target(figure: Figure) -> str:
    target = figure.target
    if target is None:
        return ""
    if target.at_most == target.at_least:
        return f"exactly {target.at_most:g}"
    return f"at most {target.at_most:g}" if target.at_most is not None else f"at least {target.at_least:g}"


def lines_of(figure: Figure) -> list[str]:
    """For the terminal."""
    target = f" (target: {shown_target(figure)})" if figure.target else ""
    return [
        f"{figure.verdict:>7}  {figure.what}: {shown_value(figure)}{target}",
        *(f"         {d}" for d in figure.details),
    ]


def table(figures: Sequence[Figure], machine: Sequence[str], took_s: float) -> str:
    now = datetime.now(UTC)
    rows = [
        f"| {figure.what} | **{shown_value(figure)}** | {shown_target(figure)} | {figure.verdict} |"
        for figure in figures
    ]
    details = [f"- {figure.what}\n" + "\n".join(f"  - {detail}" for detail in figure.details) for figure in figures]
    return "\n".join(
        [
            f"Taken on {now:%d %B %Y} in {took_s / 60:.0f} minutes:",
            "",
            *(f"- {line}" for line in machine),
            "",
            "| figure | value | target | |",
            "|---|---|---|---|",
            *rows,
            "",
            "In detail (a median, with the least and the most):",
            "",
            *details,
        ]
    )


def write(text: str) -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
