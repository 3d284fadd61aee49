"""Exceptions: where they stand, and which of several holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from segrego.config import apply, load_config
from segrego.facts import derive
from segrego.inventory import Inventory, Location, PolicyException

TEXT = """
version: 1
exceptions:
  - {rule: a_rule, subject: One, reason: renewed, owner: alice, expires: '2027-01-01T00:00:00Z'}
  - rule: b_rule
    subject: One
    reason: other
    owner: bob
    expires: 2020-01-01T00:00:00Z
"""


def declared(folder: Path, base: Inventory = Inventory()) -> tuple[PolicyException, ...]:  # noqa: B008 - frozen
    path = folder / "segrego.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return derive(apply(load_config(path), base)).exceptions


def exception(**changes: Any) -> PolicyException:
    fields = {"rule": "a_rule", "subject": "One", "reason": "older", "owner": "carol", "expires_at_ns": 1}
    return PolicyException(**fields | changes)


def test_an_exception_stands_at_its_line(tmp_path: Path) -> None:
    path = (tmp_path / "segrego.yaml").as_posix()
    places = [exception.location for exception in declared(tmp_path)]
    assert places == [Location(source=path, file=path, line=line) for line in (4, 5)]


def test_a_collected_document_repeats_the_configuration_to_no_effect(tmp_path: Path) -> None:
    once = declared(tmp_path)
    assert declared(tmp_path, Inventory(exceptions=once)) == once


def test_of_several_for_one_rule_and_subject_the_last_to_end_is_left() -> None:
    several = (exception(expires_at_ns=2, reason="renewed"), exception(), exception(subject="Two"))
    for order in (several, several[::-1]):
        found = derive(Inventory(exceptions=order)).exceptions
        assert [(one.subject, one.reason) for one in found] == [("One", "renewed"), ("Two", "older")]


def test_the_configuration_stands_for_what_a_document_says(tmp_path: Path) -> None:
    assert [one.reason for one in declared(tmp_path, Inventory(exceptions=(exception(),)))] == ["renewed", "other"]
