"""Configurations written by a test, and read as a user would have them read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from configs import Scan

from segrego.collect.document import encode
from segrego.collect.files import collect_files
from segrego.collect.source import Moment
from segrego.inventory import Inventory


@pytest.fixture
def scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scan:
    """Write files below a folder ``infra`` and collect it; a text alone is ``main.tf``."""

    def collected(files: str | Mapping[str, str | bytes], moment: Moment = "planned") -> Inventory:
        for name, content in ({"main.tf": files} if isinstance(files, str) else files).items():
            path = tmp_path / "infra" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        monkeypatch.chdir(tmp_path)
        found = collect_files(["infra"], moment=moment)
        assert encode(found)  # a document is made of plain values
        return found

    return collected
