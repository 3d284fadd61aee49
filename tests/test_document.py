"""The inventory document as a file: written and read back unchanged, and refused with field, line and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from segrego.collect.document import SOURCE, encode, parse
from segrego.collect.files import collect_files
from segrego.collect.source import SourceFile
from segrego.errors import InputError, InventoryError
from segrego.facts import derive
from segrego.inventory import VERSION, Binding, Inventory, Label, Role, Source, Tag, Workload

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = derive(collect_files([str(ROOT / "examples/organization")]))


def plain(inventory: Inventory) -> Any:
    return msgspec.to_builtins(inventory)


def test_what_is_written_is_read_back() -> None:
    assert parse(encode(EXAMPLE), "f") == EXAMPLE
    assert encode(parse(encode(EXAMPLE), "f")) == encode(EXAMPLE)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(plain(EXAMPLE)),
        json.dumps(plain(EXAMPLE), indent=7, sort_keys=True),
        yaml.safe_dump(plain(EXAMPLE), sort_keys=False),
        "\ufeff" + json.dumps(plain(EXAMPLE)),
    ],
    ids=["compact", "in another order", "YAML", "with a byte order mark"],
)
def test_however_it_is_laid_out(text: str) -> None:
    assert parse(text.encode(), "f") == EXAMPLE


texts = st.text(max_size=20)


def some(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


inventories = st.builds(
    Inventory,
    evaluated_at_ns=st.none() | st.integers(0, 2**63 - 1),
    workloads=st.lists(
        st.builds(
            Workload,
            id=texts,
            kind=st.just("bedrock_agent"),
            name=texts,
            environment=st.none() | st.builds(Label, value=texts, origin=st.just("tag")),
            bindings=some(st.builds(Binding, role=texts, via=some(texts))),
            tags=some(st.builds(Tag, key=texts, value=texts)),
        ),
        max_size=2,
    ).map(tuple),
    roles=some(st.builds(Role, id=texts, name=st.none() | texts)),
)


@given(inventories)
def test_any_document_is_read_back(inventory: Inventory) -> None:
    assert parse(encode(inventory), "f") == inventory
    assert parse(json.dumps(plain(inventory)).encode(), "f") == inventory
    assert (
        parse(yaml.safe_dump(plain(inventory), allow_unicode=True).encode("utf-8", "surrogatepass"), "f") == inventory
    )


HAND = """\
version: 1
workloads:
  - id: a
    kind: bedrock_agent
    name: a
    bindings:
      - role: r
        slot: draft
roles:
  - id: r
"""


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        (("slot: draft", "slott: draft"), "f:8", ["`slott`", "$.workloads[0].bindings[0]", "Did you mean slot?"]),
        (("slot: draft", "slot: live"), "f:8", ["'live'", "$.workloads[0].bindings[0].slot", "docs/inventory.md"]),
        (("kind: bedrock_agent", "kind: agent"), "f:4", ["'agent'", "$.workloads[0].kind"]),
        (("    kind: bedrock_agent\n", ""), "f:3", ["missing required field `kind`", "$.workloads[0]"]),
        (("id: r", "id: 7"), "f:10", ["expected `str`, got `int`", "$.roles[0].id"]),
        (("roles:\n  - id: r", "roles: r"), "f:9", ["expected `array`, got `str`", "$.roles"]),
        (("roles:", "rolles:"), "f:9", ["`rolles`", "Did you mean roles?"]),
    ],
)
def test_a_field_that_does_not_fit_is_named(change: tuple[str, str], where: str, words: list[str]) -> None:
    text = HAND.replace(*change)
    with pytest.raises(InventoryError) as caught:
        parse(text.encode(), "f")
    assert caught.value.where == where
    assert [word for word in words if word not in str(caught.value)] == []
    with pytest.raises(InventoryError) as in_json:
        parse(json.dumps(yaml.safe_load(text), indent=1).encode(), "f")
    assert [word for word in words if word not in str(in_json.value)] == []


def test_a_field_that_does_not_fit_is_named_in_what_segrego_wrote() -> None:
    written = encode(EXAMPLE).replace(b'"max_session_seconds": 3600', b'"max_session_seconds": "1h"', 1)
    assert written != encode(EXAMPLE)
    with pytest.raises(
        InventoryError, match=r"f:\d+: expected `int \| null`, got `str` at \$\.roles\[\d+\]\.max_session"
    ):
        parse(written, "f")


@pytest.mark.parametrize("version", [0, 2, "1", None, 1.5, True])
def test_a_document_of_another_version_is_refused_with_what_to_do(version: object) -> None:
    document = plain(replace(EXAMPLE, sources=())) | {"version": version}
    with pytest.raises(InventoryError) as caught:
        parse(json.dumps(document).encode(), "f")
    message = str(caught.value)
    assert message.startswith("f")
    assert f"version {version!r}," in message or "$.version" in message


def test_another_version_is_said_before_anything_else() -> None:
    """Its fields need not be ours."""
    with pytest.raises(InventoryError, match=rf"of version {VERSION + 1}, and .* {VERSION}\. Collect"):
        parse(b'{"version": 2, "agents": []}', "f")


def test_without_a_version_it_is_the_present_one() -> None:
    assert parse(HAND.replace("version: 1\n", "").encode(), "f") == parse(HAND.encode(), "f")


@pytest.mark.parametrize("key", ["version", "roles", "settings"])
def test_a_key_that_stands_twice_is_refused_even_where_the_layout_is_ours(key: str) -> None:
    written = encode(EXAMPLE).decode()
    twice = written.replace(f'  "{key}":', f'  "{key}": {json.dumps(plain(EXAMPLE)[key])},\n  "{key}":', 1)
    with pytest.raises(InputError, match=f"'{key}' stands twice"):
        parse(twice.encode(), "f")


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b"3", b"text", b'"roles"'])
def test_what_is_no_object_is_no_document(data: bytes) -> None:
    with pytest.raises(InputError, match=r"^f"):
        parse(data, "f")


def test_a_document_that_names_no_source_is_its_own() -> None:
    (source,) = SOURCE.read([SourceFile("hand.yaml", HAND.encode())]).sources
    assert (source.id, source.kind) == ("hand.yaml", "document")
    named = encode(Inventory(sources=(Source(id="aws:1:eu-west-1", kind="aws"),)))
    assert [source.id for source in SOURCE.read([SourceFile("f.json", named)]).sources] == ["aws:1:eu-west-1"]


@pytest.mark.parametrize(
    ("text", "claimed"),
    [
        (HAND, True),
        ("roles: []\n", True),
        ('{"workloads": []}', True),
        ('{"version": 1, "roles": []}', True),
        (encode(Inventory()).decode(), True),
        ("ignore: [trust_not_pinned]\n", False),
        ("AWSTemplateFormatVersion: '2010-09-09'\nroles: []\nResources: {}\n", False),
        ('{"planned_values": {}, "roles": []}', False),
        ("spec:\n    roles: [a]\n", False),
        ("text about workloads and roles", False),
    ],
)
def test_which_files_are_documents(text: str, claimed: bool) -> None:
    assert SOURCE.claims(SourceFile("f", text.encode(), named=True)) is claimed


def test_what_only_looks_like_a_document_does_not_end_a_scan(tmp_path: Path) -> None:
    (tmp_path / "agents.yaml").write_text("workloads:\n  - {id: a, kind: bedrock_agent, name: a}\n", encoding="utf-8")
    (tmp_path / "roles.json").write_text('{"roles": ["admin", "reader"]}', encoding="utf-8")
    (tmp_path / "other.json").write_text('{"workloads": ["web"]}', encoding="utf-8")
    found = collect_files([str(tmp_path)])
    assert [workload.id for workload in found.workloads] == ["a"]
    assert [(gap.code, Path(gap.subject).name) for gap in found.gaps] == [("unreadable_file", "other.json")]
    with pytest.raises(InventoryError):
        collect_files([str(tmp_path / "other.json")])
