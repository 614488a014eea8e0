"""What moderators read about the words of prompts: which rule one hits, and which posted remixes have them."""

from collections.abc import Sequence

from bot.discord_app.kit.text import message_link, plain, timestamp
from bot.rules.visible_text import one_line, shorten
from bot.rules.words.entries import Action
from bot.rules.words.matcher import Hit, How
from bot.use_cases.moderation.prompts.search_posted import FoundRemix, FoundRemixes
from bot.use_cases.moderation.prompts.try_prompt import TriedPrompt

TEST = "Show which words of this server a prompt would hit, privately"
TEST_OPTIONS = {"prompt": "The prompt. Nobody else sees it, and nothing is recorded"}
SEARCH = "Search posted remixes"
SEARCH_ON = "Search earlier ones"
HIDE, UNHIDE, REMOVE = "Hide", "Unhide", "Remove"
NOT_A_SEARCH = "That case lists no words that I could search for."

_OUTCOMES = {
    Action.REFUSE: "**A member's remix with this prompt is refused.**",
    Action.REVIEW: "**A member's remix with this prompt waits for review:** it is made, and you look at it first.",
    None: "**No list of this server has anything against this prompt.**",
}
_HOW = {
    How.AS_WRITTEN: "as it is written",
    How.LOOKS_ALIKE: "by letters that look alike",
    How.PERHAPS: "perhaps: digits, repeats or signs may stand for it",
}
_DOES = {Action.REFUSE: "refuses", Action.REVIEW: "holds for review"}
_CUT = "The prompt becomes too long to be read once its letters are taken apart."
_SHOWN = 12
_LONGEST = 60
_LONGEST_READING = 150
_SHOWN_READINGS = 4


def tried(result: TriedPrompt) -> str:
    facts = result.facts
    lines = [_OUTCOMES[result.outcome], *([_CUT] if facts.is_cut else [])]
    found = [f"- {_hit(hit)}" for hit in facts.hits]
    found += [f"- AutoMod rule **{plain(each.rule.name, _LONGEST)}**: {_hit(each.hit)}" for each in facts.by_automod]
    lines += found[:_SHOWN]
    lines += [f"-# and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    if any(each.rule.exempt_roles or each.rule.exempt_channels for each in facts.by_automod):
        lines.append("-# AutoMod's rules do not hold for exempt roles and channels, or for people with Manage Server.")
    lines += [f"-# I read it as {_code(text, _LONGEST_READING)}" for text in result.readings[:_SHOWN_READINGS]]
    return "\n".join(lines)


def _hit(hit: Hit) -> str:
    return f"{_code(hit.entry.text)} {_DOES[hit.action]}: “{plain(one_line(hit.piece), _LONGEST)}”, {_HOW[hit.how]}"


def _code(text: str, longest: int = _LONGEST) -> str:
    """In a code span, where nothing can mention or format. A backtick would end the span."""
    return f"`{shorten(one_line(text.replace('`', ' ')), longest) or ' '}`"


def search_head(results: FoundRemixes) -> str:
    found = len(results.found)
    remixes = "1 posted remix has" if found == 1 else f"{found} posted remixes have"
    rest = "" if results.next_before is not None else " There are no earlier ones."
    return f"**{remixes} such words**, of the {results.looked_at} that I looked at.{rest}"


def found_remix(each: FoundRemix) -> str:
    job, post = each.job, each.post
    link = message_link(job.guild_id, post.channel_id, post.message_id)
    return (
        f"**Remix** `{job.id}` · <@{job.user_id}> {timestamp(job.accepted_at)} · [its message]({link}) · "
        f"{_code(each.hit.entry.text)}, {_HOW[each.hit.how]}\n> ||{plain(one_line(job.prompt), _LONGEST_READING)}||"
    )


def labels(*, hidden: bool) -> Sequence[str]:
    return (UNHIDE if hidden else HIDE, REMOVE)
