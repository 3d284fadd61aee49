"""Measure how long sources take to read generated input of growing sizes.

    python tools/bench_sources.py [--sources cloudformation …] [--sizes quick|full] [--repeat N]

For every source the agents double from size to size. Every run is a process of its own (``segrego collect``, from
start to exit), whose processor time is measured, since it runs on one processor and machines are shared; the best of
``--repeat`` counts. Exits with 1 if doubling the input costs 2.3 times the time or more, or
if a run takes 1 GiB of memory or more. ``quick`` is for CI: small inputs and generous limits, because machines there
are shared.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import Limits, Run, megabytes, ratios
from bench_terraform import terraform_configuration, terraform_plan

SIZES: dict[str, tuple[int, ...]] = {"quick": (200, 400), "full": (500, 1_000, 2_000, 4_000)}
LIMITS = {"quick": Limits(ratio=3.0, against_opa=0), "full": Limits(ratio=2.3, against_opa=0)}
MOST_MEGABYTES = 1024 * 1024 * 1024 / 1e6

AGENTS_PER_STACK = 50
"""Agents in one generated stack: 2,000 agents are 40 stacks."""

Files = Iterator[tuple[str, str]]
"""File names and their text."""


def cloudformation(agents: int) -> Files:
    """Stacks as teams write them: agents with aliases, tools and a knowledge base, roles with inline and separate
    policies, a nested stack of roles and its outputs, exports, conditions, maps. Every fourth role is shared."""
    stacks = max(1, agents // AGENTS_PER_STACK)
    for number in range(stacks):
        yield f"stack-{number}/template.yaml", _stack(number, agents // stacks)
        yield f"stack-{number}/roles.yaml", _roles(number, agents // stacks)


SOURCES: Mapping[str, Callable[[int], Files]] = {
    "cloudformation": cloudformation,
    "terraform": terraform_configuration,
    "terraform-plan": terraform_plan,
}


def _stack(stack: int, agents: int) -> str:
    parts = [_HEAD.replace("STACK", str(stack))]
    parts += [_AGENT.replace("NUMBER", str(number)).replace("ROLE", f"Role{_role(number)}") for number in range(agents)]
    parts += [_FUNCTION.replace("NUMBER", str(number)) for number in range(agents)]
    return "".join(parts) + f"Outputs:\n  Bucket:\n    Value: !Ref Data\n    Export: {{Name: bench-{stack}-bucket}}\n"


def _role(number: int) -> int:
    """Which role an agent takes: every fourth agent takes its neighbour's."""
    return number - 1 if number % 4 == 3 else number


def _roles(stack: int, agents: int) -> str:
    numbers = sorted({_role(number) for number in range(agents)})
    parts = ["AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  Stage: {Type: String}\nResources:\n"]
    parts += [_ROLE.replace("NUMBER", str(number)).replace("STACK", str(stack)) for number in numbers]
    parts += ["Outputs:\n"]
    parts += [f"  Role{number}: {{Value: !GetAtt Role{number}.Arn}}\n" for number in numbers]
    return "".join(parts)


_HEAD = """AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
Mappings:
  Models:
    dev: {Id: amazon.nova-lite-v1:0}
    prod: {Id: amazon.nova-pro-v1:0}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Roles:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: ./roles.yaml, Parameters: {Stage: !Ref Stage}}
  Data:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub "bench-STACK-${Stage}", Tags: [{Key: data-domain, Value: dSTACK}]}
  ToolRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
      ManagedPolicyArns: [!Sub "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
  Base:
    Type: AWS::Bedrock::KnowledgeBase
    Properties: {Name: base-STACK, RoleArn: !GetAtt ToolRole.Arn}
"""
_AGENT = """  AgentNUMBER:
    Type: AWS::Bedrock::Agent
    Properties:
      AgentName: !Sub "agent-NUMBER-${Stage}"
      AgentResourceRoleArn: !GetAtt Roles.Outputs.ROLE
      FoundationModel: !FindInMap [Models, !Ref Stage, Id]
      IdleSessionTTLInSeconds: !If [IsProd, 600, 1800]
      KnowledgeBases: [{KnowledgeBaseId: !Ref Base, Description: d}]
      ActionGroups:
        - ActionGroupName: orders
          ActionGroupExecutor: {Lambda: !GetAtt FunctionNUMBER.Arn}
          FunctionSchema:
            Functions:
              - {Name: find, Description: d}
              - {Name: change, Description: d, RequireConfirmation: ENABLED}
        - {ActionGroupName: ask, ParentActionGroupSignature: AMAZON.UserInput}
      Tags: {Environment: !Ref Stage}
  AliasNUMBER:
    Type: AWS::Bedrock::AgentAlias
    Properties: {AgentId: !GetAtt AgentNUMBER.AgentId, AgentAliasName: live}
  AllowNUMBER:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref FunctionNUMBER
      Principal: bedrock.amazonaws.com
      SourceArn: !GetAtt AgentNUMBER.AgentArn
"""
_FUNCTION = """  FunctionNUMBER:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub "tool-NUMBER-${Stage}"
      Role: !GetAtt ToolRole.Arn
      Code: {S3Bucket: !Ref Data, S3Key: tools/NUMBER.zip}
      Environment: {Variables: {TABLE: !Ref Data, STAGE: !Ref Stage}}
"""
_ROLE = """  RoleNUMBER:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub "agent-STACK-NUMBER-${Stage}"
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: bedrock.amazonaws.com}
            Action: sts:AssumeRole
            Condition:
              StringEquals: {aws:SourceAccount: !Ref AWS::AccountId}
              ArnLike: {AWS:SourceArn: !Sub "arn:aws:bedrock:${AWS::Region}:${AWS::AccountId}:agent/*"}
      Policies:
        - PolicyName: models
          PolicyDocument:
            Statement:
              - {Effect: Allow, Action: bedrock:InvokeModel, Resource: "arn:aws:bedrock:*::foundation-model/*"}
              - {Effect: Allow, Action: [s3:GetObject, s3:ListBucket], Resource: "arn:aws:s3:::bench-STACK-*"}
  PolicyNUMBER:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: !Sub "tools-NUMBER-${Stage}"
      Roles: [!Ref RoleNUMBER]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Action: lambda:InvokeFunction
            Resource: !Sub "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:tool-NUMBER-${Stage}"
"""


@dataclass(frozen=True, slots=True)
class Input:
    """Generated input on disk: its folder and its size in bytes."""

    folder: Path
    size: int


def write(files: Files, folder: Path) -> Input:
    """Put generated files into a folder."""
    size = 0
    for name, text in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        size += path.write_text(text)
    return Input(folder, size)


def measure(source: str, agents: int, given: Input, repeat: int) -> Run:
    """The best of ``repeat`` whole processes that collect the input."""
    command = [sys.executable, "-m", "segrego", "collect", str(given.folder), "-q", "-o", str(given.folder / "out")]
    runs = [Run(source, agents, *_spent(command)) for _ in range(repeat)]
    return min(runs, key=lambda run: run.seconds)


def _spent(command: list[str]) -> tuple[float, float]:
    """Processor seconds that a command takes, and its megabytes at its peak."""
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, megabytes(usage.ru_maxrss)


def failures(runs: Sequence[Run], limits: Limits) -> list[str]:
    """What breaks the limits, in words."""
    found = [
        f"{run.engine} at {run.agents} agents: a doubling costs {ratio:.2f} times the time (limit {limits.ratio})"
        for run, ratio in zip(runs, ratios(runs), strict=True)
        if ratio is not None and ratio >= limits.ratio
    ]
    return found + [
        f"{run.engine} at {run.agents} agents takes {run.megabytes:.0f} MB (limit {MOST_MEGABYTES:.0f})"
        for run in runs
        if run.megabytes >= MOST_MEGABYTES
    ]


def main(arguments: Sequence[str]) -> int:
    """Measure, print a table, and give the exit code."""
    parser = argparse.ArgumentParser(description="Measure how long sources take to read generated input.")
    parser.add_argument("--sources", nargs="+", choices=sorted(SOURCES), default=sorted(SOURCES))
    parser.add_argument("--sizes", choices=sorted(SIZES), default="full")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each, the best of which counts")
    options = parser.parse_args(arguments)
    runs: list[Run] = []
    print(f"{'source':<15} {'agents':>7} {'input MB':>9} {'seconds':>8} {'per doubling':>13} {'peak MB':>8}")
    for source in options.sources:
        for agents in SIZES[options.sizes]:
            with tempfile.TemporaryDirectory(prefix="segrego-bench-") as folder:
                given = write(SOURCES[source](agents), Path(folder))
                runs.append(measure(source, agents, given, options.repeat))
            ratio = ratios(runs)[-1]
            cells = f"{source:<15} {agents:>7} {given.size / 1e6:>9.1f} {runs[-1].seconds:>8.2f}"
            print(f"{cells} {f'{ratio:.2f}' if ratio else '':>13} {runs[-1].megabytes:>8.0f}", flush=True)
    found = failures(runs, LIMITS[options.sizes])
    for failure in found:
        print(failure, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
