"""The alert rules and the dashboard in deploy/: Prometheus reads them, and the bot serves every series they ask for."""

import json
import re
import shutil
import subprocess

import pytest

from bot.monitoring.health_file import Health, Phase
from bot.monitoring.metrics import Metrics
from bot.rules.alarms import Alarm
from bot.use_cases.core import Counted
from tests.integration.made_storage import START
from tests.meta.source_files import ROOT

RULES = ROOT / "deploy" / "prometheus"
DASHBOARD = ROOT / "deploy" / "grafana" / "remix-bot.json"
SERIES = re.compile(r"\b(?:remixbot|process)_\w+")


def served():
    metrics = Metrics("v1")
    metrics.counted(Counted.REFUSAL, "cooldown")
    metrics.show(Health(START, 0.0, 1, "1", Phase.RUNNING, START), [], START)
    return {line.partition(" ")[0].partition("{")[0] for line in metrics.text().decode().splitlines() if line[0] != "#"}


@pytest.fixture
def promtool(needs):
    """From Debian's package `prometheus`. Only this program of it is used, and no server is started."""
    path = shutil.which("promtool")
    needs(path, "promtool")

    def run(*arguments):
        command = [path, *arguments]
        done = subprocess.run(command, cwd=RULES, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - promtool
        return done.returncode, done.stdout + done.stderr

    return run


def test_the_rules_fire_when_they_should_and_at_no_other_time(promtool):
    code, said = promtool("check", "rules", "alerts.yml")
    assert (code, "8 rules found" in said) == (0, True), said
    code, said = promtool("test", "rules", "alerts_test.yml")
    assert code == 0, said


def test_each_rule_is_tested():
    rules = set(re.findall(r"- alert: (\w+)", (RULES / "alerts.yml").read_text()))
    cases = (RULES / "alerts_test.yml").read_text()
    assert len(rules) == 8
    assert {rule for rule in rules if len(re.findall(rf"alertname: {rule}\b", cases)) < 2} == set()


def test_what_the_rules_ask_for_is_served():
    asked = set(SERIES.findall((RULES / "alerts.yml").read_text()))
    assert asked - served() == set()


def test_the_alarms_that_a_rule_describes_are_all_that_have_no_rule_of_their_own():
    description = re.search(r"disk_low,[^.]*task_failed", (RULES / "alerts.yml").read_text())[0]
    named = set(re.findall(r"[a-z]+_[a-z]+", description))
    assert named == set(Alarm) - {Alarm.PARKED, Alarm.QUEUE_HELD}


def test_what_the_dashboard_asks_for_is_served_and_each_panel_has_a_place():
    panels = json.loads(DASHBOARD.read_text())["panels"]
    asked = {name for panel in panels for target in panel["targets"] for name in SERIES.findall(target["expr"])}
    assert asked - served() == set()
    assert len(asked) > 15
    places = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(places) == len(set(places))
    assert len({panel["id"] for panel in panels}) == len(panels)
