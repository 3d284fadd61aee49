"""What both evaluators are asked: situations made of AWS's own JSON, and their form as an inventory of segrego's."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
from reference_iam import Json, World

from segrego import policy
from segrego.facts import derive
from segrego.iam.documents import resource_statements, statements
from segrego.inventory import Account, Inventory, Policy, Resource, ResourcePolicy, Role, Tag

ACCOUNT = "111122223333"
ADDRESSES = (None, "10.1.2.3", "192.0.2.1")
"""What the key aws:SourceIp may be in a request: one that segrego cannot know."""

_BATCH = """package oracle

import data.segrego.lib.iam
import data.segrego.lib.inventory

asked := {number: answer |
	some number, request in data.batch
	answer := iam.answer(inventory.role_by_id[request.role], request.action, request.resource)
}

answers := {name: found |
	some name, situation in data.situations
	found := asked with input as situation.inventory with data.batch as situation.requests
}
"""


_GRANTS = """package oracle

import data.segrego.lib.iam
import data.segrego.lib.inventory

said := [found |
	some role in input.roles
	some grant in iam.grants(role)
	found := {
		"effects": iam.effects(role, grant),
		"resources": grant.resources,
		"conditional": grant.conditional,
		"levels": {action: levels |
			some action in ["s3:getobject", "s3:putobject", "sqs:sendmessage", "sqs:receivemessage", "kms:decrypt"]
			levels := {resource: iam.level_of(role, grant, action, resource) | some resource in grant.resources}
		},
	}
]

answers := {name: found |
	some name, situation in data.situations
	found := said with input as situation.inventory
}
"""


@dataclass(frozen=True, kw_only=True)
class Situation:
    """One role and one resource with all the policies around them, as AWS's JSON. ``on`` is the ARN that the resource's
    own policy belongs to; an ARN without an account is the account's that ``owner`` names."""

    on: str
    owner: str = ACCOUNT
    identity: tuple[Json, ...] = ()
    boundary: Json | None = None
    levels: tuple[tuple[Json, ...], ...] = ()
    on_resource: tuple[Json, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    account: str = ACCOUNT

    @property
    def role_arn(self) -> str:
        return f"arn:aws:iam::{self.account}:role/orders"

    def worlds(self) -> list[World]:
        """The situation with every value that segrego cannot know."""
        known = {
            "aws:principalarn": self.role_arn,
            "aws:principalaccount": self.account,
            "aws:resourceaccount": self.owner,
            "aws:principaltype": "AssumedRole",
        } | {f"aws:principaltag/{key.lower()}": value for key, value in self.tags}
        return [
            World(
                role_arn=self.role_arn,
                role_account=self.account,
                resource_account=self.owner,
                identity=self.identity,
                boundary=self.boundary,
                levels=self.levels,
                on_resource=self.on_resource,
                context=known | ({} if address is None else {"aws:sourceip": address}),
            )
            for address in ADDRESSES
        ]

    def is_open(self) -> bool:
        """Whether any policy asks for what segrego cannot know."""
        return "SourceIp" in json.dumps([self.identity, self.boundary, self.levels, self.on_resource])

    def inventory(self) -> Inventory:
        controls = [
            [(f"scp-{at}-{n}", document) for n, document in enumerate(level)] for at, level in enumerate(self.levels)
        ]
        documents = [(f"own-{number}", document) for number, document in enumerate(self.identity)]
        own = tuple(name for name, _ in documents)
        documents += [entry for level in controls for entry in level]
        documents += [] if self.boundary is None else [("boundary", self.boundary)]
        return derive(
            Inventory(
                roles=(
                    Role(
                        id=self.role_arn,
                        arn=self.role_arn,
                        account=self.account,
                        policies=own,
                        boundary=None if self.boundary is None else "boundary",
                        tags=tuple(Tag(key=key, value=value) for key, value in self.tags),
                    ),
                ),
                policies=tuple(
                    Policy(id=name, name=name, kind="inline", statements=statements(document))
                    for name, document in documents
                ),
                resources=(Resource(id="it", kind="AWS::S3::Bucket", name="it", arn=self.on, account=self.owner),),
                resource_policies=tuple(
                    ResourcePolicy(id=f"on-{number}", resource=self.on, statements=resource_statements(document))
                    for number, document in enumerate(self.on_resource)
                ),
                accounts=(
                    Account(
                        id=self.account, service_control=tuple(tuple(name for name, _ in level) for level in controls)
                    ),
                ),
            )
        )


Request = tuple[str, str]


def answers(opa: Path, folder: Path, asked: Mapping[str, tuple[Situation, Sequence[Request]]]) -> dict[str, list[str]]:
    """What segrego answers to every request (action, resource) of every situation, in one run of OPA."""
    situations = {
        name: {
            "inventory": msgspec.to_builtins(situation.inventory()),
            "requests": {
                str(number): {"role": situation.role_arn, "action": action.lower(), "resource": resource}
                for number, (action, resource) in enumerate(requests)
            },
        }
        for name, (situation, requests) in asked.items()
    }
    found = _evaluated(opa, folder, _BATCH, situations)
    return {
        name: [found[name].get(str(number), "undefined") for number in range(len(requests))]
        for name, (_, requests) in asked.items()
    }


def grants(opa: Path, folder: Path, situations: Sequence[Situation]) -> list[list[dict[str, Any]]]:
    """What segrego says of the grants of every situation's role, in the order of the statements: ``effects`` (class to
    names of actions), ``resources``, ``conditional``; and for every action how surely it is given on each resource
    (``levels``)."""
    asked = {
        str(number): {"inventory": msgspec.to_builtins(situation.inventory())}
        for number, situation in enumerate(situations)
    }
    found = _evaluated(opa, folder, _GRANTS, asked)
    return [found[str(number)] for number in range(len(situations))]


def _evaluated(opa: Path, folder: Path, rego: str, situations: Mapping[str, Any]) -> dict[str, Any]:
    (folder / "situations.json").write_text(json.dumps({"situations": situations}), encoding="utf-8")
    (folder / "oracle.rego").write_text(rego, encoding="utf-8")
    data = [option for path in (policy.rego_dir(), folder) for option in ("--data", str(path))]
    command = [str(opa), "eval", "--format", "json", "--ignore", "*_test.rego", *data, "data.oracle.answers"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)["result"][0]["expressions"][0]["value"]
    return found


_LINE = re.compile(
    r"(?P<effect>Allow|Deny) (?:to (?P<to>\S+) )?(?P<not_action>not )?(?P<actions>\S+)"
    r" on (?P<not_resource>not )?(?P<resources>.+?)(?: if (?P<conditions>.+))?"
)


def document(lines: Sequence[str]) -> dict[str, Any]:
    """A policy document from lines such as ``Allow s3:Get*,s3:List* on arn:aws:s3:::a/* if StringEquals aws:x y,z``
    (``to P`` after the effect names the principal, ``not`` before actions or resources negates them)."""
    return {"Version": "2012-10-17", "Statement": [_statement(line) for line in lines]}


def _statement(line: str) -> dict[str, Any]:
    found = _LINE.fullmatch(line)
    assert found, line
    result: dict[str, Any] = {
        "Effect": found["effect"],
        "NotAction" if found["not_action"] else "Action": found["actions"].split(","),
        "NotResource" if found["not_resource"] else "Resource": found["resources"].split("|"),
    }
    if found["to"]:
        result["Principal"] = "*" if found["to"] == "*" else {"AWS": found["to"].split(",")}
    for condition in (found["conditions"] or "").split(" and "):
        if condition:
            operator, key, values = condition.split(" ", 2)
            result.setdefault("Condition", {}).setdefault(operator, {})[key] = values.split(",")
    return result


def of_table(case: Mapping[str, Any]) -> Situation:
    """The situation of a case in ``cases.yaml``."""
    situation = Situation(
        on=case.get("of", case["at"]),
        owner=str(case.get("owner", ACCOUNT)),
        identity=(document(case["role"]),) if case.get("role") else (),
        tags=tuple(case.get("tags", {}).items()),
    )
    if "boundary" in case:
        situation = replace(situation, boundary=document(case["boundary"]))
    if "resource" in case:
        situation = replace(situation, on_resource=(document(case["resource"]),))
    return replace(situation, levels=tuple((document(level),) for level in case.get("levels", [])))
