"""What the stand-in remembers of each call, so that a test can count what was paid for which picture."""

from dataclasses import asdict, dataclass, field

from bot.rules.generations import IdeogramApi


@dataclass(slots=True)
class RecordedCall:
    """One POST, in the order of arrival. `at` is time.monotonic(); `outcome` a Fault's name, or `refused` by the rules.

    `billed` is true from the moment it is run; what was run is billed, whether or not the answer arrives.
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
