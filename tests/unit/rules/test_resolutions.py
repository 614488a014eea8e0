"""The sizes on offer, how they are told, found and compared."""

from collections import Counter

import pytest

from bot.rules.resolutions import (
    RESOLUTIONS_1K,
    RESOLUTIONS_2K,
    Resolution,
    parse_resolution,
    same_shape,
    search_resolutions,
)

ALL = (*RESOLUTIONS_2K, *RESOLUTIONS_1K)


def sizes(found: list[Resolution]) -> list[str]:
    return [str(size) for size in found]


def test_there_are_23_sizes_at_2k_and_15_at_1k_each_once():
    assert (len(RESOLUTIONS_2K), len(RESOLUTIONS_1K), len(set(ALL))) == (23, 15, 38)


def test_the_labels_are_unique_and_fit_a_choice_of_discord():
    assert max(Counter(size.label for size in ALL).values()) == 1
    assert max(len(size.label) for size in ALL) <= 100


@pytest.mark.parametrize("offered", [RESOLUTIONS_2K, RESOLUTIONS_1K])
def test_every_size_can_be_turned_on_its_side(offered):
    assert {(size.height, size.width) for size in offered} == {(size.width, size.height) for size in offered}


@pytest.mark.parametrize(
    ("size", "label"),
    [
        (Resolution(2048, 2048), "Square 1:1 · 2048\N{MULTIPLICATION SIGN}2048"),
        (Resolution(1664, 2496), "Portrait 2:3 · 1664\N{MULTIPLICATION SIGN}2496"),
        (Resolution(2560, 1440), "Wide 16:9 · 2560\N{MULTIPLICATION SIGN}1440"),
        (Resolution(1440, 2560), "Tall 9:16 · 1440\N{MULTIPLICATION SIGN}2560"),
        (Resolution(2560, 1600), "Landscape 16:10 · 2560\N{MULTIPLICATION SIGN}1600"),
        (Resolution(1024, 3072), "Tall 1:3 · 1024\N{MULTIPLICATION SIGN}3072"),
    ],
)
def test_a_label_tells_name_ratio_and_size(size, label):
    assert size.label == label


@pytest.mark.parametrize("size", ALL, ids=str)
def test_a_size_is_known_again_as_the_api_and_as_people_write_it(size):
    assert parse_resolution(str(size)) == size
    assert parse_resolution(f"  {size.width} X {size.height} ") == size
    assert parse_resolution(f"{size.width}\N{MULTIPLICATION SIGN}{size.height}") == size


@pytest.mark.parametrize("text", ["", "2048", "2047x2048", "2048x2048x1", "-2048x2048", "square", "\uff12048x2048"])
def test_another_text_is_no_size(text):
    assert parse_resolution(text) is None


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("square", ["2048x2048"]),
        ("2:3", ["1664x2496"]),
        ("16:10", ["2560x1600"]),
        ("1440x", ["1440x2880", "1440x2560"]),
        ("2560\N{MULTIPLICATION SIGN}1440", ["2560x1440"]),
        ("WIDE 16:9", ["2560x1440"]),
        ("wide 1152", ["2944x1152"]),
        ("wide 2:3", []),
        ("panorama", []),
    ],
)
def test_a_search_finds_by_name_ratio_and_size(typed, found):

    assert sizes(search_resolutions(typed, RESOLUTIONS_2K)) == found


def test_a_search_for_nothing_offers_all_and_a_label_finds_itself():
    assert search_resolutions("  ", RESOLUTIONS_2K) == list(RESOLUTIONS_2K)
    for size in ALL:
        assert search_resolutions(size.label, ALL) == [size]


@pytest.mark.parametrize(
    ("width", "height", "size", "same"),
    [
        (500, 500, "2048x2048", True),
        (1, 1, "1024x1024", True),
        (3000, 4500, "1664x2496", True),
        (4500, 3000, "1664x2496", False),
        (1009, 1000, "2048x2048", True),
        (1011, 1000, "2048x2048", False),
        (991, 1000, "2048x2048", True),
        (989, 1000, "2048x2048", False),
        (1920, 1080, "2560x1440", True),
        (1920, 1200, "2560x1440", False),
    ],
)
def test_shapes_within_one_per_cent_are_the_same(width, height, size, same):
    resolution = parse_resolution(size)
    assert resolution is not None
    assert same_shape(width, height, resolution) is same


def test_no_two_sizes_on_offer_pass_for_one_shape_unless_they_have_one_name():
    for one in RESOLUTIONS_2K:
        alike = [other for other in RESOLUTIONS_2K if same_shape(one.width, one.height, other)]
        assert alike == [one], one
