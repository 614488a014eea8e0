"""The pinned requirements: complete with hashes, free of addresses, and one version of each package in all."""

import re
from importlib.metadata import distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.meta.source_files import ROOT

FILES = ("run", "metrics", "postgresql", "s3", "demo", "dev", "bench", "release", "build")
PIN = re.compile(
    r"^([a-z0-9._-]+)(?:\[[a-z0-9,_-]+\])?==(\S+)((?: ;[^\\\n]+)?)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$",
    re.MULTILINE,
)
DECLARED = re.compile(r'^  "([a-z0-9.-]+)[>=<\[]', re.MULTILINE)


def text_of(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def pins(name: str) -> dict[str, str]:
    return {pin.group(1): pin.group(2) for pin in PIN.finditer(text_of(name))}


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_a_pinned_version_with_its_hashes(name):
    assert PIN.sub("", text_of(name)).strip() == "", "run `make requirements`"
    assert len(pins(name)) > (5 if name == "build" else 20)


def test_what_is_tested_is_what_runs():
    assert pins("run").items() <= pins("demo").items() <= pins("dev").items()
    assert pins("run").items() < pins("metrics").items() < pins("postgresql").items() <= pins("dev").items()
    assert pins("metrics").items() < pins("s3").items() <= pins("dev").items()
    assert pins("dev").items() <= pins("bench").items()
    assert pins("run").items() < pins("release").items()
    assert pins("build").items() <= pins("dev").items()
    assert pins("build").items() <= pins("release").items()


def test_every_declared_dependency_is_pinned():
    declared = DECLARED.findall((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pinned = pins("bench")
    names = {name.replace(".", "-") for name in declared} - {"remix-bot"}
    assert len(names) > 20
    assert names - set(pinned) == set()


def test_an_extra_that_a_package_asks_for_is_pinned_with_its_name():
    """Pip in hash mode otherwise looks for the newest version of `name[extra]`, and fails as soon as there is one."""
    asked = {
        f"{canonicalize_name(wanted.name)}[{','.join(sorted(wanted.extras))}]"
        for installed in distributions()
        if canonicalize_name(installed.name) in pins("dev")
        for wanted in map(Requirement, installed.requires or ())
        if wanted.extras and (wanted.marker is None or wanted.marker.evaluate({"extra": ""}))
    }
    assert asked
    missing = [name for name in asked if f"\n{name}==" not in text_of("dev")]
    assert missing == []
