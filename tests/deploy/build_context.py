"""What of the checkout reaches a build: COPY's sources, and what .dockerignore leaves out."""

from fnmatch import fnmatch
from pathlib import PurePosixPath

from tests.deploy.dockerfile import Instruction
from tests.meta.source_files import ROOT


def sources(copy: Instruction) -> list[str]:
    """All but the last word, which is the target."""
    return copy.words[:-1]


def ignored(path: str) -> bool:
    """Whether .dockerignore leaves it out: the last line that fits it, or a folder above it, decides."""
    out = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip().removeprefix("!")
        if pattern and not pattern.startswith("#") and _fits(PurePosixPath(path), pattern):
            out = not line.strip().startswith("!")
    return out


def _fits(path: PurePosixPath, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return any(fnmatch(part, pattern.removeprefix("**/")) for part in path.parts)
    return any(fnmatch(str(each), pattern) and each.name for each in (path, *path.parents))
