"""The reasons of the blocks that the bot opens by a rule. Moderators and the blocked member read them."""


def often_unsafe(refusals: int, *, everywhere: bool) -> str:
    where = " over all servers" if everywhere else ""
    return f"By rule, because Ideogram's safety check refused {refusals} remixes{where} within 24 hours."
