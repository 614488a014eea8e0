"""What people read about remixes of other people's pictures: the form, the question, and how it ended."""

from bot.discord_app.kit.text import quote, timestamp
from bot.rules.others_pictures import RequestState
from bot.storage.consent.picture_requests import PictureRequest
from bot.use_cases.consent.questions import NotAnswered

REMIX_PICTURE = "Remix picture"
REMIX_AVATAR = "Remix avatar"

PICTURE_TITLE = "Remix this picture"
AVATAR_TITLE = "Remix this avatar"
ASKS_FIRST = "What should it become? The picture's author is asked first, and can read this"

YES = "Yes, go ahead"
NO = "No"
NEVER = "No, and don't ask me again"
SHOW_PROMPT = "What will it become?"

ONLY_THEM = "Only the person who is asked can answer."
OVER = "This question is over."
THANKS = "Thank you. The remix is being made, and you can delete it at any time with **More** on its card."
NOT_NOW = "Thank you. It can't be made right now, so nothing happened. You can press the button again later."
CANNOT = "Thank you. It can't be made any more, so nothing happened."
DECLINED = "Okay. Nothing was made of your picture."
OPTED_OUT = (
    "Okay. From now on nobody else can make remixes of your pictures, in any server. `/remix-privacy` shows that and "
    "changes it back."
)
DISCORD_SILENT = "Discord isn't answering me right now. Please try again in a moment."

_LONGEST_PROMPT = 1000

_ANSWERED = {
    RequestState.GRANTED: "They agreed.",
    RequestState.DECLINED: "They'd rather not.",
    RequestState.ENDED: "This question is over, and nothing was made.",
}
_FOR_ASKER = {
    RequestState.DECLINED: "They'd rather not have that picture remixed. Nothing was charged.",
    RequestState.ENDED: "Nothing was made of that picture, because nobody agreed in time. Nothing was charged.",
}
_NOT_ANSWERED = {NotAnswered.OVER: OVER, NotAnswered.NOT_YOURS: ONLY_THEM}


def _picture(request: PictureRequest, whose: str) -> str:
    if request.message_id is None:
        return f"{whose} avatar"
    link = f"https://discord.com/channels/{request.guild_id}/{request.channel_id}/{request.message_id}"
    return f"[{whose} picture]({link})"


def question(request: PictureRequest) -> str:
    """For all to see, so it has no prompt."""
    return (
        f"<@{request.author_id}>, <@{request.asker_id}> would like to make a remix of {_picture(request, 'your')}. "
        f"Is that all right with you? Nothing is made before you say yes. The question ends "
        f"{timestamp(request.ends_at)}."
    )


def answered(request: PictureRequest, state: RequestState) -> str:
    asked = f"<@{request.asker_id}> asked <@{request.author_id}> about a remix of {_picture(request, 'their')}."
    return f"{asked}\n{_ANSWERED[state]}"


def for_asker(state: RequestState) -> str | None:
    return _FOR_ASKER.get(state)


def asked(request: PictureRequest) -> str:
    return (
        f"I've asked <@{request.author_id}>. Your remix starts if they say yes. Until then nothing is sent to "
        f"Ideogram, charged or counted. The question ends {timestamp(request.ends_at)}."
    )


def prompt(request: PictureRequest) -> str:
    text = request.request.prompt if request.request is not None else ""
    return f"<@{request.asker_id}> wrote:\n{quote(text, _LONGEST_PROMPT)}"


def with_prompt(text: str, prompt: str) -> str:
    """A refusal, and what was typed: Discord has closed the form, and it would be lost."""
    return f"{text}\nYou wrote:\n{quote(prompt, _LONGEST_PROMPT)}" if prompt else text


def not_answered(why: NotAnswered) -> str:
    return _NOT_ANSWERED[why]
