"""Words for server settings: what each means, what was changed, and what is wrong with what an admin gave."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.discord_app.kit.command_mentions import clickable
from bot.discord_app.kit.text import plain
from bot.rules.field_values import RawValue
from bot.rules.policies import Policy
from bot.rules.policy_cases import PicturesChange, PlanChange, RecordedChange, StyleChange, WordsChange
from bot.rules.policy_fields import PLAN_FIELDS, UNSET, Bounds, PolicyChange, PolicyField, RawPlan, find
from bot.rules.policy_problems import Problem, ProblemCode
from bot.rules.prices import Speed
from bot.rules.styles import STYLE_FIELDS, RawStyle, from_raw_style
from bot.rules.visible_text import one_line, shorten
from bot.rules.words.entries import Action

_LISTED = 3
_LONGEST_TYPED = 40
_LONGEST_RAW = 70


@dataclass(frozen=True, slots=True)
class FieldWords:
    """`unset`: what applies while nothing is set, with {} for the operator's value; `no_limit` if there is none."""

    means: str
    no_limit: str = ""
    unset: str = "{}"


FIELDS: Mapping[str, FieldWords] = {
    "channels": FieldWords("Channels where people can remix", "all"),
    "roles": FieldWords("Roles that can remix", "everyone"),
    "ignored-roles": FieldWords("Roles that can't remix, whatever other roles a member has", "none"),
    "new-member-age": FieldWords("How long new members wait before they can remix", "no wait"),
    "cooldown": FieldWords("Time between two remixes of a member"),
    "daily-quota": FieldWords("Remixes per member per day (UTC)", "unlimited"),
    "monthly-quota": FieldWords("Remixes per member per month (UTC)", "unlimited"),
    "queue-limit": FieldWords("Remixes a member can have in progress at once"),
    "daily-budget": FieldWords("Dollars this server can spend per day (UTC)", "no limit", "my operator's {}"),
    "monthly-budget": FieldWords("Dollars this server can spend per month (UTC)", "no limit", "my operator's {}"),
    "speeds": FieldWords("Speeds that members can choose", "all"),
    "default-speed": FieldWords("Speed if a member doesn't choose one"),
    "others-pictures": FieldWords("Whose pictures and avatars members can remix from the Apps menu"),
    "automod": FieldWords("Whether this server's AutoMod rules hold for prompts too, where I can read them"),
    "picture-memory": FieldWords("How much like a removed picture another one must be, so that I refuse it"),
    "review-channels": FieldWords("Channels where moderators look at each remix before it's posted", "none"),
    "log-channel": FieldWords("Log channel, where moderators see what happens", "none"),
    "keep-pictures": FieldWords("How long pictures are kept"),
    "keep-prompts": FieldWords("How long prompts are kept"),
    "warning-limit": FieldWords("Warnings within a time that block a member", "no limit"),
    "warning-block": FieldWords("How long that many warnings block"),
    "safety-refusals": FieldWords("Safety refusals within 24 hours that block a member for a day, without a ladder"),
    "points-ladder": FieldWords("What follows from a member's points, such as: 3 warn, 5 block 24h", "nothing"),
    "points-time": FieldWords("How long points count"),
    "second-moderator": FieldWords("A purge of more results than this waits for a second moderator", "never"),
    "review-newcomers": FieldWords("Moderators look first at remixes by members who joined less than this ago", "no"),
    "review-time": FieldWords("How long moderators have to look at a remix"),
    "review-limit": FieldWords("Remixes a member can have waiting for moderators"),
    "report-hides": FieldWords("Reports by members that hide a result until a moderator decides"),
    "report-account-age": FieldWords("How old a reporter's account must be for a report to count towards hiding"),
    "report-member-age": FieldWords("How long a reporter must have been here for that"),
    "raid-new-members": FieldWords("How long members and accounts are new for raid mode"),
}


def means(field: PolicyField) -> str:
    return FIELDS[field.name].means


def unset(field: PolicyField, bounds: Bounds) -> str:
    """What applies in a server that has not set the field."""
    words, default = FIELDS[field.name], field.default(bounds)
    return words.no_limit if default is None else words.unset.format(field.kind.write(default))


def applies(field: PolicyField, policy: Policy, bounds: Bounds) -> str:
    """The server's value, or what applies without one."""
    text = field.write(policy)
    return unset(field, bounds) if text == UNSET else text


def plan(limits: RawPlan) -> str:
    """`cooldown 30s, daily-quota 5`."""
    if not limits:
        return "none"
    return ", ".join(f"{name} {_spell(name, raw)}" for name, raw in limits.items())


def style(raw: RawStyle, longest: int = _LONGEST_RAW) -> str:
    """`"in claymation style", weight 40, Turbo`. `longest`: how much of the ending is shown."""
    found = from_raw_style(raw)
    if found is None:
        return "none"
    weight = f", weight {found.weight}" if found.weight is not None else ""
    return f"“{plain(found.ending, longest)}”{weight}{f', {found.speed.label}' if found.speed else ''}"


def change(made: RecordedChange) -> str:
    """A change as the log and a case show it. Channels and roles are mentions, so send it with mentions off."""
    match made:
        case PolicyChange():
            name = made.field if find(made.field) else plain(made.field, _LONGEST_RAW)
            return f"{name}: {_spell(made.field, made.before)} → {_spell(made.field, made.after)}"
        case PlanChange():
            return f"Plan for <@&{made.role_id}>: {plan(made.before)} → {plan(made.after)}"
        case StyleChange():
            return f"Style {plain(made.style, _LONGEST_RAW)}: {style(made.before)} → {style(made.after)}"
        case WordsChange():
            return words_changed(made)
        case PicturesChange():
            return pictures_changed(made)
    return extra_remixes(made.remixes)


_LISTS = {None: "not listed", Action.REFUSE: "refused", Action.REVIEW: "for review", Action.ALLOW: "allowed"}


def pictures_changed(made: PicturesChange) -> str:
    """`Pictures: 12, 13 put on the list`. What was listed by a removal is in the case of the removal."""
    done = {"put on": made.listed, "taken off": made.taken_off}
    return f"Pictures: {'; '.join(f'{_numbers(which)} {how} the list' for how, which in done.items() if which)}"


def _numbers(numbers: Sequence[int]) -> str:
    return f"{'number' if len(numbers) == 1 else 'numbers'} {', '.join(f'`{number}`' for number in numbers)}"


def words_changed(made: WordsChange) -> str:
    """`Words: nude: not listed → refused`, the first few of them."""
    named = [f"{_code(each.text)}: {_LISTS[each.before]} → {_LISTS[each.after]}" for each in made.words[:_LISTED]]
    more = f" and {len(made.words) - _LISTED} more" if len(made.words) > _LISTED else ""
    return f"Words: {', '.join(named)}{more}"


def words_counted(made: WordsChange) -> str:
    """Where members may read it: a list of blocked words is not for them."""
    return "1 word or pattern" if len(made.words) == 1 else f"{len(made.words)} words and patterns"


def extra_remixes(count: int) -> str:
    return "1 extra remix" if count == 1 else f"{count} extra remixes"


def _spell(name: str, raw: RawValue) -> str:
    """The first few of a long list: a log entry has about 700 characters."""
    field = find(name)
    if raw is None:
        return UNSET
    if field is None:  # of an older or a newer version
        return plain(str(raw), _LONGEST_RAW)
    if not isinstance(raw, list) or len(raw) <= _LISTED:
        return field.kind.write(field.from_raw(raw))
    return f"{field.kind.write(field.from_raw(raw[:_LISTED]))} and {len(raw) - _LISTED} more"


_PROBLEMS: Mapping[ProblemCode, str] = {
    ProblemCode.NOT_A_TIME: "{field} must be a time such as `90`, `30s`, `5m`, `2h` or `7d`, up to a year.",
    ProblemCode.ZERO_TIME: "{field} must be longer than 0 seconds.",
    ProblemCode.NOT_DAYS: "{field} must be whole days such as `7d`, up to a year.",
    ProblemCode.NOT_A_WARNING_LIMIT: "{field} must be written like `3 in 30d`: 1 to {limit} warnings, a year at most.",
    ProblemCode.NOT_A_LADDER: "{field} must be written like `3 warn, 5 block 24h, 8 block`: 1 to {limit} rungs.",
    ProblemCode.NOT_A_RUNG: "{field} can't have the rung {word}. A rung is 1 to {limit} points and then `warn`, "
    "`block` or `block` with a time up to a year, such as `5 block 24h`.",
    ProblemCode.RUNG_TWICE: "{field} can't have {word}: another rung has that number of points.",
    ProblemCode.NOT_A_COUNT: "{field} must be a whole number from 0 to {limit}.",
    ProblemCode.NOT_A_QUOTA: "{field} must be a whole number or `{limit}`.",
    ProblemCode.NOT_STRIKES: "{field} must be a whole number from 1 to {limit}, or `none`.",
    ProblemCode.NOT_DOLLARS: "{field} must be an amount of dollars above 0, such as `5` or `2.50`.",
    ProblemCode.NOT_CHANNELS: "{field} must be channels, as mentions or ids separated by commas.",
    ProblemCode.NOT_ROLES: "{field} must be roles, as mentions or ids separated by commas.",
    ProblemCode.NOT_ONE_CHANNEL: "{field} must be one channel, as a mention or an id.",
    ProblemCode.NOT_A_SPEED: "{field} must be one of {speeds}.",
    ProblemCode.NOT_SPEEDS: "{field} must be one or more of {speeds}, separated by commas.",
    ProblemCode.NOT_WHOSE_PICTURES: "{field} must be `own`, `ask` or `everyone`.",
    ProblemCode.NOT_ON_OR_OFF: "{field} must be `on` or `off`.",
    ProblemCode.NOT_A_MEMORY: "{field} must be `off`, `strict`, `near` or `wide`.",
    ProblemCode.TOO_MANY_LISTED: "{field} can list at most {limit}.",
    ProblemCode.NOT_A_WEIGHT: "{field} must be a whole number from 1 to {limit}.",
    ProblemCode.NOT_AN_ENDING: "{field} must be a text of 1 to {limit} characters: what the style adds to a prompt.",
    ProblemCode.NOT_A_STYLE_NAME: "its name must have 1 to {limit} characters that can be seen.",
    ProblemCode.TOO_MANY_STYLES: "A server can have at most {limit} styles. Remove one first.",
    ProblemCode.NOT_A_WORD: "it must have 1 to {limit} characters that can be seen.",
    ProblemCode.WORD_TOO_BROAD: "it would be found in every prompt. Give it at least two letters beside its `*`.",
    ProblemCode.NOT_AN_ACTION: "{field} must be `refuse`, `review` or `allow`.",
    ProblemCode.NOT_A_PATTERN: "a pattern must have 1 to {limit} characters.",
    ProblemCode.PATTERN_WRONG: "there is a mistake at character {limit}: {field}. I read patterns as RE2 does, without "
    "look-around and back references.",
    ProblemCode.PATTERN_TOO_LARGE: "this pattern would take too much memory. Make it simpler.",
    ProblemCode.PATTERN_MATCHES_NOTHING: "it is found in an empty text, so it would be found in every prompt.",
    ProblemCode.PATTERN_CANNOT_ALLOW: "only words can be allowed. A pattern refuses or waits for a review.",
    ProblemCode.TOO_MANY_WORDS: "A server can list at most {limit} words. Remove some first.",
    ProblemCode.TOO_MANY_PATTERNS: "A server can list at most {limit} patterns. Remove some first.",
    ProblemCode.PATTERNS_TOO_LARGE: "All patterns together would take too much memory. Remove some, or make them "
    "simpler.",
    ProblemCode.WORDS_NOT_AN_OBJECT: "`words` must be an object with lists of texts: {field}.",
    ProblemCode.WORD_TWICE: "it stands in two lists.",
    ProblemCode.BELOW_OPERATOR: "{field} can't be below {limit}, my operator's minimum.",
    ProblemCode.ABOVE_OPERATOR: "{field} can't be above {limit}, my operator's maximum.",
    ProblemCode.NOT_A_REVIEW_LIMIT: "{field} must be at least 1. To accept no remixes there, use `channels`.",
    ProblemCode.BELOW_ONE: "{field} must be at least 1. To stop all remixes, use `/remix-mod pause`.",
    ProblemCode.BELOW_CHEAPEST: "{field} must be at least {limit}, the price of the cheapest remix.",
    ProblemCode.NOT_IN_SERVER: "{field} has ids that aren't in this server: {ids}.",
    ProblemCode.DEFAULT_SPEED_NOT_ALLOWED: "{field} is {limit}, so `speeds` must include it.",
    ProblemCode.TOO_LONG: "{field} can't be longer than {limit} characters.",
    ProblemCode.NO_SUCH_FIELD: "{field} isn't a server setting.{near}",
    ProblemCode.NO_SUCH_ROLE: "This server has no role `{role}`.",
    ProblemCode.TOO_MANY_PLANS: "A server can have at most {limit} plans.",
    ProblemCode.CHANGED_SINCE: "It has been changed again since then, so there is nothing to go back to.",
    ProblemCode.FILE_TOO_LARGE: "The file is larger than {limit} bytes.",
    ProblemCode.NOT_JSON: "That isn't a JSON file. `/remix-config export` gives you one to start from.",
    ProblemCode.NAME_TWICE: "The file uses a name twice.",
    ProblemCode.NOT_A_POLICY_FILE: "The file must be one object with `settings`, `plans`, `styles`, `words`, "
    "and nothing else.",
    ProblemCode.PLANS_NOT_AN_OBJECT: "`plans` must be an object with at most {limit} role ids.",
    ProblemCode.PLAN_WITHOUT_ROLE_ID: "`plans` has {field}, which isn't the id of a role.",
    ProblemCode.STYLES_NOT_AN_OBJECT: "`styles` must be an object with at most {limit} names of styles.",
    ProblemCode.STYLE_TWICE: "another style has the same name, apart from upper and lower case.",
    ProblemCode.NOT_AN_OBJECT: "`settings` must be an object.",
    ProblemCode.NOT_A_TEXT: "{field} must be a text, a number, a list of texts or null.",
}
_PLAN_PROBLEMS: Mapping[ProblemCode, str] = {
    ProblemCode.NO_SUCH_FIELD: "{field} isn't a limit that a plan can have.{near}",
    ProblemCode.NOT_AN_OBJECT: "it must be an object.",
}
"""Where a plan needs another sentence than the server's settings."""

_STYLE_PROBLEMS: Mapping[ProblemCode, str] = {
    ProblemCode.NO_SUCH_FIELD: "{field} isn't something that a style can have.{near}",
    ProblemCode.NOT_AN_OBJECT: "it must be an object.",
}

_LIMIT_IS_A_VALUE = frozenset(
    {
        ProblemCode.BELOW_OPERATOR,
        ProblemCode.ABOVE_OPERATOR,
        ProblemCode.BELOW_CHEAPEST,
        ProblemCode.DEFAULT_SPEED_NOT_ALLOWED,
    }
)


_ABOUT_RUNGS = frozenset({ProblemCode.NOT_A_RUNG, ProblemCode.RUNG_TWICE})


@clickable
def problem(found: Problem) -> str:
    """One sentence."""
    of_plan = found.role_id is not None and found.code is not ProblemCode.NO_SUCH_ROLE
    special, names = (_PLAN_PROBLEMS, [field.name for field in PLAN_FIELDS]) if of_plan else ({}, list(FIELDS))
    if found.style:
        special, names = _STYLE_PROBLEMS, list(STYLE_FIELDS)
    text = special.get(found.code, _PROBLEMS[found.code]).format(
        field=_code(found.field),
        near=_near(found.field, names),
        limit=_limit(found),
        ids=", ".join(f"`{id_}`" for id_ in found.ids),
        word=_code(found.word),
        role=found.role_id,
        speeds=", ".join(speed.label for speed in Speed),
    )
    if found.word and found.code not in _ABOUT_RUNGS:
        return f"{_code(found.word)}: {text}"
    if found.style:
        return f"Style {_code(found.style)}: {text}"
    return f"Plan for the role `{found.role_id}`: {text}" if of_plan else text


def _near(typed: str, names: Sequence[str]) -> str:
    """The settings whose names are most like what was typed."""
    meant = "-".join(typed[:_LONGEST_TYPED].lower().replace("_", " ").split())
    near = difflib.get_close_matches(meant, names, n=3)
    return f" Similar names: {', '.join(f'`{name}`' for name in near)}." if near else ""


def _limit(found: Problem) -> str:
    field = find(found.field)
    if field is None or found.code not in _LIMIT_IS_A_VALUE:
        return str(found.limit)
    return field.kind.write(field.from_raw(found.limit))


def _code(typed: str) -> str:
    """As it was typed, in a code span, where nothing can mention or format. A backtick would end the span."""
    shown = shorten(one_line(typed.replace("`", " ")), _LONGEST_TYPED)
    return f"`{shown or '?'}`"
