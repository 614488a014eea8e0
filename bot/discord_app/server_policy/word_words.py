"""What admins read about word lists. No word of a list appears where members can read."""

from collections.abc import Mapping, Sequence

from bot.discord_app.kit.command_mentions import clickable, mention_commands
from bot.discord_app.kit.text import plain
from bot.rules.visible_text import shorten
from bot.rules.words.automod import AutoModRule
from bot.rules.words.entries import MOST_PATTERNS, MOST_WORDS, Action, EntryKind, WordEntry
from bot.storage.standing.automod import AutoModRead
from bot.use_cases.server_policy.word_lists import WordLists

ADD = "Refuse, hold for review or allow words in prompts"
ADD_OPTIONS = {
    "typed": "One or several, with commas between them. Whole words; * stands for any letters",
    "then": "What happens to a prompt with such a word. Default: refuse",
    "pattern": "True: one regular expression (RE2) instead of words",
}
REMOVE = "Take words off the lists"
REMOVE_OPTIONS = {"word": "The word or the pattern"}
LIST = "List the words that prompts may not have here, and what AutoMod adds"
ACTION_CHOICES = {Action.REFUSE: "Refuse", Action.REVIEW: "Hold for review", Action.ALLOW: "Allow"}

LISTED_ALREADY = "That is listed like this already, so nothing was changed."
PATTERNS_REFUSE = "A pattern can refuse a prompt or hold it for review. Only words can be allowed. Nothing was changed."
_NOT_LISTED = "That isn't on a list. `/remix-config words` shows them. Nothing was changed."
FORM_TITLE = "Words in prompts"
BUTTON = "Words"
FIELDS: Mapping[str, tuple[str, str]] = {
    "refuse": ("Refuse", "One in each line. Whole words; * stands for any letters"),
    "review": ("Hold for review", "Moderators look at a remix with such a word first"),
    "allow": ("Allow", "What is found inside these words does not count"),
    "refuse-patterns": ("Patterns that refuse", "Regular expressions as RE2 reads them, one in each line"),
    "removed": ("Take off the lists", "Words or patterns, one in each line"),
}
_HEADS = {
    (EntryKind.WORD, Action.REFUSE): "**Refused words:**",
    (EntryKind.WORD, Action.REVIEW): "**Words for review:**",
    (EntryKind.WORD, Action.ALLOW): "**Allowed words:**",
    (EntryKind.PATTERN, Action.REFUSE): "**Refused patterns:**",
    (EntryKind.PATTERN, Action.REVIEW): "**Patterns for review:**",
}
_KINDS = {EntryKind.WORD: "word", EntryKind.PATTERN: "pattern"}
_SHOWN_OF_EACH = (60, 25, 10, 3)
"""Tried in this order, after all of them."""
_LONGEST_SHOWN = 60
_ROOM = 1_900
_SHOWN_UNREAD = 5
_SHOWN_RULES = 10
_PRICE = (
    "I can't read its rules. To apply them to prompts I need **Manage Server**. Discord has no smaller permission for "
    "that: with it I could also change this server's settings, invites and AutoMod. Everything else works without it, "
    "and your own lists do too."
)
_PRESETS = (
    "Discord's own lists (slurs, sexual content, profanity) can't be read by any bot, so they don't hold for prompts."
)


def not_listed() -> str:
    return mention_commands(_NOT_LISTED)


def choice(entry: WordEntry) -> str:
    """In the list that opens while somebody types: 100 characters at most."""
    return shorten(f"{entry.text} ({ACTION_CHOICES[entry.action].lower()})", 100)


@clickable
def panel_line(counts: Mapping[tuple[EntryKind, Action], int]) -> str:
    """In the panel, without the words."""
    if not counts:
        return "-# Words: none are listed. `/remix-config word-add` adds some."
    return f"-# Words: {_counted(counts)}. `/remix-config words` lists them."


def _counted(counts: Mapping[tuple[EntryKind, Action], int]) -> str:
    named = {Action.REFUSE: "refused", Action.REVIEW: "for review", Action.ALLOW: "allowed"}
    return ", ".join(
        f"{count} {_KINDS[kind]}{'' if count == 1 else 's'} {named[action]}"
        for (kind, action), count in sorted(counts.items(), reverse=True)
    )


@clickable
def word_list(lists: WordLists) -> str:
    """As much of the lists as a message takes."""
    pages = (_page(lists, most) for most in (len(lists.entries), *_SHOWN_OF_EACH))
    return next((page for page in pages if len(page) <= _ROOM), shorten(_page(lists, _SHOWN_OF_EACH[-1]), _ROOM))


def is_whole(lists: WordLists) -> bool:
    """Whether `word_list` shows all of them."""
    fits = all(len(entry.text) <= _LONGEST_SHOWN for entry in lists.entries)
    return fits and len(_page(lists, len(lists.entries))) <= _ROOM


def _page(lists: WordLists, most: int) -> str:
    lines = list[str]()
    for key, head in _HEADS.items():
        listed = [entry for entry in lists.entries if (entry.kind, entry.action) == key]
        if listed:
            more = f" and {len(listed) - most} more" if len(listed) > most else ""
            lines.append(f"{head} {', '.join(_code(entry.text) for entry in listed[:most])}{more}")
    if not lines:
        lines.append("This server lists no words. `/remix-config word-add` adds some.")
    words = sum(entry.kind is EntryKind.WORD for entry in lists.entries)
    patterns = len(lists.entries) - words
    room = f"-# {words} of at most {MOST_WORDS:,} words and {patterns} of at most {MOST_PATTERNS:,} patterns."
    return "\n".join([*lines, room, *_automod(lists)])


def _automod(lists: WordLists) -> Sequence[str]:
    lines = [automod_line(lists.automod, applies=lists.applies)]
    rules = lists.automod.rules if lists.automod is not None and lists.applies else None
    unread = [text for rule in rules or () for text in rule.unreadable_patterns()]
    if unread:
        shown = ", ".join(map(_code, unread[:_SHOWN_UNREAD]))
        lines.append(f"-# These patterns of AutoMod I can't read, because RE2 doesn't: {shown}.")
    return [line for line in lines if line]


def automod_line(read: AutoModRead | None, *, applies: bool) -> str:
    """Whether the server's AutoMod rules hold for prompts, and what it costs to let the bot read them."""
    if not applies:
        return "-# AutoMod: its rules don't hold for prompts, because `automod` is off."
    if read is None:
        return "-# AutoMod: I haven't been able to ask Discord for its rules yet."
    if read.rules is None:
        return f"-# AutoMod: {_PRICE}"
    rules = (
        f"these rules hold for prompts too: {_joined(read.rules)}" if read.rules else "it has no rule about keywords"
    )
    presets = f" {_PRESETS}" if read.presets else ""
    return f"-# AutoMod: {rules}. `/remix-config set automod off` ends that.{presets}"


def _joined(rules: Sequence[AutoModRule]) -> str:
    named = ", ".join(f"{plain(rule.name, 40)} ({_kept(rule)})" for rule in rules[:_SHOWN_RULES])
    return f"{named} and {len(rules) - _SHOWN_RULES} more" if len(rules) > _SHOWN_RULES else named


def _kept(rule: AutoModRule) -> str:
    """How many keywords and patterns it has, and what it does."""
    count = len(rule.keywords) + len(rule.patterns)
    return str(count) if rule.blocks else f"{count}, only alerts, so a prompt is held for review"


def whole_list(lists: WordLists) -> str:
    """As a text file, one entry a line."""
    lines = []
    for key, head in _HEADS.items():
        listed = [entry.text for entry in lists.entries if (entry.kind, entry.action) == key]
        lines += [head.strip("*:"), *listed, ""] if listed else []
    return "\n".join(lines)


def _code(text: str) -> str:
    """In a code span, where nothing can mention or format. A backtick would end the span."""
    return f"`{shorten(text.replace('`', ' '), _LONGEST_SHOWN)}`"
