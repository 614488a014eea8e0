"""`make release`: a wheel, an sdist, the list of what they need (SBOM) and checksums in dist/, from a tagged commit.

Everything is built from the commit, twice, and the bytes have to be equal. ARGS="--rehearse" leaves out the questions
about version, changelog and tag.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).parents[2]
_SECTION = re.compile(r"^## (\S+)(.*)$", re.MULTILINE)
_DATED = re.compile(r" \(\d{4}-\d\d-\d\d\)")
_VERSION = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)


class NotReleasableError(Exception):
    """Its text says what has to be mended, a line each."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What has to agree. `changed` are the files that git would commit."""

    pyproject: str
    package: str
    changelog: str
    tags: frozenset[str]
    changed: tuple[str, ...] = ()


def problems(facts: Facts) -> list[str]:
    """One sentence for each; none: the commit can be released."""
    version, found = facts.pyproject, []
    if facts.package != version:
        found.append(f"pyproject.toml has version {version}, and bot/__init__.py {facts.package}")
    sections = _SECTION.findall(facts.changelog)
    if any(name == "Unreleased" for name, _ in sections):
        found.append(f'CHANGELOG.md still has a section "Unreleased": name it "{version} (YEAR-MONTH-DAY)"')
    elif not sections or sections[0][0] != version:
        found.append(f"the newest section of CHANGELOG.md is not {version}")
    elif not _DATED.fullmatch(sections[0][1]):
        found.append(f'the section {version} of CHANGELOG.md has no date: "{version} (YEAR-MONTH-DAY)"')
    if f"v{version}" not in facts.tags:
        found.append(f"this commit has no tag v{version}: git tag --sign v{version}")
    if facts.changed:
        found.append(f"not committed: {', '.join(facts.changed)}")
    return found


def _facts() -> Facts:
    return Facts(
        pyproject=tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"],
        package=_VERSION.findall((ROOT / "bot" / "__init__.py").read_text(encoding="utf-8"))[0],
        changelog=(ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
        tags=frozenset(_git("tag", "--points-at", "HEAD").split()),
        changed=tuple(line[3:] for line in _git("status", "--porcelain").splitlines()),
    )


def _check_agreement() -> None:
    found = problems(_facts())
    if found:
        raise NotReleasableError("\n".join(found))


def _git(*words: str) -> str:
    return _run("git", *words, cwd=ROOT).decode()


def _run(*words: str, cwd: Path, env: Mapping[str, str] | None = None) -> bytes:
    done = subprocess.run(  # noqa: S603 - git, pip, and the tools of this environment
        words, cwd=cwd, env={**os.environ, **(env or {})}, check=True, stdout=subprocess.PIPE
    )
    return done.stdout


def build(source: Path, into: Path, epoch: str) -> dict[str, bytes]:
    """A wheel and an sdist of that folder, by name. `epoch`: the time of every file in them, in seconds since 1970."""
    _run(
        *(sys.executable, "-m", "hatchling", "build", "--directory", str(into)),
        cwd=source,
        env={"SOURCE_DATE_EPOCH": epoch},
    )
    return {path.name: path.read_bytes() for path in into.iterdir() if path.name.startswith("remix_bot-")}


def build_twice(epoch: str, folder: Path) -> dict[str, bytes]:
    """Raises NotReleasableError where two builds differ, or where the sdist lacks what the wheel needs."""
    source = _git_tree(folder / "first")
    built = build(source, folder / "one", epoch)
    again = build(_git_tree(folder / "second"), folder / "two", epoch)
    (sdist,) = (name for name in built if name.endswith(".tar.gz"))
    _unpack(built[sdist], folder / "third")
    third = build(folder / "third" / sdist.removesuffix(".tar.gz"), folder / "three", epoch)
    differing = [name for name in built if again.get(name) != built[name]]
    # An sdist of an sdist has one file more, PKG-INFO.
    differing += [f"{name}, built from the sdist" for name in built if name != sdist and third.get(name) != built[name]]
    if differing:
        raise NotReleasableError(f"built twice with different bytes: {'; '.join(differing)}")
    return built


def _git_tree(folder: Path) -> Path:
    """The files of the commit alone, in a new folder."""
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout  # noqa: S607 - git is looked up
    _unpack(archive, folder)
    return folder


def _unpack(archive: bytes, folder: Path) -> None:
    with tarfile.open(fileobj=BytesIO(archive)) as tree:
        # Python 3.11 has filters since 3.11.4.
        tree.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # noqa: S202 - made here a moment ago


def bill_of_materials(wheel: Path, epoch: str, folder: Path) -> bytes:
    """CycloneDX as JSON: the pinned packages with their licences, read from an environment that holds nothing else."""
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    into = (sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps")
    _run(*into, "--require-hashes", "-r", str(ROOT / "requirements" / "metrics.txt"), cwd=ROOT)
    _run(*into, str(wheel), cwd=ROOT)
    tool = (sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--mc-type", "application")
    named = ("--pyproject", str(ROOT / "pyproject.toml"))
    return _run(*tool, *named, str(python), cwd=ROOT, env={"SOURCE_DATE_EPOCH": epoch})


def release(into: Path) -> list[Path]:
    """Writes the files of the release to that folder, which is emptied first."""
    epoch = _git("log", "-1", "--format=%ct").strip()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = build_twice(epoch, folder)
        (wheel,) = (each for each in files if each.endswith(".whl"))
        bill = f"{wheel.split('-py3')[0]}.cdx.json"
        files[bill] = bill_of_materials(folder / "one" / wheel, epoch, folder / "venv")
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir()
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {each}\n" for each, data in sorted(files.items()))
    for each, data in {**files, "SHA256SUMS": sums.encode()}.items():
        (into / each).write_bytes(data)
    return sorted(into.iterdir())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rehearse", action="store_true", help="build without asking for version, changelog and tag")
    rehearsed = parser.parse_args().rehearse
    try:
        if not rehearsed:
            _check_agreement()
        written = release(ROOT / "dist")
    except NotReleasableError as error:
        print(error, file=sys.stderr)  # noqa: T201 - what is to be mended
        return 1
    for path in written:
        print(f"{path.stat().st_size:>9}  {path.relative_to(ROOT)}")  # noqa: T201 - the report
    return 0


if __name__ == "__main__":
    sys.exit(main())
