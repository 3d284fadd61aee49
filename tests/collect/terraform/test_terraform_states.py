"""States, raw and shown; the two moments of a plan; a plan beside its configuration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from configs import Scan
from plans import R, agent, codes, const, holders, plan, ref, role, tree, trust

from segrego.collect.source import SourceFile
from segrego.collect.terraform import SOURCE

ARN = "arn:aws:iam::111122223333:role/orders"
CONFIGURATION = """
resource "aws_iam_role" "this" {
  name = "orders"
}

resource "aws_bedrockagent_agent" "a" {
  agent_name              = "a"
  agent_resource_role_arn = aws_iam_role.this.arn
}
"""


def raw(*resources: dict[str, Any], **more: Any) -> bytes:
    state = {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "resources": list(resources)}
    return json.dumps({**state, **more}).encode()


def kept(kind: str, name: str, attributes: dict[str, Any], **more: Any) -> dict[str, Any]:
    instance = {"schema_version": 0, "attributes": attributes, "sensitive_attributes": [], **more.pop("instance", {})}
    return {"mode": "managed", "type": kind, "name": name, "provider": "p", "instances": [instance], **more}


def test_a_raw_state_with_modules_and_keys(scan: Scan) -> None:
    found = scan(
        {
            "terraform.tfstate": raw(
                kept("aws_iam_role", "this", {"name": "orders", "arn": ARN}, module='module.a["x.y"].module.b[0]'),
                kept("aws_bedrockagent_agent", "a", {"agent_name": "a", "agent_resource_role_arn": ARN},
                     instance={"index_key": "k"}),
            )
        }
    )  # fmt: skip
    assert holders(found) == {'infra/terraform.tfstate#module.a["x.y"].module.b[0].aws_iam_role.this': {"a"}}
    (source,) = found.sources
    assert (source.id, source.kind) == ("infra/terraform.tfstate", "terraform_state")
    assert found.workloads[0].location is not None
    assert found.workloads[0].location.address == 'aws_bedrockagent_agent.a["k"]'


def test_what_a_raw_state_marks_as_sensitive_is_not_read(scan: Scan) -> None:
    marks = [[{"type": "get_attr", "value": "name"}],
             [{"type": "get_attr", "value": "tags"}, {"type": "index", "value": "a"}]]  # fmt: skip
    secret = kept(
        "aws_secretsmanager_secret", "s", {"name": "hunter2", "tags": {"a": "hunter3", "b": "c"}},
        instance={"sensitive_attributes": marks},
    )  # fmt: skip
    found = scan({"terraform.tfstate": raw(secret)})
    assert "hunter" not in str(found)


@pytest.mark.parametrize(
    "data",
    [
        raw(version=3),
        raw(version="4"),
        raw(resources={}),
        raw({"mode": "managed"}),
        raw(kept("aws_iam_role", "r", {}, module="modul.x")),
        raw()[:-20],
    ],
)
def test_a_raw_state_that_cannot_be_read_is_a_gap(data: bytes) -> None:
    found = SOURCE.read([SourceFile("terraform.tfstate", data)])
    assert [(gap.code, gap.subject) for gap in found.gaps] == [("unreadable_file", "terraform.tfstate")]


@pytest.mark.parametrize("junk", [None, 7, "x", [], {}, [[1]], True])
def test_wrong_types_in_a_raw_state_are_never_an_exception(junk: Any) -> None:
    good = kept("aws_iam_role", "r", {"name": "r"}, instance={"sensitive_attributes": junk})
    for state in (
        raw(good),
        raw({**good, "instances": junk}),
        raw({**good, "instances": [junk]}),
        raw(kept("aws_iam_role", "r", junk)),
        raw(good, resources=junk),
    ):
        SOURCE.read([SourceFile("terraform.tfstate", state)])


def test_a_shown_state_is_of_the_kind_state() -> None:
    state = {"format_version": "1.0", "terraform_version": "1.13.4", "values": tree([role("orders", arn=ARN)])}
    found = SOURCE.read([SourceFile("state.json", json.dumps(state).encode())])
    assert [source.kind for source in found.sources] == ["terraform_state"]


def test_the_moments_of_a_plan_are_before_and_after(scan: Scan) -> None:
    old, new = agent("old", values={"agent_resource_role_arn": ARN}), agent("new", ref("aws_iam_role.this.arn"))
    gone = {"address": "aws_bedrockagent_agent.old", "change": {"actions": ["delete"]}}
    document = plan(role("orders", arn=ARN), new, prior=(role("orders", arn=ARN), old), resource_changes=[gone])
    text = json.dumps(document)
    assert holders(scan({"plan.json": text})) == {"infra/plan.json#aws_iam_role.this": {"new"}}
    before = scan({"plan.json": text}, moment="prior")
    assert holders(before) == {"infra/plan.json#aws_iam_role.this": {"old"}}
    assert {source.kind for source in before.sources} == {"terraform_state"}


def test_a_first_plan_has_nothing_before(scan: Scan) -> None:
    document = plan(role("orders"), agent("a", ref("aws_iam_role.this.arn")))
    del document["prior_state"]
    found = scan({"plan.json": json.dumps(document)}, moment="prior")
    assert (found.workloads, found.roles, codes(found)) == ((), (), [])


def test_a_plan_beside_its_configuration_is_judged_once_and_has_its_lines(scan: Scan) -> None:
    document = plan(role("orders"), agent("a", ref("aws_iam_role.this.arn")))
    found = scan({"main.tf": CONFIGURATION, "plan.json": json.dumps(document)})
    assert holders(found) == {"infra/plan.json#aws_iam_role.this": {"a"}}
    assert codes(found) == []
    places = [w.location for w in found.workloads] + [r.location for r in found.roles]
    assert [(p.source, p.file, p.line) for p in places if p] == [
        ("infra/plan.json", "infra/main.tf", 6),
        ("infra/plan.json", "infra/main.tf", 2),
    ]


def test_lines_of_instances_and_of_modules_are_those_of_their_blocks(scan: Scan) -> None:
    calls = {"team": {"for_each_expression": const(["x"])}}
    inner = agent("this", const(ARN), module='module.team["x"]', values={"agent_resource_role_arn": ARN}, index=1)
    document = plan(inner, calls=calls)
    found = scan(
        {
            "main.tf": 'module "team" {\n  source   = "./team"\n  for_each = toset(["x"])\n}\n',
            "team/main.tf": '\n\nresource "aws_bedrockagent_agent" "this" {\n  count = 2\n}\n',
            "plan.json": json.dumps(document),
        }
    )
    place = found.workloads[0].location
    assert place is not None
    assert (place.file, place.line) == ("infra/team/main.tf", 3)
    assert place.address == 'module.team["x"].aws_bedrockagent_agent.this[1]'


def test_a_plan_that_is_older_than_its_configuration_is_a_gap(scan: Scan) -> None:
    document = plan(role("orders"), agent("a", ref("aws_iam_role.this.arn")))
    more = CONFIGURATION + '\nresource "aws_bedrockagent_agent" "new" {\n  agent_name = "new"\n}\n'
    found = scan({"main.tf": more, "plan.json": json.dumps(document)})
    assert [w.name for w in found.workloads] == ["a"]
    (gap,) = found.gaps
    assert (gap.code, gap.subject) == ("not_collected", "infra/plan.json")
    assert "aws_bedrockagent_agent.new" in gap.message
    assert gap.location is not None
    assert gap.location.line == 11


def test_a_plan_of_another_configuration_is_judged_beside_this_one(scan: Scan) -> None:
    document = plan(agent("other", const(ARN), values={"agent_resource_role_arn": ARN}))
    found = scan({"main.tf": CONFIGURATION, "plan.json": json.dumps(document)})
    assert holders(found) == {"infra#aws_iam_role.this": {"a"}, ARN: {"other"}}


def test_a_state_beside_its_configuration_is_judged_once(scan: Scan) -> None:
    state = raw(
        kept("aws_iam_role", "this", {"name": "orders", "arn": ARN, "assume_role_policy": trust()}),
        kept("aws_bedrockagent_agent", "a", {"agent_name": "a", "agent_resource_role_arn": ARN}),
    )
    found = scan({"main.tf": CONFIGURATION, "terraform.tfstate": state})
    assert holders(found) == {"infra/terraform.tfstate#aws_iam_role.this": {"a"}}
    assert codes(found) == []


def test_what_is_known_only_after_apply_has_its_variables_named() -> None:
    made = R("aws_lambda_function", "f", {"function_name": "f", "environment": [{"variables": {"A": "1"}}]})
    document = plan(made)
    document["resource_changes"][0]["change"]["after_unknown"] = {"environment": [{"variables": {"B": True}}]}
    found = SOURCE.read([SourceFile("plan.json", json.dumps(document).encode())])
    assert found.workloads[0].variables == ("A", "B")


def test_what_a_plan_moves_stands_once() -> None:
    moved = {"address": "aws_iam_role.this", "previous_address": "aws_iam_role.old", "change": {"actions": ["no-op"]}}
    document = plan(role("orders", arn=ARN), prior=(role("orders", arn=ARN, label="old"),), resource_changes=[moved])
    found = SOURCE.read([SourceFile("plan.json", json.dumps(document).encode())])
    assert [r.id for r in found.roles] == ["plan.json#aws_iam_role.this"]


def test_what_a_stack_makes_is_a_gap_unless_its_template_shows_that_it_is_harmless(scan: Scan) -> None:
    found = scan(
        """
resource "aws_cloudformation_stack" "bucket" {
  name          = "bucket"
  template_body = jsonencode({ Resources = { B = { Type = "AWS::S3::Bucket" } } })
}

resource "aws_cloudformation_stack" "agent" {
  name          = "agent"
  template_body = jsonencode({ Resources = { A = { Type = "AWS::Bedrock::Agent" } } })
}

resource "aws_cloudformation_stack" "far" {
  name         = "far"
  template_url = "https://s3.amazonaws.com/b/t.yaml"
}
"""
    )
    assert [gap.location.address for gap in found.gaps if gap.location] == [
        "aws_cloudformation_stack.agent",
        "aws_cloudformation_stack.far",
    ]


def test_the_command_line_asks_for_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from segrego.cli import app

    monkeypatch.chdir(tmp_path)
    old = agent("old", values={"agent_resource_role_arn": ARN})
    gone = {"address": "aws_bedrockagent_agent.old", "change": {"actions": ["delete"]}}
    Path("plan.json").write_text(json.dumps(plan(role("orders", arn=ARN), prior=(old,), resource_changes=[gone])))
    for moment, names in (("prior", ["old"]), ("planned", [])):
        run = CliRunner().invoke(app, ["collect", "plan.json", "--moment", moment, "-o", "out.json"])
        assert run.exit_code == 0, run.output
        assert [workload["name"] for workload in json.loads(Path("out.json").read_text())["workloads"]] == names
