"""What people read in the form of Edit and Remix this."""

from bot.rules.origins import Origin

TITLES = {Origin.UPLOAD: "Remix a picture", Origin.EDIT: "Edit and remix again", Origin.RESULT: "Remix this picture"}
PROMPT = "Prompt"
PROMPT_HINTS = {
    Origin.UPLOAD: "What should your picture become?",
    Origin.EDIT: "Change what you like. The picture stays the same",
    Origin.RESULT: "What should this picture become?",
}
PROMPT_CUT = "Your prompt is longer than this form can hold, so its end is missing"
WEIGHT = "Weight"
WEIGHT_HINT = "1 follows the prompt, 100 stays close to the picture. Empty: automatic"
WEIGHT_EMPTY = "automatic"
SPEED = "Speed"
SIZE = "Size and shape"
SAME_SHAPE = "Same shape as the picture"
STYLE = "Style"
STYLE_HINT = "Adds to your prompt. Its weight applies if you leave the weight empty"
NO_STYLE = "No style"
PICTURE = "Picture"
UPLOAD_HINT = "JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP or TIFF"


def style_is_gone(name: str) -> str:
    return f"The style {name} no longer exists here, so this goes on without it"


def picture(position: int) -> str:
    return f"Picture {position + 1}"
