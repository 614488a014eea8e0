"""Throws damaged pictures, strange metadata and any answer of the API at what reads them; and jobs in any order.

The suite has the short form of each: the same checks with fewer examples. `--examples` counts for the pictures.
"""

import argparse
import logging
import sys
import time
import unittest
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.integration.remixes.test_any_order import JobsInAnyOrder
from tests.unit.ideogram import test_ideogram_wire as wire
from tests.unit.images import test_any_metadata as metadata
from tests.unit.images import test_hostile_pictures as hostile
from tests.unit.images import test_leftovers as leftovers

CHECKS: Mapping[str, tuple[Callable[..., None], Mapping[str, Any]]] = {
    "strange metadata": (metadata.test_no_metadata_is_left_and_no_pixel_has_changed, metadata.ANY_METADATA),
    "texts where no decoder looks": (leftovers.test_any_text_is_left_nowhere, leftovers.LEFTOVER),
    "damaged pictures": (hostile.test_damaged_bytes_give_a_sound_picture_or_a_refusal, hostile.DAMAGE),
    "damaged results": (hostile.test_fitting_damaged_bytes_gives_a_picture_or_our_exception, hostile.HEADER_DAMAGE),
    "answers of any bytes": (wire.test_no_answer_makes_anything_but_images_or_our_error, wire.ANY_BYTES),
    "answers of any JSON": (wire.test_no_json_makes_anything_but_images_or_our_error, wire.ANY_JSON),
}
ORDERS_OF = 20
"""A story of jobs takes about as long as that many pictures."""


def run_long(name: str, examples: int, number: int) -> None:
    test, strategies = CHECKS[name]
    inner = test.hypothesis.inner_test  # type: ignore[attr-defined]  # hypothesis puts it there
    long = settings(max_examples=examples, deadline=None, database=None, phases=[Phase.generate, Phase.shrink])
    seed(number)(long(given(**strategies)(inner)))()


def run_orders(examples: int, number: int) -> None:
    case = seed(number)(JobsInAnyOrder).TestCase
    case.settings = settings(
        max_examples=examples,
        stateful_step_count=50,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    result = unittest.TestResult()
    case("runTest").run(result)
    for _, trace in [*result.errors, *result.failures]:
        raise AssertionError(trace)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    # Only the closing line counts; whatever breaks is raised.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    began, orders = time.monotonic(), max(1, asked.examples // ORDERS_OF)
    for name in CHECKS:
        run_long(name, asked.examples, asked.seed)
    run_orders(orders, asked.seed)
    told = ", ".join(f"{asked.examples} {name}" for name in CHECKS)
    took = time.monotonic() - began
    print(f"{told}, {orders} stories of jobs in any order: nothing broke; seed {asked.seed}, {took:.0f} s: ok")  # noqa: T201 - the one line that this is for
    return 0


if __name__ == "__main__":
    sys.exit(main())
