"""What expressions come to, held to what Terraform itself says, and what stays an expression."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from configs import Scan

from segrego.collect.source import SourceFile
from segrego.collect.terraform.configuration import evaluate_root
from segrego.collect.terraform.folders import read_folders
from segrego.collect.terraform.plan import Instance
from segrego.collect.terraform.values import MISSING

FOLDER = Path(__file__).parent / "expressions"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text())


def instances(text: str, folder: Path | None = None) -> dict[str, Instance]:
    """The resources of a root module by address."""
    folders = read_folders([SourceFile("main.tf", text.encode(), root=folder)])
    assert folders["."].unread == []
    return {i.address: i for i in evaluate_root(folders["."], folders).plan.planned}


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    text = (FOLDER / "main.tf").read_text() + 'resource "aws_ssm_parameter" "all" {\n'
    text += "".join(f"  {name} = local.{name}\n" for name in EXPECTED) + "}\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(FOLDER)
        return dict(instances(text, FOLDER)["aws_ssm_parameter.all"].values)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_an_expression_comes_to_what_terraform_makes_of_it(name: str, values: dict[str, Any]) -> None:
    assert values[name] == EXPECTED[name]
    assert type(values[name]) is bool or not isinstance(EXPECTED[name], bool)


def attribute(expression: str, rest: str = "") -> Any:
    """The value of an expression as an attribute, missing where it stays an expression."""
    text = f'variable "u" {{}}\n{rest}\nresource "aws_ssm_parameter" "x" {{\n  name = {expression}\n}}\n'
    return instances(text)["aws_ssm_parameter.x"].values.get("name", MISSING)


@pytest.mark.parametrize(
    "expression",
    [
        "var.u", "upper(var.u)", 'var.u == "a"', "[for x in var.u : x]", "var.u[0]", "var.u.a.b", "!var.u",
        "var.u + 1", 'var.u ? "a" : "b"', "timestamp()", "uuid()", 'file("/etc/passwd")', 'file("../outside")',
        "no_such_function(1)", "provider::x::f(1)", 'templatefile("missing", {})', 'regex("a+", "aaa")',
        'cidrhost("10.0.0.0/8", 1)', "1 / 0", "[1][7]", "{}.a", "var.missing", "local.missing",
        "aws_iam_role.missing.arn", "module.missing.x", 'replace("aaa", "/a*/", "b")', 'replace("a", "/a/", "$0")',
        'contains([var.u], "a")', 'coalesce(var.u, "b")', "lookup({a = 1}, var.u, 2)", "self.x",
        "merge({a = 1}, var.u)",
        'replace("aaa", "/(a+)+/", "b")', "setproduct(range(1000), range(1000))", "range(100000)", "element([], 0)",
        'jsondecode("{")', 'yamldecode("a: [")', 'tonumber("x")', "flatten(1)", "keys([])", 'format("%s")', "null",
    ],
)  # fmt: skip
def test_what_cannot_be_told_stays_an_expression(expression: str) -> None:
    assert attribute(expression) in (MISSING, None)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ('"a-${var.u}-b"', "a-${var.u}-b"),
        ('format("%s/%s", "a", var.u)', "a/${var.u}"),
        ('join(":", ["a", var.u])', "a:${var.u}"),
        ('"${data.aws_caller_identity.me.account_id}"', "${AWS::AccountId}"),
        ('"arn:aws:s3:::${aws_s3_bucket.b.id}/*"', "arn:aws:s3:::docs/*"),
        ('"${aws_s3_bucket.b.arn}/*"', "arn:aws:s3:::docs/*"),
        ('"${aws_s3_bucket.c.arn}/*"', "arn:aws:s3:::${aws_s3_bucket.c.bucket}/*"),
        ("jsonencode({ a = var.u })", '{"a":"${var.u}"}'),
        ('try(var.u.a, "b") == null ? "x" : "y"', MISSING),
        ('coalesce(aws_s3_bucket.b.arn, "b")', "arn:aws:s3:::docs"),
        ('try(aws_s3_bucket.none[0].arn, "none")', "none"),
        ("length(aws_s3_bucket.many)", 2),
        ("aws_s3_bucket.many[*].bucket", ["m0", "m1"]),
        ("[for k, b in aws_s3_bucket.each : b.bucket]", ["a", "b"]),
        ("keys(aws_s3_bucket.each)", ["a", "b"]),
        ("data.aws_partition.p.partition", "aws"),
        ("data.aws_region.r.name", "${AWS::Region}"),
        ("data.aws_iam_role.r.arn", "arn:aws:iam::${AWS::AccountId}:role/given"),
        ("data.aws_iam_policy.p.arn", "arn:aws:iam::aws:policy/AmazonBedrockFullAccess"),
    ],
)
def test_known_parts_of_a_text_are_kept(expression: str, text: Any) -> None:
    rest = """
    data "aws_caller_identity" "me" {}
    data "aws_partition" "p" {}
    data "aws_region" "r" {}
    data "aws_iam_role" "r" { name = "given" }
    data "aws_iam_policy" "p" { name = "AmazonBedrockFullAccess" }
    resource "aws_s3_bucket" "b" { bucket = "docs" }
    resource "aws_s3_bucket" "c" {}
    resource "aws_s3_bucket" "none" { count = 0 }
    resource "aws_s3_bucket" "many" {
      count  = 2
      bucket = "m${count.index}"
    }
    resource "aws_s3_bucket" "each" {
      for_each = toset(["b", "a"])
      bucket   = each.value
    }
    """
    assert attribute(expression, rest) == text


def test_optional_attributes_of_a_type_have_their_defaults() -> None:
    text = """
    variable "o" {
      type    = map(object({ a = string, b = optional(number, 3), c = optional(object({ d = optional(bool, true) }),
      {}) })) default = { x = { a = 1 } }
    }
    resource "aws_ssm_parameter" "x" { name = jsonencode(var.o) }
    """
    name = instances(text)["aws_ssm_parameter.x"].values["name"]
    assert json.loads(name) == {"x": {"a": "1", "b": 3, "c": {"d": True}}}


def test_files_are_read_below_the_folder_alone(tmp_path: Path, scan: Scan) -> None:
    (tmp_path / "secret.txt").write_text("hunter2")
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra/link.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "infra/loop").symlink_to(tmp_path / "infra/loop")
    names = ['file("../secret.txt")', 'file("link.txt")', f'file("{tmp_path}/secret.txt")', 'file("loop")', 'file(".")']
    blocks = [f'resource "aws_s3_bucket" "b{n}" {{\n bucket = {name}\n}}' for n, name in enumerate(names)]
    blocks.append('resource "aws_s3_bucket" "ok" {\n bucket = file("./name.txt")\n}')
    blocks.append('resource "aws_s3_bucket" "set" {\n for_each = fileset("..", "*.txt")\n bucket = each.value\n}')
    found = scan({"main.tf": "\n".join(blocks), "name.txt": "fine"})
    assert "hunter2" not in str(found)
    assert {resource.name for resource in found.resources if not resource.name.startswith("aws_")} == {"fine"}


def test_lines_are_those_of_the_block_and_of_each_statement(scan: Scan) -> None:
    found = scan(
        {
            "main.tf": """
resource "aws_iam_role" "r" {
  name = "r"
  assume_role_policy = jsonencode({
    Statement = [
      {
        Effect = "Allow", Principal = { Service = "bedrock.amazonaws.com" }, Action = "sts:AssumeRole"
      },
    ]
  })
}

resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.r.id
  policy = data.aws_iam_policy_document.d.json
}
""",
            "documents.tf": """
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["*"]
  }

  statement {
    actions   = ["s3:PutObject"]
    resources = ["*"]
  }
}
""",
        }
    )
    (role,) = found.roles
    assert role.location is not None
    assert (role.location.file, role.location.line) == ("infra/main.tf", 2)
    assert [statement.line for statement in role.trust] == [6]
    (policy,) = found.policies
    assert policy.location is not None
    assert (policy.location.file, policy.location.address) == ("infra/documents.tf", "aws_iam_role_policy.p")
    assert [statement.line for statement in policy.statements] == [3, 8]


@pytest.mark.parametrize("mark", ["<<EOT", "<<-EOT"])
def test_statements_in_json_have_their_lines(scan: Scan, mark: str) -> None:
    document = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "${aws_s3_bucket.b.arn}/*"},

    {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*",
     "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
  ]
}
"""
    resource = 'resource "aws_iam_role_policy" "{0}" {{\n  role   = aws_iam_role.r.name\n  policy = {1}\n}}\n'
    found = scan(
        {
            "main.tf": 'resource "aws_iam_role" "r" { name = "r" }\nresource "aws_s3_bucket" "b" { bucket = "docs" }\n'
            + resource.format("here", f"{mark}\n{document}EOT")
            + resource.format("file", 'file("policies/p.json")'),
            "policies/p.json": document.replace("${aws_s3_bucket.b.arn}", "arn:aws:s3:::docs"),
        }
    )
    here, there = (next(policy for policy in found.policies if policy.id.endswith(name)) for name in (".here", ".file"))
    assert [statement.line for statement in here.statements] == [9, 11]
    assert here.statements[0].resources == ("arn:aws:s3:::docs/*",)
    assert there.location is not None
    assert there.location.file == "infra/policies/p.json"
    assert [statement.line for statement in there.statements] == [4, 6]
