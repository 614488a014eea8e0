"""How much of everything is done: for the figures that are published, for a look, and for the suite's proof of life."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """`slot_seconds`: how long a paid call takes, one run each. `rounds`: how often A and B are taken in turns."""

    slot_seconds: tuple[float, ...]
    slot_jobs: int
    crowd: int
    crowd_rounds: int
    accepted_at_once: int
    accept_rounds: int
    affordable: int
    budget_rounds: int
    shared_slots: int
    shared_call_s: float
    workers: tuple[int, ...]
    servers: int
    whole_jobs: int
    whole_job_rounds: int
    finished_jobs: int
    claims: int
    cpu_remixes: int
    memory_from: int
    memory_to: int
    large_pictures: int
    start_rounds: int

    def jobs_of(self, seconds: float) -> int:
        """Fewer where calls take long: so a run stays below half an hour."""
        return self.slot_jobs if seconds <= 1 else self.slot_jobs * 3 // 4


FULL = Counts(
    slot_seconds=(1.0, 5.0),
    slot_jobs=400,
    crowd=200,
    crowd_rounds=7,
    accepted_at_once=200,
    accept_rounds=7,
    affordable=200,
    budget_rounds=3,
    shared_slots=200,
    shared_call_s=15.0,
    workers=(1, 2, 4),
    servers=10_000,
    whole_jobs=100,
    whole_job_rounds=7,
    finished_jobs=1_000_000,
    claims=300,
    cpu_remixes=300,
    memory_from=500,
    memory_to=10_000,
    large_pictures=10,
    start_rounds=7,
)
QUICK = Counts(
    slot_seconds=(1.0,),
    slot_jobs=100,
    crowd=200,
    crowd_rounds=3,
    accepted_at_once=200,
    accept_rounds=3,
    affordable=200,
    budget_rounds=1,
    shared_slots=40,
    shared_call_s=4.0,
    workers=(1, 2, 4),
    servers=1_000,
    whole_jobs=50,
    whole_job_rounds=3,
    finished_jobs=100_000,
    claims=100,
    cpu_remixes=100,
    memory_from=200,
    memory_to=600,
    large_pictures=10,
    start_rounds=3,
)
TINY = Counts(
    slot_seconds=(0.05,),
    slot_jobs=4,
    crowd=4,
    crowd_rounds=1,
    accepted_at_once=4,
    accept_rounds=1,
    affordable=4,
    budget_rounds=1,
    shared_slots=2,
    shared_call_s=0.1,
    workers=(2,),
    servers=20,
    whole_jobs=2,
    whole_job_rounds=1,
    finished_jobs=200,
    claims=4,
    cpu_remixes=2,
    memory_from=2,
    memory_to=4,
    large_pictures=1,
    start_rounds=1,
)
