"""The types of settings: how each text of the environment is read, and what is said about a wrong one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode

from bot.rules.generations import IdeogramApi
from bot.rules.plain_numbers import is_decimal
from bot.rules.points import Ladder
from bot.rules.prices import dollars
from bot.rules.unknown_outcomes import OnUnknownOutcome
from bot.settings import values
from bot.settings.secret_files import CanBeFile, Unread

_YEAR_S = 366 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Must:
    """Completes the sentence `NAME must be ...`. The wrong value is not a secret, so it can be shown."""

    be: str


@dataclass(frozen=True, slots=True)
class IsMoney:
    """The value is micro-dollars, and its default is documented in dollars."""


def text(read: Any) -> BeforeValidator:  # noqa: ANN401 - pydantic's own type of a validator is Any
    """Calls `read` only for texts: code passes in values that are already read."""

    def read_text(value: Any) -> Any:  # noqa: ANN401 - see above
        if isinstance(value, Unread):
            raise ValueError(value.reason)  # noqa: TRY004 - pydantic reports no other
        return read(value) if isinstance(value, str) else value

    return BeforeValidator(read_text)


def plain(value: Any) -> Any:  # noqa: ANN401 - pydantic's own type of a validator is Any
    """Pydantic also reads `1e5`, `1_000` and `+5`. The sentence about the wrong value is the field's Must."""
    if isinstance(value, str) and not is_decimal(value.strip()):
        raise PydanticCustomError("not_plain", "not a plain number")
    return value


Secret = Annotated[SecretStr, text(values.read_secret), CanBeFile()]
Proxy = Annotated[SecretStr | None, text(values.read_proxy), CanBeFile()]
AwsKeyId = Annotated[SecretStr | None, text(values.read_aws_key_id), CanBeFile()]
AwsSecret = Annotated[SecretStr | None, text(values.read_secret), CanBeFile()]
AwsText = Annotated[str, text(values.read_aws_region), CanBeFile()]
AwsUrl = Annotated[str | None, text(values.read_http_url), CanBeFile()]
Ids = Annotated[frozenset[int], NoDecode, text(values.read_ids)]
PersonIds = Annotated[frozenset[int], NoDecode, text(values.read_person_ids)]
ServerId = Annotated[int, text(values.read_server_id)]
Budget = Annotated[int | values.NoLimit, text(values.read_budget), IsMoney()]
PointsLadder = Annotated[
    Ladder | values.NoLimit,
    text(values.read_points_ladder),
    Field(
        description="What follows from a person's points of 30 days in all servers together, such as "
        "`5 warn, 10 block 7d`: in each server where they have points, and you get a notice. It takes the place of "
        "SAFETY_REFUSALS_PER_PERSON. `none`: nothing. Servers have a ladder of their own."
    ),
]
Limit = Annotated[int | values.NoLimit, text(values.read_limit)]
Count = Annotated[int, Field(ge=1, le=1_000_000), Must("a whole number from 1 to 1000000"), BeforeValidator(plain)]
Duration = Annotated[
    float, Field(gt=0, allow_inf_nan=False), Must("a number of seconds above 0"), BeforeValidator(plain)
]
UpToAYear = Annotated[
    float,
    Field(ge=0, le=_YEAR_S),
    Must("a number of seconds, 0 or more, a year at most"),
    BeforeValidator(plain),
]
Age = Annotated[
    float, Field(gt=0, le=_YEAR_S), Must("a number of seconds above 0, a year at most"), BeforeValidator(plain)
]
PromptChars = Annotated[int, Field(ge=1, le=6000), Must("a whole number from 1 to 6000"), BeforeValidator(plain)]
EvidenceKey = Annotated[str | None, text(values.read_evidence_key)]
Hosts = Annotated[frozenset[str], NoDecode, text(values.read_image_hosts)]
LocalPath = Annotated[Path, text(values.read_path)]
Choice = Annotated[OnUnknownOutcome, text(str.lower), Must("park or retry_once")]
Api = Annotated[IdeogramApi, text(str.lower), Must("v1, v1-async or v2")]
Sizes = Annotated[Literal["2k", "1k", "both"], text(str.lower), Must("2k, 1k or both")]
LogFormat = Annotated[Literal["console", "json"], text(str.lower), Must("console or json")]
LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR"], text(str.upper), Must("DEBUG, INFO, WARNING or ERROR")
]


def amount(micros: int) -> str:
    """Dollars as the environment has them."""
    return dollars(micros).removeprefix("$")
