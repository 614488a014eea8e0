"""What people read on the buttons beside a refusal or a failure."""

from collections.abc import Mapping

from bot.rules.prices import Speed, dollars
from bot.rules.rescues import Rescue

_LABELS: Mapping[Rescue, str] = {
    Rescue.TRY_AGAIN: "Try again",
    Rescue.KEEP_WEIGHT: "Keep weight",
    Rescue.KEEP_SHAPE: "Keep shape",
    Rescue.CHEAPER: "Use a cheaper speed",
    Rescue.WHEN_READY: "Start when ready",
    Rescue.EDIT: "Edit and retry",
}


def label(rescue: Rescue, fits: tuple[Speed, int] | None = None) -> str:
    """`fits`: the speed that still fits, and what all images of that remix cost with it."""
    if rescue is Rescue.CHEAPER and fits is not None:
        return f"Use {fits[0].label} ({dollars(fits[1])})"
    return _LABELS[rescue]
