"""Reports through the command line: formats, saved reports, rules of the user's own, terminals and pipes."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from user_rule import RULE

TEMPLATE = """
Resources:
  AgentRole:
    Type: AWS::IAM::Role
    Properties:
      MaxSessionDuration: 43200
      AssumeRolePolicyDocument:
        Statement:
          - {Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: sts:AssumeRole}
  Orders:
    Type: AWS::Bedrock::Agent
    Properties: {AgentName: orders, AgentResourceRoleArn: !GetAtt AgentRole.Arn}
  Billing:
    Type: AWS::Bedrock::Agent
    Properties: {AgentName: billing, AgentResourceRoleArn: !GetAtt AgentRole.Arn}
"""
EXCEPTION = (
    "exceptions:\n  - {{rule: {rule}, subject: {subject}, reason: migration, owner: alice, expires: '{expires}'}}\n"
)

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "stack.yaml").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/long_session.rego").write_text(RULE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(folder: Path, opa: Path) -> Run:
    def segrego(*arguments: str, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "segrego", *arguments],
            cwd=folder,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"TERM": "dumb", "SEGREGO_OPA": str(opa)} | environment,
        )

    return segrego


def declare(
    folder: Path, rule: str = "shared_execution_role", subject: str = "AgentRole", expires: str = "2999-01-01T00:00:00Z"
) -> None:
    text = "ignore: [trust_not_pinned]\n" + EXCEPTION.format(rule=rule, subject=subject, expires=expires)
    (folder / "segrego.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("kind", ["table", "json", "sarif", "markdown", "github"])
def test_a_saved_report_is_shown_as_it_was(run: Run, folder: Path, kind: str) -> None:
    direct = run("check", "stack.yaml", "-f", kind, "-o", "json=report.json")
    saved = run("report", "report.json", "-f", kind)
    assert saved.returncode == 0
    assert saved.stdout == direct.stdout
    assert (
        run("report", "-", "-f", kind, stdin=(folder / "report.json").read_text(encoding="utf-8")).stdout
        == saved.stdout
    )


def test_a_saved_report_is_grouped_by_a_framework(run: Run, folder: Path) -> None:
    run("check", "stack.yaml", "-o", "json=report.json")
    table = run("report", "report.json", "--by", "owasp-nhi-2025", "-o", "json=by.json", "-o", "markdown=by.md")
    assert table.returncode == 0
    assert re.search(r"^NHI9  NHI Reuse  open findings$", table.stdout, re.MULTILINE)
    grouped = json.loads((folder / "by.json").read_text(encoding="utf-8"))
    assert {control["id"]: control["status"] for control in grouped["controls"]}["NHI9"] == "open"
    assert "| NHI9 NHI Reuse | open findings |" in (folder / "by.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["report", "none.json"], ["none.json", "No such file"]),
        (["report", "stack.yaml"], ["stack.yaml", "--format json"]),
        (["report", "old.json"], ["old.json", "version 0"]),
        (["report", "report.json", "--by", "owasp"], ["--by", "owasp-nhi-2025"]),
        (["report", "report.json", "--by", "owasp-nhi-2025", "-f", "sarif"], ["sarif", "markdown"]),
        (["report", "report.json", "--by", "owasp-nhi-2025", "-o", "github=x"], ["github", "markdown"]),
        (["check", "stack.yaml", "--rules", "none"], ["none", "no such folder"]),
        (["check", "stack.yaml", "--rules", "broken"], ["broken/long_session.rego:15", "lacks title"]),
        (["check", "stack.yaml", "--rules", "rules", "--opa", "none"], ["none", "--opa"]),
        (["explain", "long_session"], ["long_session", "segrego rules"]),
    ],
)
def test_an_error_is_one_line_and_code_2(run: Run, folder: Path, arguments: list[str], words: list[str]) -> None:
    run("check", "stack.yaml", "-o", "json=report.json")
    (folder / "old.json").write_text('{"version": 0}', encoding="utf-8")
    (folder / "broken").mkdir()
    (folder / "broken/long_session.rego").write_text(RULE.replace("title:", "titel:"), encoding="utf-8")
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert [line.startswith("segrego: error: ") for line in done.stderr.splitlines()] == [True]
    for word in words:
        assert word in done.stderr


def test_rules_of_the_users_own_run_on_opa_and_it_is_said(run: Run) -> None:
    done = run("check", "stack.yaml", "--rules", "rules", "-f", "json")
    assert done.returncode == 1
    assert (
        done.stderr
        == "segrego: the embedded engine cannot compile Rego: with --rules the policies run on the opa binary\n"
    )
    report = json.loads(done.stdout)
    assert report["engine"]["name"] == "opa"
    assert {finding["rule"] for finding in report["findings"]} >= {"long_session", "shared_execution_role"}
    assert run("check", "stack.yaml", "--rules", "rules", "--engine", "opa").stderr == ""


def test_without_opa_rules_of_the_users_own_are_an_error(run: Run, tmp_path: Path) -> None:
    done = run("check", "stack.yaml", "--rules", "rules", SEGREGO_OPA=str(tmp_path / "none"))
    assert done.returncode == 2
    assert "Rules of your own need OPA 1.0 or later" in done.stderr


def test_a_server_that_does_not_hold_them_is_an_error(
    run: Run, start_opa: Callable[..., object], tmp_path: Path
) -> None:
    from segrego.policy import rego_dir

    with start_opa("--ignore", "*_test.rego", "--bundle", rego_dir()) as address:  # type: ignore[attr-defined]
        done = run("check", "stack.yaml", "--rules", "rules", "--engine", "server", "--opa-url", f"http://{address}")
        assert done.returncode == 2
        told, error = done.stderr.splitlines()
        assert "not sent to a server" in told
        assert "does not hold long_session" in error
        left_out = ["--ignore", "long_session", "--engine", "server", "--opa-url", f"http://{address}"]
        assert run("check", "stack.yaml", "--rules", "rules", *left_out).returncode == 1


def test_rules_and_explain_know_them(run: Run) -> None:
    assert re.search(r"^long_session +low +lifecycle", run("rules", "--rules", "rules").stdout, re.MULTILINE)
    assert "Set MaxSessionDuration to 3600." in run("explain", "long_session", "--rules", "rules").stdout
    assert run("check", "stack.yaml", "--rules", "rules", "--select", "long_session").returncode == 1


def test_a_report_of_them_is_shown_without_them(run: Run) -> None:
    run("check", "stack.yaml", "--rules", "rules", "-o", "json=report.json")
    done = run("report", "report.json")
    assert "does not know long_session" in done.stderr
    assert "Sessions of AgentRole may last 43200 s" in done.stdout
    assert run("report", "report.json", "--rules", "rules").stderr == ""


def test_rules_and_explain_as_json(run: Run) -> None:
    rules = json.loads(run("rules", "--format", "json").stdout)["rules"]
    assert rules["shared_execution_role"]["severity"] == "high"
    explained = json.loads(run("explain", "shared_execution_role", "-f", "json").stdout)
    assert explained["controls"]["owasp-nhi-2025"] == [{"id": "NHI9", "title": "NHI Reuse"}]
    assert explained["example"]


def test_explain_names_the_controls_by_their_titles(run: Run) -> None:
    text = run("explain", "shared_execution_role").stdout
    assert "OWASP Non-Human Identities Top 10, 2025 owasp-nhi-2025\n    NHI9 NHI Reuse\n" in text


def test_the_folder_of_the_policy_can_be_printed(run: Run) -> None:
    assert (Path(run("rules", "--print-folder").stdout.strip()) / "segrego/posture.rego").is_file()


def test_an_exception_that_matches_nothing_is_told_in_every_format(run: Run, folder: Path) -> None:
    declare(folder, subject="NoRole")
    for kind in ("table", "json", "sarif", "markdown", "github"):
        done = run("check", "stack.yaml", "-f", kind)
        assert "the exception of shared_execution_role for NoRole matches no finding" in done.stdout, kind
        assert "segrego.yaml" in done.stdout
    (warning,) = json.loads(run("check", "stack.yaml", "-f", "json").stdout)["warnings"]
    assert (warning["code"], warning["location"]["line"]) == ("unused_exception", 3)


def test_an_exception_that_has_ended_is_a_finding_on_its_line(run: Run, folder: Path) -> None:
    declare(folder, expires="2020-01-31T12:00:00Z")
    report = json.loads(run("check", "stack.yaml", "-f", "json", "--select", "exception_expired").stdout)
    (finding,) = report["findings"]
    assert finding["message"] == "The exception of shared_execution_role for AgentRole ended at 2020-01-31T12:00:00Z"
    assert finding["locations"][0]["file"] == "segrego.yaml"
    assert finding["locations"][0]["line"] == 3


def test_a_rule_that_there_is_not_in_the_configuration(run: Run, folder: Path) -> None:
    declare(folder, rule="shared_executoin_role")
    done = run("check", "stack.yaml")
    assert done.returncode == 2
    assert "segrego.yaml:3: there is no rule shared_executoin_role. Did you mean shared_execution_role?" in done.stderr


def test_the_configuration_may_name_rules_of_the_users_own(run: Run, folder: Path) -> None:
    declare(folder, rule="long_session")
    done = run("check", "stack.yaml", "--rules", "rules", "--select", "long_session")
    assert done.returncode == 0
    assert "EXCEPTED" in done.stdout
    assert "there is no rule long_session" in run("check", "stack.yaml").stderr
    assert run("collect", "stack.yaml", "-o", "inventory.json").returncode == 0  # judges nothing


def test_a_document_may_except_a_rule_that_there_is_not(run: Run, folder: Path) -> None:
    declare(folder, rule="long_session")
    run("collect", "stack.yaml", "-o", "inventory.json")
    (folder / "segrego.yaml").unlink()
    assert (
        "an exception names a rule long_session, and there is none of that name"
        in run("check", "inventory.json").stdout
    )


def test_excepted_findings_can_be_left_out(run: Run, folder: Path) -> None:
    declare(folder)
    assert "EXCEPTED" in run("check", "stack.yaml").stdout
    done = run("check", "stack.yaml", "--select", "shared_execution_role", "--open-only", "-o", "sarif=x.sarif")
    assert "EXCEPTED" not in done.stdout
    assert "1 excepted" in done.stdout
    assert json.loads((folder / "x.sarif").read_text(encoding="utf-8"))["runs"][0]["results"] == []


def test_paths_count_from_the_repository_that_the_folder_lies_in(run: Run, folder: Path) -> None:
    assert "file=stack.yaml," in run("check", "stack.yaml", "-f", "github").stdout
    inner = folder / "repository/infra"
    inner.mkdir(parents=True)
    (folder / "repository/.git").mkdir()
    (inner / "stack.yaml").write_text(TEMPLATE, encoding="utf-8")
    command = [sys.executable, "-m", "segrego", "check", "stack.yaml", "-f", "github"]
    text = subprocess.run(command, cwd=inner, capture_output=True, text=True, check=False).stdout
    assert "file=infra/stack.yaml,line=3," in text


def test_a_live_account_has_no_files_and_every_format_says_so_somehow(run: Run, folder: Path) -> None:
    arn = "arn:aws:iam::111122223333:role/shared"
    document = {
        "sources": [{"id": "111122223333/us-east-1", "kind": "aws"}],
        "workloads": [
            {"id": f"arn:aws:bedrock:us-east-1:111122223333:agent/{name}", "kind": "bedrock_agent", "name": name,
             "bindings": [{"role": arn}]}
            for name in ("orders", "billing")
        ],
        "roles": [{"id": arn, "name": "shared", "arn": arn}],
    }  # fmt: skip
    (folder / "inventory.json").write_text(json.dumps(document), encoding="utf-8")
    only = ["--select", "shared_execution_role"]
    sarif = json.loads(run("check", "inventory.json", "-f", "sarif", *only).stdout)
    places = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in sarif["runs"][0]["results"]]
    assert set(places) == {"aws/111122223333/iam/role/shared"}
    for kind in ("table", "markdown", "github"):
        text = run("check", "inventory.json", "-f", kind, *only).stdout
        assert all(word in text for word in (arn, "orders", "billing"))


def test_a_file_name_that_is_no_text_is_escaped(run: Run, folder: Path) -> None:
    (folder / "odd").mkdir()
    Path(os.fsdecode(os.fsencode(folder / "odd") + b"/a\xff.yaml")).write_text(TEMPLATE, encoding="utf-8")
    for kind in ("table", "json", "sarif", "markdown", "github"):
        done = run("check", "odd", "-f", kind)
        assert (done.returncode, done.stderr) == (1, "")
        assert "xff.yaml" in done.stdout.replace("%5C", "")


def in_terminal(folder: Path, *arguments: str, columns: int = 80, **environment: str) -> str:
    """What a person sees: standard output is a terminal of so many columns."""
    controller, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (50, columns))
    env = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS", "LINES")}
    process = subprocess.Popen(
        [sys.executable, "-m", "segrego", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=subprocess.DEVNULL,
        env=env | {"TERM": "xterm-256color"} | environment,
    )
    os.close(terminal)
    parts = []
    while True:
        try:
            part = os.read(controller, 65536)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        parts.append(part)
    process.wait(timeout=120)
    os.close(controller)
    return b"".join(parts).decode("utf-8")


def test_a_terminal_gets_colours_and_its_own_width(folder: Path) -> None:
    text = in_terminal(folder, "check", "stack.yaml", columns=60)
    assert "\x1b[" in text
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text).split("\r\n")
    assert max(map(len, lines)) <= 60


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colours_can_be_refused(folder: Path, environment: dict[str, str]) -> None:
    assert "\x1b" not in in_terminal(folder, "check", "stack.yaml", **environment)
    assert "\x1b" not in in_terminal(folder, "check", "stack.yaml", "--no-color")
    assert "\x1b" not in in_terminal(folder, "explain", "trust_not_pinned", **environment)


def test_a_file_gets_no_colours_from_a_terminal(folder: Path) -> None:
    in_terminal(folder, "check", "stack.yaml", "-o", "table=report.txt")
    text = (folder / "report.txt").read_text(encoding="utf-8")
    assert "\x1b" not in text
    assert "AgentRole" in text


def test_a_reader_that_goes_away_leaves_no_verdict_and_no_words(folder: Path) -> None:
    command = f"{sys.executable} -m segrego check stack.yaml -f json | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) in [("141\n", ""), ("1\n", "")]  # 1 where it wrote all before the reader went
    endless = f"{sys.executable} -m segrego rules -f json | (sleep 0.01; exec <&-; sleep 2); echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", endless], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("141\n", "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_pipe_gets_utf_8_whatever_the_locale(run: Run, encoding: str) -> None:
    command = [sys.executable, "-m", "segrego", "check", "-", "-f", "markdown"]
    template = TEMPLATE.replace("AgentName: orders", "AgentName: 注文").encode()
    done = subprocess.run(
        command, input=template, capture_output=True, check=False, env=os.environ | {"PYTHONIOENCODING": encoding}
    )
    assert "注文" in done.stdout.decode("utf-8")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_can_be_shown(run: Run, shell: str) -> None:
    done = run("--show-completion", shell)
    assert done.returncode == 0
    assert "_SEGREGO_COMPLETE" in done.stdout


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("segrego ex", ["explain"]),
        ("segrego explain shared_exec", ["shared_execution_role"]),
        ("segrego check --select trust_not_p", ["trust_not_pinned"]),
        ("segrego report x --by owasp-n", ["owasp-nhi-2025"]),
        ("segrego check --format sa", ["sarif"]),
    ],
)
def test_names_are_completed(run: Run, line: str, words: list[str]) -> None:
    words_so_far = line.split()
    completing = {"_SEGREGO_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words_so_far) - 1)}
    command = "import sys; sys.argv = ['segrego']; from segrego.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=False, env=os.environ | completing
    )
    assert done.stdout.split() == words


def test_completion_can_be_installed(folder: Path) -> None:
    program = Path(sys.executable).with_name("segrego")
    done = subprocess.run(
        [program, "--install-completion", "bash"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"HOME": str(folder), "SHELL": "/bin/bash"},
    )
    assert done.returncode == 0
    assert "_SEGREGO_COMPLETE" in (folder / ".bash_completions/segrego.sh").read_text(encoding="utf-8")
