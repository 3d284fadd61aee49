"""No decision allows what is revoked once the revocation is in force, however many are asked for meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

import bench_revocation as bench

REPORTED = [("first", 100), ("second", 200)]


def seen(sent_ns: int, session: int, verdict: str, revision: str | None, client: int = 0) -> bench.Seen:
    return bench.Seen(client, sent_ns, session, verdict, revision)


@pytest.mark.parametrize(
    "wrong",
    [
        [seen(101, 0, "allow", "none yet")],  # after the report, on an old revision
        [seen(50, 0, "allow", "first")],  # on the revision that holds the revocation
        [seen(50, 0, "allow", "second")],
        [seen(10, 1, "deny", "second"), seen(20, 0, "allow", "none yet")],  # back to an older revision
    ],
)
def test_an_allow_after_a_revocation_is_found(wrong: list[bench.Seen]) -> None:
    assert bench.judged(wrong, REPORTED).allowed_after == [wrong[-1]]


def test_what_is_allowed_before_its_revocation_is_in_force_is_not_counted() -> None:
    good = [
        seen(50, 0, "allow", "none yet"),
        seen(101, 1, "allow", "first"),
        seen(201, 2, "allow", "second"),
        seen(201, 0, "deny", "second"),
        seen(99, 0, "allow", "none yet", client=1),
        seen(202, 0, "deny", None),
    ]
    found = bench.judged(good, REPORTED)
    assert found.allowed_after == []
    assert (found.decisions, found.allowed, found.at_risk, found.failed) == (6, 4, 2, 1)


def test_nothing_is_allowed_after_its_revocation_under_full_load(opa: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGREGO_OPA", str(opa))
    with bench.rig() as rig:
        (sidecar,) = rig.sidecars(1)
        found = bench.hammered(rig, sidecar, 5000)
    print(found)
    assert found.decisions >= 5000
    assert found.allowed_after == []
    assert found.failed == 0
    assert (
        min(found.allowed, found.at_risk, found.revocations) > 0
    )  # both were asked about, while something was revoked
