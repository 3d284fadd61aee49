"""The frameworks that rules cite."""

from __future__ import annotations

from pathlib import Path

import pytest

from segrego import frameworks
from segrego.catalog import load_rules
from segrego.errors import EngineMissingError


def test_every_control_that_a_rule_cites_has_a_title() -> None:
    found = frameworks.load_frameworks()
    for rule in load_rules():
        for name, controls in rule.controls.items():
            assert all(found[name].controls[control] for control in controls)


def test_every_framework_says_where_it_is_published() -> None:
    assert all((framework.url or "").startswith("https://") for framework in frameworks.load_frameworks().values())


def test_controls_keep_the_frameworks_own_order() -> None:
    assert list(frameworks.load_frameworks()["owasp-nhi-2025"].controls)[-2:] == ["NHI9", "NHI10"]


def test_what_the_data_says_more_is_let_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "segrego/frameworks/data.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(
        "theirs: {title: T, controls: {NHI1: X}, url: 'https://a.example', note: more}\n"
        "mine: {title: M, controls: {}}\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(frameworks, "rego_dir", lambda: tmp_path)
    found = frameworks.load_frameworks()
    assert (found["theirs"].url, found["mine"].url) == ("https://a.example", None)


@pytest.mark.parametrize("text", ["", "[]", "a: 1", "a: {title: 1, controls: {}}", "a: {controls: {}}", "{"])
def test_an_installation_without_them_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(frameworks, "rego_dir", lambda: tmp_path)
    with pytest.raises(EngineMissingError, match="Install segrego again"):
        frameworks.load_frameworks()
    path = tmp_path / "segrego/frameworks/data.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EngineMissingError, match="Install segrego again"):
        frameworks.load_frameworks()
