"""Patterns match in Rego, on both engines, what a plain reading of IAM's wildcards says that they match."""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_iam import glob

import build_policy
from segrego import policy
from segrego.evaluate.embedded import EmbeddedEngine
from segrego.evaluate.engine import EngineOptions

_ASK = """package segrego.posture

import data.segrego.lib.text

report := {"answers": [found |
	some [pattern, other] in input.pairs
	found := {
		"match": text.match(pattern, other),
		"meets": count([1 | text.meets(pattern, other)]),
		"covers": count([1 | text.covers(pattern, other)]),
	}
]}
"""
Pair = tuple[str, str]
Answer = dict[str, int]
Ask = Callable[[Sequence[Pair]], list[Answer]]

TEXT, PATTERN, STARRED = "aab:/é", "aab:/é***??", "aab***"
"""What texts and patterns are made of; a character that stands there twice is twice as frequent."""


@pytest.fixture(scope="module")
def rego(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library with an entry point that answers for pairs of patterns and texts."""
    folder = tmp_path_factory.mktemp("matching") / "rego"
    for name in ("lib/text.rego", "lib/segments.rego"):
        path = folder / "segrego" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((policy.rego_dir() / "segrego" / name).read_bytes())
    (folder / "segrego/posture.rego").write_text(_ASK, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def embedded(opa: Path, rego: Path, tmp_path_factory: pytest.TempPathFactory) -> EmbeddedEngine:
    folder = tmp_path_factory.mktemp("compiled")
    capabilities = (Path(__file__).parents[2] / "bundles/capabilities.json").read_bytes()
    for name, content in build_policy.compiled(str(opa), rego, b'{"revision": "test"}', capabilities).items():
        (folder / name).write_bytes(content)
    return EmbeddedEngine(folder, EngineOptions(cache=False))


@pytest.fixture(scope="module")
def ask(opa: Path, rego: Path, embedded: EmbeddedEngine) -> Ask:
    """Asks both engines, which must agree."""

    def asked(pairs: Sequence[Pair]) -> list[Answer]:
        document = json.dumps(_input(pairs)).encode()
        command = [opa, "eval", "--stdin-input", "--format", "raw", "--data", rego, "data.segrego.posture.report"]
        done = subprocess.run(command, input=document, capture_output=True, check=True, timeout=60)
        found: list[Answer] = json.loads(done.stdout)["answers"]
        assert embedded.evaluate(document)["answers"] == found
        return found

    return asked


def _input(pairs: Sequence[Pair]) -> dict[str, Any]:
    return {"pairs": pairs, "workloads": [], "roles": [], "resources": [], "tools": []}


@settings(max_examples=20)
@given(st.text(alphabet=PATTERN, max_size=14), st.lists(st.text(alphabet=TEXT, max_size=12), min_size=1, max_size=8))
def test_a_text_is_matched_as_by_a_plain_reading(ask: Ask, pattern: str, texts: list[str]) -> None:
    assert [answer["match"] for answer in ask([(pattern, text) for text in texts])] == [
        2 * glob(pattern, text) for text in texts
    ]


def test_thousands_of_texts_are_matched_as_by_a_plain_reading(ask: Ask) -> None:
    choice = random.Random(1)
    pairs = [(_any(choice, PATTERN), _any(choice, TEXT)) for _ in range(5000)]
    wanted = [2 * glob(pattern, text) for pattern, text in pairs]
    assert [answer["match"] for answer in ask(pairs)] == wanted
    assert wanted.count(2) > 300


def test_a_text_is_matched_by_what_it_was_made_into(ask: Ask) -> None:
    """Random pairs seldom match: here a text's parts are replaced by wildcards."""
    choice = random.Random(2)
    texts = [_any(choice, TEXT) for _ in range(1000)]
    assert {answer["match"] for answer in ask([(_made_from(text, choice), text) for text in texts])} == {2}


def test_what_is_said_of_two_patterns_holds(ask: Ask) -> None:
    choice = random.Random(3)
    pairs = [(_any(choice, PATTERN), _any(choice, PATTERN)) for _ in range(4000)]
    answers = ask(pairs)
    for (pattern, other), answer in zip(pairs, answers, strict=True):
        if not answer["meets"]:
            assert not _have_common_text(pattern, other), (pattern, other)
        if answer["covers"]:
            assert all(glob(pattern, text) for text in _texts_of(other)), (pattern, other)
    assert sum(answer["covers"] for answer in answers) > 100
    assert sum(not answer["meets"] for answer in answers) > 1000


def test_two_patterns_of_stars_meet_exactly_where_they_have_a_text_in_common(ask: Ask) -> None:
    choice = random.Random(4)
    pairs = [(_any(choice, STARRED), _any(choice, STARRED)) for _ in range(4000)]
    wanted = [int(_have_common_text(pattern, other)) for pattern, other in pairs]
    assert [answer["meets"] for answer in ask(pairs)] == wanted
    assert min(wanted.count(0), wanted.count(1)) > 300


def test_two_patterns_of_one_arn_meet(ask: Ask) -> None:
    arns = [
        "arn:aws:lambda:us-east-1:111122223333:function:orders:live", "arn:aws:s3:::orders/a:b",
        "arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:logs:eu-west-1:111122223333:log-group:/a:log-stream:b",
    ]  # fmt: skip
    choice = random.Random(5)
    pairs = [(_made_from(arn, choice), _made_from(arn, choice)) for arn in arns for _ in range(1000)]
    apart = [pair for pair, answer in zip(pairs, ask(pairs), strict=True) if not answer["meets"]]
    assert apart == []


def test_a_hostile_pattern_is_followed_to_its_end(ask: Ask) -> None:
    """As many wildcards as IAM takes at all; one after the other tried at every place would take years."""
    started = time.process_time()
    pairs = [
        ("*a" * 1000 + "*", "a" * 2000), ("*a" * 1000 + "b", "a" * 2000), ("*ab" * 700 + "*", "ab" * 699),
        ("?*" * 200 + "b", "a" * 400), ("*a?" * 60 + "b", "ab" * 200), ("a" * 2000 + "?", "a" * 2001),
    ]  # fmt: skip
    assert [answer["match"] for answer in ask(pairs)] == [2, 0, 0, 0, 0, 2]
    assert time.process_time() - started < 20


def test_what_is_longer_than_iam_takes_is_perhaps(ask: Ask) -> None:
    assert [answer["match"] for answer in ask([("*a?" * 1000, "a" * 2000), ("*a" * 5000, "a" * 9000 + "b")])] == [1, 1]


def _any(choice: random.Random, alphabet: str) -> str:
    return "".join(choice.choices(alphabet, k=choice.randint(0, 12)))


def _made_from(text: str, choice: random.Random) -> str:
    """A pattern that matches the text."""
    start, stop = sorted(choice.choices(range(len(text) + 1), k=2))
    places = choice.choices(range(len(text) + 1), k=choice.randint(0, 3))
    pattern = "".join(
        ("*" if place == start else "") if start <= place < stop else "?" if place in places else character
        for place, character in enumerate(text)
    )
    return pattern + choice.choice(("", "*"))


def _have_common_text(pattern: str, other: str) -> bool:
    """By going through both patterns at once, all ways."""
    todo, seen = [(0, 0)], set()
    while todo:
        at = todo.pop()
        if at in seen:
            continue
        seen.add(at)
        one, two = at
        if at == (len(pattern), len(other)):
            return True
        here, there = pattern[one : one + 1], other[two : two + 1]
        if here == "*":
            todo += [(one + 1, two)] + ([(one, two + 1)] if there else [])
        if there == "*":
            todo += [(one, two + 1)] + ([(one + 1, two)] if here else [])
        if here and there and "*" not in (here, there) and (here == there or "?" in (here, there)):
            todo.append((one + 1, two + 1))
    return False


def _texts_of(pattern: str) -> list[str]:
    """Some texts that a pattern stands for."""
    return [pattern.replace("*", many).replace("?", one) for many in ("", "a", "b:b", "zz") for one in ("a", "é", "z")]
