"""Builds the forms of appeals: of the person who appeals, and of the moderator who decides."""

from discord import TextStyle, ui

from bot.discord_app.appeals import words
from bot.discord_app.appeals.cards import FORM
from bot.discord_app.kit.appealing.buttons import What
from bot.discord_app.kit.custom_ids import matter_id
from bot.discord_app.kit.text import LONGEST_REASON
from bot.rules.appeals import LONGEST_PROMPT, LONGEST_TEXT, Decision
from bot.storage.matters.matters import Matter

TEXT, PROMPT, ANSWER = "text", "prompt", "answer"


def appeal_form(guild_id: int, what: What, number: int | str, prompt: str | None = None) -> ui.Modal:
    """`prompt`: what was refused, as far as it is known. The person hands it in themselves, and can leave it so."""
    modal = ui.Modal(title=words.FORM_TITLE, custom_id=f"remix:appeal-form:{guild_id}:{what}:{number}")
    if what is What.PROMPT:
        field: ui.TextInput[ui.Modal] = ui.TextInput(
            custom_id=PROMPT,
            style=TextStyle.paragraph,
            default=(prompt or "")[:LONGEST_PROMPT] or None,
            max_length=LONGEST_PROMPT,
        )
        modal.add_item(ui.Label(text=words.PROMPT, description=words.PROMPT_HINT, component=field))
    text: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=TEXT, style=TextStyle.paragraph, min_length=1, max_length=LONGEST_TEXT
    )
    hint = words.TEXT_HINT_OF_RESULT if what is What.JOB else words.TEXT_HINT
    modal.add_item(ui.Label(text=words.TEXT, description=hint, component=text))
    # A submitted form is found by its custom id, also after a restart, so discord.py need not remember it.
    modal.stop()
    return modal


def decision_form(decision: Decision, matter: Matter, hint: str) -> ui.Modal:
    modal = ui.Modal(
        title=words.form_title(decision, matter.subject), custom_id=matter_id(f"{FORM}-{decision}", matter.id)
    )
    answer: ui.TextInput[ui.Modal] = ui.TextInput(custom_id=ANSWER, required=False, max_length=LONGEST_REASON)
    modal.add_item(ui.Label(text=words.ANSWER, description=hint or words.ANSWER_HINT, component=answer))
    modal.stop()
    return modal
