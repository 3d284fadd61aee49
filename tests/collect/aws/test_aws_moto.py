"""Against moto over HTTP: what was put in through boto3 comes out."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import msgspec
from fake_aws import ACCOUNT, FakeAws

from segrego.collect.aws.kinds import KINDS
from segrego.facts import derive
from segrego.inventory import Inventory

ASSUME = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "bedrock.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        }
    ],
}
READ = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}
LISTS = 12 + len(KINDS)
"""How many tasks a region takes without workloads: six listings, two of which tell of the region itself and make a task
each, those of functions, credential providers, event data stores and trails, and one for each kind."""
Client = Callable[..., Any]
Gather = Callable[..., Inventory]


LAMBDA = json.loads(json.dumps(ASSUME).replace("bedrock.amazonaws.com", "lambda.amazonaws.com"))


def make_role(moto: Client, name: str, path: str = "/", trust: Any = ASSUME, **more: Any) -> str:
    made = moto("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(trust), **more)
    return str(made["Role"]["Arn"])


def make_agent(moto: Client, name: str, role: str, region: str = "us-east-1", **more: Any) -> str:
    made = moto("bedrock-agent", region).create_agent(
        agentName=name, agentResourceRoleArn=role, foundationModel="amazon.nova-lite-v1:0", **more
    )
    return str(made["agent"]["agentArn"])


def make_function(moto: Client, name: str, role: str, region: str = "us-east-1", **more: Any) -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): return {}")
    made = moto("lambda", region).create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.13",
        Handler="index.handler",
        Code={"ZipFile": buffer.getvalue()},
        **more,
    )
    return str(made["FunctionArn"])


def test_the_sharing_that_was_put_in_is_in_the_inventory_over_two_regions(moto: Client, gather: Gather) -> None:
    shared = make_role(moto, "shared", path="/agents/")
    own = make_role(moto, "own")
    orders = make_agent(moto, "orders", shared, tags={"Team": "sales"})
    billing = make_agent(moto, "billing", shared, "eu-west-1")
    search = make_agent(moto, "search", own, "eu-west-1")

    inventory = derive(gather("us-east-1", "eu-west-1"))

    roles = {role.id: {binding.workload for binding in role.bindings} for role in inventory.roles}
    assert roles == {shared: {orders, billing}, own: {search}}
    workloads = {workload.id: workload for workload in inventory.workloads}
    assert (workloads[billing].region, workloads[billing].account) == ("eu-west-1", ACCOUNT)
    assert workloads[billing].location is not None
    assert workloads[billing].location.source == f"aws:{ACCOUNT}:eu-west-1"
    assert workloads[orders].status == "PREPARED"
    assert [(tag.key, tag.value) for tag in workloads[orders].tags] == [("Team", "sales")]
    assert [(binding.slot, binding.version) for binding in workloads[orders].bindings] == [("draft", None)]
    assert [source.id for source in inventory.sources] == [
        f"aws:{ACCOUNT}:eu-west-1",
        f"aws:{ACCOUNT}:global",
        f"aws:{ACCOUNT}:us-east-1",
    ]
    assert inventory.gaps == ()


def test_a_role_comes_with_trust_policies_boundary_and_tags(moto: Client, gather: Gather) -> None:
    iam = moto("iam")
    boundary = iam.create_policy(PolicyName="edge", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    managed = iam.create_policy(PolicyName="more", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    wider = json.loads(json.dumps(READ).replace("s3:GetObject", "s3:*"))
    iam.create_policy_version(PolicyArn=managed, PolicyDocument=json.dumps(wider), SetAsDefault=True)
    arn = make_role(
        moto,
        "full",
        PermissionsBoundary=boundary,
        MaxSessionDuration=7200,
        Tags=[{"Key": "owner", "Value": "sales"}],
    )
    iam.put_role_policy(RoleName="full", PolicyName="in", PolicyDocument=json.dumps(READ))
    iam.attach_role_policy(RoleName="full", PolicyArn=managed)
    aws = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    iam.create_policy(PolicyName="unused", PolicyDocument=json.dumps(READ))
    make_agent(moto, "orders", arn)

    inventory = gather()

    (role,) = inventory.roles
    assert (role.id, role.name, role.account, role.unread) == (arn, "full", ACCOUNT, ())
    assert role.policies == (managed, f"{arn}/inline/in")
    assert (role.boundary, role.max_session_seconds) == (boundary, 7200)
    assert [(tag.key, tag.value) for tag in role.tags] == [("owner", "sales")]
    assert role.trust[0].principals[0].value == "bedrock.amazonaws.com"
    assert role.trust[0].conditions[0].key == "aws:sourceaccount"
    assert role.created_ns is not None
    assert role.created_ns > 1_700_000_000_000_000_000
    policies = {policy.id: (policy.kind, policy.statements[0].actions) for policy in inventory.policies}
    assert policies == {
        boundary: ("boundary", ("s3:getobject",)),
        managed: ("managed", ("s3:*",)),
        f"{arn}/inline/in": ("inline", ("s3:getobject",)),
    }
    assert aws not in policies


def test_functions_behind_tools_and_those_that_hold_a_role_of_theirs_or_of_an_agent(
    moto: Client, gather: Gather, fake: FakeAws
) -> None:
    agent_role, tool_role, free_role = (make_role(moto, name) for name in ("agent", "tool", "free"))
    other_role = make_role(moto, "other", trust=LAMBDA)
    tool = make_function(moto, "refund", tool_role, Environment={"Variables": {"API_KEY": "hunter2"}})
    beside = make_function(moto, "beside", tool_role)
    twin = make_function(moto, "twin", agent_role, Tags={"stage": "prod"})
    make_function(moto, "unrelated", other_role)
    free = make_function(moto, "free", free_role)  # Bedrock may take its role
    agent = make_agent(moto, "orders", agent_role)
    group = {"actionGroupId": "GROUP00001", "actionGroupName": "refunds", "actionGroupState": "ENABLED"}
    fake.answer("bedrock-agent", "ListAgentActionGroups", {"actionGroupSummaries": [group]})
    executed = group | {"actionGroupExecutor": {"lambda": tool}, "functionSchema": {"functions": [{"name": "refund"}]}}
    fake.answer("bedrock-agent", "GetAgentActionGroup", {"agentActionGroup": executed})

    inventory = derive(gather())

    held = {
        workload.id: [binding.role for binding in workload.bindings]
        for workload in inventory.workloads
        if workload.kind == "lambda_function"
    }
    assert held == {tool: [tool_role], beside: [tool_role], twin: [agent_role], free: [free_role]}
    (found,) = inventory.tools
    assert (found.id, found.owner, found.target) == (f"{agent}/DRAFT/action-group/GROUP00001", agent, tool)
    assert {role.id for role in inventory.roles} == {agent_role, tool_role, free_role}
    document = msgspec.json.encode(inventory)
    assert b"hunter2" not in document
    assert next(workload.variables for workload in inventory.workloads if workload.id == tool) == ("API_KEY",)
    twin_tags = next(workload.tags for workload in inventory.workloads if workload.id == twin)
    assert [(tag.key, tag.value) for tag in twin_tags] == [("stage", "prod")]


def test_versions_that_an_alias_of_a_function_names_bear_their_own_role(
    moto: Client, gather: Gather, fake: FakeAws
) -> None:
    old, new = make_role(moto, "old"), make_role(moto, "new")
    function = make_function(moto, "refund", old)
    client = moto("lambda")
    version = client.publish_version(FunctionName="refund")["Version"]
    client.create_alias(FunctionName="refund", Name="live", FunctionVersion=version)
    client.update_function_configuration(FunctionName="refund", Role=new)
    make_agent(moto, "orders", make_role(moto, "agent"))
    group = {"actionGroupId": "GROUP00001", "actionGroupName": "refunds", "actionGroupState": "ENABLED"}
    fake.answer("bedrock-agent", "ListAgentActionGroups", {"actionGroupSummaries": [group]})
    executed = group | {"actionGroupExecutor": {"lambda": f"{function}:live"}}
    fake.answer("bedrock-agent", "GetAgentActionGroup", {"agentActionGroup": executed})

    inventory = gather()

    found = next(workload for workload in inventory.workloads if workload.kind == "lambda_function")
    assert found.id == function
    assert [(b.role, b.slot, b.version, b.via) for b in found.bindings] == [
        (new, "execution", None, ()),
        (old, "version", version, ("live",)),
    ]
    assert inventory.tools[0].target == function


def test_knowledge_bases_runtimes_gateways_and_memories(moto: Client, gather: Gather) -> None:
    base_role, runtime_role, gateway_role, memory_role = (make_role(moto, name) for name in ("kb", "rt", "gw", "mem"))
    base = moto("bedrock-agent").create_knowledge_base(
        name="handbook",
        roleArn=base_role,
        knowledgeBaseConfiguration={
            "type": "VECTOR",
            "vectorKnowledgeBaseConfiguration": {
                "embeddingModelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0"
            },
        },
        storageConfiguration={
            "type": "OPENSEARCH_SERVERLESS",
            "opensearchServerlessConfiguration": {
                "collectionArn": f"arn:aws:aoss:us-east-1:{ACCOUNT}:collection/abcdefghij",
                "vectorIndexName": "index",
                "fieldMapping": {"vectorField": "v", "textField": "t", "metadataField": "m"},
            },
        },
    )["knowledgeBase"]["knowledgeBaseArn"]
    control = moto("bedrock-agentcore-control")
    runtime = control.create_agent_runtime(
        agentRuntimeName="support",
        roleArn=runtime_role,
        networkConfiguration={"networkMode": "PUBLIC"},
        agentRuntimeArtifact={
            "containerConfiguration": {"containerUri": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/a:1"}
        },
        environmentVariables={"TOKEN": "hunter2"},
    )["agentRuntimeArn"]
    gateway = control.create_gateway(name="tools", roleArn=gateway_role, protocolType="MCP", authorizerType="AWS_IAM")[
        "gatewayArn"
    ]
    memory = control.create_memory(name="notes", eventExpiryDuration=30, memoryExecutionRoleArn=memory_role)["memory"][
        "arn"
    ]

    inventory = derive(gather())

    held = {workload.id: {binding.role for binding in workload.bindings} for workload in inventory.workloads}
    assert held == {base: {base_role}, runtime: {runtime_role}, gateway: {gateway_role}, memory: {memory_role}}
    uses = next(workload.uses for workload in inventory.workloads if workload.id == base)
    assert {(use.relation, use.target) for use in uses} == {
        ("model", "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0"),
        ("data", f"arn:aws:aoss:us-east-1:{ACCOUNT}:collection/abcdefghij"),
    }
    assert b"hunter2" not in msgspec.json.encode(inventory)
    assert inventory.gaps == ()


def test_a_secret_with_its_rotation_behind_a_knowledge_base(moto: Client, gather: Gather) -> None:
    secrets = moto("secretsmanager")
    secret = secrets.create_secret(Name="pine", SecretString="hunter2")["ARN"]
    rotate = make_function(moto, "rotate", make_role(moto, "rotate", trust=LAMBDA))
    secrets.rotate_secret(
        SecretId=secret, RotationLambdaARN=rotate, RotationRules={"AutomaticallyAfterDays": 30}, RotateImmediately=False
    )
    fields = {"textField": "t", "metadataField": "m"}
    storage = {"connectionString": "https://x.io", "credentialsSecretArn": secret, "fieldMapping": fields}
    vector = {"embeddingModelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0"}
    moto("bedrock-agent").create_knowledge_base(
        name="handbook",
        roleArn=make_role(moto, "kb"),
        knowledgeBaseConfiguration={"type": "VECTOR", "vectorKnowledgeBaseConfiguration": vector},
        storageConfiguration={"type": "PINECONE", "pineconeConfiguration": storage},
    )

    inventory = gather()

    (found,) = inventory.credentials
    assert (found.id, found.kind, found.name) == (secret, "secret", "pine")
    assert (found.rotation, found.rotation_days) == ("enabled", 30)
    assert found.changed_ns is not None
    assert b"hunter2" not in msgspec.json.encode(inventory)
    assert inventory.gaps == ()


def test_trails_and_the_log_of_invocations(moto: Client, gather: Gather) -> None:
    moto("s3").create_bucket(Bucket="trails")
    cloudtrail = moto("cloudtrail")
    cloudtrail.create_trail(Name="all", S3BucketName="trails", IsMultiRegionTrail=True)
    fields = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::Bedrock::AgentAlias"]},
    ]
    cloudtrail.put_event_selectors(TrailName="all", AdvancedEventSelectors=[{"FieldSelectors": fields}])
    logger = make_role(moto, "logger")
    moto("bedrock").put_model_invocation_logging_configuration(
        loggingConfig={"cloudWatchConfig": {"logGroupName": "models", "roleArn": logger}}
    )

    stopped = gather("us-east-1", "eu-west-1")
    cloudtrail.start_logging(Name="all")
    running = gather("us-east-1", "eu-west-1")

    kind = "AWS::Bedrock::AgentAlias"
    assert {each.region: each.data_events for each in stopped.telemetry} == {"us-east-1": (), "eu-west-1": ()}
    assert {each.region: each.data_events for each in running.telemetry} == {"us-east-1": (kind,), "eu-west-1": (kind,)}
    assert {each.region: each.invocation_logging for each in running.telemetry} == {
        "us-east-1": True,
        "eu-west-1": False,
    }
    (writer,) = running.workloads
    assert (writer.kind, [binding.role for binding in writer.bindings]) == ("principal", [logger])


def test_a_function_of_an_image_with_whoever_may_invoke_it(moto: Client, gather: Gather, fake: FakeAws) -> None:
    repository = moto("ecr").create_repository(repositoryName="tools/refund")["repository"]
    image = moto("ecr").put_image(repositoryName="tools/refund", imageTag="1", imageManifest=json.dumps(MANIFEST))
    uri = f"{repository['repositoryUri']}@{image['image']['imageId']['imageDigest']}"
    client = moto("lambda")
    function = client.create_function(
        FunctionName="refund", Role=make_role(moto, "tool", trust=LAMBDA), PackageType="Image", Code={"ImageUri": uri}
    )["FunctionArn"]
    client.add_permission(
        FunctionName="refund",
        StatementId="agent",
        Action="lambda:InvokeFunction",
        Principal="bedrock.amazonaws.com",
        SourceAccount=ACCOUNT,
    )
    make_agent(moto, "orders", make_role(moto, "agent"))
    group = {"actionGroupId": "GROUP00001", "actionGroupName": "refunds", "actionGroupState": "ENABLED"}
    fake.answer("bedrock-agent", "ListAgentActionGroups", {"actionGroupSummaries": [group]})
    executed = group | {"actionGroupExecutor": {"lambda": function}}
    fake.answer("bedrock-agent", "GetAgentActionGroup", {"agentActionGroup": executed})

    inventory = gather()

    found = next(workload for workload in inventory.workloads if workload.id == function)
    code = [(use.relation, use.target) for use in found.uses]
    assert code == [("code", repository["repositoryArn"])]
    (policy,) = inventory.resource_policies
    (statement,) = policy.statements
    assert (policy.resource, statement.sid, statement.actions) == (function, "agent", ("lambda:invokefunction",))
    assert [(condition.key, condition.values) for condition in statement.conditions] == [
        ("aws:sourceaccount", (ACCOUNT,))
    ]
    assert inventory.gaps == ()


MANIFEST = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "layers": []}


def test_fifty_agents_are_read_without_asking_anything_twice(moto: Client, gather: Gather, fake: FakeAws) -> None:
    roles = [make_role(moto, f"role{index}") for index in range(5)]
    for index in range(50):
        make_agent(moto, f"agent{index}", roles[index % 5], ("us-east-1", "eu-west-1")[index % 2])
    seen: list[tuple[str, int, int]] = []

    inventory = derive(gather("us-east-1", "eu-west-1", progress=lambda *step: seen.append(step)))

    assert len(inventory.workloads) == 50
    assert [len(role.bindings) for role in inventory.roles] == [10] * 5
    assert fake.repeated() == []
    assert [step for step in seen if step[0] == "workloads"][-1][1:] == (50 + LISTS * 2, 50 + LISTS * 2)
    assert all(done <= total for _, done, total in seen)
    assert sum(call[1] == "GetRole" for call in fake.calls) == 5


def test_the_same_account_gives_the_same_bytes(moto: Client, gather: Gather) -> None:
    role = make_role(moto, "role")
    for index in range(8):
        make_agent(moto, f"agent{index}", role)
    assert msgspec.json.encode(gather()) == msgspec.json.encode(gather())


def test_a_listing_is_read_to_its_last_page(moto: Client, gather: Gather, fake: FakeAws) -> None:
    make_agent(moto, "agent", make_role(moto, "role"))
    iam = moto("iam")
    for index in range(101):
        made = iam.create_policy(PolicyName=f"p{index:03}", PolicyDocument=json.dumps(READ))
        iam.attach_role_policy(RoleName="role", PolicyArn=made["Policy"]["Arn"])

    inventory = gather()

    assert len(inventory.roles[0].policies) == 101
    assert all(policy.read for policy in inventory.policies)
    assert sum(call[1] == "ListAttachedRolePolicies" for call in fake.calls) == 2
