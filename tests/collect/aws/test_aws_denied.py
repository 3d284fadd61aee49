"""Every single operation denied, and what AWS does not say, throttles or does not offer: a gap, and never a pass."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import worlds
from fake_aws import ACCOUNT, FakeAws
from msgspec.structs import replace
from worlds import AGENT, CONTROL, MEMBER, role

from segrego.assess import assess, prepare
from segrego.catalog import load_rules
from segrego.collect.aws import AwsOptions, collect
from segrego.collect.aws.calls import OPERATIONS
from segrego.config import Config
from segrego.errors import CollectError
from segrego.evaluate.engine import Engine, EngineOptions, engine
from segrego.findings import Report
from segrego.inventory import Gap, Inventory, Settings

Read = Callable[..., Inventory]
CALLS = [(service, operation) for service, operations in OPERATIONS.items() for operation in operations]
FATAL = {("sts", "GetCallerIdentity"), ("organizations", "ListAccounts")}
"""Without these nobody knows what to read: an error, which is no pass either."""
ENGINE: list[Engine] = []
"""One for the module: a compiled policy takes time to load."""
NOW_NS = 1_790_000_000_000_000_000


def judge(found: Inventory, select: tuple[str, ...] = ()) -> Report:
    prepared = prepare(found, Config(), evaluated_at_ns=NOW_NS)
    if not ENGINE:
        ENGINE.append(engine(EngineOptions(name="embedded")))
    return assess(replace(prepared, settings=Settings(select=select)), ENGINE[0])


@pytest.fixture(scope="module", autouse=True)
def _engine() -> Iterator[None]:
    yield
    ENGINE.clear()


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    return {}


class Remembered:
    """Answers of an earlier run, as a checkpoint gives them, but for one operation: so a run takes few calls."""

    def __init__(self) -> None:
        self.answers: dict[bytes, bytes] = {}
        self.without = ("", "")

    def bind(self, options: AwsOptions, account: str) -> Remembered:
        return self

    def get(self, key: bytes) -> bytes | None:
        return None if tuple(json.loads(key)[1:3]) == self.without else self.answers.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        self.answers.setdefault(key, value)


@pytest.fixture
def quiet(known: dict[str, Any], alone: FakeAws, read: Read, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """The world, and the rules that find nothing in it: nothing but a gap can keep these from passing."""
    monkeypatch.setattr("boto3.session.Session.get_available_regions", lambda *_, **__: ["us-east-1"])
    worlds.add_everything(alone)
    if "quiet" not in known:
        known["answers"] = Remembered()
        found = read(**worlds.EVERYTHING, checkpoint=known["answers"])
        report = judge(found)
        loud = {finding.rule for finding in report.findings}
        known["quiet"] = tuple(rule.slug for rule in load_rules() if rule.slug not in loud)
        known["verdict"] = judge(found, known["quiet"]).verdict
        alone.calls.clear()
    assert known["verdict"] == "pass"
    return known["quiet"]


def test_the_world_passes_where_nothing_is_denied(quiet: tuple[str, ...]) -> None:
    assert {"shared_execution_role", "trust_not_pinned"} <= set(quiet)


@pytest.mark.parametrize(("service", "operation"), CALLS)
def test_one_denied_operation_is_a_gap_and_never_a_pass(
    alone: FakeAws, read: Read, quiet: tuple[str, ...], known: dict[str, Any], service: str, operation: str
) -> None:
    alone.fail(service, operation, "AccessDeniedException", status=403)
    answers = known["answers"]
    answers.without = (service, operation)
    if (service, operation) in FATAL:
        with pytest.raises(CollectError, match="AccessDenied"):
            read(**worlds.EVERYTHING, checkpoint=answers)
        return

    report = judge(read(**worlds.EVERYTHING, checkpoint=answers), quiet)

    assert (service, operation) in alone.operations()
    told = "gave AccessDenied" if operation == "AssumeRole" else f"{service} {operation} in "
    gaps = [gap for gap in report.gaps if told in gap.message and gap.code == "access_denied"]
    assert gaps, "the denied call left no gap"
    hidden = {fact for gap in gaps for fact in gap.facts}
    assert hidden
    blinded = {rule.slug for rule in load_rules() if rule.slug in quiet and hidden & set(rule.requires)}
    assert {name for gap in gaps for name in gap.rules} == blinded
    assert (report.verdict == "pass") == (not blinded)


def _gaps(inventory: Inventory, code: str) -> list[Gap]:
    return [gap for gap in inventory.gaps if gap.code == code]


def test_an_account_whose_role_cannot_be_assumed_is_a_gap_on_that_account(alone: FakeAws, read: Read) -> None:
    worlds.add_everything(alone)
    alone.fail("sts", "AssumeRole", "AccessDenied", status=403)

    found = read(**worlds.EVERYTHING)

    (gap,) = _gaps(found, "access_denied")
    assert gap.subject == MEMBER
    assert {"workloads", "bindings", "trust", "credentials", "telemetry"} <= set(gap.facts)
    assert f"arn:aws:iam::{MEMBER}:role/segrego" in gap.message
    assert "secret of the server" not in gap.message
    assert [account.id for account in found.accounts] == [ACCOUNT, MEMBER]
    assert {source.account for source in found.sources} == {ACCOUNT}
    assert judge(found).verdict != "pass"


def test_a_role_that_is_in_another_account_than_was_asked_for_is_not_used(alone: FakeAws, read: Read) -> None:
    worlds.add_everything(alone)
    alone.answer("sts", "GetCallerIdentity", {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:root"}, accounts=None)

    found = read(**worlds.EVERYTHING)

    (gap,) = _gaps(found, "call_failed")
    assert (gap.subject, "AnotherAccount" in gap.message) == (MEMBER, True)


def test_an_account_for_which_no_role_is_named_is_a_gap(alone: FakeAws, read: Read) -> None:
    found = read(accounts=(ACCOUNT, MEMBER))
    (gap,) = _gaps(found, "not_collected")
    assert gap.subject == MEMBER
    assert "--role-name" in gap.message


def test_what_another_account_has_is_read_there_if_it_can_be_and_is_a_gap_if_not(alone: FakeAws, read: Read) -> None:
    foreign = f"arn:aws:lambda:us-east-1:{MEMBER}:function:theirs"
    held = f"arn:aws:iam::{MEMBER}:role/theirs"
    worlds.add_identity(alone)
    alone.answer("bedrock-agent", "ListAgents", {"agentSummaries": [{"agentId": "AGENT00001", "agentName": "orders"}]})
    override = {"overrideLambda": foreign, "promptConfigurations": []}
    agent = {"agentResourceRoleArn": role("own"), "promptOverrideConfiguration": override}
    alone.answer("bedrock-agent", "GetAgent", {"agent": agent})
    alone.answer("lambda", "GetFunctionConfiguration", {"Role": held, "FunctionArn": foreign}, accounts=(MEMBER,))
    theirs = {
        "RoleName": "theirs",
        "Arn": held,
        "AssumeRolePolicyDocument": worlds.grant("lambda.amazonaws.com", "sts:AssumeRole"),
    }
    alone.answer("iam", "GetRole", {"Role": theirs}, accounts=(MEMBER,))

    both = read(accounts=(ACCOUNT, MEMBER), role_name="segrego")
    one = read()

    (there,) = [each for each in both.workloads if each.id == foreign]
    assert [binding.role for binding in there.bindings] == [held]
    assert next(each for each in both.roles if each.id == held).unread == ()
    assert not [gap for gap in both.gaps if gap.subject in (foreign, held)]
    (gap,) = [gap for gap in one.gaps if gap.subject == foreign]
    assert (gap.code, "bindings" in gap.facts) == ("not_collected", True)


def test_a_throttled_call_is_retried_and_then_a_gap(alone: FakeAws, read: Read) -> None:
    worlds.add_everything(alone)
    alone.fail("bedrock-agent", "ListFlows", "ThrottlingException", times=1)
    assert _gaps(read(attempts=2), "call_failed") == []

    alone.calls.clear()
    alone.fail("bedrock-agent", "ListFlows", "ThrottlingException")
    (gap,) = _gaps(read(attempts=2), "call_failed")
    assert (gap.subject, "workloads" in gap.facts) == (f"aws:{ACCOUNT}:us-east-1", True)
    assert "quieter" in gap.message
    assert sum(call[1] == "ListFlows" for call in alone.calls) == 2


@pytest.mark.parametrize("code", ["UnknownOperationException", "UnrecognizedClientException", "OptInRequired"])
def test_what_a_region_does_not_offer_is_a_gap(alone: FakeAws, read: Read, code: str) -> None:
    worlds.add_everything(alone)
    alone.fail(CONTROL, "ListHarnesses", code)
    (gap,) = _gaps(read(), "not_offered")
    assert {"workloads", "bindings", "tools"} <= set(gap.facts)


def test_a_listing_that_breaks_off_keeps_what_came_and_is_a_gap(alone: FakeAws, read: Read) -> None:
    worlds.add_everything(alone)

    def pages(params: dict[str, Any]) -> dict[str, Any]:
        if params.get("nextToken"):
            alone.fail("bedrock-agent", "ListAgents", "InternalServerException", status=500, times=0)
            raise AssertionError("the second page is failed before it is answered")
        alone.fail("bedrock-agent", "ListAgents", "InternalServerException", status=500)
        return {"agentSummaries": [{"agentId": "AGENT00001", "agentName": "orders"}], "nextToken": "more"}

    alone.answer("bedrock-agent", "ListAgents", pages)
    found = read()
    assert AGENT in {workload.id for workload in found.workloads}
    (gap,) = _gaps(found, "call_failed")
    assert "ListAgents" in gap.message


def test_a_role_that_is_gone_is_a_gap_on_all_of_it(alone: FakeAws, read: Read) -> None:
    worlds.add_everything(alone)
    alone.answer("iam", "GetRole", _gone)
    found = read()
    assert all({"trust", "policies", "boundary"} <= set(each.unread) for each in found.roles)
    assert {gap.subject for gap in _gaps(found, "call_failed")} == {each.id for each in found.roles}


def _gone(_: dict[str, Any]) -> dict[str, Any]:
    from fake_aws import NotThereError

    raise NotThereError("NoSuchEntity")


def test_an_agent_without_a_role_is_a_gap(alone: FakeAws, read: Read) -> None:
    alone.answer("bedrock-agent", "ListAgents", {"agentSummaries": [{"agentId": "AGENT00001", "agentName": "orders"}]})
    alone.answer("bedrock-agent", "GetAgent", {"agent": {"agentResourceRoleArn": ""}})
    (gap,) = _gaps(read(), "unresolved_role")
    assert (gap.subject, gap.facts) == (AGENT, ("bindings",))


def test_an_answer_that_lacks_what_the_model_promises_is_a_gap(
    alone: FakeAws, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    worlds.add_everything(alone)
    monkeypatch.setitem(OPERATIONS[CONTROL], "ListGatewayTargets", "name")
    monkeypatch.setitem(OPERATIONS["bedrock-agent"], "ListFlows", "name")
    found = read()
    assert {gap.message.partition(":")[0] for gap in found.gaps} == {
        "an answer of AWS lacks 'targetId'",
        "an answer of AWS lacks 'id'",
    }
    assert AGENT in {workload.id for workload in found.workloads}
    assert judge(found).verdict != "pass"


def test_policies_that_break_the_grammar_are_gaps(alone: FakeAws, read: Read) -> None:
    worlds.add_everything(alone)
    broken = '{"Statement": [{"Effect": "Perhaps"}]}'
    alone.answer("iam", "GetRolePolicy", {"RoleName": "r", "PolicyName": "in", "PolicyDocument": broken})
    alone.answer("bedrock-agent", "GetResourcePolicy", {"policy": "{"})
    alone.answer("organizations", "DescribePolicy", {"Policy": {"Content": broken}})
    found = read(**worlds.EVERYTHING)
    facts = {gap.facts for gap in _gaps(found, "unreadable_policy")}
    assert facts == {("policies",), ("resource_policies",), ("service_control",)}
    unread = {policy.kind for policy in found.policies if not policy.read}
    assert unread == {"inline", "service_control"}


def test_a_report_that_is_never_ready_is_given_up_in_time(alone: FakeAws, read: Read) -> None:
    worlds.add_everything(alone)
    alone.answer("iam", "GetServiceLastAccessedDetails", {"JobStatus": "IN_PROGRESS", "ServicesLastAccessed": []})
    found = read(last_accessed=True, poll_seconds=0.01, poll_timeout_seconds=0.02)
    gaps = _gaps(found, "call_failed")
    assert {gap.subject for gap in gaps} == {each.id for each in found.roles}
    assert {gap.facts for gap in gaps} == {("service_access",)}
    assert all("NotReady" in gap.message for gap in gaps)


def test_a_report_is_asked_for_until_it_is_ready_and_to_its_last_page(alone: FakeAws, read: Read) -> None:
    worlds.add_everything(alone)
    asked: dict[str, int] = {}

    def details(params: dict[str, Any]) -> dict[str, Any]:
        asked[params["JobId"]] = asked.get(params["JobId"], 0) + 1
        if asked[params["JobId"]] < 3:
            return {"JobStatus": "IN_PROGRESS"}
        name = "bedrock" if params.get("Marker") else "s3"
        more = {} if params.get("Marker") else {"IsTruncated": True, "Marker": "m"}
        used = [{"ServiceName": name, "ServiceNamespace": name}]
        return {"JobStatus": "COMPLETED", "ServicesLastAccessed": used, **more}

    alone.answer("iam", "GetServiceLastAccessedDetails", details)
    found = read(last_accessed=True, poll_seconds=0.001)
    accesses = [[each.service for each in role.service_access or ()] for role in found.roles]
    assert accesses == [["bedrock", "s3"]] * len(found.roles), found.gaps


class TestEndpointsThatAreNotThereError:
    """The names of AWS's endpoints, as a name service knows them."""

    @pytest.fixture
    def names(self, monkeypatch: pytest.MonkeyPatch) -> set[str]:
        absent: set[str] = set()

        def getaddrinfo(host: str, *_: Any, **__: Any) -> list[Any]:
            if any(host.startswith(name) for name in absent):
                raise socket.gaierror(socket.EAI_NONAME, "no such name")
            return []

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        return absent

    def test_a_service_that_a_named_region_lacks_is_one_gap_on_all_that_it_hides(
        self, alone: FakeAws, names: set[str]
    ) -> None:
        worlds.add_everything(alone)
        names.add("bedrock-agentcore-control.")
        found = collect(AwsOptions(regions=("us-east-1",)))
        (gap,) = _gaps(found, "not_offered")
        assert gap.subject == f"aws:{ACCOUNT}:us-east-1"
        assert {"workloads", "bindings", "tools", "credentials"} <= set(gap.facts)
        assert "bedrock-agentcore-control has no endpoint in us-east-1" in gap.message
        assert judge(found).verdict != "pass"

    def test_where_regions_are_discovered_a_service_that_one_lacks_hides_nothing(
        self, alone: FakeAws, names: set[str]
    ) -> None:
        worlds.add_everything(alone)
        names.add("bedrock-agentcore")
        found = collect(AwsOptions(all_regions=True))
        gaps = _gaps(found, "not_offered")
        assert {gap.facts for gap in gaps} == {()}
        assert {workload.kind for workload in found.workloads} >= {"bedrock_agent", "bedrock_flow"}

    def test_where_no_service_of_a_region_is_there_the_network_is_at_fault(
        self, alone: FakeAws, names: set[str]
    ) -> None:
        worlds.add_everything(alone)
        names.update({"bedrock", "lambda", "cloudtrail"})
        found = collect(AwsOptions(all_regions=True))
        assert all(gap.facts for gap in _gaps(found, "not_offered"))
        assert judge(found).verdict != "pass"

    def test_behind_a_proxy_nobody_knows_which_endpoints_there_are(
        self, alone: FakeAws, names: set[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
        names.add("bedrock-agentcore-control.")
        assert _gaps(collect(AwsOptions(regions=("us-east-1",))), "not_offered") == []


def test_regions_are_those_that_are_enabled(alone: FakeAws, read: Read) -> None:
    regions = [{"RegionName": name} for name in ("us-east-1", "eu-west-1")]
    alone.answer("account", "ListRegions", {"Regions": regions})
    found = read(all_regions=True)
    assert {source.region for source in found.sources} == {None, "eu-west-1", "us-east-1"}


def test_a_call_that_fails_without_an_answer_is_a_gap(
    alone: FakeAws, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.exceptions import ReadTimeoutError

    worlds.add_everything(alone)

    def answer(params: dict[str, Any]) -> dict[str, Any]:
        raise ReadTimeoutError(endpoint_url="https://example")

    alone.answer("lambda", "ListFunctions", answer)
    (gap,) = _gaps(read(), "call_failed")
    assert "ReadTimeoutError" in gap.message
