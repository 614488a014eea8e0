"""A release: what must agree before one, and that a wheel from the checkout holds all that an operator needs."""

import dataclasses
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.deploy.release import Facts, build, problems
from tests.meta.source_files import ROOT

READY = Facts(
    pyproject="1.2.0",
    package="1.2.0",
    changelog="# Changes\n\n## 1.2.0 (2026-12-24)\n\n- New.\n\n## 1.1.0 (2026-11-30)\n",
    tags=frozenset({"v1.2.0"}),
)
EPOCH = "1764547200"


def test_a_commit_whose_version_section_and_tag_agree_can_be_released():
    assert problems(READY) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"package": "1.1.0"}, "pyproject.toml has version 1.2.0, and bot/__init__.py 1.1.0"),
        ({"tags": frozenset({"v1.1.0"})}, "this commit has no tag v1.2.0: git tag --sign v1.2.0"),
        ({"changed": ("bot/run.py",)}, "not committed: bot/run.py"),
        ({"changelog": "## 1.1.0 (2026-11-30)\n"}, "the newest section of CHANGELOG.md is not 1.2.0"),
        (
            {"changelog": "## 1.2.0\n"},
            'the section 1.2.0 of CHANGELOG.md has no date: "1.2.0 (YEAR-MONTH-DAY)"',
        ),
        (
            {"changelog": "## Unreleased\n\n## 1.2.0 (2026-12-24)\n"},
            'CHANGELOG.md still has a section "Unreleased": name it "1.2.0 (YEAR-MONTH-DAY)"',
        ),
    ],
)
def test_what_does_not_agree_is_named(change, problem):
    assert problems(dataclasses.replace(READY, **change)) == [problem]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A wheel and an sdist of the checkout, by name."""
    folder = tmp_path_factory.mktemp("built")
    assert build(ROOT, folder, EPOCH)
    return folder


def only(folder, pattern):
    (found,) = folder.glob(pattern)
    return found


def test_two_builds_of_the_wheel_have_the_same_bytes(built, tmp_path):
    wheel = only(built, "*.whl")
    assert build(ROOT, tmp_path, EPOCH)[wheel.name] == wheel.read_bytes()


def test_the_wheel_has_the_migrations_the_example_and_the_units(built):
    with zipfile.ZipFile(only(built, "*.whl")) as wheel:
        names = {name.rpartition(".data/data/")[2] for name in wheel.namelist()}
    migrations = {f"bot/migrations/versions/{path.name}" for path in (ROOT / "migrations" / "versions").glob("*.py")}
    units = {f"share/remix-bot/systemd/{path.name}" for path in (ROOT / "deploy" / "systemd").iterdir()}
    assert {"share/remix-bot/.env.example", "bot/migrations/env.py"} | migrations | units <= names
    assert not [name for name in names if name.startswith(("tests/", "docs/")) or name.endswith(".env")]


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    """The wheel in an environment of its own, which finds the pinned packages and not the checkout."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    into = (sys.executable, "-m", "pip", "--python", program(folder, "python"), "install", "--quiet", "--no-compile")
    run(*into, "--no-deps", "--no-index", only(built, "*.whl"), cwd=folder)
    packages = sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)})
    # The lines of a .pth file come last in the path, so the wheel's own `bot` is found before the checkout's.
    Path(packages, "pinned.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return folder


def program(folder, name):
    return folder / "Scripts" / f"{name}.exe" if os.name == "nt" else folder / "bin" / name


def run(*words, cwd):
    """Its output. CalledProcessError where it fails."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own


def test_the_installed_wheel_answers_and_brings_its_migrations(installed, tmp_path):
    where = run(program(installed, "python"), "-c", "import bot; print(bot.__file__)", cwd=tmp_path)
    assert Path(where).is_relative_to(installed)
    command = program(installed, "remix-bot")
    assert "doctor" in run(command, "--help", cwd=tmp_path)
    assert "--no-browser" in run(command, "demo", "--help", cwd=tmp_path)
    run(command, "migrate", cwd=tmp_path)
    assert "0 violations" in run(command, "audit", cwd=tmp_path)
