"""People who appeal, and moderators who decide, without Discord."""

from bot.rules.appeals import Decision
from bot.rules.words.entries import Action, WordEntry, key_of
from bot.storage.standing import words
from bot.use_cases.appeals.decide_appeal import Deciding
from bot.use_cases.appeals.make_appeal import Appellant, Made, RefusedPrompt, appeal_case, appeal_prompt
from bot.use_cases.moderation.acting import Acting

SERVER, MIA, BEN, ROSA, OTTO = 11, 1, 2, 8, 9
NUDE = "a picture of a nude"


async def list_word(bot, text="nude", action=Action.REFUSE):
    entry = WordEntry(text, action)
    await bot.do(words.write, SERVER, {key_of(entry): entry})


async def appeal_of(bot, number, text="it wasn't me", user_id=MIA, server=SERVER):
    return await appeal_case(bot.core, Appellant(server, user_id), number, text)


async def appeal_of_prompt(bot, prompt=NUDE, text="it is art", user_id=MIA):
    return await appeal_prompt(bot.core, Appellant(SERVER, user_id, frozenset({22})), RefusedPrompt(prompt), text)


async def decide(bot, made, decision, by=OTTO, says=None, *, admin=True, alone=False):
    """What comes of the decision of that moderator."""
    number = made.appeal.id if isinstance(made, Made) else made
    deciding = Deciding(Acting(SERVER, by, says), administers=admin, may_decide_own=alone)
    return await bot.remixes.appeals.decide(number, Decision(decision), deciding)
