"""Stores codes and raw values where sentences and spelled values were stored, and the case of a server's pause.

Revision: 0007, after 0006
"""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_LOG_PROBLEMS = {
    "channel_gone": "I may not see this channel, or it is gone.",
    "elsewhere": "This channel is not in this server, or it is gone.",
    "not_allowed": "I may not write in this channel.",
    "server_unavailable": "I do not see this server at the moment.",
    "no_reply": "Discord has not answered in time",
}


def upgrade() -> None:
    _rename_log_problem("log_trouble", "log_problem")
    # Other sentences have a status or the name of an error in them, such as "Discord did not take it (503)".
    _replace_log_problems({sentence: code for code, sentence in _LOG_PROBLEMS.items()}, other="no_reply")
    _add_pause_cases()
    _rewrite_details(_details_to_raw)


def downgrade() -> None:
    _rewrite_details(_details_to_text)
    op.drop_column("servers", "paused_case")
    _replace_log_problems(_LOG_PROBLEMS, other=_LOG_PROBLEMS["no_reply"])
    _rename_log_problem("log_problem", "log_trouble")


def _rename_log_problem(old: str, new: str) -> None:
    op.execute(f"ALTER TABLE servers RENAME COLUMN {old} TO {new}")
    op.execute(f"ALTER TABLE servers RENAME COLUMN {old}_at TO {new}_at")


def _replace_log_problems(values: dict[str, str], *, other: str) -> None:
    servers = sa.table("servers", sa.column("log_problem"))
    new = sa.case(values, value=servers.c.log_problem, else_=other)
    op.execute(sa.update(servers).where(servers.c.log_problem.is_not(None)).values(log_problem=new))


def _add_pause_cases() -> None:
    op.add_column("servers", sa.Column("paused_case", sa.Integer(), nullable=True))
    # Until now a pause was matched with its case by the time, which both have from the same transaction.
    op.execute(
        "UPDATE servers SET paused_case = (SELECT max(number) FROM cases WHERE cases.guild_id = servers.guild_id "
        "AND cases.kind = 'pause' AND cases.at = servers.paused_at) WHERE paused_reason IS NOT NULL"
    )


# The details of CONFIG, PLAN and GRANT cases held texts such as "5m", "$5.00" and "plan <@&7>", which undoing compared.
# What follows repeats how bot/rules/field_values.py wrote them then.

_UNSET = "default"
_UNLIMITED = 1_000_000_000
_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PLAN = re.compile(r"plan <@&([0-9]+)>")


def _rewrite_details(rewrite: Callable[[str, dict[str, Any]], dict[str, Any]]) -> None:
    cases = sa.table("cases", *map(sa.column, ("guild_id", "number", "kind", "details")))
    connection = op.get_bind()
    wanted = cases.c.kind.in_(("config", "plan", "grant")) & cases.c.details.is_not(None)
    for row in connection.execute(sa.select(cases).where(wanted)).all():
        details = json.dumps(rewrite(row.kind, json.loads(row.details)))
        this = (cases.c.guild_id == row.guild_id) & (cases.c.number == row.number)
        connection.execute(sa.update(cases).where(this).values(details=details))


def _details_to_raw(kind: str, old: dict[str, Any]) -> dict[str, Any]:
    field, before, after = old.pop("field"), old.pop("before"), old.pop("after")
    if kind == "grant":
        return {"remixes": int(after), "interaction_id": int(old.pop("interaction", 0)), **old}
    if plan := _PLAN.fullmatch(field):
        return {"role_id": int(plan[1]), "before": _plan_to_raw(before), "after": _plan_to_raw(after), **old}
    return {"field": field, "before": _to_raw(field, before), "after": _to_raw(field, after), **old}


def _details_to_text(kind: str, new: dict[str, Any]) -> dict[str, Any]:
    if kind == "grant":
        remixes, interaction = str(new.pop("remixes")), str(new.pop("interaction_id"))
        return {"field": "grant", "before": _UNSET, "after": remixes, "interaction": interaction, **new}
    before, after = new.pop("before"), new.pop("after")
    if kind == "plan":
        field = f"plan <@&{new.pop('role_id')}>"
        return {"field": field, "before": _plan_to_text(before), "after": _plan_to_text(after), **new}
    field = new.pop("field")
    return {"field": field, "before": _to_text(field, before), "after": _to_text(field, after), **new}


def _plan_to_raw(text: str) -> dict[str, Any] | None:
    if text == _UNSET:
        return None
    limits = (part.partition(" ") for part in text.split(", "))
    return {name: _to_raw(name, value) for name, _, value in limits}


def _plan_to_text(limits: dict[str, Any] | None) -> str:
    return ", ".join(f"{name} {_to_text(name, raw)}" for name, raw in (limits or {}).items()) or _UNSET


def _to_raw(field: str, text: str) -> Any:  # noqa: ANN401 - of any kind
    read, _write = _KINDS.get(field, _LATER)
    return None if text == _UNSET else read(text)


def _to_text(field: str, raw: Any) -> str:  # noqa: ANN401 - of any kind
    _read, write = _KINDS.get(field, _LATER)
    return _UNSET if raw is None else write(raw)


def _time_to_raw(text: str) -> int:
    return sum(int(part[:-1]) * _SECONDS[part[-1]] for part in text.split())


def _time_to_text(seconds: int) -> str:
    parts = []
    for unit, length in _SECONDS.items():
        count, seconds = divmod(seconds, length)
        parts += [f"{count}{unit}"] if count else []
    return " ".join(parts) or "0s"


def _quota_to_raw(text: str) -> int:
    return _UNLIMITED if text == "unlimited" else int(text)


def _quota_to_text(count: int) -> str:
    return "unlimited" if count >= _UNLIMITED else str(count)


def _dollars_to_raw(text: str) -> int:
    return int(Decimal(text.removeprefix("$")) * 1_000_000)


def _dollars_to_text(micros: int) -> str:
    whole, _, cents = f"{micros / 1_000_000:.6f}".rstrip("0").partition(".")
    return f"${whole}.{cents.ljust(2, '0')}"


def _ids_to_raw(text: str) -> list[int]:
    return sorted(map(int, re.findall(r"[0-9]+", text)))


def _channels_to_text(ids: list[int]) -> str:
    return ", ".join(f"<#{id_}>" for id_ in ids)


def _roles_to_text(ids: list[int]) -> str:
    return ", ".join(f"<@&{id_}>" for id_ in ids)


def _speeds_to_raw(text: str) -> list[str]:
    return sorted(text.upper().split(", "))


def _speeds_to_text(speeds: list[str]) -> str:
    return ", ".join(speed.capitalize() for speed in sorted(speeds, key=("TURBO", "DEFAULT", "QUALITY").index))


_TIME = (_time_to_raw, _time_to_text)
_QUOTA = (_quota_to_raw, _quota_to_text)
_DOLLARS = (_dollars_to_raw, _dollars_to_text)
_ROLES = (_ids_to_raw, _roles_to_text)
# Settings that are newer than this revision. A downgrade meets their cases, and must keep them for the next upgrade.
_LATER: tuple[Callable[[str], Any], Callable[[Any], str]] = (json.loads, json.dumps)
_KINDS: dict[str, tuple[Callable[[str], Any], Callable[[Any], str]]] = {
    "channels": (_ids_to_raw, _channels_to_text),
    "roles": _ROLES,
    "ignored-roles": _ROLES,
    "new-member-age": _TIME,
    "cooldown": _TIME,
    "daily-quota": _QUOTA,
    "monthly-quota": _QUOTA,
    "queue-limit": (int, str),
    "daily-budget": _DOLLARS,
    "monthly-budget": _DOLLARS,
    "speeds": (_speeds_to_raw, _speeds_to_text),
    "default-speed": (str.upper, str.capitalize),
    "log-channel": (lambda text: _ids_to_raw(text)[0], "<#{}>".format),
    "keep-pictures": (lambda text: int(text.removesuffix("d")), "{}d".format),
}
"""By field: from text to raw value, and back."""
