"""Exceptions for pictures that cannot be used. `prepare_source` turns them into refusals."""


class UnreadablePictureError(Exception):
    """Not a picture in a format we know, or a damaged, truncated or unsupported one."""


class TooManyPixelsError(UnreadablePictureError):
    """The picture has more pixels than the caller allows."""
