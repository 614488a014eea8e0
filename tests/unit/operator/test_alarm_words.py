"""Every alarm says in the operator's channel what is wrong and what to do, and that it is over."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.discord_app.operator import alarm_words
from bot.rules.alarms import Alarm, OpenAlarm
from bot.rules.failures import ProviderProblem
from tests.unit.remixes.made_jobs import NOW

FACTS = {
    Alarm.PARKED: {"count": 5},
    Alarm.DISK_LOW: {"free_mb": 12, "needed_mb": 500},
    Alarm.PICTURES_AWAY: {"error": "S3 answers 503"},
    Alarm.RESULTS_LATE: {"count": 2},
    Alarm.BACKUP_OLD: {"made_at": 1_777_000_000, "max_age_h": 24},
}
SUBJECTS = {
    Alarm.QUEUE_HELD: ProviderProblem.KEY_REJECTED,
    Alarm.LINK_HOST: "images.example.com",
    Alarm.TASK_FAILED: "log channels",
}
WHAT_IT_SAYS = {
    Alarm.PARKED: ("**5 remixes are parked.**", "`/remix-operator parked`", "`remix-bot parked`"),
    Alarm.QUEUE_HELD: ("(401)", "`IDEOGRAM_API_KEY`", "every five minutes"),
    Alarm.LINK_HOST: ("`images.example.com`", "`IDEOGRAM_IMAGE_HOSTS`", "restart me within a day"),
    Alarm.DISK_LOW: ("12 MB are free", "500 MB", "`MIN_FREE_DISK_MB`"),
    Alarm.PICTURES_AWAY: ("The picture store fails: S3 answers 503", "`remix-bot doctor`"),
    Alarm.SECOND_COPY: ("A second copy of me", "Stop one of the two"),
    Alarm.BACKUP_OLD: ("<t:1777000000:R>", "`BACKUP_MAX_AGE_H` is 24", "`remix-bot backup`"),
    Alarm.RESULTS_LATE: ("**2 results wait to be fetched or posted", "`not fetched`"),
    Alarm.TASK_FAILED: ("log channels", "The log has the error"),
}


def alarm(kind, **changes):
    begun = OpenAlarm(kind, SUBJECTS.get(kind, ""), FACTS.get(kind, {}), NOW, NOW)
    return replace(begun, **changes)


@pytest.mark.parametrize("kind", Alarm)
def test_every_alarm_says_what_is_wrong_and_what_to_do(kind):
    text = alarm_words.announcement(alarm(kind))
    assert [part for part in WHAT_IT_SAYS[kind] if part not in text] == []
    assert text.startswith("⚠️ **")
    assert "\n" not in text
    assert len(alarm_words.status_line(alarm(kind))) < 150


@pytest.mark.parametrize("kind", Alarm)
def test_every_alarm_says_that_it_is_over_alone_or_with_its_beginning(kind):
    ended = alarm(kind, over_at=NOW + timedelta(hours=1))
    both = alarm_words.announcement(ended).split("\n")
    alone = alarm_words.announcement(replace(ended, announced_at=NOW, announced=ended.facts))
    assert both[0] == alarm_words.announcement(alarm(kind))
    assert both[1:] == [alone]
    assert alone.startswith("✅ **")


@pytest.mark.parametrize("problem", list(alarm_words._TROUBLES))
def test_every_trouble_that_holds_the_queue_has_words_and_a_mend(problem):
    text = alarm_words.announcement(alarm(Alarm.QUEUE_HELD, subject=problem))
    assert "takes no work" not in text
    assert alarm_words._MENDS[problem] in text


def test_a_write_that_failed_names_the_error_and_no_number():
    text = alarm_words.announcement(alarm(Alarm.DISK_LOW, facts={"error": "database or disk is full"}))
    assert "I can't write to the disk (database or disk is full)" in text
    assert "until I can write again" in text


def test_a_message_holds_as_many_as_fit_and_one_at_least():
    many = [alarm(Alarm.TASK_FAILED, subject=f"task {number}") for number in range(60)]
    text, told = alarm_words.message(many)
    assert 5 < told < 60
    assert len(text) < 2_000
    assert text.count("\n") == told - 1
    assert alarm_words.message(many[:1])[1] == 1
