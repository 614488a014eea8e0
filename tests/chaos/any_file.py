"""Runs every file of some folders through the preparation of pictures, each in a process of its own, and judges it.

`python -m tests.chaos.any_file FOLDER...`: a crash, a hang, other pixels, metadata that is left or a wrong format make
it fail. Good folders are the source distributions of Pillow and pillow-heif, which ship the files of their tests:
`pip download --no-deps --no-binary :all: pillow pillow-heif`.
"""

import argparse
import multiprocessing
import resource
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import pillow_heif
from PIL import Image, ImageChops, ImageOps, ImageStat

from bot.images.files import jpeg, png, webp
from bot.images.files.tiff import main_page
from bot.images.pictures import PreparedSource, SourceLimits
from bot.images.prepare import prepare_source

LIMITS = SourceLimits(25_000_000, 25_000_000, 60_000_000, 4096)
_LONGEST_S = 60.0
_MEMORY_BYTES = 3 << 30
_COMPARED_SIDE = 64
_ALIKE = 14
"""Mean difference of a channel, of 255. Encoding again as JPEG 95 gives about 1, noise up to 9; another picture 40."""
_COMPARED_MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA"})
"""The colours of the others depend on how they are converted, so they are not compared."""
_PNG_CHUNKS = frozenset(
    {
        b"IHDR",
        b"PLTE",
        b"tRNS",
        b"IDAT",
        b"IEND",
        b"cHRM",
        b"gAMA",
        b"iCCP",
        b"sBIT",
        b"sRGB",
        b"cICP",
        b"mDCV",
        b"cLLI",
    }
    | {b"pHYs"}
)
_WEBP_CHUNKS = frozenset({b"VP8X", b"ICCP", b"ALPH", b"VP8 ", b"VP8L"})
_BAD = ("crash", "hang", "other pixels", "metadata left", "wrong format", "exception")


def judge(path: Path) -> str:
    """`same pixels`, `alike`, `not compared`, `refused: ...`, or one of _BAD with what is wrong."""
    source = prepare_source(path.read_bytes(), LIMITS)
    if not isinstance(source, PreparedSource):
        return f"refused: {source.reason}"
    if left := _metadata(source):
        return f"metadata left: {left}"
    with Image.open(BytesIO(source.data)) as made:
        made.load()
        if made.format not in {"JPEG", "PNG", "WEBP"} or getattr(made, "n_frames", 1) != 1:
            return f"wrong format: {made.format}"
        if made.size != (source.width, source.height):
            return f"wrong format: {made.size} instead of {source.width} x {source.height}"
        return _compare(path, made)


def _compare(path: Path, made: Image.Image) -> str:
    try:
        original = _open(path)
    except Exception as error:  # noqa: BLE001 - Pillow's usual way may refuse what we repair, such as a lost end
        return f"not compared: {type(error).__name__}"
    if original.mode not in _COMPARED_MODES:
        return f"not compared: {original.mode}"
    if original.size == made.size and original.convert("RGBA").tobytes() == made.convert("RGBA").tobytes():
        return "same pixels"
    small = [_flat(image).resize((_COMPARED_SIDE, _COMPARED_SIDE)) for image in (original, made)]
    difference = max(ImageStat.Stat(ImageChops.difference(*small)).mean)
    return "alike" if difference < _ALIKE else f"other pixels: {difference:.0f}"


def _open(path: Path) -> Image.Image:
    """Upright, the page that we would choose."""
    pillow_heif.register_heif_opener()
    with Image.open(path) as image:
        if image.format == "TIFF":
            image.seek(main_page(path.read_bytes()))
        image.load()
        # Pillow also believes an orientation that stands only in XMP; browsers and Discord do not.
        for name in ("xmp", "XML:com.adobe.xmp"):
            image.info.pop(name, None)
        return ImageOps.exif_transpose(image)


def _flat(image: Image.Image) -> Image.Image:
    """On grey, so that the colours of invisible pixels do not count."""
    visible = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", visible.size, (128, 128, 128, 255)), visible).convert("RGB")


def _metadata(source: PreparedSource) -> str:
    """What is in the file beside pixels, colours and sizes."""
    data = source.data
    if source.format == "png":
        found = {name for name, _, _ in png.walk(data)} - _PNG_CHUNKS
    elif source.format == "webp":
        found = {name for name, _, _ in webp.walk(data)} - _WEBP_CHUNKS
    else:
        found = set(_jpeg_metadata(data))
    with Image.open(BytesIO(data)) as image:
        found |= {name.encode() for name in ("exif", "xmp", "comment", "photoshop", "Author") if name in image.info}
    return ", ".join(sorted(map(repr, found)))


def _jpeg_metadata(data: bytes) -> Iterator[bytes]:
    for segment in jpeg.walk(data):
        body = data[segment.body : segment.end]
        colour = (
            (segment.marker == jpeg.APP0 and len(body) == 14)
            or (segment.marker == jpeg.APP2 and body.startswith(b"ICC_PROFILE\0"))
            or (segment.marker == jpeg.APP14 and len(body) == 12)
        )
        if segment.marker not in jpeg.PICTURE_MARKERS and segment.marker != jpeg.END and not colour:
            yield bytes([segment.marker])


def _judge_in_child(path: Path, answer: "multiprocessing.SimpleQueue[str]") -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    try:
        answer.put(judge(path))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
        answer.put(f"exception: {type(error).__name__}: {str(error)[:100]}")


def run(paths: Sequence[Path]) -> dict[Path, str]:
    context = multiprocessing.get_context("fork")
    verdicts: dict[Path, str] = {}
    for path in paths:
        answer = context.SimpleQueue()
        child = context.Process(target=_judge_in_child, args=(path, answer))
        child.start()
        child.join(_LONGEST_S)
        if child.is_alive():
            child.kill()
            child.join()
            verdicts[path] = f"hang: over {_LONGEST_S:.0f} s"
        else:
            verdicts[path] = f"crash: {child.exitcode}" if answer.empty() else answer.get()
        child.close()
        answer.close()
    return verdicts


def bad(verdicts: dict[Path, str]) -> dict[Path, str]:
    return {path: verdict for path, verdict in verdicts.items() if verdict.startswith(_BAD)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--all", action="store_true", help="print the verdict of every file")
    asked = parser.parse_args()
    paths = sorted(path for folder in asked.folders for path in folder.rglob("*") if path.is_file())
    verdicts = run(paths)
    wrong = bad(verdicts)
    for path, verdict in (verdicts if asked.all else wrong).items():
        print(f"{path}: {verdict}")  # noqa: T201 - what this is for
    counts = Counter(verdict.partition(":")[0] for verdict in verdicts.values())
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
    print(f"{len(verdicts)} files: {told}: {'FAILED' if wrong else 'ok'}")  # noqa: T201 - the closing line
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
