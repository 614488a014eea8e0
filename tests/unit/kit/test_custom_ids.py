"""The names of our buttons: read back as they were written, and nothing else is one."""

import re

import pytest

from bot.discord_app.kit.custom_ids import Action


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("job_id", [1, 42, 10**18 - 1])
def test_a_name_is_read_back_as_it_was_written(action, job_id):
    name = action.custom_id(job_id)
    assert len(name) <= 100
    match = re.fullmatch(action.pattern, name)
    assert match is not None
    assert int(match["job"]) == job_id
    assert [other for other in Action if re.fullmatch(other.pattern, name)] == [action]


@pytest.mark.parametrize(
    "name", ["remix:again:", "remix:again:-1", "remix:again:1x", "remix:again:" + "9" * 19, "remix:own:1", "again:1"]
)
def test_another_name_is_none_of_ours(name):
    assert not any(re.fullmatch(action.pattern, name) for action in Action)
