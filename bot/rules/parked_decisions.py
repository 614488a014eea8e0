"""The decisions that an operator can make about a parked job."""

from enum import StrEnum


class ParkedDecision(StrEnum):
    """`RETRIED` queues the job again, which may pay twice. The others end it, counted as spent or as not charged."""

    RETRIED = "retried"
    WRITTEN_OFF = "written_off"
    WRITTEN_OFF_UNCHARGED = "written_off_uncharged"
