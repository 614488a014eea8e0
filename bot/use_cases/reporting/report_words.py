"""The reasons of cases about reports that no moderator has written."""

HIDDEN = "Several members have reported it. A moderator will look at it."
"""Read by the author of the result too."""
ALONE = "Decided by the person it is about, because no other moderator is known here."
