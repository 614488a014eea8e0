"""Which of Ideogram's three remix calls is used, and how a generation that goes on there by itself is named."""

from dataclasses import dataclass
from enum import StrEnum


class IdeogramApi(StrEnum):
    """The operator's choice. `V1` answers with the images; the others with an id, under which they are collected."""

    V1 = "v1"
    V1_ASYNC = "v1-async"
    V2 = "v2"

    def max_concurrent_submits(self, slots: int) -> int:
        """Where an id is answered, one submit at a time: a kill then loses one answer at most, and it takes no time."""
        return slots if self is IdeogramApi.V1 else 1


@dataclass(frozen=True, slots=True)
class Generation:
    """One that was submitted. `id` has been checked: it can stand in a path."""

    api: IdeogramApi
    id: str
