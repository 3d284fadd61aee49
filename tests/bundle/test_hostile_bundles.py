"""What a hostile archive, folder or file could do to those who build, publish and serve bundles."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
import tracemalloc
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from bundle_opa import Segrego, wait_until
from test_serve import serving

from segrego.bundle import contents
from segrego.bundle.archive import MANIFEST, MOST_BYTES, Bundle, digests, pack, unpack
from segrego.bundle.publishing import opened, packed, publish
from segrego.bundle.signing import SigningKey, load_key, new_key, signed, write_key
from segrego.bundle.store import Folder, file_name
from segrego.errors import ConfigError, InputError

KEY = new_key("k", "ES256")
LATE = 10**19 - 1


def archive(*entries: tuple[str, bytes], kind: bytes = tarfile.REGTYPE, **more: Any) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as made:
        for name, content in entries:
            entry = tarfile.TarInfo(name)
            entry.size, entry.type = len(content), kind
            for field, value in more.items():
                setattr(entry, field, value)
            made.addfile(entry, io.BytesIO(content))
    return gzip.compress(raw.getvalue())


@pytest.mark.parametrize(
    "name",
    [
        "../data.json",
        "/../data.json",
        "a/../data.json",
        "./data.json",
        "a//data.json",
        "//data.json",
        "a/./data.json",
        "a/..",
        "..",
        ".",
        "a\\..\\data.json",
        "C:\\data.json",
        "data.json\n",
        "data\x1b[2J.json",
        "data\u202enosj.json",
    ],
)
def test_names_that_lead_elsewhere_or_have_two_spellings_are_refused(name: str) -> None:
    with pytest.raises(InputError) as caught:
        unpack(archive((name, b"{}")), "x")
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE]
)
def test_what_is_no_plain_file_is_refused(kind: bytes) -> None:
    with pytest.raises(InputError, match="not a plain file"):
        unpack(archive(("data.json", b""), kind=kind, linkname="/etc/passwd"), "x")


def test_a_name_twice_is_refused() -> None:
    for names in (("data.json", "data.json"), ("data.json", "/data.json")):
        with pytest.raises(InputError, match="of its own"):
            unpack(archive(*((name, b"{}") for name in names)), "x")


@pytest.mark.parametrize("where", ["content", "header"])
def test_an_archive_that_unpacks_to_more_than_it_may_is_refused_in_bounded_memory(where: str) -> None:
    """A header of any size would be read whole as well."""
    bomb = io.BytesIO()
    with gzip.GzipFile(fileobj=bomb, mode="wb", compresslevel=1) as stream:
        entry = tarfile.TarInfo("pax" if where == "header" else "data.json")
        entry.type = tarfile.XHDTYPE if where == "header" else tarfile.REGTYPE
        entry.size = 8 * MOST_BYTES
        stream.write(entry.tobuf(tarfile.USTAR_FORMAT))
        for _ in range(MOST_BYTES // (1 << 20) + 8):
            stream.write(b"\0" * (1 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="larger than 256 MiB"):
            unpack(bomb.getvalue(), "x")
        assert tracemalloc.get_traced_memory()[1] < 3 * MOST_BYTES
    finally:
        tracemalloc.stop()


def test_an_archive_of_very_many_files_is_refused() -> None:
    with pytest.raises(InputError, match="more than 10000 files"):
        unpack(archive(*((f"{number}.json", b"") for number in range(10_001))), "x")


@pytest.mark.parametrize("data", [b"\x1f\x8b", gzip.compress(b"x" * 600), b"PK\x03\x04", gzip.compress(b"x" * 9)[:-4]])
def test_what_is_no_archive_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(InputError, match="not a bundle"):
        unpack(data, "x")


@pytest.mark.parametrize("content", [b"[" * 200_000, b'{"a": NaN', b"\xff", b""])
def test_content_that_is_no_json_is_an_error_and_no_crash(content: bytes) -> None:
    with pytest.raises(InputError, match="not JSON"):
        digests({"data.json": content})


def bundle(name: str, roots: tuple[str, ...], files: Mapping[str, bytes]) -> bytes:
    made = Bundle(name, roots, files, LATE)
    return pack(signed({**files, MANIFEST: made.manifest()}, KEY))


DATA = b'{"segrego": {"revocations": {"agents": {}, "tasks": {}, "sessions": {}}}}'
RULE = b"package segrego.runtime\n\ndecision := {}\n"


@pytest.mark.parametrize(
    ("name", "roots", "files"),
    [
        ("revocations", ("segrego/revocations", "segrego/runtime"), {"data.json": DATA}),
        ("revocations", ("segrego",), {"data.json": DATA}),
        ("revocations", ("",), {"data.json": DATA}),
        ("revocations", (), {"data.json": DATA}),
        ("revocations", ("segrego/agents",), {"data.json": DATA}),
        ("revocations", ("segrego/revocations",), {"data.json": DATA, "x.rego": RULE}),
        ("revocations", ("segrego/revocations",), {"x.rego": RULE}),
        ("policy", contents.ROOTS["policy"], {"x.rego": RULE, "data.json": b"{}"}),
        ("other", ("segrego/revocations",), {"data.json": DATA}),
    ],
)
def test_a_bundle_says_only_what_is_its_own(
    name: str, roots: tuple[str, ...], files: dict[str, bytes], tmp_path: Path
) -> None:
    """Also if the right key signed it: whoever signs revocations may not change the policy by them."""
    with pytest.raises(InputError, match="manifest"):
        publish(Folder(tmp_path), bundle(name, roots, files), [KEY], "x", now_ns=0)
    assert list(tmp_path.glob("*.gz")) == []


def test_what_is_our_own_is_taken() -> None:
    for made in (contents.policy(LATE), contents.revocations(contents.nothing_revoked(), LATE)):
        assert opened(packed(made, KEY), [KEY], "x").files == made.files


def test_publishing_replaces_a_link_and_does_not_follow_it(tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    victim = tmp_path / "victim"
    victim.write_bytes(packed(contents.revocations(contents.nothing_revoked(), LATE), KEY))
    before = victim.read_bytes()
    path = tmp_path / "to" / file_name("revocations")
    path.symlink_to(victim)
    document = contents.nothing_revoked() | {"agents": {"a": {"at_ns": 1, "reason": ""}}}
    publish(Folder(tmp_path / "to"), packed(contents.revocations(document, LATE), KEY), [KEY], "x", now_ns=0)
    assert victim.read_bytes() == before
    assert not path.is_symlink()


def test_a_lock_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".segrego.lock").symlink_to(tmp_path / "made")
    with pytest.raises(Exception, match="cannot be written"):
        publish(Folder(tmp_path), packed(contents.policy(LATE), KEY), [KEY], "x", now_ns=0)
    assert not (tmp_path / "made").exists()


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    with (tmp_path / file_name("policy")).open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(InputError, match="larger than"):
        Folder(tmp_path).read("policy")


def test_the_server_serves_bundles_and_nothing_that_a_link_leads_to(
    grant: str, segrego: Segrego, tmp_path: Path
) -> None:
    assert grant
    secret = tmp_path / "secret"
    secret.write_text("s3cret", encoding="utf-8")
    with serving(tmp_path) as server:
        assert server.ask("/agents.tar.gz")[0] == 200
        path = tmp_path / "agents.tar.gz"
        good = path.read_bytes()
        path.unlink()
        path.symlink_to(secret)
        wait_until(lambda: server.ask("/agents.tar.gz")[0] == 404, "the link to be refused")
        assert json.loads(server.ask("/health")[2])["missing"] == ["agents"]
        path.unlink()
        os.mkfifo(path)
        (tmp_path / "elsewhere.tar.gz").write_bytes(good)
        wait_until(lambda: server.ask("/policy.tar.gz")[0] == 200, "the others to be served beside a pipe")
        assert server.ask("/agents.tar.gz")[0] == 404
        path.unlink()
        path.symlink_to(tmp_path / "elsewhere.tar.gz")  # as Kubernetes mounts files
        wait_until(lambda: server.ask("/agents.tar.gz")[0] == 200, "a link to a bundle")
        assert server.ask("/agents.tar.gz")[2] == good
    assert "s3cret" not in (tmp_path / "server.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("mode", [0o604, 0o620, 0o602, 0o644, 0o666])
def test_a_private_key_that_others_may_use_is_refused(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "key"
    public, _ = write_key(path, KEY)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_key(path)
    public.chmod(mode)
    assert not load_key(public).is_private


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o440])
def test_a_private_key_of_its_owner_and_group_is_taken(mode: int, tmp_path: Path) -> None:
    write_key(tmp_path / "key", KEY)
    (tmp_path / "key").chmod(mode)
    assert isinstance(load_key(tmp_path / "key"), SigningKey)
