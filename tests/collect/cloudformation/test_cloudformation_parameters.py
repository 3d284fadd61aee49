# ruff: noqa: E501 - templates stand as people write them
"""Files that give parameters their values, and the option that names them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cfn_scan import agent, role_of, template
from typer.testing import CliRunner

from segrego.cli import app
from segrego.collect.cloudformation.parameter_files import read_parameters
from segrego.collect.files import collect_files
from segrego.errors import InputError
from segrego.facts import derive

VALUES = {"Role": "arn:aws:iam::111111111111:role/given", "Count": "2", "Names": "a,b"}
LIST = json.dumps([{"ParameterKey": key, "ParameterValue": value} for key, value in VALUES.items()])
OVERRIDES = 'Role=arn:aws:iam::111111111111:role/given Count=2 Names="a,b"'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cli.json", LIST),
        ("cli.json", json.dumps([f"{key}={value}" for key, value in VALUES.items()])),
        ("update.json", LIST[:-1] + ', {"ParameterKey": "Old", "UsePreviousValue": true}]'),
        ("pipeline.json", json.dumps({"Parameters": VALUES, "Tags": {"team": "x"}, "StackPolicy": {"Statement": []}})),
        (
            "sync.yaml",
            "template-file-path: infra/t.yaml\nparameters:\n  Role: arn:aws:iam::111111111111:role/given\n  Count: 2\n  Names: [a, b]\ntags: {a: b}\n",
        ),
        ("flat.yaml", "Role: arn:aws:iam::111111111111:role/given\nCount: 2\nNames: a,b\n"),
        ("flat.toml", 'Role = "arn:aws:iam::111111111111:role/given"\nCount = 2\nNames = ["a", "b"]\n'),
        ("samconfig.toml", f"version = 0.1\n[default.deploy.parameters]\nparameter_overrides = '{OVERRIDES}'\n"),
        (
            "samconfig.toml",
            'version = 0.1\n[default.global.parameters]\nparameter_overrides = ["Role=x"]\n[default.deploy.parameters]\nparameter_overrides = ['
            + ", ".join(f'"{pair}"' for pair in ("Role=arn:aws:iam::111111111111:role/given", "Count=2", "Names=a,b"))
            + "]\n",
        ),
        (
            "samconfig.toml",
            "version = 0.1\n[default.deploy.parameters]\nparameter_overrides = \"ParameterKey=Role,ParameterValue=arn:aws:iam::111111111111:role/given ParameterKey=Count,ParameterValue=2 ParameterKey=Names,ParameterValue='a,b'\"\n",
        ),
        (
            "samconfig.yaml",
            f"version: 0.1\ndefault:\n  deploy:\n    parameters:\n      parameter_overrides: '{OVERRIDES}'\n",
        ),
    ],
)
def test_every_form_gives_the_same(name: str, text: str) -> None:
    assert dict(read_parameters(text.encode(), name, "").values) == VALUES


def test_an_environment_of_a_sam_configuration_and_the_template_that_it_names() -> None:
    text = 'version = 0.1\n[prod.deploy.parameters]\ntemplate_file = "app/t.yaml"\nparameter_overrides = "A=b"\n'
    given = read_parameters(text.encode(), "infra/samconfig.toml", "prod")
    assert (dict(given.values), given.template) == ({"A": "b"}, "infra/app/t.yaml")


@pytest.mark.parametrize(
    ("name", "text", "environment"),
    [
        ("a.json", "7", ""),
        ("a.json", "[7]", ""),
        ("a.json", '["novalue"]', ""),
        ("a.json", '{"Parameters": 3}', ""),
        ("a.json", '{"A": {"B": 1}}', ""),
        ("a.json", '{"A": null}', ""),
        ("a.json", "{", ""),
        ("a.toml", "= 1", ""),
        ("a.toml", "\udc80", ""),
        ("a.toml", 'version = 0.1\n[default.deploy.parameters]\nparameter_overrides = "A=\'b"', ""),
        ("a.toml", "version = 0.1\n[default.deploy.parameters]\n", "prod"),
    ],
)
def test_what_is_no_file_of_parameters_is_an_error_that_names_it(name: str, text: str, environment: str) -> None:
    with pytest.raises(InputError, match=re.escape(name)):
        read_parameters(text.encode("utf-8", "surrogateescape"), name, environment)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    head = "Parameters: {Role: {Type: String, Default: 'arn:aws:iam::111111111111:role/default'}, Count: {Type: Number, Default: 1}, Names: {Type: CommaDelimitedList, Default: x}, Secret: {Type: String, NoEcho: true, Default: y}}\nConditions: {Two: !Equals [!Ref Count, 2]}"
    text = template(
        agent("A", "!If [Two, !Ref Role, !Ref Secret]")
        + agent("B", "!Sub ['arn:aws:iam::111111111111:role/${N}', {N: !Select [1, !Ref Names]}]")
        + agent("C", "!Ref Secret"),
        head,
    )
    (tmp_path / "infra").mkdir()
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / "infra" / name).write_text(text)
    (tmp_path / "given.json").write_text(LIST)
    return tmp_path


def test_what_a_file_gives_is_no_default(folder: Path) -> None:
    inventory = derive(collect_files(["infra"], ["given.json"]))
    assert role_of(inventory, "infra/one.yaml#A") == role_of(inventory, "infra/two.yaml#A") == VALUES["Role"]
    assert role_of(inventory, "infra/one.yaml#B") == "arn:aws:iam::111111111111:role/b"
    assert {b.certainty for w in inventory.workloads if w.name != "C" for b in w.bindings} == {"exact"}
    assert [s.id for s in inventory.sources] == ["given.json", "infra/one.yaml", "infra/two.yaml"]


def test_a_file_for_one_template(folder: Path) -> None:
    inventory = derive(collect_files(["infra"], ["infra/two.yaml=given.json"]))
    assert role_of(inventory, "infra/two.yaml#A") == VALUES["Role"]
    assert "${Select" in role_of(inventory, "infra/one.yaml#B")


def test_one_file_for_two_templates_is_one_source(folder: Path) -> None:
    given = ["infra/one.yaml=given.json", "infra/two.yaml=given.json"]
    inventory = derive(collect_files(["infra"], given))
    assert [s.id for s in inventory.sources] == ["given.json", "infra/one.yaml", "infra/two.yaml"]
    assert role_of(inventory, "infra/one.yaml#A") == role_of(inventory, "infra/two.yaml#A") == VALUES["Role"]


def test_the_value_of_a_secret_is_not_read_from_a_file_either(folder: Path) -> None:
    (folder / "given.json").write_text('{"Parameters": {"Secret": "arn:aws:iam::111111111111:role/hunter2"}}')
    inventory = collect_files(["infra"], ["given.json"])
    assert "hunter2" not in repr(inventory)


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("gone.json", "cannot be read"),
        ("infra/three.yaml=given.json", "infra/three.yaml is no template of the scan"),
        ("wrong.json", "Rolle is no parameter of any template of the scan"),
        ("infra/one.yaml=wrong.json", "Rolle is no parameter of infra/one.yaml"),
    ],
)
def test_a_parameter_that_goes_nowhere_is_an_error(folder: Path, option: str, says: str) -> None:
    (folder / "wrong.json").write_text('{"Rolle": "x"}')
    with pytest.raises(InputError, match=re.escape(says)):
        collect_files(["infra"], [option])


def test_the_option_of_both_commands(folder: Path) -> None:
    (folder / "samconfig.toml").write_text(
        f"version = 0.1\n[prod.deploy.parameters]\nparameter_overrides = '{OVERRIDES}'\n"
    )
    runner = CliRunner()
    result = runner.invoke(app, ["collect", "infra", "--parameters", "samconfig.toml#prod", "-o", "out.json"])
    assert result.exit_code == 0, result.output
    document = json.loads((folder / "out.json").read_text())
    assert VALUES["Role"] in {role["id"] for role in document["roles"]}
    for command in ("check", "collect"):
        assert "--parameters" in re.sub(
            r"\x1b\[[0-9;]*m", "", runner.invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output
        )
    checked = runner.invoke(app, ["check", "infra", "--parameters", "given.json", "--format", "json"])
    assert {f["subject"] for f in json.loads(checked.output)["findings"] if f["rule"] == "shared_execution_role"} >= {
        VALUES["Role"]
    }
