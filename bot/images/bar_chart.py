"""Draws stacked bar charts over days as one PNG, readable on a phone and in Discord's dark and light themes."""

from collections.abc import Sequence
from io import BytesIO
from math import ceil, floor, log10

from PIL import Image, ImageDraw, ImageFont

from bot.images.chart import Colour, Panel

WIDTH = 1100
_PANEL = 430
_LEFT, _RIGHT, _TOP, _BOTTOM = 130, 36, 116, 62
_EDGE = 14
# Pillow does not anti-alias rounded corners, so the chart is drawn at twice its size and scaled down.
_SCALE = 2
_TEXT_SIZE, _TITLE_SIZE = 28, 32
_STEPS = 4
_WIDEST_BAR = 64

# An opaque card behind the chart, so that it looks the same in the dark and the light theme.
_CARD: Colour = (43, 45, 49)
_INK: Colour = (242, 243, 245)
_FAINT: Colour = (181, 186, 193)
_GRID: Colour = (78, 80, 88)


def draw(panels: Sequence[Panel], labels: Sequence[str]) -> bytes:
    """A PNG that is WIDTH pixels wide, with one panel below the other. Blocks for the time of drawing."""
    size = (WIDTH * _SCALE, (_PANEL * len(panels) + 20) * _SCALE)
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius=24 * _SCALE, fill=_CARD)
    for number, panel in enumerate(panels):
        _PanelPen(pen, number * _PANEL).draw(panel, labels)
    file = BytesIO()
    picture.resize((size[0] // _SCALE, size[1] // _SCALE), Image.Resampling.LANCZOS).save(file, "PNG")
    return file.getvalue()


def axis_step(highest: float, *, whole: bool) -> float:
    """The step between two lines of the axis: 1, 2 or 5 times a power of ten, so that about four steps are enough."""
    wanted = max(highest, 1 if whole else 0.01) / _STEPS
    power = 10 ** floor(log10(wanted))
    step: float = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= wanted * 0.999)
    return max(step, 1) if whole else step


def _show(panel: Panel, value: float) -> str:
    if not panel.dollars:
        return f"{value:,.0f}"
    return f"${value:,.0f}" if value == int(value) else f"${value:,.2f}"


class _PanelPen:
    """Draws one panel whose upper edge is at `top`. All coordinates are pixels of the finished picture."""

    def __init__(self, pen: ImageDraw.ImageDraw, top: int) -> None:
        self._pen = pen
        self._top = top
        self._text = ImageFont.load_default(_TEXT_SIZE * _SCALE)
        self._title = ImageFont.load_default(_TITLE_SIZE * _SCALE)

    def draw(self, panel: Panel, labels: Sequence[str]) -> None:
        step = axis_step(panel.highest, whole=not panel.dollars)
        steps = max(1, ceil(panel.highest / step - 1e-9))
        self._write(_LEFT - 90, 26, panel.title, "lt", _INK, self._title)
        self._legend(panel)
        for number in range(steps + 1):
            y = self._y(number / steps)
            self._line(_LEFT, y, WIDTH - _RIGHT, y)
            self._write(_LEFT - 14, y, _show(panel, number * step), "rm", _FAINT)
        self._bars(panel, len(labels), step * steps)
        self._days(labels)

    def _y(self, part: float) -> float:
        return _PANEL - _BOTTOM - part * (_PANEL - _BOTTOM - _TOP)

    def _slot(self, count: int) -> float:
        return (WIDTH - _RIGHT - _LEFT) / max(count, 1)

    def _bars(self, panel: Panel, count: int, full: float) -> None:
        slot = self._slot(count)
        width = min(slot * 0.74, _WIDEST_BAR)
        for number in range(count):
            x, below = _LEFT + slot * number + (slot - width) / 2, 0.0
            for series in panel.series:
                above = below + series.values[number]
                if above > below:
                    self._box(x, self._y(above / full), x + width, self._y(below / full), series.colour)
                below = above

    def _days(self, labels: Sequence[str]) -> None:
        slot = self._slot(len(labels))
        widest = max((self._text.getlength(label) for label in labels), default=0) / _SCALE + 24
        # Labels that would overlap are left out, counted from the right: the newest day always has one.
        every = max(1, ceil(widest / slot))
        for number in range(len(labels) - 1, -1, -every):
            farthest = WIDTH - _EDGE - self._text.getlength(labels[number]) / _SCALE / 2
            x = min(_LEFT + slot * (number + 0.5), farthest)
            self._write(x, _PANEL - _BOTTOM + 16, labels[number], "mt", _FAINT)

    def _legend(self, panel: Panel) -> None:
        """Aligned right, in the order of the series."""
        widths = [self._text.getlength(series.name) / _SCALE + 66 for series in panel.series]
        x = WIDTH - _RIGHT - sum(widths) + 26
        for series, width in zip(panel.series, widths, strict=True):
            self._box(x, 30, x + 24, 54, series.colour)
            self._write(x + 34, 42, series.name, "lm", _FAINT)
            x += width

    def _box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        # At least two pixels high, so that a small value beside large ones can still be seen.
        box = [round(value * _SCALE) for value in (left, self._top + top, right, self._top + bottom)]
        self._pen.rectangle((box[0], min(box[1], box[3] - 2), box[2] - 1, box[3] - 1), fill=colour)

    def _line(self, left: float, top: float, right: float, bottom: float) -> None:
        ends = [round(value * _SCALE) for value in (left, self._top + top, right, self._top + bottom)]
        self._pen.line(ends, fill=_GRID, width=_SCALE)

    def _write(
        self,
        x: float,
        y: float,
        text: str,
        anchor: str,
        colour: Colour,
        font: ImageFont.FreeTypeFont | ImageFont.ImageFont | None = None,
    ) -> None:
        self._pen.text(
            (x * _SCALE, (self._top + y) * _SCALE), text, fill=colour, font=font or self._text, anchor=anchor
        )
