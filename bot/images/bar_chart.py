"""Draws stacked bars over days as a picture: one panel below the other, legible on a phone, fit for dark and light."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from math import ceil, floor, log10

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]

WIDTH = 1100
_PANEL = 430
_LEFT, _RIGHT, _TOP, _BOTTOM = 130, 36, 116, 62
_EDGE = 14
_FINER = 2
"""Drawn larger and scaled down: Pillow draws no smooth corners."""
_TEXT_SIZE, _TITLE_SIZE = 28, 32
_STEPS = 4
_WIDEST_BAR = 64

# A card of its own, so that it reads the same in Discord's dark and light looks.
_CARD: Colour = (43, 45, 49)
_INK: Colour = (242, 243, 245)
_FAINT: Colour = (181, 186, 193)
_GRID: Colour = (78, 80, 88)

# Okabe and Ito's palette: told apart by people who see few colours as well.
BLUE: Colour = (86, 180, 233)
ORANGE: Colour = (230, 159, 0)
GREEN: Colour = (0, 158, 115)
PINK: Colour = (204, 121, 167)
GREY: Colour = (148, 155, 164)
RED: Colour = (213, 94, 0)


@dataclass(frozen=True, slots=True)
class Series:
    """What one colour stands for, and its part of each bar."""

    name: str
    colour: Colour
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Panel:
    """Bars made of series, one bar for each label. `whole`: the axis counts things that have no halves."""

    title: str
    series: Sequence[Series]
    show: Callable[[float], str]
    whole: bool = False

    @property
    def highest(self) -> float:
        return max((sum(parts) for parts in zip(*(series.values for series in self.series), strict=True)), default=0)


def draw(panels: Sequence[Panel], labels: Sequence[str]) -> bytes:
    """Blocks. A PNG, WIDTH pixels wide."""
    size = (WIDTH * _FINER, (_PANEL * len(panels) + 20) * _FINER)
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius=24 * _FINER, fill=_CARD)
    for number, panel in enumerate(panels):
        _PanelPen(pen, number * _PANEL).draw(panel, labels)
    file = BytesIO()
    picture.resize((size[0] // _FINER, size[1] // _FINER), Image.Resampling.LANCZOS).save(file, "PNG")
    return file.getvalue()


def axis_step(highest: float, *, whole: bool) -> float:
    """1, 2 or 5 times a power of ten, so that some four steps reach the highest bar."""
    wanted = max(highest, 1 if whole else 0.01) / _STEPS
    power = 10 ** floor(log10(wanted))
    step: float = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= wanted * 0.999)
    return max(step, 1) if whole else step


class _PanelPen:
    """Draws in the pixels of the finished picture, one panel high, from `top` on."""

    def __init__(self, pen: ImageDraw.ImageDraw, top: int) -> None:
        self._pen = pen
        self._top = top
        self._text = ImageFont.load_default(_TEXT_SIZE * _FINER)
        self._title = ImageFont.load_default(_TITLE_SIZE * _FINER)

    def draw(self, panel: Panel, labels: Sequence[str]) -> None:
        step = axis_step(panel.highest, whole=panel.whole)
        steps = max(1, ceil(panel.highest / step - 1e-9))
        self._write(_LEFT - 90, 26, panel.title, "lt", _INK, self._title)
        self._legend(panel)
        for number in range(steps + 1):
            y = self._y(number / steps)
            self._line(_LEFT, y, WIDTH - _RIGHT, y)
            self._write(_LEFT - 14, y, panel.show(number * step), "rm", _FAINT)
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
        widest = max((self._text.getlength(label) for label in labels), default=0) / _FINER + 24
        every = max(1, ceil(widest / slot))
        for number in range(len(labels) - 1, -1, -every):
            farthest = WIDTH - _EDGE - self._text.getlength(labels[number]) / _FINER / 2
            x = min(_LEFT + slot * (number + 0.5), farthest)
            self._write(x, _PANEL - _BOTTOM + 16, labels[number], "mt", _FAINT)

    def _legend(self, panel: Panel) -> None:
        """From the right, in the order of the series."""
        widths = [self._text.getlength(series.name) / _FINER + 66 for series in panel.series]
        x = WIDTH - _RIGHT - sum(widths) + 26
        for series, width in zip(panel.series, widths, strict=True):
            self._box(x, 30, x + 24, 54, series.colour)
            self._write(x + 34, 42, series.name, "lm", _FAINT)
            x += width

    def _box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        box = [round(value * _FINER) for value in (left, self._top + top, right, self._top + bottom)]
        self._pen.rectangle((box[0], min(box[1], box[3] - 2), box[2] - 1, box[3] - 1), fill=colour)

    def _line(self, left: float, top: float, right: float, bottom: float) -> None:
        ends = [round(value * _FINER) for value in (left, self._top + top, right, self._top + bottom)]
        self._pen.line(ends, fill=_GRID, width=_FINER)

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
            (x * _FINER, (self._top + y) * _FINER), text, fill=colour, font=font or self._text, anchor=anchor
        )
