"""What the operator can decide about a parked job."""

from enum import StrEnum


class ParkedDecision(StrEnum):
    """`RETRIED`: back to the queue, and paid (again). The others end it: counted as spent, or surely not charged."""

    RETRIED = "retried"
    WRITTEN_OFF = "written_off"
    WRITTEN_OFF_UNCHARGED = "written_off_uncharged"
