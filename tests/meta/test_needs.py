"""`needs` skips where something is missing, and fails on CI."""

import pytest


def test_what_is_there_lets_the_test_go_on(needs, monkeypatch):
    monkeypatch.setenv("CI", "true")
    needs("/usr/bin/thing", "thing")


@pytest.mark.parametrize("value", [None, "", "0", "false"])
def test_what_is_missing_skips_the_test_on_a_persons_machine(needs, monkeypatch, value):
    monkeypatch.delenv("CI", raising=False)
    if value is not None:
        monkeypatch.setenv("CI", value)
    with pytest.raises(pytest.skip.Exception, match="thing is missing here"):
        needs(None, "thing")


@pytest.mark.parametrize("value", ["true", "1", "woodpecker"])
def test_what_is_missing_is_a_failure_on_ci(needs, monkeypatch, value):
    monkeypatch.setenv("CI", value)
    with pytest.raises(pytest.fail.Exception, match=r"CI lacks thing: \.ci/run has to set it up"):
        needs(None, "thing")
