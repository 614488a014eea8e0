"""What the lists of a server find in one prompt, and what follows from it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.rules.words.automod import AutoModRule
from bot.rules.words.entries import Action, WordEntry
from bot.rules.words.matcher import Hit, Matcher, Prompt


@dataclass(frozen=True, slots=True)
class ByAutoMod:
    """What one of the server's AutoMod rules finds."""

    rule: AutoModRule
    hit: Hit


@dataclass(frozen=True, slots=True)
class WordFacts:
    """`version`: of the lists that were asked; 0: the server has none. `is_cut`: the prompt is too long to read."""

    version: int = 0
    hits: Sequence[Hit] = ()
    by_automod: Sequence[ByAutoMod] = ()
    is_cut: bool = False

    def of_automod(self, channel_ids: frozenset[int], role_ids: frozenset[int]) -> Iterator[Hit]:
        """Those of the rules that hold for such a member in such a channel."""
        for each in self.by_automod:
            if not each.rule.is_exempt(channel_ids, role_ids):
                yield each.hit

    @property
    def refuses(self) -> bool:
        """Whether something here refuses the prompt, of people whom no rule of AutoMod exempts."""
        of_automod = [each.hit for each in self.by_automod]
        return self.is_cut or any(hit.action is Action.REFUSE for hit in (*self.hits, *of_automod))

    def without_refusals(self) -> "WordFacts":
        """For a prompt that a moderator allowed once. What holds it for review stays."""
        return WordFacts(
            self.version,
            [hit for hit in self.hits if hit.action is not Action.REFUSE],
            [each for each in self.by_automod if each.hit.action is not Action.REFUSE],
        )


NO_WORDS = WordFacts()


def first(hits: Sequence[Hit], action: Action) -> Hit | None:
    return next((hit for hit in hits if hit.action is action), None)


class ServerLists:
    """All lists of a server, ready to be asked. Making them takes up to a second, asking a few milliseconds."""

    def __init__(self, version: int, entries: Sequence[WordEntry], rules: Sequence[AutoModRule] = ()) -> None:
        self.version = version
        self.size = len(entries)
        self._own = Matcher(entries)
        self._rules = [(rule, Matcher(rule.entries())) for rule in rules]

    def judge(self, text: str) -> WordFacts:
        prompt = Prompt(text)
        by_automod = [ByAutoMod(rule, hit) for rule, matcher in self._rules for hit in _sure(matcher.find(prompt))]
        return WordFacts(self.version, self._own.find(prompt), by_automod, prompt.is_cut)


def _sure(hits: Sequence[Hit]) -> Iterator[Hit]:
    """Discord undoes no tricks, and admins who wrote a rule there expect what Discord does."""
    return (hit for hit in hits if hit.action is hit.entry.action)
