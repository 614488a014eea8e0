"""A free stand-in for the Ideogram API on loopback, for the demo and the tests. It is as strict as the reference."""

from bot.demo.ideogram_stand_in.dials import Dials, Fault, GenerationFault, PollFault
from bot.demo.ideogram_stand_in.record import RecordedCall
from bot.demo.ideogram_stand_in.server import IdeogramStandIn

__all__ = ["Dials", "Fault", "GenerationFault", "IdeogramStandIn", "PollFault", "RecordedCall"]
