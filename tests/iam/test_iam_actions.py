"""Action patterns mean what AWS's table and IAM's wildcards say."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segrego.iam.actions import compile_pattern, expand
from segrego.inventory import ActionPattern


def one(pattern: str) -> ActionPattern:
    (found,) = expand([pattern])
    return found


def names(pattern: str) -> list[str]:
    return [action.name for action in one(pattern).matches]


@pytest.mark.parametrize(
    ("pattern", "level", "scopable"),
    [
        ("s3:getobject", "Read", True),
        ("s3:putobject", "Write", True),
        ("s3:listbucket", "List", True),
        ("s3:putbucketpolicy", "Permissions management", True),
        ("sts:getcalleridentity", "Read", False),
        ("bedrock:tagresource", "Tagging", True),
        ("lambda:invokefunction", "Write", True),
        ("bedrock:invokeagent", "Read", True),
    ],
)
def test_an_action_has_its_level(pattern: str, level: str, scopable: bool) -> None:
    found = one(pattern)
    assert found.span == "exact"
    assert [(action.name, action.level, action.scopable) for action in found.matches] == [(pattern, level, scopable)]


@pytest.mark.parametrize(
    ("pattern", "span"),
    [
        ("*", "all"),
        ("*:*", "all"),
        ("s3:*", "service"),
        ("s3:**", "service"),
        ("s3:get*", "partial"),
        ("s3:getobjec?", "partial"),
        ("s3:getobjekt", "unknown"),
        ("s3:nothing*", "unknown"),
        ("nosuchservice:*", "unknown"),
        ("bedrock-agent-runtime:invokeagent", "unknown"),
        ("getobject", "unknown"),
        ("s3:", "unknown"),
        (":", "unknown"),
        ("", "unknown"),
        ("../s3:*", "unknown"),
        ("${Service}:GetObject", "unknown"),
        ("s3:${Action}", "unknown"),
    ],
)
def test_spans(pattern: str, span: str) -> None:
    found = one(pattern)
    assert found.span == span
    assert bool(found.matches) == (span not in ("all", "unknown"))


def test_wildcards_match_within_a_service() -> None:
    found = names("s3:get*tagging")
    assert {"s3:getbuckettagging", "s3:getobjecttagging", "s3:getobjectversiontagging"} <= set(found)
    assert all(re.fullmatch("s3:get.*tagging", name) for name in found)
    assert names("s3:getobjec?") == ["s3:getobject"]
    assert set(names("s3:get*")) < set(names("s3:*"))


def test_a_pattern_stands_once_and_in_order() -> None:
    assert [found.pattern for found in expand(["s3:putobject", "*", "s3:getobject", "*"])] == [
        "*",
        "s3:getobject",
        "s3:putobject",
    ]


def test_case_makes_no_difference() -> None:
    assert names("S3:GetObject") == names("s3:getobject")


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("a*c", "abbc", True),
        ("a*c", "ac", True),
        ("a?c", "ac", False),
        ("a?c", "abc", True),
        ("a.c", "abc", False),
        ("a[b]c", "abc", False),
        ("a[b]c", "a[b]c", True),
        ("*", "line\nbreak", True),
        ("(a|b)*", "a", False),
        ("", "", True),
    ],
)
def test_only_stars_and_question_marks_are_wild(pattern: str, text: str, matches: bool) -> None:
    assert bool(compile_pattern(pattern).fullmatch(text)) is matches


@given(st.text(alphabet="ab*?.[]()|\\\n", max_size=12), st.text(alphabet="ab*?.[]()|\\\n", max_size=8))
def test_matching_agrees_with_a_plain_reading(pattern: str, text: str) -> None:
    def reads(pattern: str, text: str) -> bool:
        if not pattern:
            return not text
        if pattern[0] == "*":
            return reads(pattern[1:], text) or (bool(text) and reads(pattern, text[1:]))
        return bool(text) and pattern[0] in ("?", text[0]) and reads(pattern[1:], text[1:])

    assert bool(compile_pattern(pattern).fullmatch(text)) == reads(pattern, text)


@given(st.lists(st.text(max_size=30) | st.from_regex(r"[a-z0-9-]{1,8}:[a-zA-Z*?]{1,12}", fullmatch=True), max_size=4))
def test_any_pattern_has_a_meaning(patterns: list[str]) -> None:
    found = expand(patterns)
    assert [entry.pattern for entry in found] == sorted(set(patterns))
    assert all(bool(entry.matches) == (entry.span in ("exact", "partial", "service")) for entry in found)


def test_a_hostile_pattern_takes_bounded_time() -> None:
    """A regular expression that tries every place for every star would take years."""
    begun = time.process_time()
    assert one("s3:" + "*a" * 12 + "*zz").span == "unknown"
    assert one("s3:" + "*?" * 20 + "zz").span == "unknown"
    assert not compile_pattern("*a" * 1_000 + "b").fullmatch("a" * 5_000)
    assert one("s3:" + "?" * 50_000).span == "unknown"
    assert time.process_time() - begun < 20


def test_a_service_that_aws_does_not_have_is_told_from_an_action_that_the_table_lacks():
    found = {entry.pattern: entry for entry in expand(["bedrock-agent-runtime:invokeagent", "s3:getobjekt", "${x}:y"])}
    assert {name: (entry.span, entry.service_known) for name, entry in found.items()} == {
        "bedrock-agent-runtime:invokeagent": ("unknown", False),
        "s3:getobjekt": ("unknown", True),
        "${x}:y": ("unknown", True),
    }


def test_the_services_of_the_arns_that_actions_are_granted_on():
    found = {
        entry.pattern: entry.arn_services for entry in expand(["s3:getobject", "ecr:getauthorizationtoken", "s3:*"])
    }
    assert found["s3:getobject"] == ("s3",)
    assert found["ecr:getauthorizationtoken"] == ()
    assert set(found["s3:*"]) == {"s3", "s3-object-lambda"}
    assert "*" in expand(["backup:listtags"])[0].arn_services  # a recovery point has its own service's ARN


def test_the_kinds_of_resources_that_actions_are_granted_on():
    found = {entry.pattern: entry.arn_resources for entry in expand(["s3:getobject", "bedrock:invokeagent", "sts:*"])}
    assert {"*/*"} <= set(found["s3:getobject"])
    assert found["bedrock:invokeagent"] == ("agent-alias/*/*",)
    assert "role/*" in found["sts:*"]


@pytest.mark.parametrize(
    ("pattern", "nearest"),
    [
        ("bedrock:invokeagnet", "bedrock:invokeagent"),
        ("s3:getobjects", "s3:getobject"),
        ("iam:passroles", "iam:passrole"),
        ("s3:getobjekt", "s3:getobject"),
        ("bedrock:createagentv2", None),
        ("bedrock:converse", None),
        ("s3:getobjec$", None),
        ("s3:gettt*", None),
        ("nosuchservice:getobject", None),
        ("s3:getobject", None),
    ],
)
def test_an_unknown_action_that_is_almost_one_of_awss(pattern: str, nearest: str | None) -> None:
    assert one(pattern).nearest == nearest


def test_what_aws_documents_as_granted_on_all_log_groups_is_not_misplaced_there() -> None:
    assert expand(["logs:describeloggroups"])[0].arn_services == ("logs",)
    assert not expand(["logs:describeloggroups"])[0].matches[0].scopable
