"""Exceptions: where they stand, and which of several holds."""

from __future__ import annotations

from pathlib import Path

from segrego.config import apply, load_config
from segrego.facts import derive
from segrego.inventory import Inventory, Location, PolicyException

TEXT = """
version: 1
exceptions:
  - {rule: a_rule, subject: One, reason: old, owner: alice, expires: '2026-01-01T00:00:00Z'}
  - rule: a_rule
    subject: One
    reason: renewed
    owner: bob
    expires: 2027-01-01T00:00:00Z
    location: {source: elsewhere}
  - {rule: b_rule, subject: One, reason: other, owner: alice, expires: '2020-01-01T00:00:00Z'}
"""


def declared(folder: Path, base: Inventory = Inventory()) -> tuple[PolicyException, ...]:  # noqa: B008 - frozen
    path = folder / "segrego.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return derive(apply(load_config(path), base)).exceptions


def test_an_exception_stands_at_its_line_whatever_the_file_says(tmp_path: Path) -> None:
    path = (tmp_path / "segrego.yaml").as_posix()
    places = [exception.location for exception in declared(tmp_path)]
    assert places == [Location(source=path, file=path, line=line) for line in (5, 11)]


def test_of_several_for_one_rule_and_subject_the_last_to_end_is_left(tmp_path: Path) -> None:
    assert [(exception.rule, exception.reason) for exception in declared(tmp_path)] == [
        ("a_rule", "renewed"),
        ("b_rule", "other"),
    ]


def test_a_collected_document_repeats_the_configuration_to_no_effect(tmp_path: Path) -> None:
    once = declared(tmp_path)
    assert declared(tmp_path, Inventory(exceptions=once)) == once


def test_a_document_may_hold_an_older_one(tmp_path: Path) -> None:
    older = PolicyException(rule="a_rule", subject="One", reason="older", owner="alice", expires_at_ns=1)
    assert [exception.reason for exception in declared(tmp_path, Inventory(exceptions=(older,)))] == [
        "renewed",
        "other",
    ]
