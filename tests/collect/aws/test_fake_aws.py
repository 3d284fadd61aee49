"""The fake is held to botocore's service models: a fixture cannot have a shape that AWS never sends."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.session import get_session
from fake_aws import FakeAws, checked


def _model(service: str, operation: str) -> Any:
    return get_session().get_service_model(service).operation_model(operation)


@pytest.mark.parametrize(
    ("service", "operation", "answer", "message"),
    [
        ("bedrock-agent", "GetAgent", {"agent": {"agentRole": "x"}}, "Agent has no .*agentRole"),
        ("bedrock-agent", "GetAgent", {"agents": {}}, "GetAgentResponse has no .*agents"),
        ("bedrock-agent", "GetAgent", {"agent": {"agentStatus": "HAPPY"}}, "has no value 'HAPPY'"),
        ("bedrock-agent", "GetAgent", {"agent": {"idleSessionTTLInSeconds": "600"}}, "Invalid type"),
        ("bedrock-agent", "GetAgent", {"agent": []}, "Invalid type"),
        ("bedrock-agent", "ListAgents", {"agentSummaries": [{"agentName": "a", "role": "r"}]}, "has no .*role"),
        (
            "bedrock-agent",
            "GetAgentActionGroup",
            {
                "agentActionGroup": {
                    "functionSchema": {"functions": [{"name": "f", "parameters": {"p": {"kind": "x"}}}]}
                }
            },
            "ParameterDetail has no .*kind",
        ),
        ("lambda", "GetFunction", {"Code": {"ImageURI": "x"}}, "has no .*ImageURI"),
        ("iam", "GetRole", {"Role": {"RoleLastUsed": {"LastUsed": 1}}}, "has no .*LastUsed"),
        (
            "bedrock-agentcore-control",
            "GetGatewayTarget",
            {"targetConfiguration": {"mcp": {"smithyModel": {}, "connector": {"source": {"connectorId": "x"}}}}},
            "Invalid number of parameters",
        ),
    ],
)
def test_an_answer_that_aws_never_sends_is_refused(
    service: str, operation: str, answer: dict[str, Any], message: str
) -> None:
    with pytest.raises(AssertionError, match=message):
        checked(_model(service, operation), answer)


def test_what_aws_always_sends_is_filled_in() -> None:
    model = _model("bedrock-agent", "GetAgent")
    filled = checked(model, {"agent": {"agentName": "a"}})
    required = model.output_shape.members["agent"].required_members
    assert set(required) <= set(filled["agent"])
    assert filled["agent"]["agentName"] == "a"


def test_answers_and_failures_come_back_as_boto3_gives_them(models: Any) -> None:
    import boto3

    fake = FakeAws(alone=True)
    session = boto3.Session("x", "y", region_name="us-east-1")
    fake.install(session)
    fake.answer("iam", "GetRole", {"Role": {"RoleName": "r", "AssumeRolePolicyDocument": '{"Statement": []}'}})
    fake.fail("lambda", "GetFunction", "AccessDeniedException", status=403)
    assert session.client("iam").get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"] == {"Statement": []}
    with pytest.raises(session.client("lambda").exceptions.ClientError, match="AccessDeniedException"):
        session.client("lambda").get_function(FunctionName="f")
    assert [call[:2] for call in fake.calls] == [("iam", "GetRole"), ("lambda", "GetFunction")]
