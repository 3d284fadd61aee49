"""Several accounts and regions, end to end: through boto3 into a moto server, out with the command line."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from fake_aws import LACKING, MOTO, FakeAws
from populated import ACCOUNTS, READER, REGIONS, populate

from segrego import policy
from segrego.cli.collect_aws import collected
from segrego.collect.aws import AwsOptions

AGENTS = 200


def segrego(*arguments: str | Path, code: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "segrego", *arguments], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode in code, done.stderr
    return done


def sharing(report: dict[str, Any]) -> dict[str, set[str]]:
    return {
        finding["subject_id"]: {agent["id"] for agent in finding["evidence"]["agents"]}
        for finding in report["findings"]
        if finding["rule"] == "shared_execution_role"
    }


def test_two_hundred_agents_over_three_accounts_and_two_regions_on_all_three_engines(
    moto: Any, moto_url: str, tmp_path: Path, opa: Path, start_opa: Callable[..., AbstractContextManager[str]]
) -> None:
    put_in = populate(moto_url, AGENTS)
    document = tmp_path / "inventory.json"
    listed = tmp_path / "accounts"
    listed.write_text("\n".join(f"{account}  # one of ours" for account in ACCOUNTS[1:]))

    options = [text for region in REGIONS for text in ("--region", region)]
    options += ["--account", ACCOUNTS[0], "--accounts", str(listed), "--role-name", READER]
    done = segrego("collect", "aws", *options, "--endpoint-url", moto_url, "-o", document)

    assert f"{AGENTS} workloads" in done.stderr
    inventory = json.loads(document.read_bytes())
    assert {account["id"] for account in inventory["accounts"]} == set(ACCOUNTS)
    assert {workload["region"] for workload in inventory["workloads"]} == set(REGIONS)
    assert len(put_in) > 30
    reports = [json.loads(segrego("check", document, "--format", "json", code=(1,)).stdout)]
    reports.append(json.loads(segrego("check", document, "--format", "json", "--engine", "opa", code=(1,)).stdout))
    with start_opa("--ignore", "*_test.rego", "--bundle", policy.rego_dir()) as address:
        server = ["--engine", "server", "--opa-url", f"http://{address}"]
        reports.append(json.loads(segrego("check", document, "--format", "json", *server, code=(1,)).stdout))
    for report in reports:
        assert sharing(report) == put_in
        assert report["findings"] == reports[0]["findings"]
    # what moto lacks stays a gap, and nothing else is one
    called = {tuple(gap["message"].split()[:2]) for gap in reports[0]["gaps"]}
    assert called
    assert not {(service, operation) for service, operation in called if operation in MOTO.get(service, ())}
    assert {service for service, _ in called} <= set(LACKING)


def test_an_organization_of_moto_is_found_with_its_policies(moto: Any, moto_url: str, tmp_path: Path) -> None:
    organizations = moto("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    unit = organizations.create_organizational_unit(ParentId=root, Name="teams")["OrganizationalUnit"]["Id"]
    made = organizations.create_account(AccountName="payments", Email="p@example.com")
    member = made["CreateAccountStatus"]["AccountId"]
    organizations.move_account(AccountId=member, SourceParentId=root, DestinationParentId=unit)
    content = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]}
    )
    made = organizations.create_policy(Content=content, Name="no-iam", Description="", Type="SERVICE_CONTROL_POLICY")
    organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=unit)
    document = tmp_path / "inventory.json"

    options = ["--organization", "--role-name", READER, "--region", REGIONS[0], "--endpoint-url", moto_url]
    segrego("collect", "aws", *options, "-o", document)

    inventory = json.loads(document.read_bytes())
    found = {account["id"]: account for account in inventory["accounts"]}
    denied = made["Policy"]["PolicySummary"]["Arn"]
    assert found[member]["name"] == "payments"
    assert len(found[member]["service_control"]) == 3
    assert denied in found[member]["service_control"][1]
    assert not found[member]["management"]
    assert found[ACCOUNTS[0]]["management"]
    assert {policy["id"] for policy in inventory["policies"] if policy["kind"] == "service_control"} >= {denied}


def test_a_checkpoint_is_gone_when_the_document_is_written_and_kept_when_it_is_not(
    moto: Any, moto_url: str, tmp_path: Path
) -> None:
    populate(moto_url, 3)
    kept = tmp_path / "sweep"
    options = ["--region", REGIONS[0], "--endpoint-url", moto_url, "--checkpoint", str(kept)]
    done = segrego("collect", "aws", *options, "-o", tmp_path / "no/such/folder", code=(2,))
    assert kept.exists()
    assert f"the checkpoint {kept} is kept" in done.stderr
    segrego("collect", "aws", *options, "-o", tmp_path / "inventory.json")
    assert not kept.exists()


def test_ctrl_c_ends_a_sweep_at_once_and_the_same_command_goes_on(moto: Any, moto_url: str, tmp_path: Path) -> None:
    populate(moto_url, 120)
    kept, document = tmp_path / "sweep", tmp_path / "inventory.json"
    options = ["--region", REGIONS[0], "--region", REGIONS[1], "--endpoint-url", moto_url, "--checkpoint", str(kept)]
    command = [sys.executable, "-m", "segrego", "collect", "aws", *options, "-o", str(document)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 300
    while _answers(kept) < 100_000 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "goes on from it" in said
    assert not document.exists()
    assert kept.exists()

    segrego("collect", "aws", *options, "-o", document)
    assert len(json.loads(document.read_bytes())["workloads"]) == 40
    assert not kept.exists()


def _answers(checkpoint: Path) -> int:
    """How much is in a checkpoint and in the journal beside it, in bytes."""
    beside = checkpoint.with_name(f"{checkpoint.name}-wal")
    return sum(path.stat().st_size for path in (checkpoint, beside) if path.exists())


def test_a_profile_with_its_region_and_keys_is_enough(
    moto: Any, moto_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(moto_url, 1)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    keys = "aws_access_key_id = testing\naws_secret_access_key = testing"
    (tmp_path / "config").write_text(f"[profile audit]\nregion = {REGIONS[0]}\n{keys}\nmax_attempts = 1\n")
    done = segrego("collect", "aws", "--profile", "audit", "--endpoint-url", moto_url, "-o", tmp_path / "i.json")
    assert "1 workloads" in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--region", "nowhere"], "is not an AWS region"),
        (["--region", "us-east-1", "--all-regions"], "exclude each other"),
        (["--organization"], "no role is named"),
        (["--organization", "--role-name", "r", "--account", "123456789012"], "exclude each other"),
        (["--account", "12345"], "is not an account"),
        (["--role-name", "arn:aws:iam::1:role/x"], "is not a role's name"),
        (["--role-name", "r", "--role-arn-template", "arn:aws:iam::{account}:role/x"], "exclude each other"),
        (["--role-arn-template", "arn:aws:iam::123456789012:role/x"], "makes no role ARN"),
        (["--external-id", "a b"], "is not an external id"),
        (["--session-name", "x"], "is not a session name"),
        (["--endpoint-url", "example.com"], "is not a URL"),
        (["--endpoint-url", "http://example.com:99999"], "is not a URL"),
        (["--accounts", "/no/such/file"], "cannot be read"),
        (["--profile", "no-such-profile", "--region", "us-east-1"], "no such AWS profile"),
        ([], "no AWS region"),
    ],
)
def test_options_that_cannot_be_meant_are_one_clear_line(options: list[str], message: str) -> None:
    done = segrego("collect", "aws", *options, code=(2,))
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("segrego: error: ")
    assert message in line


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"123456789012\nabc\n", "accounts:2: this is not an account"),
        (b"\n# none\n", "is empty"),
        (b"\xff", "accounts:1: this is not an account"),
    ],
)
def test_a_list_of_accounts_that_is_none_names_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "accounts"
    path.write_bytes(content)
    assert message in segrego("collect", "aws", "--accounts", path, code=(2,)).stderr


def test_the_policy_is_printed_for_the_options_that_are_given() -> None:
    plain = json.loads(segrego("collect", "aws", "--print-policy").stdout)
    wide = json.loads(segrego("collect", "aws", "--print-policy", "--organization", "--role-name", READER).stdout)
    assert [statement["Sid"] for statement in plain["Statement"]] == ["SegregoCollect"]
    sids = [statement["Sid"] for statement in wide["Statement"]]
    assert sids == ["SegregoCollect", "SegregoOrganization", "SegregoAssumeRole"]
    assert wide["Statement"][2]["Resource"] == f"arn:aws:iam::*:role/{READER}"


@pytest.mark.parametrize("was_on", [True, False])
def test_clients_are_let_go_of_while_a_sweep_runs(alone: FakeAws, was_on: bool) -> None:
    seen: list[bool] = []
    alone.answer("bedrock-agent", "ListAgents", lambda _: (seen.append(gc.isenabled()), {})[1])
    (gc.enable if was_on else gc.disable)()
    try:
        with collected(AwsOptions(regions=(REGIONS[0],), endpoint_url="http://127.0.0.1:9"), None, watched=False):
            assert gc.isenabled() == was_on
    finally:
        gc.enable()
    assert seen == [True]


def test_nobody_watches_a_pipe_so_there_is_no_bar(moto: Any, moto_url: str, tmp_path: Path) -> None:
    populate(moto_url, 2)
    document = tmp_path / "inventory.json"
    done = segrego("collect", "aws", "--region", REGIONS[0], "--endpoint-url", moto_url, "-o", document)
    assert len(done.stderr.splitlines()) == 1
    assert "\x1b" not in done.stderr


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
def test_a_person_sees_one_bar(moto: Any, moto_url: str, tmp_path: Path) -> None:
    populate(moto_url, 2)
    main, terminal = os.openpty()
    command = [sys.executable, "-m", "segrego", "collect", "aws", "--region", REGIONS[0], "--endpoint-url", moto_url]
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "100"}
    process = subprocess.Popen(
        [*command, "-o", str(tmp_path / "inventory.json")], stdout=subprocess.DEVNULL, stderr=terminal, env=environment
    )
    os.close(terminal)
    shown = b""
    while True:
        try:
            part = os.read(main, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    assert process.wait(60) == 0
    text = shown.decode()
    assert "workloads" in text
    frames = text.split("\r")
    assert max(frame.count("%") for frame in frames) == 1
