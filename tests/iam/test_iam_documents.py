"""Policy documents as AWS takes them come into one form; whatever AWS would not take is refused whole."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segrego.errors import PolicyDocumentError
from segrego.iam.documents import statements, trust_statements
from segrego.inventory import Condition, Principal, Statement, TrustStatement


def allow(**fields: Any) -> dict[str, Any]:
    given_fields = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} | fields
    return {name: value for name, value in given_fields.items() if value is not None}


def trust(**fields: Any) -> dict[str, Any]:
    principal = {"Service": "bedrock.amazonaws.com"}
    given_fields = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal} | fields
    return {name: value for name, value in given_fields.items() if value is not None}


def one(statement: dict[str, Any]) -> Statement:
    (found,) = statements({"Version": "2012-10-17", "Statement": statement})
    return found


def one_trust(statement: dict[str, Any]) -> TrustStatement:
    (found,) = trust_statements({"Statement": [statement]})
    return found


def test_a_value_and_a_list_are_the_same() -> None:
    single = allow(Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}})
    listed = allow(
        Action=["s3:GetObject"], Resource=["*"], Condition={"StringEquals": {"aws:SourceAccount": ["111122223333"]}}
    )
    assert statements({"Statement": single}) == statements({"Statement": [listed]})


def test_a_document_may_be_its_text() -> None:
    document = {"Statement": [allow(Sid="Read", Action=["s3:Get*", "s3:List*"])]}
    assert statements(json.dumps(document)) == statements(document)


def test_actions_have_no_case_and_resources_have() -> None:
    found = one(allow(Action=["S3:GetObject", "s3:getobject", "*"], Resource=["arn:aws:s3:::Bucket/*"]))
    assert (found.actions, found.resources) == (("s3:getobject", "*"), ("arn:aws:s3:::Bucket/*",))


def test_an_action_that_is_not_resolved_stays_as_it_is_written() -> None:
    assert one(allow(Action="${Service}:GetObject")).actions == ("${Service}:GetObject",)


def test_the_negative_elements() -> None:
    found = one(allow(Action=None, NotAction=["iam:*"], Resource=None, NotResource="arn:aws:s3:::b", Effect="Deny"))
    assert found == Statement(effect="Deny", not_actions=("iam:*",), not_resources=("arn:aws:s3:::b",))


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", Condition(operator="StringEquals", key="aws:sourcearn", values=("x",))),
        ("stringequals", Condition(operator="StringEquals", key="aws:sourcearn", values=("x",))),
        ("ArnLikeIfExists", Condition(operator="ArnLike", key="aws:sourcearn", values=("x",), if_exists=True)),
        ("arnlikeifexists", Condition(operator="ArnLike", key="aws:sourcearn", values=("x",), if_exists=True)),
        (
            "ForAllValues:StringLike",
            Condition(operator="StringLike", key="aws:sourcearn", values=("x",), qualifier="ForAllValues"),
        ),
        (
            "foranyvalue:StringNotEqualsIfExists",
            Condition(
                operator="StringNotEquals", key="aws:sourcearn", values=("x",), qualifier="ForAnyValue", if_exists=True
            ),
        ),
    ],
)
def test_operators_in_one_spelling(operator: str, expected: Condition) -> None:
    assert one(allow(Condition={operator: {"AWS:SourceArn": "x"}})).conditions == (expected,)


def test_every_operator_and_key_is_a_condition_and_values_are_texts() -> None:
    found = one(
        allow(
            Condition={
                "Bool": {"aws:SecureTransport": True},
                "NumericLessThan": {"s3:max-keys": 10, "aws:MultiFactorAuthAge": [3600.5, "7200"]},
                "Null": {"aws:TagKeys": "false"},
            }
        )
    )
    assert [(c.operator, c.key, c.values) for c in found.conditions] == [
        ("Bool", "aws:securetransport", ("true",)),
        ("NumericLessThan", "s3:max-keys", ("10",)),
        ("NumericLessThan", "aws:multifactorauthage", ("3600.5", "7200")),
        ("Null", "aws:tagkeys", ("false",)),
    ]


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", [("*", "*")]),
        ({"AWS": "*"}, [("AWS", "*")]),
        ({"Service": ["a.aws.com", "b.aws.com"]}, [("Service", "a.aws.com"), ("Service", "b.aws.com")]),
        ({"AWS": "111122223333", "Federated": "x"}, [("AWS", "111122223333"), ("Federated", "x")]),
    ],
)
def test_principals(principal: Any, expected: list[tuple[str, str]]) -> None:
    found = tuple(Principal(type=kind, value=value) for kind, value in expected)
    assert one_trust(trust(Principal=principal)).principals == found
    assert one_trust(trust(Principal=None, NotPrincipal=principal)).not_principals == found


def test_statements_know_their_lines() -> None:
    first, second = allow(Sid="First"), allow(Sid="Second")
    found = statements(
        {"Statement": [first, second]}, line_of=lambda value: {id(first): 4, id(second): 9}.get(id(value))
    )
    assert [(statement.sid, statement.line) for statement in found] == [("First", 4), ("Second", 9)]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('"text"', "an object, not a string"),
        ([], "an object, not a list"),
        (None, "an object, not null"),
        ({}, "must hold objects, not null"),
        ({"Statement": ["x"]}, "must hold objects, not a string"),
        ({"Statement": [allow(Effect="allow")]}, "Allow or Deny"),
        ({"Statement": [allow(Effect=None)]}, "Allow or Deny"),
        ({"Statement": [allow(Effect=["Allow"])]}, "Allow or Deny"),
        ({"Statement": [allow(Action=None)]}, "exactly one of Action and NotAction"),
        ({"Statement": [allow(NotAction="s3:*")]}, "exactly one of Action and NotAction"),
        ({"Statement": [allow(Resource=None)]}, "exactly one of Resource and NotResource"),
        ({"Statement": [allow(Action=[])]}, "Action is empty"),
        ({"Statement": [allow(Action="GetObject")]}, "'GetObject' is not an action"),
        ({"Statement": [allow(Action="")]}, "'' is not an action"),
        ({"Statement": [allow(Action=["s3:GetObject", 3])]}, "must hold strings"),
        ({"Statement": [allow(Action=["s3:GetObject", False])]}, "must hold strings"),
        ({"Statement": [allow(Action=["s3:GetObject", None])]}, "must hold strings, not null"),
        ({"Statement": [allow(Resource={"Ref": "X"})]}, "must hold strings, not an object"),
        ({"Statement": [allow(Resource=["*", {}])]}, "must hold strings, not an object"),
        ({"Statement": [allow(Resource=["*", 0])]}, "must hold strings, not int"),
        ({"Statement": [allow(Principal="*")]}, "cannot name a Principal"),
        ({"Statement": [allow(action="s3:*")]}, "unknown element 'action'"),
        ({"Statement": [allow(Condition=["x"])]}, "Condition must be an object"),
        ({"Statement": [allow(Condition={"StringEquals": "x"})]}, "must hold an object"),
        ({"Statement": [allow(Condition={"StringMatches": {"a": "x"}})]}, "not a condition operator"),
        ({"Statement": [allow(Condition={"ForSome:StringLike": {"a": "x"}})]}, "not a condition operator"),
        ({"Statement": [allow(Condition={"StringLike": {"a": {"b": "c"}}})]}, "strings, numbers or booleans"),
        ({"Statement": [allow(Condition={"StringLike": {"a": [None]}})]}, "strings, numbers or booleans"),
        ({"Statement": [allow(Condition={"NumericEquals": {"a": 16**5000}})]}, "a number of"),
    ],
)  # fmt: skip
def test_what_breaks_the_grammar_is_refused(document: object, words: str) -> None:
    with pytest.raises(PolicyDocumentError, match=words):
        statements(document)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (trust(Principal=None), "exactly one of Principal and NotPrincipal"),
        (trust(NotPrincipal="*"), "exactly one of Principal and NotPrincipal"),
        (trust(Resource="*"), "cannot name a Resource"),
        (trust(Principal={}), "or an object of principal types"),
        (trust(Principal="bedrock.amazonaws.com"), "or an object of principal types"),
        (trust(Principal={"Service": []}), "Principal is empty"),
        (trust(Principal={"Service": [7]}), "must hold strings"),
    ],
)
def test_a_trust_policy_that_breaks_the_grammar_is_refused(statement: dict[str, Any], words: str) -> None:
    with pytest.raises(PolicyDocumentError, match=words):
        trust_statements({"Statement": [statement]})


def test_one_bad_statement_refuses_the_document() -> None:
    """Half a policy would look like less than the role may do."""
    with pytest.raises(PolicyDocumentError):
        statements({"Statement": [allow(), allow(Action="nothing")]})


# What parsers give: JSON, and YAML with its integer keys and huge integers.
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.builds(lambda: 16**5000)
elements = st.sampled_from(
    ["Version", "Statement", "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
     "NotResource", "Condition", "StringEquals", "ForAnyValue:ArnLike", "NullIfExists", "Service", "AWS"]
)  # fmt: skip
words = st.sampled_from(["Allow", "Deny", "*", "s3:*", "s3:GetObject", "${X}:y", "bedrock.amazonaws.com", "2012-10-17"])
keys = elements | st.text(max_size=5) | st.integers()
values = st.recursive(
    scalars | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=25,
)
almost = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": st.lists(words, min_size=1, max_size=3)},
    optional={"Resource": values, "NotResource": values, "Principal": values, "Condition": values, "Sid": values},
)


def outcome(reader: Any, document: object) -> tuple[Statement | TrustStatement, ...] | str:
    """The statements, or what is said against them. Any other exception is a defect."""
    try:
        found: tuple[Statement | TrustStatement, ...] = reader(document)
    except PolicyDocumentError as error:
        return str(error)
    return found


@pytest.mark.parametrize("reader", [statements, trust_statements])
@given(document=values | st.fixed_dictionaries({"Statement": almost | st.lists(almost | values, max_size=3)}))
def test_any_value_gives_statements_or_a_refusal(reader: Any, document: object) -> None:
    found = outcome(reader, document)
    assert isinstance(found, str) or all(
        len(statement.actions) + len(statement.not_actions) > 0
        and all(isinstance(value, str) for condition in statement.conditions for value in condition.values)
        for statement in found
    )
    assert outcome(reader, document) == found


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(elements, inner, max_size=5),
    max_leaves=25,
)


@given(st.text(max_size=100) | json_values.map(json.dumps))
def test_any_text_gives_statements_or_a_refusal(text: str) -> None:
    assert isinstance(outcome(statements, text), str | tuple)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"Statement": [allow(Action="s3:" + "*?" * 200_000)]}, id="a long action"),
        pytest.param({"Statement": [allow(Action="$" * 400_000 + ":x")]}, id="an action of dollars"),
        pytest.param(
            {"Statement": [allow(Condition={"ForAnyValue:" * 50_000 + "Bool": {"a": "b"}})]}, id="an operator"
        ),
        pytest.param({"Statement": [allow(Condition={"IfExists" * 50_000: {"a": "b"}})]}, id="an operator of suffixes"),
        pytest.param({"Statement": [allow(Resource=["x" * 10] * 300_000)]}, id="one resource many times"),
        pytest.param({"Statement": [allow()] * 100_000}, id="many statements"),
        pytest.param('{"Statement":' * 50_000, id="deep text"),
    ],
)
def test_large_documents_take_time_in_proportion(document: object) -> None:
    """Quadratic ones would take hours."""
    begun = time.process_time()
    assert isinstance(outcome(statements, document), str | tuple)
    assert time.process_time() - begun < 20
