"""The progress bar is for somebody who watches."""

from __future__ import annotations

import pytest

from segrego.report.progress import progress


def test_where_nobody_watches_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(watched=False) as advance:
        assert advance is None
    assert capsys.readouterr() == ("", "")


def test_it_moves_on_standard_error(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    with progress(watched=True) as advance:
        assert advance is not None
        advance("agents", 1, 2)
        advance("agents", 2, 2)
    out, err = capsys.readouterr()
    assert out == ""
    assert "agents" in err
