"""Cases of single readers that the world does not have."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import worlds
from fake_aws import ACCOUNT, NOW, FakeAws, NotThereError
from worlds import MEMBER, selector

from segrego.collect.aws.answers import reduced
from segrego.collect.aws.operations import from_openapi, from_routes, from_tool_list, without_secrets
from segrego.collect.aws.permissions import print_policy
from segrego.collect.aws.reach import Candidate, reached
from segrego.iam.documents import statements
from segrego.inventory import Credential, Inventory, Policy, Role, Telemetry

Read = Callable[..., Inventory]
TRAIL = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/all"


@pytest.fixture
def trail(alone: FakeAws, read: Read) -> Callable[[dict[str, Any]], Inventory]:
    """Collects an account with one trail that has these selectors."""

    def run(selectors: dict[str, Any]) -> Inventory:
        worlds.add_trails(alone)
        alone.answer("cloudtrail", "ListEventDataStores", {})
        alone.answer("cloudtrail", "GetEventSelectors", selectors)
        return read()

    return run


def _telemetry(inventory: Inventory, account: str = ACCOUNT, region: str = "us-east-1") -> Telemetry:
    return next(each for each in inventory.telemetry if each.id == f"{account}/{region}")


KIND = "AWS::Bedrock::AgentAlias"


@pytest.mark.parametrize(
    ("selectors", "whole", "is_partial"),
    [
        ({"AdvancedEventSelectors": [selector(KIND)]}, (KIND,), False),
        ({"AdvancedEventSelectors": [selector(KIND), selector("AWS::S3::Object")]}, (KIND, "AWS::S3::Object"), False),
        ({"AdvancedEventSelectors": [selector(KIND, readOnly=["false"])]}, (), True),
        ({"AdvancedEventSelectors": [selector(KIND, readOnly=["false"]), selector(KIND)]}, (KIND,), False),
        (
            {"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]},
            (),
            False,
        ),
        (
            {
                "EventSelectors": [
                    {"ReadWriteType": "All", "DataResources": [{"Type": KIND, "Values": ["arn:aws:bedrock"]}]}
                ]
            },
            (KIND,),
            False,
        ),
        (
            {
                "EventSelectors": [
                    {
                        "ReadWriteType": "All",
                        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::"]}],
                    }
                ]
            },
            ("AWS::S3::Object",),
            False,
        ),
        (
            {
                "EventSelectors": [
                    {
                        "ReadWriteType": "WriteOnly",
                        "DataResources": [{"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda"]}],
                    }
                ]
            },
            (),
            True,
        ),
        (
            {
                "EventSelectors": [
                    {
                        "ReadWriteType": "All",
                        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::one/"]}],
                    }
                ]
            },
            (),
            True,
        ),
        (
            {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]},
            (),
            False,
        ),
    ],
)
def test_which_data_events_a_trail_records(
    trail: Callable[[dict[str, Any]], Inventory], selectors: dict[str, Any], whole: tuple[str, ...], is_partial: bool
) -> None:
    found = trail(selectors)
    assert _telemetry(found).data_events == whole
    assert [gap.facts for gap in found.gaps if gap.code == "unsupported"] == ([("telemetry",)] if is_partial else [])


def test_a_trail_that_was_stopped_records_nothing(alone: FakeAws, read: Read) -> None:
    worlds.add_trails(alone)
    alone.answer("cloudtrail", "GetTrailStatus", {"IsLogging": False})
    alone.answer("cloudtrail", "ListEventDataStores", {})
    assert _telemetry(read()).data_events == ()


def test_a_trail_of_the_organization_is_read_once_and_in_its_own_account(alone: FakeAws, read: Read) -> None:
    worlds.add_trails(alone)
    shown = {"trailList": [{"Name": "all", "TrailARN": TRAIL, "HomeRegion": "us-east-1", "IsOrganizationTrail": True}]}
    alone.answer("cloudtrail", "DescribeTrails", shown, accounts=None)
    found = read("us-east-1", "eu-west-1", accounts=(ACCOUNT, MEMBER), role_name="segrego")
    assert found.gaps == ()
    for account in (ACCOUNT, MEMBER):
        for region in ("us-east-1", "eu-west-1"):
            assert KIND in (_telemetry(found, account, region).data_events or ())
    asked = [call[2:4] for call in alone.calls if call[1] == "GetEventSelectors"]
    assert asked == [(ACCOUNT, "us-east-1")]


def test_a_trail_that_a_member_may_not_read_is_a_gap_of_every_region_it_covers(alone: FakeAws, read: Read) -> None:
    foreign = TRAIL.replace(ACCOUNT, "999999999999")
    trail = {"Name": "all", "TrailARN": foreign, "HomeRegion": "us-east-1"}
    alone.answer("cloudtrail", "DescribeTrails", {"trailList": [trail]})
    alone.answer("cloudtrail", "GetTrailStatus", _raise("TrailNotFoundException"))
    found = read("us-east-1", "eu-west-1")
    assert {each.data_events for each in found.telemetry} == {None}
    assert {(gap.subject, gap.facts) for gap in found.gaps} == {
        (f"aws:{ACCOUNT}:{region}", ("telemetry",)) for region in ("us-east-1", "eu-west-1")
    }


@pytest.mark.parametrize(
    ("store", "here", "there", "member"),
    [
        ({"Status": "ENABLED"}, True, False, False),
        ({"Status": "ENABLED", "MultiRegionEnabled": True}, True, True, False),
        ({"Status": "ENABLED", "MultiRegionEnabled": True, "OrganizationEnabled": True}, True, True, True),
        ({"Status": "STOPPED_INGESTION", "MultiRegionEnabled": True}, False, False, False),
    ],
)
def test_how_far_an_event_data_store_reaches(
    alone: FakeAws, read: Read, store: dict[str, Any], here: bool, there: bool, member: bool
) -> None:
    arn = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:eventdatastore/one"

    def stores(_: dict[str, Any]) -> dict[str, Any]:
        return {"EventDataStores": [{"EventDataStoreArn": arn}] if alone.region == "us-east-1" else []}

    alone.answer("cloudtrail", "ListEventDataStores", stores)
    alone.answer("cloudtrail", "GetEventDataStore", store | {"AdvancedEventSelectors": [selector(KIND)]})
    found = read("us-east-1", "eu-west-1", accounts=(ACCOUNT, MEMBER), role_name="segrego")
    covered = [
        KIND in (_telemetry(found, account, region).data_events or ())
        for account, region in ((ACCOUNT, "us-east-1"), (ACCOUNT, "eu-west-1"), (MEMBER, "eu-west-1"))
    ]
    assert covered == [here, there, member]


def test_event_data_stores_are_listed_to_the_last_page(alone: FakeAws, read: Read) -> None:
    def page(params: dict[str, Any]) -> dict[str, Any]:
        name, more = ("two", {}) if params.get("NextToken") else ("one", {"NextToken": "next"})
        arn = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:eventdatastore/{name}"
        return {"EventDataStores": [{"EventDataStoreArn": arn}], **more}

    def store(params: dict[str, Any]) -> dict[str, Any]:
        kind = KIND if params["EventDataStore"].endswith("one") else "AWS::Bedrock::FlowAlias"
        return {"Status": "ENABLED", "AdvancedEventSelectors": [selector(kind)]}

    alone.answer("cloudtrail", "ListEventDataStores", page)
    alone.answer("cloudtrail", "GetEventDataStore", store)
    assert _telemetry(read()).data_events == (KIND, "AWS::Bedrock::FlowAlias")


def test_pages_that_lead_round_are_a_gap_and_not_for_ever(alone: FakeAws, read: Read) -> None:
    worlds.add_everything(alone)
    alone.answer("cloudtrail", "ListEventDataStores", {"EventDataStores": [], "NextToken": "again"})
    page = {"JobStatus": "COMPLETED", "ServicesLastAccessed": [], "IsTruncated": True, "Marker": "again"}
    alone.answer("iam", "GetServiceLastAccessedDetails", page)
    alone.answer("organizations", "ListParents", {"Parents": [{"Id": worlds.UNIT, "Type": "ORGANIZATIONAL_UNIT"}]})
    found = read(**worlds.EVERYTHING)
    assert {gap.code for gap in found.gaps} == {"call_failed"}
    assert {gap.facts for gap in found.gaps} == {("telemetry",), ("service_access",), ("service_control",)}
    assert {account.service_control for account in found.accounts} == {None}


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        ({}, False),
        ({"s3Config": {"bucketName": "logs"}}, True),
        ({"s3Config": {"bucketName": "logs"}, "textDataDeliveryEnabled": True}, True),
        ({"textDataDeliveryEnabled": True}, False),
        (
            {"s3Config": {"bucketName": "logs"}}
            | {f"{name}DataDeliveryEnabled": False for name in ("text", "image", "embedding", "video", "audio")},
            False,
        ),
    ],
)
def test_whether_model_invocations_are_logged(
    alone: FakeAws, read: Read, configuration: dict[str, Any], expected: bool
) -> None:
    alone.answer("bedrock", "GetModelInvocationLoggingConfiguration", {"loggingConfig": configuration})
    assert _telemetry(read()).invocation_logging is expected


def _credential(inventory: Inventory, id_: str) -> Credential:
    return next(each for each in inventory.credentials if each.id == id_)


def test_a_provider_of_another_account_is_read_there_or_is_a_gap(alone: FakeAws, read: Read) -> None:
    foreign = worlds.API_KEY.replace(ACCOUNT, MEMBER)
    alone.answer(worlds.CONTROL, "ListHarnesses", {"harnesses": [{"harnessId": "h-abcdefghij", "arn": worlds.HARNESS}]})
    model = {"geminiModelConfig": {"modelId": "g", "apiKeyArn": foreign}}
    alone.answer(worlds.CONTROL, "GetHarness", {"harness": {"model": model, "executionRoleArn": worlds.role("h")}})
    item = {"name": "crm", "credentialProviderArn": foreign, "createdTime": NOW}
    alone.answer(worlds.CONTROL, "ListApiKeyCredentialProviders", {"credentialProviders": [item]}, accounts=(MEMBER,))
    secret = {"apiKeySecretArn": {"secretArn": worlds.secret("crm").replace(ACCOUNT, MEMBER)}}
    alone.answer(worlds.CONTROL, "GetApiKeyCredentialProvider", secret, accounts=(MEMBER,))
    alone.answer("secretsmanager", "DescribeSecret", {"Name": "crm", "RotationEnabled": False}, accounts=(MEMBER,))

    both = read(accounts=(ACCOUNT, MEMBER), role_name="segrego")
    one = read()

    assert (_credential(both, foreign).rotation, _credential(both, foreign).account) == ("disabled", MEMBER)
    assert _credential(one, foreign).rotation is None
    (gap,) = [gap for gap in one.gaps if gap.subject == foreign]
    assert (gap.code, gap.facts) == ("not_collected", ("credentials",))


def test_a_provider_of_a_region_that_is_not_read_is_a_gap(alone: FakeAws, read: Read) -> None:
    worlds.add_gateway(alone)
    found = read()
    gaps = {gap.subject: gap.message for gap in found.gaps if gap.facts == ("credentials",)}
    assert set(gaps) == {worlds.API_KEY, worlds.OAUTH}
    assert {each.id for each in found.credentials} == {worlds.API_KEY, worlds.OAUTH}
    assert _credential(found, worlds.OAUTH).kind == "oauth2"


@pytest.mark.parametrize("arn", ["not-an-arn", f"arn:aws:secretsmanager:us-east-1:{MEMBER}:secret:theirs-AbCdEf"])
def test_a_secret_that_cannot_be_described_is_a_gap_on_its_provider(alone: FakeAws, read: Read, arn: str) -> None:
    worlds.add_credentials(alone)
    alone.answer(worlds.CONTROL, "GetApiKeyCredentialProvider", {"apiKeySecretArn": {"secretArn": arn}})
    found = read()
    assert _credential(found, worlds.API_KEY).rotation is None
    assert [(gap.subject, gap.facts) for gap in found.gaps] == [(worlds.API_KEY, ("credentials",))]


def test_environment_variables_that_lambda_cannot_decrypt_are_a_gap(alone: FakeAws, read: Read) -> None:
    worlds.add_everything(alone)
    broken = {"Environment": {"Error": {"ErrorCode": "KMSAccessDeniedException", "Message": "no"}}}
    alone.answer("lambda", "ListFunctions", {"Functions": [worlds._function("lookup") | broken]})
    gaps = [gap for gap in read().gaps if gap.subject == worlds.function("lookup")]
    assert [(gap.code, gap.facts) for gap in gaps] == [("call_failed", ("credentials",))]


def test_an_organization_without_control_policies_has_none(alone: FakeAws, read: Read) -> None:
    worlds.add_everything(alone)
    alone.answer("organizations", "ListRoots", {"Roots": [{"Id": worlds.ROOT, "PolicyTypes": []}]})
    found = read(**worlds.EVERYTHING)
    assert {account.service_control for account in found.accounts} == {None}
    assert found.gaps == ()
    assert ("organizations", "ListPolicies") not in alone.operations()


def test_accounts_that_are_listed_only_in_part_are_a_gap_on_everything(alone: FakeAws, read: Read) -> None:
    worlds.add_everything(alone)

    def page(_: dict[str, Any]) -> dict[str, Any]:
        alone.fail("organizations", "ListAccounts", "ServiceException")
        return {"Accounts": [{"Id": ACCOUNT, "Name": "main", "Status": "ACTIVE"}], "NextToken": "more"}

    alone.answer("organizations", "ListAccounts", page)
    found = read(**worlds.EVERYTHING)
    assert [account.id for account in found.accounts] == [ACCOUNT]
    (gap,) = found.gaps
    assert {"workloads", "bindings", "service_control"} <= set(gap.facts)


def test_an_external_id_and_a_session_name_go_with_every_assumed_role(alone: FakeAws, read: Read) -> None:
    template = "arn:aws:iam::{account}:role/audit/reader"
    read(accounts=(MEMBER,), role_arn_template=template, external_id="id-0123456789", session_name="audit")
    (call,) = [call for call in alone.calls if call[1] == "AssumeRole"]
    assert f'"RoleArn": "arn:aws:iam::{MEMBER}:role/audit/reader"' in call[4]
    assert '"ExternalId": "id-0123456789"' in call[4]
    assert '"RoleSessionName": "audit"' in call[4]


def test_the_account_of_the_credentials_is_read_only_if_it_is_named(alone: FakeAws, read: Read) -> None:
    found = read(accounts=(MEMBER,), role_name="segrego")
    assert {source.account for source in found.sources} == {MEMBER}
    assert [account.id for account in found.accounts] == [MEMBER]


def test_a_policy_of_aws_is_read_once_for_all_accounts(alone: FakeAws, read: Read) -> None:
    worlds.add_identity(alone)
    agents = [{"agentId": "AGENT00001", "agentName": "orders"}]
    alone.answer("bedrock-agent", "ListAgents", {"agentSummaries": agents}, accounts=None)
    alone.answer(
        "bedrock-agent", "GetAgent", lambda _: {"agent": {"agentResourceRoleArn": _held(alone.account)}}, accounts=None
    )
    alone.answer("iam", "GetRole", lambda _: {"Role": {"RoleName": "r", "Arn": _held(alone.account)}}, accounts=None)
    attached = [{"PolicyArn": worlds.READ_ONLY, "PolicyName": "AmazonS3ReadOnlyAccess"}]
    alone.answer("iam", "ListAttachedRolePolicies", {"AttachedPolicies": attached}, accounts=None)
    alone.answer("iam", "GetPolicy", _only(alone, MEMBER, {"Policy": {"DefaultVersionId": "v1"}}), accounts=None)
    version = {"PolicyVersion": {"Document": worlds.policy("s3:GetObject")}}
    alone.answer("iam", "GetPolicyVersion", version, accounts=None)

    found = read(accounts=(ACCOUNT, MEMBER), role_name="segrego")

    (policy,) = [policy for policy in found.policies if policy.kind == "aws_managed"]
    assert policy.read  # the first account may not read it, the second one may
    assert [call[2] for call in alone.calls if call[1] == "GetPolicy"] == [ACCOUNT, MEMBER]
    assert not [gap for gap in found.gaps if gap.subject == worlds.READ_ONLY]


def _held(account: str) -> str:
    return f"arn:aws:iam::{account}:role/r"


def _only(fake: FakeAws, account: str, answer: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def run(_: dict[str, Any]) -> dict[str, Any]:
        if fake.account != account:
            raise NotThereError("AccessDenied")
        return answer

    return run


def _raise(code: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def run(_: dict[str, Any]) -> dict[str, Any]:
        raise NotThereError(code)

    return run


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ({"Action": "sts:AssumeRole", "Resource": "arn:aws:iam::1:role/one"}, {"one"}),
        ({"Action": ["s3:*", "sts:*"], "Resource": ["arn:aws:iam::1:role/t*", "arn:aws:s3:::b"]}, {"two", "three"}),
        ({"Action": "*", "Resource": "arn:aws:iam::*:role/?wo"}, {"two"}),
        ({"NotAction": "iam:*", "Resource": "arn:aws:iam::1:role/one"}, {"one"}),
        ({"NotAction": "sts:*", "Resource": "arn:aws:iam::1:role/one"}, set()),
        ({"Action": "sts:AssumeRole", "Resource": "*"}, set()),
        ({"Action": "sts:TagSession", "Resource": "arn:aws:iam::1:role/one"}, set()),
        ({"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::1:role/one"}, set()),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}, set()),
    ],
)
def test_which_roles_a_grant_leads_to(statement: dict[str, Any], found: set[str]) -> None:
    names = ("one", "two", "three")
    arns = {name: f"arn:aws:iam::1:role/{name}" for name in names}
    trusted = frozenset({"arn:aws:iam::1:root"})
    candidates = {arn: Candidate(arn, trusts_bedrock=False, principals=trusted) for arn in arns.values()}
    granted = statements({"Statement": {"Effect": "Allow"} | statement})
    policy = Policy(id="p", name="p", kind="inline", statements=granted)
    start = Role(id="arn:aws:iam::1:role/start", policies=("p",))
    assert reached(candidates, [start], {"p": policy}) == {arns[name] for name in found}


@pytest.mark.parametrize(
    ("principal", "is_read"),
    [
        ({"Principal": {"Service": ["lambda.amazonaws.com", "preview.bedrock.amazonaws.com"]}}, True),
        ({"Principal": "*"}, True),
        ({"NotPrincipal": {"AWS": "arn:aws:iam::1:root"}}, True),
        ({"Principal": {"Service": "lambda.amazonaws.com"}}, False),
        ({"Principal": {"AWS": "arn:aws:iam::1:root"}}, False),
        ({"Effect": "Deny", "Principal": {"Service": "bedrock.amazonaws.com"}}, False),
        ({"Effect": "Perhaps", "Principal": {"Service": "lambda.amazonaws.com"}}, True),
    ],
)
def test_which_unheld_roles_bedrock_may_take(
    alone: FakeAws, read: Read, principal: dict[str, Any], is_read: bool
) -> None:
    worlds.add_identity(alone)
    document = json.dumps({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"} | principal]})
    listed = {"RoleName": "r", "Arn": worlds.role("r"), "AssumeRolePolicyDocument": document}
    alone.answer("iam", "ListRoles", {"Roles": [listed]})
    assert [each.id for each in read().roles] == ([worlds.role("r")] if is_read else [])


def test_a_chain_of_roles_is_followed_into_other_accounts(alone: FakeAws, read: Read) -> None:
    worlds.add_everything(alone)
    theirs = f"arn:aws:iam::{MEMBER}:role/theirs"
    trust = {"Effect": "Allow", "Principal": {"AWS": worlds.role("deep")}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    listed = {"RoleName": "theirs", "Arn": theirs, "AssumeRolePolicyDocument": document}
    roles = {ACCOUNT: [worlds._listed(name, who) for name, who in worlds.UNHELD.items()], MEMBER: [listed]}
    alone.answer("iam", "ListRoles", lambda _: {"Roles": roles[alone.account]}, accounts=None)

    def answer(params: dict[str, Any]) -> dict[str, Any]:
        return {"Role": listed if alone.account == MEMBER else worlds._role(params["RoleName"])}

    alone.answer("iam", "GetRole", answer, accounts=None)
    found = {each.id: each for each in read(accounts=(ACCOUNT, MEMBER), role_name="segrego").roles}
    assert found[theirs].unread == ()
    assert found[theirs].account == MEMBER
    assert theirs not in {each.id for each in read().roles}


def test_parts_that_are_not_named_are_dropped_and_times_are_nanoseconds() -> None:
    answer = {"a": {"b": 1, "secret": "x"}, "c": [{"d": NOW}, {"secret": "x"}], "e": None, "secret": "x"}
    assert reduced(answer, "a.b c.d e f.g") == {"a": {"b": 1}, "c": [{"d": int(NOW.timestamp()) * 10**9}, {}]}
    assert reduced("inline", "") == "inline"
    assert reduced({"secret": "x"}, "") == {}
    assert reduced({"a": "text"}, "a.b") == {"a": None}


@pytest.mark.parametrize(
    ("kept", "given", "expected"),
    [
        ("x|names", {"TOKEN": "secret", "A": "b"}, ["A", "TOKEN"]),
        ("x|present", {"secret": 1}, True),
        ("x|url", "https://user:key@host:8080/path?key=1#f", "https://host:8080/path"),
        ("x|url", "http://[broken", "${URL}"),
        ("x|addresses", {"a": ["s3://b/key", {"c": "arn:aws:s3:::b/other"}], "d": "secret"}, ["s3://b"]),
        (
            "x|addresses",
            {"a": "arn:aws:rds:eu-west-1:1:cluster:c", "b": {"connection": "u:p@h"}},
            ["arn:aws:rds:eu-west-1:1:cluster:c"],
        ),
        ("x|secrets", {"a": {"secretArn": "arn"}, "b": {"value": "secret"}}, ["arn"]),
        ("x|models", {"a": [{"modelArn": "m", "prompt": "secret"}, {"b": {"modelId": "n"}}]}, ["m", "n"]),
        ("x|last_used", {"Region": "us-east-1"}, 0),
        ("x|openapi", "paths: [", None),
        ("x|openapi", '{"paths": {"/a": {"$ref": "other"}}}', None),
        ("x|tools", '{"tools": [{"name": "a"}]}', [{"name": "a"}]),
        ("x|tools", "no list", None),
    ],
)
def test_what_may_hold_a_secret_is_kept_in_a_form_that_cannot(kept: str, given: Any, expected: Any) -> None:
    assert reduced({"x": given}, kept) == {"x": expected}


def test_operations_of_every_form() -> None:
    assert without_secrets("https://host") == "https://host"
    assert from_tool_list([{"description": "no name"}]) is None
    assert from_routes({"toolFilters": [{"filterPath": "/a/{id}", "methods": ["GET"]}]}) == [
        {"name": "GET /a/{id}", "method": "GET"}
    ]
    found = from_openapi("paths: {/a: {post: {x-requireConfirmation: ENABLED}}}")
    assert found == [{"name": "POST /a", "method": "POST", "access": None, "confirmation": True}]


def test_a_policy_of_a_partition_without_a_known_region_names_the_common_one() -> None:
    from segrego.collect.aws import AwsOptions

    (*_, assume) = print_policy(AwsOptions(regions=("xx-nowhere-1",), role_name="r"))["Statement"]
    assert assume["Resource"] == "arn:aws:iam::*:role/r"
