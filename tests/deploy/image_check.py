"""Builds and runs deploy/Dockerfile without a container engine: `make image-check`, as root on Linux.

Each stage is a folder that is entered with `chroot` in a mount namespace of its own. This machine's /usr and /etc play
the base image, read-only, with a Python of your choice in /usr/local. The steps run as they are written. The image then
starts as the Dockerfile and compose.yaml say (user, read-only root, no capability, secrets as files) between a loopback
Discord and a stand-in of Ideogram, makes a remix, is asked for its health, hangs, and is stopped.

Not shown here: that the digest exists, and what an engine adds (seccomp, cgroups, its own network).
"""

import argparse
import asyncio
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from bot.settings.settings import Settings
from tests.deploy.build_context import ignored, sources
from tests.deploy.dockerfile import Instruction, Stage, read_dockerfile
from tests.deploy.stage_root import Look, StageRoot
from tests.meta.source_files import ROOT
from tests.wire.bot_process import BotProcess, House, open_house

FOLDER = ROOT / "deploy"
NOTICED_S = 90
SECRETS = ("discord_token", "ideogram_api_key")


def say(line: str, begun: float | None = None) -> None:
    """With the seconds since `begun`."""
    took = "" if begun is None else f"{time.monotonic() - begun:.1f} s: "
    print(f"{took}{line}", flush=True)  # noqa: T201 - the report that this is for


class CheckFailedError(Exception):
    """Says what was expected and what came."""


def expect(fact: bool, what: str) -> None:
    if not fact:
        raise CheckFailedError(what)


class Build:
    """Runs the instructions of each stage in a folder, one after the other."""

    def __init__(self, folder: Path, python: Path) -> None:
        self._folder, self._python = folder, python
        self._roots: dict[str, StageRoot] = {}
        self.steps = 0

    def stage(self, stage: Stage) -> StageRoot:
        root = self._roots[stage.name] = StageRoot(self._folder / stage.name, self._python)
        for instruction in stage.instructions:
            begun = time.monotonic()
            self._step(root, instruction)
            self.steps += 1
            say(f"{instruction.name} {instruction.text[:90]}", begun)
        return root

    def _step(self, root: StageRoot, instruction: Instruction) -> None:
        match instruction.name:
            case "RUN":
                root.call("/bin/sh", "-ec", instruction.text, look=root.look, pip=True)
            case "COPY":
                self._copy(root, instruction)
            case "ENV":
                root.look.env.update(instruction.pairs)
            case "WORKDIR":
                root.look.cwd = instruction.text
                root.inside(instruction.text).mkdir(parents=True, exist_ok=True)
            case "USER":
                root.look.user = instruction.text
            case "VOLUME":
                root.volumes.extend(instruction.words)
            # CMD, ENTRYPOINT, HEALTHCHECK, STOPSIGNAL and LABEL are read when the image is used.

    def _copy(self, root: StageRoot, copy: Instruction) -> None:
        *found, target = copy.words
        unneeded = None if copy.flags else shutil.ignore_patterns("__pycache__")
        for source in sources(copy):
            origin = self._roots[copy.flags["from"]].inside(source) if copy.flags else ROOT / source
            expect(bool(copy.flags) or not ignored(source), f"COPY {source}: .dockerignore leaves it out")
            into = root.inside(str(Path(root.look.cwd, target)))
            if origin.is_dir():
                shutil.copytree(origin, into, symlinks=True, dirs_exist_ok=True, ignore=unneeded)
            else:
                into = into / origin.name if target.endswith(("/", ".")) or len(found) > 1 else into
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(origin, into)


class Container:
    """Starts the image as `docker compose up` would."""

    def __init__(self, root: StageRoot, stage: Stage) -> None:
        self._root, self._stage = root, stage
        self._service = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))["services"]["bot"]
        # An engine gives a user without a name the root as its home.
        self.look = Look(root.look.cwd, {**root.look.env, "HOME": "/"}, root.look.user, locked=True)
        self.data = root.inside(root.volumes[0])

    async def start(self, arguments: Sequence[str], _cwd: Path, env: Mapping[str, str]) -> asyncio.subprocess.Process:
        """A starter of `House`, which chooses the addresses and gives the secrets."""
        self._write_secrets({name: env[name.upper()] for name in SECRETS})
        kept = {"DATABASE_URL", "BLOB_DIR", *(name.upper() for name in SECRETS)}
        given = {name: value for name, value in env.items() if name.lower() in Settings.model_fields}
        composed = {name: str(value) for name, value in self._service["environment"].items()}
        self.look.env.update(composed | {name: value for name, value in given.items() if name not in kept})
        return await asyncio.create_subprocess_exec(
            *self._root.command(*self._stage.last("ENTRYPOINT").words, *arguments, look=self.look),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )

    def _write_secrets(self, values: Mapping[str, str]) -> None:
        """As docs/deploy.md has them: each readable for the container's user alone."""
        owner, group = map(int, self.look.user.split(":"))
        for name, value in values.items():
            path = self._root.inside(f"/run/secrets/{name}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.write_text(value)
            path.chmod(0o400)
            os.chown(path, owner, group)

    async def exit_code(self, *words: str) -> int:
        process = await asyncio.create_subprocess_exec(
            *self._root.command(*words, look=self.look),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return await process.wait()

    async def is_healthy(self) -> bool:
        return await self.exit_code(*self._stage.last("HEALTHCHECK").words) == 0


async def use(root: StageRoot, stage: Stage) -> None:
    """Everything that a container of the image has to do. Raises CheckFailedError."""
    container = Container(root, stage)
    async with open_house(container.data) as house:
        house.starter = container.start
        expect(not await container.is_healthy(), "healthy although nothing runs")
        begun = time.monotonic()
        bot = await house.start()
        say("started", begun)
        remix = await house.remix()
        await remix.until_told("**Done.**")
        remix.assert_served_once()
        expect(await container.is_healthy(), "not healthy although it works")
        say("a remix was made and posted, and the bot is healthy")
        await _check_what_it_can_write(container)
        await _check_a_hang(container, bot)
        await _check_a_stop(container, house, bot)


async def _check_what_it_can_write(container: Container) -> None:
    for path in ("/written", "/opt/remix-bot/written", "/etc/written", "/run/secrets/written"):
        expect(await container.exit_code("/bin/sh", "-c", f"echo > {path}") != 0, f"{path} can be written")
    owner = int(container.look.user.split(":")[0])
    for path in container.data.rglob("*"):
        status = path.lstat()
        expect(status.st_uid == owner, f"{path.name} belongs to {status.st_uid}")
        expect(not status.st_mode & 0o077, f"{path.name} has mode {status.st_mode:o}")
    say("only /data can be written, and what is there is the bot's own, for nobody else to read")


async def _check_a_hang(container: Container, bot: BotProcess) -> None:
    """A stopped process is one whose event loop hangs."""
    bot.signal(signal.SIGSTOP)
    begun = time.monotonic()
    while await container.is_healthy():
        expect(time.monotonic() - begun < NOTICED_S, f"still healthy {NOTICED_S} seconds after a hang")
    say("until a hang is noticed", begun)
    bot.signal(signal.SIGCONT)
    while not await container.is_healthy():
        expect(time.monotonic() - begun < 2 * NOTICED_S, "not healthy again after the hang")
    say("healthy again afterwards")


async def _check_a_stop(container: Container, house: House, bot: BotProcess) -> None:
    begun = time.monotonic()
    bot.signal(getattr(signal, container._stage.last("STOPSIGNAL").text))
    expect(await bot.ended() == 0, f"exit code {bot.process.returncode} after the stop")
    say("until it stopped, with exit code 0", begun)
    expect(not await container.is_healthy(), "healthy although it was stopped")
    expect(house.rows("SELECT state FROM jobs") == [("delivered",)], "the remix is not delivered in the database")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--python", type=Path, default=Path(sys.base_prefix), help="prefix of a Python to be the image's"
    )
    python = parser.parse_args().python
    if platform.system() != "Linux" or os.geteuid() != 0:
        say("Needed: Linux, and root for mount namespaces.")
        return 1
    stages = read_dockerfile((FOLDER / "Dockerfile").read_text(encoding="utf-8"))
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        # Other users have to get through, as the image's user is not root.
        Path(folder).chmod(0o755)
        build = Build(Path(folder), python)
        roots = [build.stage(stage) for stage in stages]
        size = sum(path.lstat().st_size for path in roots[-1].folder.rglob("*")) / 1e6
        say(f"{build.steps} steps, {size:.0f} MB on top of the base image")
        try:
            asyncio.run(use(roots[-1], stages[-1]))
        except CheckFailedError as error:
            say(f"image check failed: {error}")
            return 1
    say("image check passed", begun)
    return 0


if __name__ == "__main__":
    sys.exit(main())
