"""JSON and YAML that anybody may have written: one document with its lines, or a clear error in bounded time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segrego.errors import ConfigError, InputError
from segrego.loading import MAX_DEPTH, MAX_JSON_LINES, convert, load

TIME_LIMIT = 30.0


@contextmanager
def bounded() -> Iterator[None]:
    """Far more processor time than anything linear needs, and far less than anything else would take."""
    begun = time.process_time()
    yield
    assert time.process_time() - begun < TIME_LIMIT


def refused(data: bytes, words: str) -> InputError:
    with bounded(), pytest.raises(InputError, match=words) as caught:
        load(data, "f.yaml")
    assert str(caught.value).startswith("f.yaml")
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1\nb: [x, y]\n", {"a": 1, "b": ["x", "y"]}),
        ('{"a": 1, "b": ["x", "y"]}', {"a": 1, "b": ["x", "y"]}),
        ("\ufeffa: 1", {"a": 1}),
        ('\n\t {"a":\t1}', {"a": 1}),
        ("[1, 2]", [1, 2]),
        ("- 1\n- 2", [1, 2]),
        ("text", "text"),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("base: &b {x: 1, y: 1}\nmore: {<<: *b, y: 2}", {"base": {"x": 1, "y": 1}, "more": {"x": 1, "y": 2}}),
        ("{}", {}),
    ],
)
def test_a_document_is_its_value(text: str, value: Any) -> None:
    assert load(text.encode(), "f").value == value


@pytest.mark.parametrize(
    ("data", "words", "line"),
    [
        (b"", "empty", None),
        (b"# only a comment\n", "empty", None),
        (b"\xff\xfe\x00", "byte 0 is not UTF-8", None),
        (b"a: \xe9t\xe9", "byte 3 is not UTF-8", None),
        (b"a: 1\nb: }\n", "not valid YAML", 2),
        (b"a: 1\n---\nb: 2\n", "not valid YAML", 2),
        (b"a: *nothing", "not valid YAML", 1),
        (b"a: !python/object:os.system x", "not valid YAML", 1),
        (b"a: !!python/name:os.system", "not valid YAML", 1),
        (b"a: \x07", "not valid YAML", None),
        (b"a: 1\na: 2\n", "'a' stands twice", 2),
        (b"a:\n  b: 1\n  c: 1\n  b: 2\n", "'b' stands twice", 4),
        (b"a: &x [*x]", "an alias contains itself", 1),
        (b"a: &x\n  b: {c: *x}", "an alias contains itself", 1),
        (b"a: 2027-13-45", "not valid YAML", None),
        (b'{"a": 1', "not valid JSON", 1),
        (b'{"a": 1,\n "b": nope}', "not valid JSON", 2),
        (b'{"a": 1} trailing', "not valid JSON", 1),
        (b'{"a": 1, "b": 2, "a": 3}', "'a' stands twice", None),
        (b'{"a": {"b": 1, "b": 1}}', "'b' stands twice", None),
        (b'{"a": ' + b"9" * 5_000 + b"}", "not valid JSON", None),
    ],
)
def test_anything_else_is_an_error_with_its_place(data: bytes, words: str, line: int | None) -> None:
    error = refused(data, words)
    assert error.where == ("f.yaml" if line is None else f"f.yaml:{line}")


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b"- ", b"a:\n ", b"? "])
def test_deep_nesting(opening: bytes) -> None:
    depth = 100_000 if opening in (b"[", b'{"a":') else 3_000
    nested = opening * depth if b"\n" not in opening else b"".join(b" " * n + b"a:\n" for n in range(depth))
    refused(nested, "nested too deeply|not valid")


def test_nesting_up_to_the_limit_is_read() -> None:
    depth = MAX_DEPTH - 3  # the stream, the document and the mapping are levels too
    assert load(b"x: " + b"[" * depth + b"]" * depth, "f").value
    refused(b"x: " + b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "nested too deeply")


def bomb(levels: int, width: int, merge: bool = False) -> bytes:
    """Aliases of aliases: ``width`` to the power of ``levels`` values in a few hundred bytes."""
    lines = [b"l0: &l0 {k: v}" if merge else b"l0: &l0 [x]"]
    for level in range(1, levels + 1):
        inner = b", ".join(b"*l%d" % (level - 1) for _ in range(width))
        lines.append((b"l%d: &l%d {<<: [%s]}" if merge else b"l%d: &l%d [%s]") % (level, level, inner))
    return b"\n".join(lines)


@pytest.mark.parametrize("merge", [False, True])
def test_bombs_of_aliases(merge: bool) -> None:
    refused(bomb(30, 10, merge), "values once aliases are followed")


def test_a_few_aliases_are_fine() -> None:
    assert load(bomb(3, 3), "f").value["l3"][2][2][2] == ["x"]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"".join(b"k%d: v\n" % n for n in range(100_000)), id="keys in YAML"),
        pytest.param(json.dumps({f"k{n}": n for n in range(300_000)}).encode(), id="keys in JSON"),
        pytest.param(b"a: &a v\nb: [" + b"*a, " * 50_000 + b"]", id="aliases"),
        pytest.param(b"a: '" + b"x" * 5_000_000 + b"'", id="a long text"),
        pytest.param(b"".join(b"- &x%d v\n" % n for n in range(50_000)), id="anchors"),
        pytest.param(b"# " + b"x" * 5_000_000 + b"\na: 1", id="a long comment"),
    ],
)
def test_large_documents_take_time_in_proportion(data: bytes) -> None:
    with bounded():
        assert load(data, "f").value


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    tags: dict[str, str] = {}


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    title: str = ""
    items: tuple[Inner, ...] = ()
    one: Inner | None = None


YAML = """\
title: t
items:
  - name: a
  - name: b
    tags:
      x: y
one:
  name: c
"""


@pytest.mark.parametrize("text", [YAML, json.dumps({"title": "t", "items": [], "one": None}, indent=1)])
def test_a_document_becomes_its_model(text: str) -> None:
    found = convert(load(text.encode(), "f"), Outer, "f", ConfigError, "Help.")
    assert found.title == "t"


@pytest.mark.parametrize(
    ("path", "line"),
    [("$", 1), ("$.title", 1), ("$.items", 2), ("$.items[0]", 3), ("$.items[1].tags", 5), ("$.items[1].tags.x", 6),
     ("$.one.name", 8), ("$.one.nothing", 7), ("$.items[9].name", 2), ("$.items[1].tags[...]", 5), ("", 1)],
)  # fmt: skip
def test_lines_are_those_of_the_key_or_item(path: str, line: int) -> None:
    assert load(YAML.encode(), "f").line(path) == line


def test_json_has_lines_too() -> None:
    document = load(b'{\n "items": [\n  {"name": "a"},\n  {"name":\n   3}\n ]\n}', "f")
    assert [document.line(path) for path in ("$.items", "$.items[1]", "$.items[1].name")] == [2, 4, 4]
    assert load(b'{"%s": 1, "items": []}' % (b"k" * 2_000), "f").line("$.items") is None  # no key of YAML
    long = json.dumps({"items": ["x" * MAX_JSON_LINES]})
    assert load(long.encode(), "f").line("$.items") is None


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("titel: x", "f:1", ["unknown field `titel`", "Did you mean title?"]),
        ("items:\n  - name: a\n    tag: {}", "f:3", ["`tag` at $.items[0]", "Did you mean tags?"]),
        ("one:\n  nmae: a", "f:2", ["`nmae` at $.one", "Did you mean name?"]),
        ("title: x\nxyzzy: 1", "f:2", ["`xyzzy`. Help."]),
        ("items:\n  - {}", "f:2", ["missing required field `name` at $.items[0]. Help."]),
        ("title:\n  - 1", "f:1", ["expected `str`, got `array` at $.title"]),
        ("items:\n  - name: a\n    tags: {x: 1}", "f:3", ["at $.items[0].tags"]),
        ("items:\n  - name: a\n    tags:\n      1: x", "f:3", ["`str`, got `int` at $.items[0].tags"]),
        ('{"titel": 1}', "f:1", ["titel", "Did you mean title?"]),
        ("- 1", "f:1", ["expected `object`, got `array`"]),
    ],
)
def test_a_field_that_does_not_fit_is_named_with_its_line(text: str, where: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        convert(load(text.encode(), "f"), Outer, "f", ConfigError, "Help.")
    assert caught.value.where == where
    assert [word for word in words if word not in str(caught.value)] == []


def outcome(data: bytes) -> Any:
    """The value, or what is said against the bytes. Any other exception is a defect."""
    try:
        return load(data, "f").value
    except InputError as error:
        return str(error)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_document_or_an_error_of_ours(data: bytes) -> None:
    assert repr(outcome(data)) == repr(outcome(data))


yaml_text = st.text(alphabet=" \n-:?[]{}&*!|>'\"%@#,ab1~<=.\t", max_size=60)


@given(yaml_text)
def test_any_text_of_yaml_is_a_document_or_an_error_of_ours(text: str) -> None:
    assert repr(outcome(text.encode())) == repr(outcome(text.encode()))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), json_values, max_size=4) | st.lists(json_values, max_size=4))
def test_whatever_json_writes_is_read_back(value: Any) -> None:
    assert load(json.dumps(value).encode(), "f").value == value
    assert load(json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass"), "f").value == value


@given(st.dictionaries(st.text(alphabet="ab", min_size=1), json_values, max_size=3), st.integers(0, 5))
def test_lines_are_found_or_null_for_any_path(value: dict[str, Any], index: int) -> None:
    document = load(json.dumps(value, indent=1).encode(), "f")
    for path in ("$", "$.a", f"$.a[{index}].b", "$.b.a[...]"):
        line = document.line(path)
        assert line is None or 1 <= line <= json.dumps(value, indent=1).count("\n") + 1
