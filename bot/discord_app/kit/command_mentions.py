"""Makes the names of our commands clickable in messages: `</remix:id>` in the place of `` `/remix` ``."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import ParamSpec

_P = ParamSpec("_P")

# People's own words never match: kit/text.py escapes their backticks and slashes.
_NAMED = re.compile(r"`/((?:my-)?remix[a-z-]*(?: [a-z-]+){0,2})`")

# Discord's ids of this process's commands, by name: words are made in a hundred places that know no client. A sync of
# another process keeps the id of each name that stays.
_ids: dict[str, int] = {}


def remember_ids(scopes: Iterable[Mapping[str, int]]) -> None:
    """The ids in each scope. A command with different ids in several servers is not clickable."""
    _ids.clear()
    ambiguous = set()
    for ids in scopes:
        ambiguous |= {name for name, id_ in ids.items() if _ids.setdefault(name, id_) != id_}
    for name in ambiguous:
        del _ids[name]


def command_mention(name: str) -> str:
    """`name`: `remix`, or with its subcommand, as `remix-mod why`. Plain if its id is not known."""
    id_ = _ids.get(name.partition(" ")[0])
    return f"</{name}:{id_}>" if id_ is not None else f"`/{name}`"


def mention_commands(text: str) -> str:
    """The text with each of our commands clickable. The text must not have code blocks with commands."""
    return _NAMED.sub(lambda found: command_mention(found[1]), text)


def clickable(say: Callable[_P, str]) -> Callable[_P, str]:
    """Decorates a function that returns a sentence with commands in it."""

    @wraps(say)
    def said(*args: _P.args, **options: _P.kwargs) -> str:
        return mention_commands(say(*args, **options))

    return said
