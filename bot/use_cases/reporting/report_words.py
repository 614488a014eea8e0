"""What the author of a reported result reads as the reason of a case that no moderator opened."""

HIDDEN = "Several members have reported it. A moderator will look at it."
