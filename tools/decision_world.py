"""What the benchmark of the decision is made of: many agents, the tokens that prove them, and the calls they make."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from joserfc import jwt

from segrego.bundle.agents import agents_document
from segrego.bundle.signing import new_key
from segrego.config.model import Config, Issuer, Runtime, RuntimeOperation
from segrego.decision import Call, Caller, PastCall, Rate, Resource, Session, ToolCall
from segrego.facts import derive
from segrego.inventory import Binding, Inventory, Label, Operation, Role, Source, Tool, Use, Workload
from segrego.inventory import Resource as StoredResource

ACCOUNT = "111122223333"
ASKED = 64
"""Agents that ask, in turn. Each shows its one token again and again, as long as the token lives."""
DOMAINS = 20
BUCKETS = 200
TOOLS = 4
ACCESS = {"find": "read", "list": "read", "change": "write", "cancel": "write", "refund": "write"}
PROOFS, GRANTS, PEOPLE = "https://proofs.example", "https://grants.example", "https://people.example"
USES = {PROOFS: "proof", GRANTS: "grant", PEOPLE: "approval"}

MakeCall = Callable[[int], Call]


class World:
    """``document`` is the agents bundle's; ``folder`` takes the issuers' key sets."""

    def __init__(self, agents: int, folder: Path) -> None:
        self._keys = {name: new_key(name, "ES256") for name in USES}
        self._proofs: dict[int, str] = {}
        self.document = agents_document(derive(_inventory(agents)), self._config(folder))
        self.document["subjects"] = {PROOFS: {f"subject-{number}": f"agent-{number}" for number in range(agents)}}
        for number in range(agents):  # as if declared in segrego.yaml
            self.document["agents"][f"agent-{number}"]["subjects"] = {PROOFS: [f"subject-{number}"]}

    def _config(self, folder: Path) -> Config:
        issuers = []
        for name, use in USES.items():
            path = folder / f"{use}.jwks.json"
            path.write_text(json.dumps({"keys": [self._keys[name].key.as_dict(private=False)]}), encoding="utf-8")
            issuers.append(
                {"issuer": name, "use": use, "algorithms": ["ES256"], "audience": "segrego", "keys": str(path)}
            )
        operations = [RuntimeOperation(tool="*", operation="refund", approval=True)]
        return Config(
            runtime=Runtime(
                issuers=msgspec.convert(issuers, tuple[Issuer, ...]),
                operations=tuple(operations),
                sensitive_domains=("domain-0",),
            )
        )

    def _signed(self, issuer: str, claims: Mapping[str, Any]) -> str:
        now = int(time.time())
        stated = {"iss": issuer, "aud": "segrego", "iat": now, "exp": now + 3600, "jti": secrets.token_hex(8)}
        return str(jwt.encode({"alg": "ES256"}, stated | dict(claims), self._keys[issuer].key))

    def new_proof(self, number: int) -> str:
        """A token of an agent that nobody has seen before."""
        return self._signed(PROOFS, {"sub": f"subject-{number}"})

    def proof(self, number: int) -> str:
        """The token that an agent shows as long as it lives."""
        return self._proofs.setdefault(number, self.new_proof(number))

    def ordinary(self, number: int) -> Call:
        """In the middle of a session: a read, by an agent that shows its token."""
        now = time.time_ns()
        past = PastCall(tool="tool-1", operation="find", verdict="allow", time_ns=now, domain=_domain(number))
        digest = f"sha256:{number:064}"
        return Call(
            agent=f"agent-{number}",
            proof=self.proof(number),
            role=f"arn:aws:sts::{ACCOUNT}:assumed-role/role-{number}/i-0123456789",
            session=Session(id=f"session-{number}", started_ns=now),
            tool=ToolCall(name="tool-2", operation="find", arguments={"order_id": "7"}, arguments_digest=digest),
            history=(past,) * 4,
            rate=Rate(calls=4, window_seconds=60),
            time_ns=now,
        )

    def others(self) -> dict[str, MakeCall]:
        """Kinds of calls, by what they have that an ordinary one has not."""
        return {
            "with a resource": self._with_a_resource,
            "with a task grant": self._with_a_grant,
            "with an approval": self._with_an_approval,
            "with a caller": self._with_a_caller,
            "with 100 past calls": self._with_a_long_history,
            "denied, wrong role": self._under_another_role,
        }

    def _with_a_resource(self, number: int) -> Call:
        resource = Resource(arn=f"arn:aws:s3:::bucket-{number % DOMAINS}/orders/7")
        return msgspec.structs.replace(self.ordinary(number), resource=resource)

    def _with_a_grant(self, number: int) -> Call:
        claims: dict[str, Any] = {"sub": f"agent-{number}", "task": "task-1", "session": f"session-{number}"}
        claims |= {"tools": {"tool-2": ["find"]}, "resources": [], "access": ["read"], "calls": 100}
        return msgspec.structs.replace(self.ordinary(number), task="task-1", grant=self._signed(GRANTS, claims))

    def _with_an_approval(self, number: int) -> Call:
        call = self.ordinary(number)
        tool = msgspec.structs.replace(call.tool, operation="refund")
        claims = {"agent": call.agent, "session": call.session.id, "tool": tool.name, "operation": tool.operation}
        approval = self._signed(PEOPLE, claims | {"arguments_digest": tool.arguments_digest, "sub": "ada@example.org"})
        return msgspec.structs.replace(call, tool=tool, approvals=(approval,))

    def _with_a_caller(self, number: int) -> Call:
        caller = Caller(agent=f"agent-{number + DOMAINS}", proof=self.proof(number + DOMAINS))
        return msgspec.structs.replace(self.ordinary(number), callers=(caller,))

    def _with_a_long_history(self, number: int) -> Call:
        call = self.ordinary(number)
        return msgspec.structs.replace(call, history=call.history * 25)

    def _under_another_role(self, number: int) -> Call:
        role = f"arn:aws:sts::{ACCOUNT}:assumed-role/somebody/i-0123456789"
        return msgspec.structs.replace(self.ordinary(number), role=role)


def _domain(number: int) -> str:
    return f"domain-{number % DOMAINS}"


def _inventory(agents: int) -> Inventory:
    functions = range(DOMAINS)
    return Inventory(
        evaluated_at_ns=1,
        sources=(Source(id="bench", kind="document"),),
        workloads=tuple(_agent(number) for number in range(agents)) + tuple(_function(number) for number in functions),
        roles=tuple(
            Role(id=f"role-{number}", name=f"role-{number}", arn=f"arn:aws:iam::{ACCOUNT}:role/agents/role-{number}")
            for number in range(agents)
        ),
        tools=tuple(_tool(number, place) for number in range(agents) for place in range(TOOLS)),
        resources=tuple(
            StoredResource(
                id=f"bucket-{number}",
                kind="AWS::S3::Bucket",
                name=f"bucket-{number}",
                arn=f"arn:aws:s3:::bucket-{number}",
                domains=_labels(number),
            )
            for number in range(BUCKETS)
        ),
    )


def _labels(number: int) -> tuple[Label, ...]:
    return (Label(value=_domain(number), origin="tag"),)


def _agent(number: int) -> Workload:
    called = (Use(relation="collaborator", target=f"agent-{number - DOMAINS}"),) if number >= DOMAINS else ()
    return Workload(
        id=f"agent-{number}",
        kind="bedrock_agent",
        name=f"agent-{number}",
        account=ACCOUNT,
        bindings=(Binding(role=f"role-{number}", slot="draft"),),
        environment=Label(value="production", origin="tag"),
        domains=_labels(number),
        uses=called,
    )


def _function(number: int) -> Workload:
    return Workload(
        id=f"function-{number}",
        kind="lambda_function",
        name=f"function-{number}",
        arn=f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:function-{number}",
        account=ACCOUNT,
        environment=Label(value="production", origin="tag"),
        domains=_labels(number),
    )


def _tool(number: int, place: int) -> Tool:
    return Tool(
        id=f"tool-{number}-{place}",
        name=f"tool-{place}",
        owner=f"agent-{number}",
        kind="lambda",
        target=f"function-{number % DOMAINS}",
        operations=tuple(Operation(name=name, access=access) for name, access in ACCESS.items()),  # type: ignore[arg-type]
    )
