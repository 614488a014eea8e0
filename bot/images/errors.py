"""What can be wrong with a picture, as exceptions. `prepare_source` turns them into refusals."""


class UnreadablePictureError(Exception):
    """No picture of a format we know, or a damaged or truncated one, or one that we do not decode."""


class TooManyPixelsError(UnreadablePictureError):
    """The picture has more pixels than the caller wants decoded."""
