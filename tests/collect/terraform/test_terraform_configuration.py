"""Root modules, their variables, providers and modules, and what their roles come to."""

from __future__ import annotations

import pytest
from configs import Scan
from plans import codes, holders

from segrego.facts import derive
from segrego.inventory import Inventory

AGENT = """
resource "aws_bedrockagent_agent" "{0}" {{
  agent_name              = "{0}"
  agent_resource_role_arn = {1}
}}
"""


def certainties(found: Inventory) -> dict[str, str]:
    return {workload.name: binding.certainty for workload in found.workloads for binding in workload.bindings}


def test_provider_aliases_give_account_region_and_default_tags(scan: Scan) -> None:
    found = scan(
        {
            "main.tf": """
provider "aws" {
  region = local.home
  assume_role { role_arn = "arn:aws:iam::111122223333:role/ci" }
  default_tags { tags = { environment = "production", team = "a" } }
}

provider "aws" {
  alias               = "west"
  region              = "us-west-2"
  allowed_account_ids = ["444455556666"]
}

locals { home = "eu-west-1" }

resource "aws_bedrockagent_agent" "home" {
  agent_name = "home"
  tags       = { team = "b" }
}

module "west" {
  source    = "./m"
  providers = { aws = aws.west }
}

module "own" { source = "./m" }
""",
            "m/main.tf": """
data "aws_caller_identity" "me" {}
resource "aws_bedrockagent_agent" "this" {
  agent_name              = "in-${data.aws_caller_identity.me.account_id}"
  agent_resource_role_arn = aws_iam_role.this.arn
}
resource "aws_iam_role" "this" { name = "r" }
""",
        }
    )
    places = {workload.name: (workload.account, workload.region) for workload in found.workloads}
    assert places == {
        "home": ("111122223333", "eu-west-1"),
        "in-444455556666": ("444455556666", "us-west-2"),
        "in-111122223333": ("111122223333", "eu-west-1"),
    }
    home = next(workload for workload in found.workloads if workload.name == "home")
    assert {tag.key: tag.value for tag in home.tags} == {"environment": "production", "team": "b"}
    assert {role.arn for role in found.roles} == {
        "arn:aws:iam::444455556666:role/r",
        "arn:aws:iam::111122223333:role/r",
    }


def test_values_come_from_the_files_that_terraform_reads_by_itself(scan: Scan) -> None:
    found = scan(
        {
            "main.tf": 'variable "a" { default = "arn:aws:iam::1:role/d" }\nvariable "b" {}\nvariable "c" {}\n'
            + AGENT.format("a", "var.a") + AGENT.format("b", "var.b") + AGENT.format("c", "var.c"),
            "terraform.tfvars": 'b = "arn:aws:iam::111122223333:role/from-tfvars"\n',
            "z.auto.tfvars.json": '{"b": "arn:aws:iam::111122223333:role/from-auto"}',
            "prod.tfvars": 'c = "arn:aws:iam::111122223333:role/from-prod"\n',
        }
    )  # fmt: skip
    assert {role.rpartition("/")[2]: names for role, names in holders(found).items()} == {
        "d": {"a"},
        "from-auto": {"b"},
        "from-prod": {"c"},
    }
    assert certainties(found) == {"a": "by_default", "b": "exact", "c": "by_default"}


def test_two_files_of_values_that_nobody_named_decide_nothing(scan: Scan) -> None:
    found = scan(
        {
            "main.tf": 'variable "r" {}\n' + AGENT.format("a", "var.r"),
            "dev.tfvars": 'r = "arn:aws:iam::111122223333:role/dev"\n',
            "prod.tfvars": 'r = "arn:aws:iam::111122223333:role/prod"\n',
        }
    )
    assert certainties(found) == {"a": "unresolved"}


def test_the_role_of_a_module_variable_with_a_default_is_certain(scan: Scan) -> None:
    found = scan(
        {
            "main.tf": 'module "m" { source = "./m" }\n',
            "m/main.tf": 'variable "r" { default = "arn:aws:iam::111122223333:role/x" }\n' + AGENT.format("a", "var.r"),
        }
    )
    assert certainties(found) == {"a": "exact"}


def test_a_module_folder_that_nobody_calls_is_a_root(scan: Scan) -> None:
    found = scan({"one/main.tf": AGENT.format("a", "var.r"), "two/main.tf": AGENT.format("a", "var.r")})
    assert {workload.id for workload in found.workloads} == {
        "infra/one#aws_bedrockagent_agent.a",
        "infra/two#aws_bedrockagent_agent.a",
    }
    assert sorted(map(len, holders(found).values())) == [1, 1]


def test_modules_outside_of_the_scan_are_a_gap(scan: Scan) -> None:
    found = scan('module "m" {\n  source = "../outside"\n}\n' + AGENT.format("a", "module.m.arn"))
    gap = next(gap for gap in found.gaps if gap.code == "not_collected")
    assert "../outside" in gap.message
    assert gap.location is not None
    assert (gap.location.file, gap.location.line, gap.location.address) == ("infra/main.tf", 1, "module.m")
    assert certainties(found) == {"a": "unresolved"}


def test_an_unresolved_expression_handed_to_two_modules_is_one_role_and_their_own_are_two(scan: Scan) -> None:
    module = 'variable "given" {}\nvariable "own" {}\n' + AGENT.format("g", "var.given") + AGENT.format("o", "local.o")
    module += "locals { o = aws_iam_instance_profile.x.role }\n"
    calls = "".join(f'module "{name}" {{\n  source = "./m"\n  given = var.shared\n}}\n' for name in ("one", "two"))
    found = scan({"main.tf": 'variable "shared" {}\n' + calls, "m/main.tf": module})
    held = derive(found).roles
    assert sorted(len(role.bindings) for role in held) == [1, 1, 2]
    assert {len(role.bindings): role.id for role in held}[2] == "infra#var.shared"


def test_a_count_that_cannot_be_told_gives_one_instance_and_a_gap(scan: Scan) -> None:
    found = scan(
        'variable "many" {}\nvariable "names" {}\n'
        + AGENT.format("a", "aws_iam_role.r[count.index].arn").replace("{\n", "{\n  count = var.many\n", 1)
        + AGENT.format("b", "aws_iam_role.s[each.key].arn").replace("{\n", "{\n  for_each = var.names\n", 1)
        + 'resource "aws_iam_role" "r" {\n  count = var.many\n  name = "r${count.index}"\n}\n'
        + 'resource "aws_iam_role" "s" {\n  for_each = var.names\n  name = each.key\n}\n'
    )
    assert certainties(found) == {"a": "exact", "b": "exact"}
    assert sorted(map(len, holders(found).values())) == [1, 1]
    messages = [gap.message for gap in found.gaps if gap.code == "not_collected"]
    assert len(messages) == 4
    assert any("var.many" in message for message in messages)


def test_attachments_go_to_the_role_that_they_name_and_to_no_namesake(scan: Scan) -> None:
    module = """
resource "aws_iam_role" "this" {
  name               = "agent"
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "sts:AssumeRole" }] })
}
resource "aws_iam_role_policy_attachment" "read" {
  role       = aws_iam_role.this.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}
"""
    more = """
module "a" { source = "./m" }
module "b" { source = "./m" }
resource "aws_iam_policy" "p" {
  name   = "p"
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
resource "aws_iam_role" "c" {
  name                = "c"
  assume_role_policy  = jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "sts:AssumeRole" }] })
  managed_policy_arns = [aws_iam_policy.p.arn, "arn:aws:iam::aws:policy/ReadOnlyAccess"]
  permissions_boundary = aws_iam_policy.p.arn
}
resource "aws_iam_role_policies_exclusive" "c" {
  role_name    = aws_iam_role.c.name
  policy_names = []
}
"""
    found = derive(scan({"main.tf": more + AGENT.format("x", "aws_iam_role.c.arn"), "m/main.tf": module}))
    held = {role.id.partition("#")[2]: role.policies for role in found.roles}
    read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert held == {
        "module.a.aws_iam_role.this": (read_only,),
        "module.b.aws_iam_role.this": (read_only,),
        "aws_iam_role.c": ("infra#aws_iam_policy.p", read_only),
    }
    assert next(role.boundary for role in found.roles if role.name == "c") == "infra#aws_iam_policy.p"
    assert codes(found) == []


def test_sensitive_variables_are_not_read(scan: Scan) -> None:
    found = scan(
        {
            "main.tf": """
variable "secret" {
  sensitive = true
  default   = "hunter2"
}
module "m" {
  source = "./m"
  name   = "hunter2"
}
resource "aws_s3_bucket" "b" { bucket = var.secret }
""",
            "m/main.tf": 'variable "name" { sensitive = true }\nresource "aws_s3_bucket" "b" { bucket = var.name }\n',
        }
    )
    assert len(found.resources) == 2
    assert "hunter2" not in str(found)


def test_override_files_change_single_arguments(scan: Scan) -> None:
    found = scan(
        {
            "main.tf": 'resource "aws_iam_role" "a" { name = "a" }\nresource "aws_iam_role" "b" { name = "b" }\n'
            + AGENT.format("x", "aws_iam_role.a.arn"),
            "override.tf": 'resource "aws_bedrockagent_agent" "x" { agent_resource_role_arn = aws_iam_role.b.arn }\n',
        }
    )
    assert holders(found) == {"infra#aws_iam_role.b": {"x"}}


def test_the_same_files_give_the_same_inventory(scan: Scan) -> None:
    files = {"main.tf": AGENT.format("a", "var.r") + 'variable "r" {}\n', "b.tf": AGENT.format("b", "var.r")}
    assert scan(files) == scan(dict(reversed(files.items())))


@pytest.mark.parametrize(
    ("count", "variable", "said"),
    [
        ("count = var.on ? 1 : 0", "default = false", True),
        ("for_each = toset(var.on ? [1] : [])", "default = false", True),
        ("count = var.on ? 1 : 0", "default = true", False),
        ("count = 0", "default = false", False),
    ],
)
def test_an_agent_that_only_a_default_leaves_out_is_a_gap(scan: Scan, count: str, variable: str, said: bool) -> None:
    found = scan(
        f"""
variable "on" {{ {variable} }}
resource "aws_iam_role" "r" {{ name = "r" }}
resource "aws_bedrockagent_agent" "a" {{
  {count}
  agent_name              = "a"
  agent_resource_role_arn = aws_iam_role.r.arn
}}
"""
    )
    left_out = [gap for gap in found.gaps if "is left out" in gap.message]
    assert [gap.facts for gap in left_out] == ([("workloads", "bindings")] if said else [])
