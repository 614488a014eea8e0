"""The machine that a run was taken on, in words that name neither it nor its folders."""

import os
import platform
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median


def describe(folder: Path) -> Sequence[str]:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return [
        f"{_processor()}, {os.cpu_count()} cores, {_memory_gb():.0f} GB of memory",
        f"{platform.system()} on {platform.machine()}",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        f"disk: {_file_system(folder)}, a write of 4 kB with fsync takes {_fsync_ms(folder):.2f} ms",
        f"other work on it at the begin: a load of {load:.1f}",
    ]


def _processor() -> str:
    return _after("/proc/cpuinfo", "model name") or platform.processor() or "unknown processor"


def _memory_gb() -> float:
    kilobytes = _after("/proc/meminfo", "MemTotal").split()
    return int(kilobytes[0]) / 1e6 if kilobytes else 0.0


def _after(path: str, name: str) -> str:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def _file_system(folder: Path) -> str:
    """The kind of the mount that the folder lies on."""
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return "unknown"
    above = [(mount, kind) for mount, kind in mounts if folder.is_relative_to(mount)]
    return max(above, key=lambda found: len(found[0]))[1] if above else "unknown"


def _fsync_ms(folder: Path) -> float:
    took = []
    path = folder / "fsync"
    with path.open("wb", buffering=0) as file:
        for _ in range(50):
            began = time.perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            took.append((time.perf_counter() - began) * 1000)
    path.unlink()
    return median(took)
