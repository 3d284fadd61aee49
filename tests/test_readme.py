"""Every command of the README is run, in the order in which it stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line.partition(" #")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]
WORKFLOW = [line.removeprefix("- run: ") for line in re.findall(r"^- run: .*$", README, re.MULTILINE)]

FAILING = "infra/"
"""The folder of the README's examples; here it holds the example organization, in which there is something to find."""


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with infra/, and a terraform that shows the plan of the example organization."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "examples/organization", folder / "infra")
    plan = next((folder / "infra").rglob("*.json"))
    terraform = folder / "bin/terraform"
    terraform.parent.mkdir()
    terraform.write_text(f"#!/bin/sh\ntest \"$1 $2\" = 'show -json' && cat '{plan}'\n", encoding="utf-8")
    terraform.chmod(0o755)
    segrego = folder / "bin/segrego"
    segrego.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m segrego "$@"\n', encoding="utf-8")
    segrego.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    """An AWS endpoint with two agents on one role."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    options = {
        "endpoint_url": f"http://{host}:{port}",
        "region_name": "us-east-1",
        "aws_access_key_id": "testing",
        "aws_secret_access_key": "testing",
    }
    role = boto3.client("iam", **options).create_role(
        RoleName="shared",
        AssumeRolePolicyDocument='{"Statement": [{"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, '  # noqa: E501
        '"Action": "sts:AssumeRole"}]}',
    )["Role"]["Arn"]
    for name in ("orders", "billing"):
        boto3.client("bedrock-agent", **options).create_agent(
            agentName=name, agentResourceRoleArn=role, foundationModel="amazon.nova-pro-v1:0", instruction="x" * 40
        )
    yield options["endpoint_url"]
    server.stop()


def shell(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command,
        shell=True,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ
        | {"PATH": path, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
        | environment,
    )


def test_the_readme_has_commands() -> None:
    assert len(COMMANDS) >= 12


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith(("segrego ", "terraform "))])
def test_a_segrego_command(command: str, workplace: Path, aws: str, opa: Path) -> None:
    environment = {"SEGREGO_OPA": str(opa), "AWS_ENDPOINT_URL": aws}
    if "--opa-url" in command:
        pytest.skip("run against a server of its own below")
    done = shell(command, workplace, **environment)
    finds = "check" in command
    assert done.returncode == (1 if finds else 0), done.stderr
    assert done.stdout or "-o " in command


def test_the_server_command(workplace: Path, opa: Path) -> None:
    (command,) = (command for command in COMMANDS if "--opa-url" in command)
    address = command.split("http://")[1]
    server = subprocess.Popen(
        [opa, "run", "--server", "--addr", address, "--bundle", ROOT / "rego", "--ignore", "*_test.rego"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            done = shell(command, workplace)
            if done.returncode == 1:
                break
        assert done.returncode == 1, done.stderr
    finally:
        server.kill()
        server.wait()


@pytest.mark.parametrize("command", WORKFLOW)
def test_the_workflow_step(command: str, workplace: Path) -> None:
    done = shell(command, workplace)
    assert done.returncode == 1
    assert "::error " in done.stdout
    assert (workplace / "segrego.sarif").is_file()
    assert (workplace / "summary.md").is_file()


@pytest.mark.parametrize("installer", ["pipx install .", "uv tool install ."])
def test_installing(installer: str, tmp_path: Path) -> None:
    assert installer in README
    homes = {"PIPX_HOME": "pipx", "PIPX_BIN_DIR": "bin", "UV_TOOL_DIR": "uv", "UV_TOOL_BIN_DIR": "bin"}
    environment = os.environ | {name: str(tmp_path / folder) for name, folder in homes.items()}
    program, *arguments = installer.split()
    command = [sys.executable, "-m", program, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    checked = subprocess.run(
        [tmp_path / "bin/segrego", "check", ROOT / "examples/organization", "--format", "json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 1, checked.stderr
    assert '"shared_execution_role"' in checked.stdout


def test_make_demo(tmp_path: Path) -> None:
    """On a clean clone, with nothing but Python."""
    assert "make demo" in COMMANDS
    subprocess.run(["git", "clone", "--quiet", ROOT, tmp_path / "clone"], check=True)
    path = os.pathsep.join(folder for folder in os.environ["PATH"].split(os.pathsep) if "go/bin" not in folder)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("SEGREGO", "MAKE", "MFLAGS"))}
    done = subprocess.run(
        ["make", "demo"],
        cwd=tmp_path / "clone",
        capture_output=True,
        text=True,
        check=False,
        env=environment | {"PATH": path},
    )
    assert done.returncode == 0, done.stderr
    assert "shared_execution_role" in done.stdout or "share an execution role" in done.stdout
    assert done.stdout.rstrip().splitlines()[-1].startswith("Next:")


def test_nothing_is_left_untested() -> None:
    covered = ("segrego ", "terraform ", "pipx install", "make demo", "make test")  # make test runs this
    assert [command for command in COMMANDS if not command.startswith(covered)] == []


def test_the_version_is_said_once() -> None:
    import segrego

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == segrego.__version__
