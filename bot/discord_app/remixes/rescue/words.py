"""What people read on the buttons beside a refusal or a failure."""

from collections.abc import Mapping

from bot.rules.prices import Prices, Speed, dollars
from bot.rules.rescues import Rescue

_LABELS: Mapping[Rescue, str] = {
    Rescue.TRY_AGAIN: "Try again",
    Rescue.KEEP_WEIGHT: "Keep weight",
    Rescue.KEEP_SHAPE: "Keep shape",
    Rescue.CHEAPER: "Use a cheaper speed",
    Rescue.WHEN_READY: "Start when ready",
    Rescue.EDIT: "Edit and retry",
}


def label(rescue: Rescue, cheaper: Speed | None = None, prices: Prices | None = None) -> str:
    """`cheaper`: the speed that still fits. The button names what it will cost."""
    if rescue is Rescue.CHEAPER and cheaper is not None and prices is not None:
        return f"Use {cheaper.label} ({dollars(prices[cheaper])})"
    return _LABELS[rescue]
