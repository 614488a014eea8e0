"""What is too long to be read at once is two things."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.meta.source_files import own_python, shown

MAX_LINES_OF_FILE = 400
MAX_LINES_OF_FUNCTION = 40
MAX_FILES_OF_FOLDER = 16


def long_functions(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    return [f"{shown(path)}: {name} has {n} lines" for name, n in lengths.items() if n > MAX_LINES_OF_FUNCTION]


def test_no_function_of_the_bot_is_over_40_lines():
    assert [found for path in own_python("bot") for found in long_functions(path)] == []


@pytest.mark.parametrize("folder", ["bot", "migrations", "tests"])
def test_no_file_is_over_400_lines(folder):
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in own_python(folder)}
    assert {path: n for path, n in lengths.items() if n > MAX_LINES_OF_FILE} == {}


def test_no_folder_has_over_16_files():
    """With an `__init__.py`. `rules` stays flat: grouped, its modules would import each other in circles."""
    folders = Counter(path.parent for path in (*own_python("bot"), *own_python("tests")))
    wide = {shown(folder): n for folder, n in folders.items() if n > MAX_FILES_OF_FOLDER}
    assert wide.keys() <= {"bot/rules", "tests/unit/rules"}
