"""Sessions, callers, code, credentials, telemetry and resource policies: the same from configuration and from a
state."""

from __future__ import annotations

from configs import Scan

from segrego.facts import derive
from segrego.inventory import Inventory, ResourcePolicy, Use, Workload

PROVIDER = """
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["444455556666"]
}
"""


def workload(found: Inventory, name: str) -> Workload:
    return next(each for each in found.workloads if each.name == name)


def test_sessions_callers_code_and_variables_of_runtimes_and_agents(scan: Scan) -> None:
    found = scan(
        PROVIDER
        + """
resource "aws_bedrockagent_agent" "classic" {
  agent_name                  = "classic"
  idle_session_ttl_in_seconds = 900
}

resource "aws_ecr_repository" "agents" { name = "team/agents" }

resource "aws_bedrockagentcore_agent_runtime" "open" {
  agent_runtime_name = "open"
  lifecycle_configuration {
    idle_runtime_session_timeout = 300
    max_lifetime                 = 3600
  }
  environment_variables = { STAGE = "test", TOKEN_URL = var.url }
  agent_runtime_artifact {
    container_configuration { container_uri = "${aws_ecr_repository.agents.repository_url}:${var.tag}" }
  }
}

variable "url" {}
variable "tag" {}

resource "aws_bedrockagentcore_agent_runtime" "jwt" {
  agent_runtime_name = "jwt"
  authorizer_configuration {
    custom_jwt_authorizer { discovery_url = "https://id.example.com/.well-known/openid-configuration" }
  }
  agent_runtime_artifact {
    code_configuration {
      entry_point = ["main.py"]
      runtime     = "PYTHON_3_13"
      code {
        s3 {
          bucket = aws_s3_bucket.code.id
          prefix = "agents/jwt.zip"
        }
      }
    }
  }
}

resource "aws_s3_bucket" "code" { bucket = "code" }

resource "awscc_bedrockagentcore_harness" "h" {
  harness_name = "h"
  environment  = { agent_core_runtime_environment = { lifecycle_configuration = { max_lifetime = 60 } } }
  environment_artifact = { container_configuration = { container_uri = "public.ecr.aws/x/y:1@sha256:abc" } }
}
"""
    )
    classic, opened, jwt, harness = (workload(found, name) for name in ("classic", "open", "jwt", "h"))
    assert (classic.idle_timeout_seconds, classic.inbound) == (900, None)
    assert (opened.idle_timeout_seconds, opened.max_lifetime_seconds, opened.inbound) == (300, 3600, "iam")
    assert opened.variables == ("STAGE", "TOKEN_URL")
    repository = "arn:aws:ecr:eu-west-1:444455556666:repository/team/agents"
    assert Use(relation="code", target=repository) in opened.uses
    assert jwt.inbound == "jwt"
    assert Use(relation="code", target="arn:aws:s3:::code/agents/jwt.zip") in jwt.uses
    assert harness.max_lifetime_seconds == 60
    assert Use(relation="code", target="public.ecr.aws/x/y") in harness.uses


def test_a_gateway_has_its_callers_its_policy_engine_and_its_targets_credentials(scan: Scan) -> None:
    found = derive(
        scan(
            PROVIDER
            + """
resource "aws_bedrockagentcore_gateway" "g" {
  name            = "g"
  authorizer_type = "CUSTOM_JWT"
  policy_engine_configuration {
    arn  = aws_bedrockagentcore_policy_engine.p.policy_engine_arn
    mode = "LOG_ONLY"
  }
}

resource "aws_bedrockagentcore_policy_engine" "p" { name = "p" }

resource "aws_bedrockagentcore_oauth2_credential_provider" "crm" { name = "crm" }

resource "aws_bedrockagentcore_gateway_target" "crm" {
  name               = "crm"
  gateway_identifier = aws_bedrockagentcore_gateway.g.gateway_id
  credential_provider_configuration {
    oauth { provider_arn = aws_bedrockagentcore_oauth2_credential_provider.crm.credential_provider_arn }
  }
  target_configuration { mcp { mcp_server { endpoint = "https://crm.example.com/mcp" } } }
}

resource "aws_bedrockagentcore_gateway_target" "other" {
  name               = "other"
  gateway_identifier = aws_bedrockagentcore_gateway.g.gateway_id
  credential_provider_configuration {
    api_key {
      provider_arn = "arn:aws:bedrock-agentcore:eu-west-1:1:token-vault/default/apikeycredentialprovider/far"
    }
  }
  target_configuration { mcp { mcp_server { endpoint = "https://other.example.com/mcp" } } }
}
"""
        )
    )
    gateway = workload(found, "g")
    assert gateway.inbound == "jwt"
    assert gateway.policy_engine is not None
    assert gateway.policy_engine.mode == "LOG_ONLY"
    assert "policy-engine/" in gateway.policy_engine.target
    tools = {tool.name: tool.credentials for tool in found.tools}
    assert tools["crm"] == ("infra#aws_bedrockagentcore_oauth2_credential_provider.crm",)
    kinds = {credential.id: (credential.kind, credential.name) for credential in found.credentials}
    assert kinds[tools["crm"][0]] == ("oauth2", "crm")
    assert kinds[tools["other"][0]] == ("api_key", "far")


def test_secrets_their_rotation_and_keys_in_variables(scan: Scan) -> None:
    found = scan(
        """
resource "aws_secretsmanager_secret" "turned" { name = "turned" }
resource "aws_secretsmanager_secret" "still" { name = "still" }

resource "aws_secretsmanager_secret_rotation" "r" {
  secret_id = aws_secretsmanager_secret.turned.id
  rotation_rules { automatically_after_days = 30 }
}

resource "aws_secretsmanager_secret_version" "v" {
  secret_id     = aws_secretsmanager_secret.still.id
  secret_string = "hunter2"
}

variable "password" {}

resource "aws_lambda_function" "f" {
  function_name = "f"
  environment {
    variables = {
      API_KEY     = "hunter2"
      DB_PASSWORD = var.password
      GITHUB_TOKEN = aws_secretsmanager_secret.still.arn
      LOG_LEVEL   = "debug"
    }
  }
}
"""
    )
    assert "hunter2" not in str(found)
    secrets = {c.name: (c.rotation, c.rotation_days) for c in found.credentials if c.kind == "secret"}
    assert secrets == {"turned": ("enabled", 30), "still": ("disabled", None)}
    keys = {c.name: c.holder for c in found.credentials if c.kind == "static_key"}
    assert keys == {"API_KEY": "infra#aws_lambda_function.f", "DB_PASSWORD": "infra#aws_lambda_function.f"}


def test_telemetry_of_an_account_and_region(scan: Scan) -> None:
    found = scan(
        PROVIDER
        + """
resource "aws_bedrock_model_invocation_logging_configuration" "l" {
  logging_config { text_data_delivery_enabled = true }
}

resource "aws_cloudtrail" "t" {
  name = "t"
  advanced_event_selector {
    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }
    field_selector {
      field  = "resources.type"
      equals = ["AWS::Bedrock::AgentAlias"]
    }
  }
  advanced_event_selector {
    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }
    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }
    field_selector {
      field  = "readOnly"
      equals = ["false"]
    }
  }
}

resource "aws_cloudtrail" "off" {
  name           = "off"
  enable_logging = false
  event_selector {
    data_resource {
      type   = "AWS::Lambda::Function"
      values = ["arn:aws:lambda"]
    }
  }
}
"""
    )
    (entry,) = found.telemetry
    assert (entry.account, entry.region) == ("444455556666", "eu-west-1")
    assert (entry.invocation_logging, entry.data_events) == (True, ("AWS::Bedrock::AgentAlias",))


def test_resource_policies_name_what_they_are_for(scan: Scan) -> None:
    found = scan(
        PROVIDER
        + """
resource "aws_lambda_function" "f" { function_name = "f" }

resource "aws_lambda_permission" "p" {
  statement_id  = "bedrock"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.f.arn
  principal     = "bedrock.amazonaws.com"
  source_arn    = aws_bedrockagent_agent.a.agent_arn
}

resource "aws_bedrockagent_agent" "a" { agent_name = "a" }

resource "aws_s3_bucket" "b" { bucket = "b" }

resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:*", Resource = "*" }] })
}

resource "aws_secretsmanager_secret" "s" { name = "s" }

resource "aws_secretsmanager_secret_policy" "s" {
  secret_arn = aws_secretsmanager_secret.s.arn
  policy     = var.unknown
}

variable "unknown" {}
"""
    )
    policies = {policy.id.partition("#")[2]: policy for policy in found.resource_policies}
    permission, bucket, secret = (
        policies[name]
        for name in ("aws_lambda_permission.p", "aws_s3_bucket_policy.b", "aws_secretsmanager_secret_policy.s")
    )
    assert permission.resource == "infra#aws_lambda_function.f"
    (statement,) = permission.statements
    assert (statement.sid, statement.actions) == ("bedrock", ("lambda:invokefunction",))
    assert (statement.principals[0].type, statement.principals[0].value) == ("Service", "bedrock.amazonaws.com")
    (condition,) = statement.conditions
    assert (condition.operator, condition.key) == ("ArnLike", "aws:sourcearn")
    assert condition.values[0].startswith("arn:aws:bedrock:eu-west-1:444455556666:agent/")
    assert bucket.resource == "infra#aws_s3_bucket.b"
    assert bucket.statements[0].principals[0].type == "*"
    assert (secret.resource, secret.read) == ("infra#aws_secretsmanager_secret.s", False)
    assert [(gap.code, gap.subject) for gap in found.gaps if gap.facts == ("resource_policies",)] == [
        ("unreadable_policy", "infra#aws_secretsmanager_secret_policy.s")
    ]
    assert isinstance(permission, ResourcePolicy)


def test_service_control_policies_are_entered(scan: Scan) -> None:
    found = scan(
        """
resource "aws_organizations_policy" "p" {
  name    = "no-agents"
  content = jsonencode({ Statement = [{ Effect = "Deny", Action = "bedrock:*", Resource = "*" }] })
}

resource "aws_organizations_policy" "tags" {
  name    = "tags"
  type    = "TAG_POLICY"
  content = "{}"
}
"""
    )
    assert [(policy.name, policy.kind, policy.statements[0].effect) for policy in found.policies] == [
        ("no-agents", "service_control", "Deny")
    ]


def test_aliases_collaborators_and_knowledge_bases_are_followed(scan: Scan) -> None:
    found = scan(
        """
resource "aws_iam_role" "r" { name = "r" }

resource "aws_bedrockagent_agent" "worker" {
  agent_name              = "worker"
  agent_resource_role_arn = aws_iam_role.r.arn
}

resource "aws_bedrockagent_agent_alias" "live" {
  agent_alias_name = "live"
  agent_id         = aws_bedrockagent_agent.worker.agent_id
  routing_configuration { agent_version = "3" }
}

resource "aws_bedrockagent_agent" "boss" {
  agent_name              = "boss"
  agent_resource_role_arn = aws_iam_role.r.arn
}

resource "aws_bedrockagent_agent_collaborator" "c" {
  agent_id = aws_bedrockagent_agent.boss.agent_id
  agent_descriptor { alias_arn = aws_bedrockagent_agent_alias.live.agent_alias_arn }
}

resource "aws_bedrockagent_knowledge_base" "k" {
  name     = "k"
  role_arn = aws_iam_role.r.arn
}

resource "aws_bedrockagent_agent_knowledge_base_association" "x" {
  agent_id          = aws_bedrockagent_agent.boss.id
  knowledge_base_id = aws_bedrockagent_knowledge_base.k.id
}
"""
    )
    assert {gap.facts for gap in found.gaps} == {("trust",)}
    uses = {(use.relation, use.target) for use in workload(found, "boss").uses}
    assert uses == {
        ("collaborator", "infra#aws_bedrockagent_agent.worker"),
        ("knowledge_base", "infra#aws_bedrockagent_knowledge_base.k"),
    }
    assert [(b.slot, b.version, b.via) for b in workload(found, "worker").bindings] == [
        ("draft", None, ()),
        ("version", "3", ("live",)),
    ]
