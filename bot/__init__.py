"""remix-bot: Ideogram 4.0 remixes for Discord communities."""

__version__ = "0.1.0"
