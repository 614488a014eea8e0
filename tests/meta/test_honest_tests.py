"""The tests prove things on the real thing, without waiting and on any machine: no mocks, no sleeping, no stopwatch."""

import ast
from collections.abc import Collection, Iterator
from pathlib import Path

from tests.meta.source_files import own_python, shown

MOCKS = {"mock", "unittest.mock", "pytest_mock"}
SLEEPERS = {"time", "asyncio"}
STOPWATCHES = {"monotonic", "perf_counter", "process_time", "thread_time"}

ALLOWED = {
    "tests/bench/measures/shared_limit.py: asyncio.sleep": "it plays another user of the same account",
    "tests/chaos/fleets/fleet.py: asyncio.sleep": "moments and looks at a database that other processes write",
    "tests/chaos/slow_channels.py: asyncio.sleep": "a measurement of another process, whose database tells nobody",
    "tests/wire/loopback_discord/faults.py: asyncio.sleep": "a dial of the loopback server: it plays a slow Discord",
}
"""`file: what` of an exception, and its reason."""


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [name.name for name in node.names]
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        return [module, *(f"{module}.{name.name}" for name in node.names)]
    return []


def is_zero(arguments: list[ast.expr]) -> bool:
    return bool(arguments) and isinstance(arguments[0], ast.Constant) and arguments[0].value == 0


def slept(node: ast.AST) -> str | None:
    """`asyncio.sleep(0)` only lets others go first."""
    if not isinstance(node, ast.Call) or is_zero(node.args):
        return None
    name = ast.unparse(node.func)
    return name if name in {"sleep", *(f"{module}.sleep" for module in SLEEPERS)} else None


def reads(node: ast.AST, names: Collection[str]) -> bool:
    """Whether one of them is used in it, or an attribute of that name."""
    return any(getattr(each, "id", getattr(each, "attr", None)) in names for each in ast.walk(node))


def timed(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """Asserts about how long something took: on a busy machine it takes longer. `make bench` measures."""
    times = set(STOPWATCHES)
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and reads(node.value, times):
            times |= {name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) and any(
            reads(each, times) for each in ast.walk(node.test) if isinstance(each, ast.Compare)
        ):
            yield f"a time in {function.name}"


def dishonest(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from timed(node)
        yield from MOCKS.intersection(imported(node))
        if isinstance(node, ast.arg) and node.arg == "mocker":
            yield "mocker"
        if name := slept(node):
            yield name


def findings(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [f"{shown(path)}: {what}" for what in dishonest(tree)]


def test_no_test_mocks_sleeps_or_times():
    found = [finding for path in own_python("tests") for finding in findings(path)]
    assert [finding for finding in found if finding not in ALLOWED] == []
    assert set(ALLOWED) <= set(found), "an exception that nobody needs any more"


def test_each_way_of_mocking_sleeping_and_timing_is_found():
    for line in (
        "def test_x():\n    assert time.monotonic() - began < 2",
        "async def test_x():\n    began = perf_counter()\n    took = perf_counter() - began\n    assert 0 < took < 0.5",
        "from unittest import mock",
        "from unittest.mock import AsyncMock",
        "import unittest.mock as m",
        "def test_x(mocker): ...",
        "time.sleep(1)",
        "await asyncio.sleep(0.1)",
        "sleep(delay)",
    ):
        assert list(dishonest(ast.parse(line))), line
    for line in ("asyncio.sleep(0)", "import unittest", "clock.sleep(1)", "def test_x():\n    print(monotonic())"):
        assert not list(dishonest(ast.parse(line))), line
