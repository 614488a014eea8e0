"""`python -m tests.bench.look_alikes FOLDER`: how many innocent pictures picture memory takes for each other.

And how many changed copies it finds. Any folder of at least two pictures will do. Takes a second for three pictures.
"""

import argparse
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from multiprocessing import Pool
from pathlib import Path

from PIL import Image, ImageFilter

from bot.images.likeness.fingerprint import prints_to_find, prints_to_keep
from bot.images.likeness.known import KnownPictures
from bot.rules.picture_memory import KnownPicture, Likeness, PictureMemory

LEVELS = (PictureMemory.STRICT, PictureMemory.NEAR, PictureMemory.WIDE)
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
_LONGEST_SIDE = 1000
_SHORTEST_SIDE = 128
_TURNS = {
    "mirrored": Image.Transpose.FLIP_LEFT_RIGHT,
    "upside down": Image.Transpose.FLIP_TOP_BOTTOM,
    "turned by 90": Image.Transpose.ROTATE_90,
    "turned by 180": Image.Transpose.ROTATE_180,
    "turned by 270 and mirrored": Image.Transpose.TRANSVERSE,
}
_CROPS = {
    "10 % cropped left": (0.1, 0, 1, 1),
    "10 % cropped at the top": (0, 0.1, 1, 1),
    "10 % cropped at the bottom": (0, 0, 1, 0.9),
    "5 % cropped on all sides": (0.05, 0.05, 0.95, 0.95),
    "10 % cropped on all sides": (0.1, 0.1, 0.9, 0.9),
    "10 % cropped at a corner": (0.1, 0.1, 1, 1),
}


def encoded(image: Image.Image, file_format: str = "JPEG", quality: int = 85) -> bytes:
    file = BytesIO()
    image.convert("RGB").save(file, file_format, quality=quality)
    return file.getvalue()


def copies(image: Image.Image) -> Iterator[tuple[str, bytes]]:
    """Changed copies of the picture, each with what was done to it."""
    width, height = image.size
    yield "JPEG of quality 30", encoded(image, quality=30)
    yield "WebP of quality 60", encoded(image, "WEBP", 60)
    yield "half the size", encoded(image.resize((max(64, width // 2), max(64, height // 2))))
    yield "squeezed to 80 %", encoded(image.resize((width, max(64, int(height * 0.8)))))
    for name, turn in _TURNS.items():
        yield name, encoded(image.transpose(turn))
    for name, (left, top, right, bottom) in _CROPS.items():
        box = (round(left * width), round(top * height), round(right * width), round(bottom * height))
        yield name, encoded(image.crop(box))
        if "left" in name:
            yield f"{name} and mirrored", encoded(image.crop(box).transpose(_TURNS["mirrored"]))
    for colour in ("white", "black", "grey"):
        yield f"in a {colour} frame", encoded(framed(image, 1.1, 1.1, colour))
    yield "letterboxed", encoded(framed(image, 1.3, 1.05, "white"))
    yield "brighter", encoded(image.point(lambda value: min(255, int(value * 1.15 + 8))))
    yield "without colours", encoded(image.convert("L"))
    yield "blurred", encoded(image.filter(ImageFilter.GaussianBlur(max(1, width // 300))))
    yield "tilted by 2 degrees", encoded(image.rotate(2, Image.Resampling.BICUBIC))


def framed(image: Image.Image, wider: float, higher: float, colour: str) -> Image.Image:
    whole = Image.new("RGB", (int(image.width * wider), int(image.height * higher)), colour)
    whole.paste(image, ((whole.width - image.width) // 2, (whole.height - image.height) // 2))
    return whole


@dataclass(frozen=True, slots=True)
class Printed:
    name: str
    kept: bytes
    looked_up: bytes
    copies: dict[str, bytes] = field(default_factory=dict)


def printed(path: Path, *, with_copies: bool) -> Printed | None:
    """None: it cannot be read, or is too small to be a source."""
    try:
        with Image.open(path) as file:
            image = file.convert("RGBA")
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    image = Image.alpha_composite(Image.new("RGBA", image.size, (49, 51, 56, 255)), image).convert("RGB")
    image.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    if min(image.size) < _SHORTEST_SIDE:
        return None
    whole = encoded(image, "PNG")
    changed = {name: prints_to_find(data) for name, data in copies(image)} if with_copies else {}
    return Printed(str(path), prints_to_keep(whole), prints_to_find(whole), changed)


def _printed(task: tuple[Path, bool]) -> Printed | None:
    return printed(task[0], with_copies=task[1])


def levels(known: KnownPictures, prints: bytes, is_other: Callable[[int], bool]) -> Counter[tuple[PictureMemory, int]]:
    """Which of the pictures it is like, by setting."""
    found: Counter[tuple[PictureMemory, int]] = Counter()
    for near in known.find("no file", prints):
        likeness = Likeness(near.number, by_operator=False, wave=near.wave, slope=near.slope)
        if is_other(near.number):
            found.update((level, near.number) for level in LEVELS if likeness.is_within(level))
    return found


def report(pictures: Sequence[Printed], same: str) -> Iterator[str]:
    """`same`: what names of copies of one picture differ in, as a regular expression."""
    kinds = [re.sub(same, "", each.name) if same else each.name for each in pictures]
    known = KnownPictures([KnownPicture(number, each.name, each.kept) for number, each in enumerate(pictures)])
    with_prints = sum(bool(each.kept) for each in pictures)
    yield f"{len(pictures)} pictures, {len(set(kinds))} different ones; {with_prints} have enough in them to be kept"
    pairs: dict[PictureMemory, set[tuple[str, str]]] = {level: set() for level in LEVELS}
    for number, each in enumerate(pictures):
        kind = kinds[number]
        for level, other in levels(known, each.looked_up, lambda other, kind=kind: kinds[other] != kind):
            pairs[level].add((min(kind, kinds[other]), max(kind, kinds[other])))
    different = len(set(kinds))
    for level in LEVELS:
        in_one = {name for pair in pairs[level] for name in pair}
        all_pairs = different * (different - 1) // 2
        yield f"{level}: {len(pairs[level])} pairs of {all_pairs} alike, of {len(in_one)} pictures"
    for pair in sorted(pairs[PictureMemory.NEAR])[:40]:
        yield f"  near: {pair[0]} | {pair[1]}"
    yield from _recall(pictures)


def _recall(pictures: Sequence[Printed]) -> Iterator[str]:
    changed = [each for each in pictures if each.copies and each.kept]
    known = [KnownPictures([KnownPicture(0, each.name, each.kept)]) for each in changed]
    for name in changed[0].copies if changed else ():
        found = Counter(
            level
            for each, own in zip(changed, known, strict=True)
            for level, _ in levels(own, each.copies[name], lambda _number: True)
        )
        shares = ", ".join(f"{level} {100 * found[level] / len(changed):.0f} %" for level in LEVELS)
        yield f"{name}: found {shares} of {len(changed)}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.bench.look_alikes", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--most", type=int, default=2_000, help="pictures that are taken, by chance")
    parser.add_argument("--copies", type=int, default=100, help="pictures of which changed copies are made")
    parser.add_argument("--same", default="", help="what the names of copies of one picture differ in (regex)")
    options = parser.parse_args()
    paths = sorted(path for folder in options.folder for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)
    chance = random.Random(1)  # noqa: S311 - the same pictures each time
    paths = chance.sample(paths, min(options.most, len(paths)))
    tasks = [(path, number < options.copies) for number, path in enumerate(paths)]
    with Pool() as pool:
        found = [each for each in pool.imap(_printed, tasks, chunksize=8) if each is not None]
    print("\n".join(report(found, options.same)))  # noqa: T201 - its output


if __name__ == "__main__":
    main()
