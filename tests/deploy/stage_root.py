"""A stage of an image as a folder, and the command that runs a program in it: unshare, mount, chroot, setpriv."""

import os
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_OF_THE_MACHINE = ("bin", "etc", "lib", "lib32", "lib64", "sbin", "usr")
_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
_FOR_PIP = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE")


@dataclass(slots=True)
class Look:
    """What a program finds: its folder, environment and user. Locked: as compose.yaml starts it."""

    cwd: str = "/"
    env: dict[str, str] = field(default_factory=lambda: {"PATH": _PATH, "HOME": "/root", "LANG": "C.UTF-8"})
    user: str = "0:0"
    locked: bool = False


class StageRoot:
    """`folder` holds what the stage's steps made. The machine's own folders are only mounted over it while one runs."""

    def __init__(self, folder: Path, python: Path) -> None:
        self.folder, self._python = folder, python
        self.look = Look()
        self.volumes: list[str] = []
        for name in ("proc", "dev", "tmp", "run", "usr/local"):
            (folder / name).mkdir(parents=True)
        for name in _OF_THE_MACHINE:
            here = Path("/", name)
            if here.is_symlink():
                (folder / name).symlink_to(here.readlink())
            elif here.is_dir():
                (folder / name).mkdir(exist_ok=True)
        if python == Path("/usr"):
            # The system's Python is called python3 alone, and the image's python.
            self._python = folder.with_name(f"{folder.name}-python")
            (self._python / "bin").mkdir(parents=True)
            for name in ("python", "python3"):
                (self._python / "bin" / name).symlink_to("/usr/bin/python3")
        self.inside(str(self._python)).mkdir(parents=True, exist_ok=True)

    def inside(self, path: str) -> Path:
        return self.folder / path.lstrip("/")

    def call(self, *words: str, look: Look, pip: bool = False) -> None:
        """Raises CalledProcessError. `pip`: with this machine's settings of where packages come from."""
        env = dict(look.env)
        if pip:
            env |= {name: value for name, value in os.environ.items() if name.upper().startswith(_FOR_PIP)}
        subprocess.run(self.command(*words, look=Look(look.cwd, env, look.user)), check=True)  # noqa: S603 - the steps of our own Dockerfile

    def command(self, *words: str, look: Look) -> list[str]:
        """Replaces itself step by step, so that a signal to it reaches the program."""
        owner, group = look.user.split(":")
        confined = ["setpriv", f"--reuid={owner}", f"--regid={group}", "--clear-groups"]
        if look.locked:
            confined += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        env = [f"{name}={value}" for name, value in look.env.items()]
        enter = ["chroot", str(self.folder), "/usr/bin/env", "-i", "-C", look.cwd, *env, *confined, *words]
        script = "\n".join([*self._mounts(look), f"exec {shlex.join(enter)}"])
        return ["unshare", "--mount", "--propagation=private", "/bin/sh", "-ec", script]

    def _mounts(self, look: Look) -> Iterator[str]:
        root = shlex.quote(str(self.folder))
        yield f"mount --bind {root} {root}"
        for name in _OF_THE_MACHINE:
            if (self.folder / name).is_dir() and not (self.folder / name).is_symlink():
                yield from _read_only(f"/{name}", f"{root}/{name}")
        # Also where it is on this machine: a shared library of it is only looked for there.
        python = shlex.quote(str(self._python))
        yield from _read_only(python, f"{root}{python}")
        yield from _read_only(python, f"{root}/usr/local")
        yield f"mount --rbind /dev {root}/dev"
        yield f"mount --bind /proc {root}/proc"
        yield f"mount -t tmpfs -o nosuid,nodev{',noexec' if look.locked else ''} tmpfs {root}/tmp"  # noqa: S108 - a fresh one, in a namespace of its own
        if look.locked:
            for volume in self.volumes:
                yield f"mount --bind {root}{volume} {root}{volume}"
            yield f"mount -o remount,bind,ro {root}"


def _read_only(source: str, target: str) -> Iterator[str]:
    yield f"mount --bind {source} {target}"
    yield f"mount -o remount,bind,ro {target}"
