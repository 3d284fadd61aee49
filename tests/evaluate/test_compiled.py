"""The compiled module is native code: where it is taken from decides who may run code as the user."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from segrego.errors import EngineError
from segrego.evaluate import compiled
from segrego.evaluate.embedded import EmbeddedEngine
from segrego.evaluate.engine import EngineOptions

DOCUMENT = b'{"mode": "echo", "name": "x"}'


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "segrego" / "compiled"


def run(stand_in: Path, cache: Path) -> None:
    found = EmbeddedEngine(stand_in / "posture", EngineOptions(cache_dir=cache))
    assert found.evaluate(DOCUMENT)["echo"] == "x"


def modules(cache: Path) -> list[Path]:
    return sorted(cache.glob("*")) if cache.exists() else []


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The bytes that were run as native code."""
    import wasmtime

    seen: list[bytes] = []
    original = wasmtime.Module.deserialize.__func__  # type: ignore[attr-defined]

    def spy(cls: type, engine: wasmtime.Engine, encoded: bytes) -> wasmtime.Module:
        seen.append(encoded)
        return original(cls, engine, encoded)  # type: ignore[no-any-return]

    monkeypatch.setattr(wasmtime.Module, "deserialize", classmethod(spy))
    return seen


def test_the_second_process_loads_what_the_first_compiled(stand_in: Path, cache: Path, loads: list[bytes]) -> None:
    run(stand_in, cache)
    assert not loads
    (module,) = modules(cache)
    assert module.stat().st_mode & 0o777 == 0o600
    assert cache.stat().st_mode & 0o777 == 0o700
    run(stand_in, cache)
    assert len(loads) == 1


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o750, 0o777, 0o711])
def test_a_directory_that_others_can_enter_is_not_used(
    stand_in: Path, cache: Path, loads: list[bytes], mode: int
) -> None:
    run(stand_in, cache)
    cache.chmod(mode)
    run(stand_in, cache)
    assert not loads


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_another_user_owns_is_not_used(stand_in: Path, cache: Path, loads: list[bytes]) -> None:
    run(stand_in, cache)
    os.chown(modules(cache)[0], 12345, -1)
    run(stand_in, cache)
    assert not loads
    os.chown(modules(cache)[0], 0, -1)
    os.chown(cache, 12345, -1)
    run(stand_in, cache)
    assert not loads


def test_a_link_is_not_followed(stand_in: Path, cache: Path, loads: list[bytes], tmp_path: Path) -> None:
    run(stand_in, cache)
    moved = cache.rename(tmp_path / "moved")
    cache.symlink_to(moved)
    run(stand_in, cache)
    cache.unlink()
    moved.rename(cache)
    (module,) = modules(cache)
    target = module.rename(tmp_path / "module")
    module.symlink_to(target)
    run(stand_in, cache)
    assert not loads


def test_a_file_that_others_can_write_is_not_used(stand_in: Path, cache: Path, loads: list[bytes]) -> None:
    run(stand_in, cache)
    modules(cache)[0].chmod(0o620)
    run(stand_in, cache)
    assert not loads


@pytest.mark.parametrize("damage", [b"", b"x" * 10, b"\0" * 100_000])
def test_a_damaged_module_is_compiled_anew(stand_in: Path, cache: Path, loads: list[bytes], damage: bytes) -> None:
    run(stand_in, cache)
    modules(cache)[0].write_bytes(damage)
    run(stand_in, cache)
    assert not loads
    run(stand_in, cache)
    assert len(loads) == 1


def test_a_module_for_other_settings_is_compiled_anew(stand_in: Path, cache: Path, loads: list[bytes]) -> None:
    import wasmtime

    run(stand_in, cache)
    module = modules(cache)[0]
    wasm = (stand_in / "posture/policy.wasm").read_bytes()
    foreign = bytes(wasmtime.Module(wasmtime.Engine(), wasm).serialize())
    module.write_bytes(hashlib.sha256(foreign).digest() + foreign)
    run(stand_in, cache)
    assert loads == [foreign]
    assert module.read_bytes()[32:] != foreign


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write everywhere")
def test_a_cache_that_cannot_be_written_is_no_error(stand_in: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    run(stand_in, tmp_path / "cache")


def test_a_cache_below_a_file_is_no_error(stand_in: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    run(stand_in, tmp_path / "file" / "cache")


def test_old_modules_go_and_others_files_stay(stand_in: Path, cache: Path) -> None:
    cache.mkdir(mode=0o700, parents=True)
    for number in range(9):
        (cache / f"{number}.module").write_bytes(b"old")
        os.utime(cache / f"{number}.module", (number, number))
    (cache / "notes.txt").write_bytes(b"mine")
    run(stand_in, cache)
    names = {path.name for path in modules(cache)}
    assert {"6.module", "7.module", "8.module", "notes.txt"} < names
    assert len(names) == 5


def test_the_directory_is_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert compiled.default_directory() == tmp_path / "segrego" / "compiled"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    found = compiled.default_directory()
    assert found is not None
    assert found.is_relative_to(tmp_path / "home")


def test_what_is_no_module_is_an_error(cache: Path) -> None:
    import wasmtime

    with pytest.raises(EngineError, match="damaged"):
        compiled.load(wasmtime.Engine(), b"\0asm nonsense", cache, where="here")
    assert not modules(cache)
