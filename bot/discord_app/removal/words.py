"""What people read before and after they delete a result, and moderators about one that its author deleted."""

from datetime import timedelta

from bot.discord_app.kit.text import day_and_time, quote
from bot.rules.removals import Removal
from bot.use_cases.removal.delete_result import CannotDelete, Deletion
from bot.use_cases.removal.show_deleted import Deleted

_PROMPT = 800
_HOUR_S = 3_600

_CANNOT = {
    CannotDelete.NOT_YOURS: (
        "Only the person who started this remix, the person whose picture it is, or someone with the **Manage "
        "Messages** permission can delete it."
    ),
    CannotDelete.NOT_YET: "It's still being posted. Please try again in a moment.",
}

DELETED_COMMAND = "Look at a result that its author deleted, while it is kept for moderators"
DELETED_REMIX = "Its number, or a link to the message that it had"
DELETE_FOR_GOOD = "Delete for good"
DELETED = "Deleted, along with my own copy of the result."
NOT_DELETED = "It's deleted, but Discord didn't let me take the message down just now. I'll keep trying."
NOTHING_KEPT = "Nothing of it is kept any more."


def cannot_delete(reason: CannotDelete) -> str:
    return _CANNOT[reason]


def deleted(keep: timedelta, left: int) -> str:
    """`left`: how many messages Discord did not let us delete. `keep`: how long moderators can look at it."""
    if left:
        return NOT_DELETED
    return f"{DELETED}{_moderators_keep(keep)}"


def _moderators_keep(keep: timedelta) -> str:
    hours = int(keep.total_seconds()) // _HOUR_S
    if not hours:
        return ""
    return f" The moderators can still look at it for {'an hour' if hours == 1 else f'{hours} hours'}."


def ask(deletion: Deletion) -> str:
    """Before anything is deleted."""
    author, others = f"<@{deletion.job.user_id}>", deletion.others
    whose = {
        Removal.AUTHOR: "You can't get it back.",
        Removal.OWNER: f"{author} made it of your picture. It can't be brought back.",
        Removal.MODERATOR: (
            f"It's by {author}. It can't be brought back, and this goes on record as a moderator's case."
        ),
    }
    sentences = ["**Delete for good?**", whose[deletion.by]]
    if others:
        more = "1 more remix" if others == 1 else f"{others} more remixes"
        sentences.append(f"{more} made of the same picture {'goes' if others == 1 else 'go'} with it.")
    return " ".join(sentences)


def shown(found: Deleted) -> str:
    """Above the pictures, for moderators alone."""
    job = found.job
    by = "its author" if job.removal is Removal.AUTHOR else "the person whose picture it was made from"
    return (
        f"**Remix `{job.id}`** by <@{job.user_id}> was deleted by {by}. Only moderators can see this, until "
        f"{day_and_time(found.until)}.\n{quote(job.prompt, _PROMPT)}"
    )
