"""What can be wrong with the server settings that an admin typed, chose or sent as a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto


class ProblemCode(Enum):
    """Why a value or a file is refused. Never stored."""

    # Not such a value.
    NOT_A_TIME = auto()
    ZERO_TIME = auto()
    NOT_DAYS = auto()
    NOT_A_WARNING_LIMIT = auto()
    NOT_A_LADDER = auto()
    NOT_A_RUNG = auto()
    RUNG_TWICE = auto()
    NOT_A_COUNT = auto()
    NOT_A_QUOTA = auto()
    NOT_STRIKES = auto()
    NOT_DOLLARS = auto()
    NOT_CHANNELS = auto()
    NOT_ROLES = auto()
    NOT_ONE_CHANNEL = auto()
    NOT_A_SPEED = auto()
    NOT_SPEEDS = auto()
    NOT_WHOSE_PICTURES = auto()
    NOT_ON_OR_OFF = auto()
    NOT_A_MEMORY = auto()
    NOT_A_WEIGHT = auto()
    NOT_AN_ENDING = auto()
    NOT_A_STYLE_NAME = auto()
    NOT_A_WORD = auto()
    WORD_TOO_BROAD = auto()
    NOT_AN_ACTION = auto()
    NOT_A_PATTERN = auto()
    PATTERN_WRONG = auto()
    PATTERN_TOO_LARGE = auto()
    PATTERN_MATCHES_NOTHING = auto()
    PATTERN_CANNOT_ALLOW = auto()
    TOO_MANY_LISTED = auto()
    TOO_LONG = auto()
    # Such a value, but not allowed.
    BELOW_OPERATOR = auto()
    ABOVE_OPERATOR = auto()
    NOT_A_REVIEW_LIMIT = auto()
    BELOW_ONE = auto()
    BELOW_CHEAPEST = auto()
    NOT_IN_SERVER = auto()
    DEFAULT_SPEED_NOT_ALLOWED = auto()
    NO_SUCH_FIELD = auto()
    NO_SUCH_ROLE = auto()
    TOO_MANY_PLANS = auto()
    TOO_MANY_STYLES = auto()
    TOO_MANY_WORDS = auto()
    TOO_MANY_PATTERNS = auto()
    PATTERNS_TOO_LARGE = auto()
    # Undoing.
    CHANGED_SINCE = auto()
    # A file of another form.
    FILE_TOO_LARGE = auto()
    NOT_JSON = auto()
    NAME_TWICE = auto()
    NOT_A_POLICY_FILE = auto()
    PLANS_NOT_AN_OBJECT = auto()
    PLAN_WITHOUT_ROLE_ID = auto()
    STYLES_NOT_AN_OBJECT = auto()
    STYLE_TWICE = auto()
    WORDS_NOT_AN_OBJECT = auto()
    WORD_TWICE = auto()
    NOT_AN_OBJECT = auto()
    NOT_A_TEXT = auto()


@dataclass(frozen=True, slots=True)
class Problem:
    """`field`: the name of the setting, or what was typed in its place. `limit`: the least or the most that is allowed.

    `ids`: channels or roles that the server does not have. `role_id`: the role whose plan it is. `style`: the name of
    the style that it is about. `word`: the word or pattern. Of a wrong pattern `field` is the part that is wrong, and
    `limit` where it begins, counted from 1.
    """

    code: ProblemCode
    field: str = ""
    limit: int | str | None = None
    ids: Sequence[int] = ()
    role_id: int | None = None
    style: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class Problems:
    """Nothing was changed."""

    found: Sequence[Problem]
