"""The command line as a person meets it: a process, its two outputs and its exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SHARED = """
Resources:
  AgentRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: bedrock.amazonaws.com}
            Action: sts:AssumeRole
      Policies:
        - PolicyName: access
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: dynamodb:PutItem
                Resource: arn:aws:dynamodb:us-east-1:111122223333:table/orders
  Orders:
    Type: AWS::Bedrock::Agent
    Properties: {AgentName: orders, AgentResourceRoleArn: !GetAtt AgentRole.Arn}
  Billing:
    Type: AWS::Bedrock::Agent
    Properties: {AgentName: billing, AgentResourceRoleArn: !GetAtt AgentRole.Arn}
"""
UNRESOLVED = """
Parameters: {RoleArn: {Type: String}}
Resources:
  Orders:
    Type: AWS::Bedrock::Agent
    Properties: {AgentName: orders, AgentResourceRoleArn: !Ref RoleArn}
"""
NO_AGENTS = """
Resources:
  Bucket: {Type: AWS::S3::Bucket}
"""
PASSING = """
workloads:
  - {id: orders, kind: bedrock_agent, name: orders, bindings: [{role: role}]}
roles:
  - {id: role}
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "shared.yaml": SHARED,
        "unresolved.yaml": UNRESOLVED,
        "no-agents.yaml": NO_AGENTS,
        "passing.yaml": PASSING,
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:
    def segrego(*arguments: str, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "segrego", *arguments],
            cwd=folder,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"TERM": "dumb"} | environment,
        )

    return segrego


@pytest.mark.parametrize(
    ("file", "code", "verdict"),
    [
        ("shared.yaml", 1, "fail"),
        ("unresolved.yaml", 3, "indeterminate"),
        ("no-agents.yaml", 3, "indeterminate"),
        ("passing.yaml", 0, "pass"),
    ],
)
def test_exit_code_is_the_verdict(run: Run, file: str, code: int, verdict: str) -> None:
    done = run("check", file, "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (code, verdict)
    assert done.stderr == ""


def test_a_finding_says_who_shares_and_where(run: Run) -> None:
    report = json.loads(run("check", "shared.yaml", "--format", "json", "--select", "shared_execution_role").stdout)
    (finding,) = report["findings"]
    assert finding["subject"] == "AgentRole"
    assert [
        (agent["name"], agent["address"], agent["file"], agent["line"]) for agent in finding["evidence"]["agents"]
    ] == [("billing", "Billing", "shared.yaml", 21), ("orders", "Orders", "shared.yaml", 18)]
    assert finding["locations"][0] == {
        "source": "shared.yaml",
        "file": "shared.yaml",
        "line": 3,
        "address": "AgentRole",
    }
    assert finding["severity"] == "high"
    assert len(finding["fingerprint"]) == 32


def test_the_table_names_the_agents_and_the_next_step(run: Run) -> None:
    text = run("check", "shared.yaml").stdout
    assert all(word in text for word in ("AgentRole", "orders", "billing", "dynamodb", "shared.yaml:3"))
    assert text.rstrip().splitlines()[-1].startswith("Next:")
    assert "\x1b" not in text


def test_json_is_the_same_bytes_each_time(run: Run) -> None:
    first = run("check", ".", "--format", "json").stdout
    assert (
        first
        == run("check", ".", "--format", "json").stdout
        == run("check", ".", "-f", "json", PYTHONHASHSEED="7").stdout
    )


def test_standard_input_is_a_path(run: Run) -> None:
    done = run("check", "-", "--format", "json", stdin=SHARED)
    assert json.loads(done.stdout)["findings"][0]["locations"][0]["file"] == "<stdin>"


def test_thresholds_and_selection(run: Run) -> None:
    assert run("check", "shared.yaml", "--fail-on", "critical").returncode == 0
    assert run("check", "shared.yaml", "--ignore", "shared_execution_role,trust_not_pinned").returncode == 0
    assert run("check", "shared.yaml", "--select", "wildcard_privilege").returncode == 0


def test_several_outputs_at_once(run: Run, folder: Path) -> None:
    done = run(
        "check", "shared.yaml", "--output", "json=out.json", "--output", "sarif=out.sarif", "-o", "markdown=out.md"
    )
    assert done.returncode == 1
    assert json.loads((folder / "out.json").read_text())["verdict"] == "fail"
    assert json.loads((folder / "out.sarif").read_text())["version"] == "2.1.0"
    assert "AgentRole" in (folder / "out.md").read_text()


def test_a_collected_document_gives_the_same_findings(run: Run) -> None:
    assert run("collect", "shared.yaml", "-o", "inventory.json").returncode == 0
    direct = json.loads(run("check", "shared.yaml", "-f", "json").stdout)
    collected = json.loads(run("check", "inventory.json", "-f", "json").stdout)
    assert collected["findings"] == direct["findings"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "missing.yaml"], ["missing.yaml", "No such file"]),
        (["check", "shared.yaml", "--select", "shared_execution_rol"], ["Did you mean shared_execution_role"]),
        (["check", "shared.yaml", "--output", "pdf=x"], ["--output", "pdf=x", "sarif"]),
        (["check", "shared.yaml", "--output", "json=no/such/folder/x"], ["no/such/folder"]),
        (["check", "shared.yaml", "--config", "missing.yaml"], ["missing.yaml", "--config"]),
        (["check", "broken.yaml"], ["broken.yaml:3", "begins in line 2"]),
        (["check", "broken.json"], ["broken.json", "JSON"]),
        (["check", "binary.yaml"], ["binary.yaml"]),
        (["check", "empty"], ["empty"]),
        (["check", "wrong.yaml"], ["wrong.yaml", "$.roles[0]"]),
        (["check", "shared.yaml", "--engine", "server", "--opa-url", "http://127.0.0.1:9"], ["127.0.0.1:9"]),
        (["check", "shared.yaml", "--engine", "opa", "--opa", "missing"], ["missing"]),
        (["explain", "nothing"], ["nothing", "segrego rules"]),
        (["collect", "aws", "shared.yaml"], ["aws"]),
    ],
)
def test_an_error_is_one_line_and_code_2(run: Run, folder: Path, arguments: list[str], words: list[str]) -> None:
    (folder / "broken.yaml").write_text("Resources:\n  A: [unclosed\nAWSTemplateFormatVersion: x", encoding="utf-8")
    (folder / "broken.json").write_text('{"Resources": {', encoding="utf-8")
    (folder / "binary.yaml").write_bytes(b"\x7fELF\x00\x01" * 50)
    (folder / "wrong.yaml").write_text("workloads: []\nroles:\n  - {id: 7}\n", encoding="utf-8")
    (folder / "empty").mkdir()
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("segrego: error: ")
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_wrong_usage_is_code_2(run: Run) -> None:
    assert run("check").returncode == 2
    assert run("check", "shared.yaml", "--fail-on", "severe").returncode == 2


def test_a_failed_output_leaves_the_old_file(run: Run, folder: Path) -> None:
    (folder / "out.json").write_text("old", encoding="utf-8")
    assert run("check", "missing.yaml", "--output", "json=out.json").returncode == 2
    assert (folder / "out.json").read_text(encoding="utf-8") == "old"


def test_a_reader_that_goes_away_is_no_traceback(folder: Path) -> None:
    command = f"{sys.executable} -m segrego check shared.yaml --format json | head -c 10"
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_interrupting_is_one_line_and_writes_nothing(folder: Path) -> None:
    command = [sys.executable, "-m", "segrego", "check", "-", "--output", "json=out.json"]
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write("#" * 1_000_000)  # more than a pipe holds: whoever is interrupted now is reading
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert errors.strip() == "segrego: interrupted: nothing was written"
    assert not (folder / "out.json").exists()


def test_rules_explain_and_version(run: Run) -> None:
    assert "shared_execution_role" in run("rules").stdout
    explained = run("explain", "trust_not_pinned").stdout
    assert all(word in explained for word in ("aws:SourceArn", "A case that fails", "Fix", "owasp-nhi-2025"))
    assert run("version").stdout.startswith("segrego 0.1.0, policy ")


def test_a_configuration_beside_the_caller_is_read(run: Run, folder: Path) -> None:
    (folder / "segrego.yaml").write_text("ignore: [shared_execution_role, trust_not_pinned]\n", encoding="utf-8")
    assert run("check", "shared.yaml").returncode == 0


def test_an_exception_holds_until_it_expires(run: Run, folder: Path) -> None:
    for expires, code in (("2999-01-01T00:00:00Z", 0), ("2020-01-01T00:00:00Z", 1)):
        (folder / "segrego.yaml").write_text(
            "ignore: [trust_not_pinned]\nexceptions:\n"
            "  - {rule: shared_execution_role, subject: AgentRole, reason: migration, owner: alice, "
            f"expires: '{expires}'}}\n",
            encoding="utf-8",
        )
        assert run("check", "shared.yaml").returncode == code
