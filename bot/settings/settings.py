"""Declares, describes and checks every setting. Nothing else reads the environment or `.env`.

`make settings-docs` writes `.env.example` and docs/settings.md from this class, and a test compares them.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot.proxies import Proxies, require_one_way
from bot.rules.budgets import Ceilings, Period
from bot.rules.generations import IdeogramApi
from bot.rules.prices import Speed
from bot.rules.unknown_outcomes import OnUnknownOutcome
from bot.settings import defaults, values
from bot.settings.kinds import (
    Age,
    Api,
    AwsKeyId,
    AwsSecret,
    AwsText,
    AwsUrl,
    Budget,
    Choice,
    Count,
    Duration,
    EvidenceKey,
    Hosts,
    Ids,
    Limit,
    LocalPath,
    LogFormat,
    LogLevel,
    Must,
    PersonIds,
    PointsLadder,
    PromptChars,
    Proxy,
    Secret,
    ServerId,
    Sizes,
    UpToAYear,
    amount,
    plain,
    text,
)
from bot.settings.pictures import check_pictures, folder_of, is_s3
from bot.settings.secret_files import CanBeFile, CredentialsSource, FilesSource

MB = 1_000_000
"""Bytes in a megabyte, as every `..._MB` setting counts them."""

_LONGEST_ECHO = 24
"""Wrong values up to this length are shown. Tokens and keys are longer, so one in the wrong line stays secret."""
Needs = Literal["all", "network", "storage"]
"""`storage` is for commands that call neither Discord nor Ideogram: they need no token, no key and no proxy. `network`
is for what asks for token and key."""


class SettingsError(Exception):
    """`lines` has one sentence for each wrong or missing setting, without secrets."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


class Settings(BaseSettings):
    """A field is the environment variable of its name in capitals. Get one with `load_settings`.

    Sizes count megabytes of `MB` bytes, prices and budgets are micro-dollars, hosts are lower-case. An empty value is
    an unset one.
    """

    model_config = SettingsConfigDict(
        env_file_encoding=values.ENCODING,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=False,
    )

    discord_token: Secret = Field(
        description="The bot's token, a secret. In the Discord Developer Portal: your application, Bot, Reset Token."
    )
    ideogram_api_key: Secret = Field(
        description="The key that pays for every remix, a secret. Create it on your Ideogram account's API page."
    )
    database_url: Annotated[str, text(values.read_database_url), CanBeFile()] = Field(
        values.DEFAULT_DATABASE_URL,
        description="The database: `sqlite:///` and the path of a file, or `postgresql://user:password@host:port/name`,"
        " a secret (docs/scaling.md).",
    )
    process_lease_s: Annotated[
        int, Field(ge=2, le=600), Must("a whole number from 2 to 600"), BeforeValidator(plain)
    ] = Field(
        20,
        description="Seconds after which a bot process that no longer answers the database is dead, and the others "
        "take its work over. Only with PostgreSQL.",
    )
    blob_dir: LocalPath = Field(values.DEFAULT_BLOB_DIR, description="Folder for the pictures, sources and results.")
    blob_url: Annotated[str, text(values.read_blob_url)] | None = Field(
        None,
        description="Another place for the pictures than `BLOB_DIR`: `file:///` and a folder's absolute path, or "
        "`s3://bucket/prefix` (docs/scaling.md).",
    )
    health_file: LocalPath | None = Field(
        None,
        description="File for `remix-bot health`. Empty: `health.json` beside the SQLite file or the pictures' folder. "
        "Processes that share that folder need one each.",
    )
    aws_access_key_id: AwsKeyId = Field(None, description="Id of the key for the pictures in S3.")
    aws_secret_access_key: AwsSecret = Field(None, description="That key, a secret.")
    aws_session_token: AwsSecret = Field(None, description="Its session token if it is a temporary one, a secret.")
    aws_region: AwsText = Field("us-east-1", description="Region of the bucket.")
    aws_endpoint_url: AwsUrl = Field(None, description="Address of an S3-compatible store. Empty: Amazon's.")
    keep_pictures_days: Count = Field(
        30, description="Days until the pictures of a finished remix are deleted. A server can choose fewer."
    )
    keep_evidence_hours: Annotated[int, Field(ge=0, le=720), Must("a whole number from 0 to 720")] = Field(
        24, description="Hours for which moderators can still look at a result that its author deleted. 0: not at all."
    )
    evidence_public_key: EvidenceKey = Field(None, description="Seals what is reported as illegal (docs/operators.md).")
    keep_sealed_days: Count = Field(365, description="Days until that is destroyed, unless you do it before.")
    keep_prompts_days: Count = Field(
        90,
        description="Days until the prompt, channel and history of a finished remix are deleted. Its cost stays. A "
        "server can choose fewer.",
    )
    min_free_disk_mb: Count = Field(100, description="Refuse new remixes when less disk than this is free (MB).")
    backup_max_age_h: Count | None = Field(
        None,
        description="Hours after which the last backup is too old, so that you are warned. Empty: no warnings. Only "
        "with SQLite.",
    )
    allowed_guild_ids: Ids = Field(
        frozenset(),
        description="Ids of the servers that can use the bot, separated by commas. Empty: every server that invites "
        "it, and you pay for all of them.",
    )
    cooldown_s: UpToAYear = Field(
        30, description="Seconds that a person waits between two remixes in one server. 0: no cooldown."
    )
    max_queued_per_user: Count = Field(
        3, description="How many remixes one person can have in progress at once, in all servers together."
    )
    max_queued_per_server: Limit = Field(
        "none", description="How many remixes one server can have in progress at once. `none`: no limit."
    )
    max_queued: Count = Field(
        500,
        description="How many remixes can be in progress at once in total, paused servers aside. Once half of it is "
        "taken, each server can have a fair share.",
    )
    safety_refusals_per_person: Limit = Field(
        5,
        description="After how many safety refusals of one person within 24 hours, over all servers, you get a notice "
        "and the person is blocked for a day in these servers. `none`: never. Servers have a limit of their own.",
    )
    points_ladder: PointsLadder = "none"
    max_queue_age_s: Age = Field(3600, description="Seconds after which a waiting remix times out, uncharged.")
    max_prompt_chars: PromptChars = Field(
        2000, description="Longest prompt, in characters. Discord allows at most 6000."
    )
    resolutions: Sizes = Field("2k", description="Which sizes `/remix` offers: `2k`, `1k` or `both`.")
    max_source_mb: Count = Field(25, description="Largest picture that a person can attach (MB).")
    max_source_megapixels: Count = Field(60, description="Most pixels that an attached picture can have, in millions.")
    source_read_budget_mb: Count = Field(200, description="Memory for all attachments being read at once (MB).")
    max_result_mb: Count = Field(50, description="Largest result that the bot downloads (MB).")
    ideogram_api_url: Annotated[str, text(values.read_paid_api_url)] = Field(
        "https://api.ideogram.ai", description="Address of Ideogram's API: https, or http on this machine."
    )
    ideogram_api: Api = Field(
        IdeogramApi.V1,
        description="Which remix call to use. `v1` parks a remix that a crash interrupts; `v1-async` and `v2` resume "
        "it (`v2` leaves the source in your Ideogram account).",
    )
    ideogram_image_hosts: Hosts = Field(
        defaults.IMAGE_HOSTS,
        description="Hosts that result links can point to, separated by commas. Only https; loopback hosts need "
        "their port.",
    )
    ideogram_max_in_flight: Count = Field(
        10, description="The most paid calls at once, in all processes. Ideogram may take fewer: the bot finds out."
    )
    ideogram_timeout_s: Duration = Field(
        300, description="Seconds to wait for a reply from `v1`. Below 270 you may pay for a reply that the bot misses."
    )
    ideogram_max_upload_mb: Count = Field(
        default_factory=defaults.upload,
        description="Largest picture sent to Ideogram (MB). Larger ones shrink. Empty: what it takes, 25 with `v1` and "
        "`v1-async`, 50 with `v2`.",
    )
    ideogram_prices: Annotated[Mapping[Speed, int], NoDecode, text(values.read_prices)] = Field(
        defaults.PRICES, description="US dollars per image, by speed."
    )
    on_unknown_outcome: Choice = Field(
        OnUnknownOutcome.PARK,
        description="After a paid call with no reply: `park` it for you, or `retry_once` and maybe pay twice.",
    )
    billed_images_per_call: Count = Field(
        1, description="How many images one call can bill. Money for that many is reserved when a remix is accepted."
    )
    daily_budget_usd: Budget = Field(
        5_000_000,
        description="US dollars that all servers together can spend per day (UTC). `none`: no limit. Empty: the "
        "default.",
    )
    monthly_budget_usd: Budget = Field("none", description="The same per month (UTC). `none`: no limit.")
    server_daily_budget_usd: Budget = Field(
        default_factory=defaults.server_share,
        description="US dollars that one server can spend per day (UTC). `none`: no limit of its own. Empty: if all "
        "servers can use the bot, half of `DAILY_BUDGET_USD` but at least 1, else no limit.",
    )
    person_daily_budget_usd: Budget = Field(
        2_000_000,
        description="US dollars that one person can spend per day (UTC), in all servers together. `none`: no limit of "
        "their own.",
    )
    shutdown_grace_s: Duration = Field(
        default_factory=defaults.grace,
        description="Seconds that a stop waits for paid calls. Empty: 15 more than `IDEOGRAM_TIMEOUT_S`. With "
        "`v1-async` and `v2` a few are enough.",
    )
    discord_api_url: Annotated[str, text(values.read_http_url)] | None = Field(
        None, description="Another address of Discord's REST API, for tests, including `/api/v10`. Empty: the real one."
    )
    discord_gateway_url: Annotated[str, text(values.read_websocket_url)] | None = Field(
        None, description="Another address of Discord's gateway, for tests: `ws://` or `wss://`. Empty: the real one."
    )
    discord_cdn_hosts: Annotated[frozenset[str], NoDecode, text(values.read_image_hosts)] = Field(
        defaults.CDN_HOSTS,
        description="Hosts that attached pictures are read from, separated by commas, for tests. Only https; loopback "
        "hosts need their port.",
    )
    https_proxy: Proxy = Field(
        None,
        description="Proxy for everything that the bot reaches by https or wss: `http://user:password@host:port`. A "
        "secret. Empty: none. HTTP proxies only, no SOCKS.",
    )
    http_proxy: Proxy = Field(None, description="The same for http and ws. None of the default addresses need it.")
    all_proxy: Proxy = Field(None, description="The proxy for both where these two are empty.")
    no_proxy: str = Field(
        "",
        description="Hosts that are reached without a proxy, with all hosts below them, separated by commas. `*`: all. "
        "This machine itself always is.",
    )
    operator_guild_id: ServerId | None = Field(
        None, description="Id of the one server that gets `/remix-operator`: your own. Empty: the command is off."
    )
    operator_ids: PersonIds = Field(
        frozenset(), description="Ids of the people who can use `/remix-operator`, separated by commas."
    )
    operator_channel_id: Annotated[int, text(values.read_id)] | None = Field(
        None,
        description="Id of a channel in which the bot tells you of troubles: parked remixes, a held queue, a full "
        "disk, budgets and others. Empty: they are only in the log.",
    )
    sync_guild_ids: Ids = Field(
        frozenset(), description="For development: ids of servers that get the commands at once, separated by commas."
    )
    metrics_listen: Annotated[values.Listen | None, NoDecode, text(values.read_listen)] = Field(
        None,
        description="Address and port that serve `/metrics`, `/healthz` and `/readyz`, such as `127.0.0.1:9464`. There "
        "is no password, so keep it private. Empty: off.",
    )
    log_format: LogFormat = Field("console", description="`console` for people, `json` for machines.")
    log_level: LogLevel = Field("INFO", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """In their order of precedence. `NAME` and `NAME_FILE` in the same place are an error."""
        return (
            init_settings,
            FilesSource(settings_cls, env_settings),
            env_settings,
            CredentialsSource(settings_cls, env_settings),
            FilesSource(settings_cls, dotenv_settings),
            dotenv_settings,
        )

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, data: dict[str, object]) -> dict[str, object]:
        tidy = {name: values.unquoted(value) if isinstance(value, str) else value for name, value in data.items()}
        return {name: value for name, value in tidy.items() if value is not None and value != ""}

    @model_validator(mode="after")
    def _check_together(self) -> "Settings":
        if self.max_source_mb > self.source_read_budget_mb:
            raise ValueError("SOURCE_READ_BUDGET_MB must be at least MAX_SOURCE_MB to read the largest pictures")
        if self.operator_guild_id is not None and not self.operator_ids:
            raise ValueError("OPERATOR_IDS must list who can use /remix-operator, because OPERATOR_GUILD_ID is set")
        require_one_way(self.proxies, self.discord_urls)
        if self.backup_max_age_h is not None and self.database_url.startswith("postgresql:"):
            raise ValueError(
                "BACKUP_MAX_AGE_H must be empty with PostgreSQL: the bot does not see the backups that pg_dump makes"
            )
        check_pictures(self.blob_url, self.aws_access_key_id, self.aws_secret_access_key, self.model_fields_set)
        cheapest = min(self.ideogram_prices.values()) * self.billed_images_per_call
        for name in ("daily", "monthly", "server_daily", "person_daily"):
            ceiling = getattr(self, f"{name}_budget_usd")
            if ceiling != "none" and ceiling < cheapest:
                raise ValueError(f"{name.upper()}_BUDGET_USD must be at least {amount(cheapest)}, the cheapest remix")
        return self

    @property
    def proxies(self) -> Proxies:
        secure, plain_ = self.https_proxy or self.all_proxy, self.http_proxy or self.all_proxy
        chosen = {"https": secure, "http": plain_}
        return Proxies({scheme: url.get_secret_value() for scheme, url in chosen.items() if url}, self.no_proxy)

    @property
    def picture_folder(self) -> Path | None:
        """None: the pictures are in S3."""
        return self.blob_dir if self.blob_url is None else folder_of(self.blob_url)

    @property
    def discord_urls(self) -> tuple[str, str]:
        """The addresses of Discord's API and its gateway."""
        return self.discord_api_url or defaults.DISCORD_API, self.discord_gateway_url or defaults.DISCORD_GATEWAY

    @property
    def discord_proxy(self) -> str | None:
        """The one for all of Discord."""
        return self.proxies.proxy_for(self.discord_urls[0])

    @property
    def secrets(self) -> list[str]:
        """All texts that must not be shown anywhere."""
        proxies = [urlsplit(url) for url in self.proxies.by_scheme.values()]
        passwords = [part for proxy in proxies for part in (proxy.password, unquote(proxy.password or "")) if part]
        keys = [self.discord_token.get_secret_value(), self.ideogram_api_key.get_secret_value()]
        of_s3 = (self.aws_access_key_id, self.aws_secret_access_key, self.aws_session_token)
        keys += [each.get_secret_value() for each in of_s3 if each]
        return [*keys, *passwords, *values.database_passwords(self.database_url)]

    @property
    def ceilings(self) -> Ceilings:
        """The budgets of all servers together that are set, in micro-dollars."""
        return values.ceilings({Period.DAY: self.daily_budget_usd, Period.MONTH: self.monthly_budget_usd})

    @property
    def server_ceilings(self) -> Ceilings:
        """What one server can spend, in micro-dollars."""
        return values.ceilings({Period.DAY: self.server_daily_budget_usd})

    @property
    def person_ceilings(self) -> Ceilings:
        """What one person can spend in all servers, in micro-dollars."""
        return values.ceilings({Period.DAY: self.person_daily_budget_usd})


def load_settings(env_file: Path | None = Path(".env"), *, needs: Needs = "all") -> Settings:
    """Reads the environment, systemd's credentials and `env_file`, if it exists, in this order. Raises SettingsError.

    Unless `needs` is `all` the token and the key are not read, and with `storage` no proxy either, except for S3.
    """
    unread: dict[str, Any] = {}
    if needs != "all":
        unread = {"discord_token": SecretStr(""), "ideogram_api_key": SecretStr("")}
    if needs == "storage":
        unread |= dict.fromkeys(("https_proxy", "http_proxy", "all_proxy"))
    try:
        read = Settings(_env_file=env_file, **unread)
        return load_settings(env_file, needs="network") if needs == "storage" and is_s3(read.blob_url) else read
    except ValidationError as error:
        lines = [_line(problem) for problem in error.errors() if problem["type"] != "default_factory_not_called"]
    except (OSError, UnicodeError):
        lines = [f"{env_file} cannot be read: it must be a UTF-8 text file that this user can open"]
    # Raised outside the `except`, so that its context does not hold pydantic's error, which knows the values.
    raise SettingsError(lines)


def _line(problem: ErrorDetails) -> str:
    if not problem["loc"]:
        return str(problem["ctx"]["error"])
    name = str(problem["loc"][0])
    field = Settings.model_fields[name]
    if problem["type"] == "missing":
        return f"{name.upper()} is missing: {field.description} `remix-bot setup` asks for it."
    if problem["type"] == "value_error":
        return f"{name.upper()} {problem['ctx']['error']}"
    must = next((item.be for item in field.metadata if isinstance(item, Must)), "something else")
    shown = str(problem["input"])
    echo = f' (it is "{shown}")' if len(shown) <= _LONGEST_ECHO else ""
    return f"{name.upper()} must be {must}{echo}"
