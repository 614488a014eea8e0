"""Which part of the work a process does, from the options of `remix-bot run`."""

import pytest

from bot.rules.roles import Part, Role, RoleError, Shards, read_part


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (("all", None, None), Part()),
        (("gateway", None, None), Part(Role.GATEWAY)),
        (("worker", None, None), Part(Role.WORKER)),
        (("gateway", "0-3", 8), Part(Role.GATEWAY, Shards(0, 3, 8))),
        (("gateway", " 4 - 7 ", 8), Part(Role.GATEWAY, Shards(4, 7, 8))),
        (("all", "2", 3), Part(Role.ALL, Shards(2, 2, 3))),
    ],
)
def test_options_that_fit_together_are_read(options, part):
    assert read_part(*options, one_process=False) == part


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("boss", None, None), "--role is one of all, gateway, worker, not 'boss'."),
        (("worker", "0-3", 8), "a worker has no gateway connection"),
        (("gateway", "0-3", None), "--shards needs --of"),
        (("gateway", None, 8), "--of needs --shards"),
        (("gateway", "4-8", 8), "numbered from 0 to 7"),
        (("gateway", "3-0", 8), "ends before it begins"),
        (("gateway", "0", 0), "--shards needs --of"),
        (("gateway", "-1", 8), "a range such as 0-3"),
        (("gateway", "0-", 8), "a range such as 0-3"),
        (("gateway", "0,1", 8), "a range such as 0-3"),
        (("gateway", "٣", 8), "a range such as 0-3"),
    ],
)
def test_what_does_not_fit_together_is_one_sentence(options, says):
    with pytest.raises(RoleError) as raised:
        read_part(*options, one_process=False)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("options", [("gateway", None, None), ("worker", None, None), ("all", "0-3", 8)])
def test_sqlite_has_one_process_that_does_everything(options):
    with pytest.raises(RoleError, match="PostgreSQL"):
        read_part(*options, one_process=True)
    assert read_part("all", "0-7", 8, one_process=True).shards == Shards(0, 7, 8)


def test_each_server_belongs_to_one_shard_as_discord_counts():
    guild_id = 1_234_567_890_123_456_789
    shard = (guild_id >> 22) % 10
    covering = [each for each in range(10) if Shards(each, each, 10).cover(guild_id)]
    assert covering == [shard]
    assert Part().covers(guild_id)
    assert not Part(Role.WORKER).covers(guild_id)
    assert Part(Role.GATEWAY, Shards(shard, shard, 10)).covers(guild_id)
    assert not Part(Role.GATEWAY, Shards((shard + 1) % 10, (shard + 1) % 10, 10)).covers(guild_id)


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        (Shards(0, 3, 8), Shards(4, 7, 8), False),
        (Shards(0, 3, 8), Shards(3, 7, 8), True),
        (Shards(4, 7, 8), Shards(0, 7, 8), True),
        (Shards(0, 3, 8), Shards(4, 15, 16), True),
    ],
)
def test_shards_of_another_count_always_overlap(one, other, overlap):
    assert one.overlap(other) is other.overlap(one) is overlap
    assert Part(Role.WORKER).answered is None
    assert one.overlap(Part(Role.GATEWAY).answered)
