"""Records each call to the stand-in, so that tests can count what was paid for which picture."""

from dataclasses import asdict, dataclass, field

from bot.rules.generations import IdeogramApi


@dataclass(slots=True)
class RecordedCall:
    """One POST. `at` is time.monotonic(). `outcome` is the name of a Fault, `refused` (an invalid one), or `dry-run`.

    `billed` is true as soon as the call is executed, whether or not the response arrives.
    """

    at: float
    api: IdeogramApi = IdeogramApi.V1
    fields: dict[str, str] = field(default_factory=dict)
    source_sha256: str = ""
    outcome: str = "in progress"
    billed: bool = False
    images: int = 0
    generation_id: str = ""

    @property
    def prompt(self) -> str:
        return self.fields.get("text_prompt", self.fields.get("prompt", ""))

    @property
    def executed(self) -> bool:
        return self.billed

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "prompt": self.prompt, "executed": self.executed}
