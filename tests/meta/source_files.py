"""Which files are the project's own: what `.gitignore` names is not. Needs no git: a plain copy is tested as well."""

import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _foreign_names() -> frozenset[str]:
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    return frozenset({".git"} | {line.strip("/") for line in lines})


def own_files(*folders: str) -> Iterator[Path]:
    """All files in these folders, or in all."""
    foreign = _foreign_names()
    for top in folders or (".",):
        for folder, names, files in os.walk(ROOT / top):
            names[:] = sorted(name for name in names if name not in foreign and not name.endswith(".egg-info"))
            yield from (Path(folder, file) for file in sorted(files) if file not in foreign)


def own_python(*folders: str) -> list[Path]:
    return [path for path in own_files(*folders) if path.suffix == ".py"]


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
