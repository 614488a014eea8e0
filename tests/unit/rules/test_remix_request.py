"""What a person typed becomes a request, or the first thing that is wrong with it."""

import pytest

from bot.rules.failures import FailureKind
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RawOptions, RemixRequest, check_shape, likely_mistake, read_options
from bot.rules.resolutions import RESOLUTIONS_2K, Resolution

WEIGHT_OUT_OF_RANGE = Refused(Reason.OPTION_OUT_OF_RANGE, option="weight", least=1, limit=100)


def read(options: RawOptions) -> RemixRequest | Refused:
    return read_options(options, max_prompt_chars=20, offered=RESOLUTIONS_2K)


@pytest.mark.parametrize(
    ("request_", "picture_bytes", "kind"),
    [
        (RemixRequest("x"), 10_000_000, FailureKind.REQUEST_REJECTED),
        (RemixRequest("x", weight=5), 1, FailureKind.REQUEST_REJECTED),
        (RemixRequest("x", resolution=Resolution(2048, 2048)), 1, FailureKind.REQUEST_REJECTED),
        (RemixRequest("x", 5, Resolution(2048, 2048)), 1, FailureKind.WEIGHT_WITH_RESOLUTION),
        (RemixRequest("x", 5, Resolution(2048, 2048)), 10_000_001, FailureKind.WEIGHT_WITH_RESOLUTION),
        (RemixRequest("x", weight=5), 10_000_001, FailureKind.PICTURE_TOO_LARGE_PERHAPS),
    ],
)
def test_what_a_bare_400_was_probably_about_is_told_from_the_request(request_, picture_bytes, kind):
    assert likely_mistake(request_, picture_bytes) is kind


def test_all_options_arrive_and_those_left_out_have_their_defaults():
    full = RawOptions("  a red fox ", 60, "2048x2048", "QUALITY", copyright_check=True)
    assert read(full) == RemixRequest("a red fox", 60, Resolution(2048, 2048), Speed.QUALITY, copyright_check=True)
    assert read(RawOptions("fox")) == RemixRequest("fox", None, None, Speed.DEFAULT, copyright_check=False)


@pytest.mark.parametrize(
    ("options", "refused"),
    [
        (RawOptions(""), Refused(Reason.PROMPT_EMPTY)),
        (RawOptions(" \n\t "), Refused(Reason.PROMPT_EMPTY)),
        (RawOptions("\u200b\u2063 \u200d"), Refused(Reason.PROMPT_EMPTY)),
        (RawOptions("x" * 21), Refused(Reason.PROMPT_TOO_LONG, limit=20)),
        (RawOptions("x", 0), WEIGHT_OUT_OF_RANGE),
        (RawOptions("x", 101), WEIGHT_OUT_OF_RANGE),
        (RawOptions("x", -1), WEIGHT_OUT_OF_RANGE),
        (RawOptions("x", resolution="100x100"), Refused(Reason.RESOLUTION_UNKNOWN)),
        (RawOptions("x", resolution="square"), Refused(Reason.RESOLUTION_UNKNOWN)),
        (RawOptions("x", resolution="1024x1024"), Refused(Reason.RESOLUTION_UNKNOWN)),
        (RawOptions("x", resolution=" "), Refused(Reason.RESOLUTION_UNKNOWN)),
        (RawOptions("x", speed="FLASH"), Refused(Reason.SPEED_UNKNOWN)),
        (RawOptions("x", speed="turbo"), Refused(Reason.SPEED_UNKNOWN)),
        (RawOptions("", 0, "1x1", "FLASH"), Refused(Reason.PROMPT_EMPTY)),
    ],
)
def test_what_is_wrong_is_told(options, refused):
    assert read(options) == refused


@pytest.mark.parametrize("options", [RawOptions("x" * 20), RawOptions("x", 1), RawOptions("x", 100)])
def test_the_ends_of_each_range_are_allowed(options):
    assert isinstance(read(options), RemixRequest)


def test_the_length_counts_what_is_sent():
    assert isinstance(read(RawOptions(" " * 30 + "x" * 20)), RemixRequest)


@pytest.mark.parametrize(
    ("weight", "resolution", "source", "refused"),
    [
        (None, None, (300, 200), False),
        (60, None, (300, 200), False),
        (None, Resolution(2048, 2048), (300, 200), False),
        (60, Resolution(2048, 2048), (300, 300), False),
        (60, Resolution(2496, 1664), (300, 200), False),
        (60, Resolution(2048, 2048), (300, 200), True),
        (1, Resolution(1664, 2496), (300, 200), True),
    ],
)
def test_a_weight_goes_with_a_resolution_of_the_sources_shape_only(weight, resolution, source, refused):
    answer = check_shape(RemixRequest("x", weight, resolution), *source)
    assert answer == (Refused(Reason.WEIGHT_WITH_OTHER_SHAPE) if refused else None)
