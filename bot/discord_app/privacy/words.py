"""Every sentence of `/remix-privacy`: what is kept, for how long, and how to get a copy or have it erased."""

from datetime import datetime

from bot.discord_app.kit.text import timestamp
from bot.rules.generations import IdeogramApi
from bot.use_cases.privacy.privacy_facts import PrivacyFacts

DESCRIPTION = "What I keep about you: get a copy, or have it erased"
EXPORT = "Export my data"
FORGET = "Forget me"
OPT_OUT = "Don't let others remix my pictures"
OPT_IN = "Let others remix my pictures"
FORGET_NOW = "Erase my data for good"
KEEP = "Keep it"

KEPT = "Nothing was erased."
EXPORTED = (
    "Your data from all servers, as a JSON file. Only you can see this message. Your pictures aren't in it: the links "
    "lead to the messages that show them."
)
ERASED_ENTRY = "*This entry was erased because the person asked for it.*"

CONFIRM = (
    "**Erase everything about you, in all servers?** This can't be undone.\n"
    "- **Goes:** your prompts, the pictures you sent and the results, including what others made from your pictures "
    "with **Again**. Their messages are deleted, and entries about your remixes in moderators' log channels too. "
    "Remixes that still wait are cancelled and not charged.\n"
    "- **Stays, without prompts and pictures:** what your remixes cost, your limits, active blocks, that others can't "
    "remix your pictures if you said so, that moderators acted and why, and fingerprints of pictures that they "
    "removed: numbers that recognise a picture and show nothing of it or of you. A result that moderators hold as "
    "evidence stays with them until its time is over.\n"
    "- **Out of my reach:** copies that others saved, backups of the person who runs me, and what Ideogram keeps."
)


_COSTS = (
    "- **What each remix cost, and your Discord id:** for as long as the person who runs me needs it for the accounts."
)
_REFUSALS = (
    "- **Refused commands:** 90 days, without the prompt. **Moderators' actions:** as long as moderators need them."
)


_FINGERPRINTS = (
    "- **Fingerprints of pictures that moderators removed:** as long as they are on the server's list. They recognise "
    "the picture and show nothing of it."
)


def kept(facts: PrivacyFacts) -> str:
    prompts = f"until {_days(facts.prompts_days)} after the remix has ended"
    pictures = f"at most {_days(facts.pictures_days)}. **Delete** on a card ends that earlier"
    return "\n".join(
        [
            "**What I keep about you**",
            f"- **Prompts, channels and how each remix went:** {prompts}.",
            f"- **The picture you sent and the results:** {pictures}.",
            _COSTS,
            _REFUSALS,
            _FINGERPRINTS,
            "-# I store ids, never your name or your messages. Posts in channels stay until somebody deletes them.",
        ]
    )


def where_pictures_go(api: IdeogramApi) -> str:
    v2 = "The picture you sent then stays in the Ideogram account of the person who runs me. "
    return (
        "**Where it goes:** Ideogram gets your picture without its metadata, the prompt and the options, but not who "
        f"you are. {v2 if api is IdeogramApi.V2 else ''}Results are posted on Discord. Nobody else gets anything."
    )


def others(opted_out_since: datetime | None) -> str:
    """Whether other people can make remixes of the person's pictures and avatar."""
    if opted_out_since is not None:
        return (
            f"**Your pictures and others:** since {timestamp(opted_out_since)}, nobody else can make remixes of your "
            "pictures or your avatar, in any server. Those that were posted before stay; you can delete them."
        )
    return (
        "**Your pictures and others:** where a server allows it, others can remix pictures from your messages, your "
        "avatar, and what was made of your pictures. You can switch that off for all servers."
    )


def erasing(since: datetime) -> str:
    return (
        f"**Your data is being erased**, as you asked {timestamp(since)}. Prompts and pictures go first, then "
        "messages. Files that were new go within two hours. I try messages that I can't reach for three days."
    )


def started(since: datetime) -> str:
    return f"{erasing(since)} You can go on using me; new remixes are kept as usual."


def export_later(again_at: datetime) -> str:
    return f"You had a copy just now. You can get the next one {timestamp(again_at)}."


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"
