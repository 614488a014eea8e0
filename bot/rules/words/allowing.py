"""Finds the allowed words that would let a refused prompt through."""

from collections.abc import Sequence

from bot.rules.policy_problems import Problems
from bot.rules.words.entries import Action
from bot.rules.words.findings import first
from bot.rules.words.lists import ReadWords, WordTexts, read_words
from bot.rules.words.matcher import Hit, Matcher, Prompt


def words_that_allow(text: str, hits: Sequence[Hit]) -> ReadWords | None:
    """The entries to add. `hits`: what the server's lists find in the prompt.

    None: nothing refuses it, or no allowed word can change that, such as where a pattern finds more than words.
    """
    refusing, prompt = [hit for hit in hits if hit.action is Action.REFUSE], Prompt(text)
    if not refusing:
        return None
    read = read_words(WordTexts(added={"allow": list(dict.fromkeys(_whole_words(prompt, hit) for hit in refusing))}))
    if isinstance(read, Problems):
        return None
    # Only what refuses it now is asked again: with ten thousand words that would take half a second.
    entries = {(hit.entry.kind, hit.entry.key): hit.entry for hit in refusing} | dict(read.entries)
    left = Matcher(list(entries.values())).find(prompt)
    return read if first(left, Action.REFUSE) is None else None


def _whole_words(prompt: Prompt, hit: Hit) -> str:
    """A wildcard finds the part of a word that it is sure of, and an allowed word is compared with the whole."""
    start, end, text = hit.start, hit.end, prompt.text
    while start > 0 and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    return text[start:end]
