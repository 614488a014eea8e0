"""Reads a Dockerfile: the instructions that deploy/Dockerfile uses, and refuses all others."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_KNOWN = frozenset(
    {
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "RUN",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    }
)
_EXEC_ONLY = frozenset({"CMD", "ENTRYPOINT", "HEALTHCHECK"})
"""In shell form, a shell would be process 1, and the bot would not get SIGTERM."""
_FLAG = re.compile(r"--([a-z-]+)=(\S+)\s+")
_VARIABLE = re.compile(r"\$\{(\w+)\}")


class DockerfileError(ValueError):
    """Names the line, and what is not understood there."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """`text` is all that follows the flags, in one line."""

    line: int
    name: str
    flags: Mapping[str, str]
    text: str

    @property
    def words(self) -> list[str]:
        """Of the exec form, or as a shell splits them."""
        text = self.text.removeprefix("CMD ") if self.name == "HEALTHCHECK" else self.text
        return list(json.loads(text)) if text.startswith("[") else shlex.split(text)

    @property
    def pairs(self) -> dict[str, str]:
        """Of ENV and LABEL: `A=1 B="2 3"`."""
        return dict(word.split("=", 1) for word in self.words)


@dataclass(frozen=True, slots=True)
class Stage:
    """From one FROM to the next."""

    name: str
    image: str
    instructions: list[Instruction] = field(default_factory=list)

    def last(self, name: str) -> Instruction:
        """The one that holds, as a later one of that name replaces the earlier ones."""
        return next(each for each in reversed(self.instructions) if each.name == name)


def read_dockerfile(text: str) -> list[Stage]:
    """Raises DockerfileError."""
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for instruction in _instructions(text):
        match instruction.name:
            case "ARG" if not stages:
                arguments |= instruction.pairs
            case "FROM":
                stages.append(_stage(instruction, arguments, f"{len(stages)}"))
            case "ARG":
                raise DockerfileError(f"line {instruction.line}: ARG after FROM is not understood")
            case _ if not stages:
                raise DockerfileError(f"line {instruction.line}: {instruction.name} before FROM")
            case _:
                stages[-1].instructions.append(instruction)
    return stages


def _stage(instruction: Instruction, arguments: Mapping[str, str], number: str) -> Stage:
    image, *rest = instruction.words
    if rest and (len(rest) != 2 or rest[0].upper() != "AS"):
        raise DockerfileError(f"line {instruction.line}: FROM IMAGE AS NAME is understood, and no more")
    return Stage(rest[1] if rest else number, _VARIABLE.sub(lambda found: arguments[found[1]], image))


def _instructions(text: str) -> Iterator[Instruction]:
    for line, whole in _joined(text):
        name, _, rest = whole.partition(" ")
        if name not in _KNOWN:
            raise DockerfileError(f"line {line}: {name} is not understood")
        flags, rest = _flags(rest.strip())
        if name in _EXEC_ONLY and not rest.removeprefix("CMD ").startswith("["):
            raise DockerfileError(f"line {line}: {name} has to be in exec form")
        if name not in {"FROM", "RUN"} and "$" in rest:
            raise DockerfileError(f"line {line}: variables are understood in FROM and RUN alone")
        yield Instruction(line, name, flags, rest)


def _flags(text: str) -> tuple[dict[str, str], str]:
    flags = {}
    while found := _FLAG.match(text):
        flags[found[1]] = found[2]
        text = text[found.end() :]
    return flags, text


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Each instruction in one line, with the number of its first; comments are left out."""
    begun, parts = 0, []
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        begun = begun if parts else number
        parts.append(bare.removesuffix("\\").rstrip())
        if not bare.endswith("\\"):
            yield begun, " ".join(parts)
            parts = []
    if parts:
        raise DockerfileError(f"line {begun}: the last line goes on")
