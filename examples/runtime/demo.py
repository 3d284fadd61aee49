"""From a template to a refused tool call, on this machine: ``make demo-runtime``.

Bundles are built from the example organization and signed, a real OPA sidecar takes them from ``segrego bundle serve``,
two agents call tools through the enforcement point, and the audit shows who did what. Whatever another verdict comes
back than must, the demo says so and ends with exit code 1. Nothing is left behind.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import issuers
from stage import DemoError, Stage, free_port, staged

from segrego.decision import Decision
from segrego.enforce import DeniedError, Guard, GuardedSession, Identity, Recorder, Request, Sidecar, SidecarOptions

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = "organization/support/template.yaml"
ORDERS = f"{TEMPLATE}#OrdersAssistant"
BILLING = f"{TEMPLATE}#BillingAssistant"
ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/SupportAgentRole"

FIND = Request(tool="orders", operation="find_order", arguments={"order_id": "O-1001"})
MOVE = Request(
    tool="orders", operation="change_address", arguments={"order_id": "O-1001", "address": "1 New Street, Springfield"}
)
REFUND = Request(tool="refunds", operation="refundInvoice", arguments={"invoice_id": "I-7", "amount": 99})
INVOICE = Request(tool="invoices", operation="read_invoice", arguments={"invoice_id": "I-7"})
PROGRESS = Request(tool="refunds", operation="readRefund", arguments={"refund_id": "R-3"})


@dataclass(frozen=True)
class World:
    """What runs: the server of bundles, and the sidecar with its token."""

    stage: Stage
    server: str
    decider: Sidecar
    recorder: Recorder

    def guard(self, agent: str, proof: Callable[[], str | None]) -> Guard:
        """An agent's enforcement point. All assistants of the support team run under one role."""
        assumed = f"arn:aws:sts::{ACCOUNT}:assumed-role/SupportAgentRole/demo"
        identity = Identity(agent=agent, proof=proof, role=lambda: assumed)
        return Guard(self.decider, self.recorder, identity)

    def proof(self, subject: str) -> str:
        """The identity provider's token for an agent."""
        return issuers.proof(self.stage.folder / "identity.key", subject)

    def call(self, session: GuardedSession, who: str, request: Request, expected: str) -> None:
        """One call through the enforcement point: ``expected`` is the verdict, or the rule that denies."""
        self.stage.write(f"  > {who}: {request.tool}.{request.operation}({_shown(request)})")
        try:
            with session.permit(request) as decision:
                self.stage.show(f"{decision.verdict}: the tool runs here")
        except DeniedError as error:
            decision = error.decision
            self.stage.show(f"{decision.verdict}: the tool does not run")
        for reason in decision.reasons:
            self.stage.show(f"because of {reason.rule} {json.dumps(reason.facts, sort_keys=True)}")
        if expected not in _outcomes(decision):
            raise DemoError(f"{expected} had to come back, and not {', '.join(_outcomes(decision))}")


def main() -> int:
    """Run the demo: 0 if everything came back as it must."""
    try:
        with staged() as stage:
            _play(stage)
    except DemoError as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130
    finally:
        print("\nProcesses are stopped, and the folder is gone.", flush=True)
    return 0


def _play(stage: Stage) -> None:
    publish(stage)
    world = _start(stage)
    try:
        session = _orders(world)
        _billing(world)
        _granted(world)
        _revoke(world, session)
        _audit(world)
    finally:
        world.decider.close()
        world.recorder.close()


def publish(stage: Stage) -> None:
    """Make keys and the inventory, and publish the three bundles of it."""
    stage.title("1. What sidecars decide by")
    shutil.copytree(ROOT / "examples/organization", stage.folder / "organization")
    shutil.copy(Path(__file__).with_name("segrego.yaml"), stage.folder)
    (stage.folder / "public").mkdir()
    stage.say("Keys: one signs bundles, the others stand for those who sign identities, approvals and grants.")
    for name in ("bundles", "identity", "approvals", "grants"):
        stage.segrego(f"bundle keygen -o {name}.key")
    stage.say("The inventory. A template leaves account and names to its deployment, which are filled in here;")
    stage.say("in production `segrego collect aws` reads what is deployed.")
    stage.segrego("collect organization -o inventory.json")
    _deploy(stage.folder / "inventory.json")
    stage.say("Three signed bundles, with a lease.")
    stage.segrego("bundle build inventory.json --key bundles.key -o built")
    stage.segrego("bundle publish built --to public --key bundles.key.pub")


def _deploy(path: Path) -> None:
    """Fill in what only a deployment names."""
    text = path.read_text(encoding="utf-8")
    text = text.replace("${AWS::AccountId}", ACCOUNT).replace("${AWS::Region}", "eu-west-1")
    path.write_text(re.sub(r"\$\{(\w+)\}", r"\1", text), encoding="utf-8")


def _start(stage: Stage) -> World:
    stage.title("2. The server of bundles, and an OPA sidecar")
    reader, desk = secrets.token_hex(16), secrets.token_hex(16)
    lines = f"support bundles,status,logs {reader}\ndesk fleet,metrics {desk}\n"
    _secret(stage.folder / "tokens", lines)
    _secret(stage.folder / "desk.token", desk)
    server, port = free_port(), free_port()
    url = f"http://127.0.0.1:{server}"
    serve = f"bundle serve public --port {server} --token-file tokens --decision-log decisions.jsonl"
    stage.start(f"segrego {serve}", [sys.executable, "-m", "segrego", *serve.split()], f"{url}/health")
    options = f"--url {url} --key bundles.key.pub --port {port} --server-token --reports --name support -o sidecar"
    stage.segrego(f"bundle sidecar {options}")
    opa = os.environ.get("SEGREGO_OPA") or str(ROOT / ".tools/opa")
    environment = {"OPA": opa, "SEGREGO_BUNDLES_TOKEN": reader}
    stage.start("sidecar/run.sh", ["sidecar/run.sh"], f"http://127.0.0.1:{port}/health?bundles", environment)
    token = (stage.folder / "sidecar/token").read_text(encoding="ascii")
    options_ = SidecarOptions(url=f"http://127.0.0.1:{port}", token=token, deadline_seconds=20)
    return World(stage, url, Sidecar(options_), Recorder(stage.folder / "calls.jsonl"))


def _orders(world: World) -> GuardedSession:
    stage = world.stage
    stage.title("3. An agent does what it is for, and no more")
    session = world.guard(ORDERS, lambda: world.proof("orders")).session("session-orders")
    stage.say("A read that is registered for the agent.")
    world.call(session, "orders", FIND, "allow")
    stage.say("A write of another agent's tool. The role that they share may invoke it: IAM would not stop this.")
    world.call(session, "orders", REFUND, "tool_not_registered")
    stage.say("The same agent with the other one's identity.")
    stolen = world.guard(BILLING, lambda: world.proof("orders")).session("session-stolen")
    world.call(stolen, "orders as billing", INVOICE, "proof_of_another_agent")
    stage.say("A write for which a person must say yes.")
    world.call(session, "orders", MOVE, "approve")
    stage.say("A person says yes to this call, and the agent sends it with other arguments.")
    yes = issuers.approval(stage.folder / "approvals.key", "dana@shop.example", ORDERS, "session-orders", MOVE)
    other = replace(MOVE, arguments={**MOVE.arguments, "address": "2 Other Street"}, approvals=[yes])
    world.call(session, "orders", other, "approval_mismatch")
    stage.say("And as it was shown to the person.")
    world.call(session, "orders", replace(MOVE, approvals=[yes]), "allow")
    return session


def _billing(world: World) -> None:
    stage = world.stage
    stage.title("4. A session that has read sensitive data does not call out")
    session = world.guard(BILLING, lambda: world.proof("billing")).session("session-billing")
    stage.say("Refunds go to a payment provider outside. Before an invoice is read that is allowed.")
    world.call(session, "billing", PROGRESS, "allow")
    world.call(session, "billing", INVOICE, "allow")
    stage.say("Invoices are sensitive: from here on, nothing leaves in this session.")
    world.call(session, "billing", PROGRESS, "tainted_session")


def _granted(world: World) -> None:
    stage = world.stage
    stage.title("5. A task grant: issued, used up, completed")
    issue = f"grant issue --key grants.key --issuer https://grants.shop.example --agent {BILLING}"
    limits = "--tool invoices:read_invoice --access read --calls 2 --minutes 15"
    grants = [stage.segrego(f"{issue} --task {task} {limits}").strip() for task in ("T-1042", "T-1043")]
    guard = world.guard(BILLING, lambda: None)
    stage.say("The grant is the agent's only proof. Two calls are in it, and refunds are not.")
    session = guard.session("session-task", task="T-1042", grant=grants[0])
    world.call(session, "billing for T-1042", PROGRESS, "grant_exceeded")
    world.call(session, "billing for T-1042", INVOICE, "allow")
    world.call(session, "billing for T-1042", INVOICE, "allow")
    world.call(session, "billing for T-1042", INVOICE, "grant_exceeded")
    stage.say("A second task; once it is completed, its grant no longer holds.")
    session = guard.session("session-task-2", task="T-1043", grant=grants[1])
    world.call(session, "billing for T-1043", INVOICE, "allow")
    stage.segrego("grant complete T-1043 --to public --key bundles.key")
    _arrived(world)
    world.call(session, "billing for T-1043", INVOICE, "revoked")


def _revoke(world: World, session: GuardedSession) -> None:
    stage = world.stage
    stage.title("6. A session is revoked while it runs")
    world.call(session, "orders", FIND, "allow")
    stage.segrego('revoke session session-orders --reason "prompt injection" --to public --key bundles.key')
    _arrived(world)
    world.call(session, "orders", FIND, "revoked")
    stage.say("Another session of the same agent goes on.")
    other = world.guard(ORDERS, lambda: world.proof("orders")).session("session-orders-2")
    world.call(other, "orders", FIND, "allow")


def _arrived(world: World) -> None:
    world.stage.say("The sidecar waits at the server for the next bundle, and reports what it runs.")
    world.stage.segrego_until_good(f"bundle fleet {world.server} --token-file desk.token")


def _audit(world: World) -> None:
    stage = world.stage
    stage.title("7. Who did what")
    stage.say("The enforcement point's record, joined with the decisions that the sidecar reported to the server.")
    decisions = stage.folder / "decisions.jsonl"
    stage.wait_until(lambda: _decided(stage.folder / "calls.jsonl") <= _ids(decisions), "OPA's decision log")
    for session in ("session-orders", "session-billing", "session-task"):
        stage.segrego(f"audit trace {session} calls.jsonl --decisions decisions.jsonl")
    stage.say("Who acted under the shared role, and who could have.")
    stage.segrego(f"audit who {ROLE} calls.jsonl --inventory inventory.json")
    stage.say("The record is whole, and holds every decision that OPA reported.")
    stage.segrego("audit verify calls.jsonl --decisions decisions.jsonl")


def _decided(path: Path) -> set[str]:
    """The ids of OPA's decisions in a record."""
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {record["decision_id"] for record in records if record["event"] == "decision" and record["decision_id"]}


def _ids(path: Path) -> set[str]:
    """The ids in OPA's decision log. Its last line may still be in the making."""
    *whole, _ = path.read_text(encoding="utf-8").split("\n")
    return {json.loads(line)["decision_id"] for line in whole}


def _outcomes(decision: Decision) -> list[str]:
    return [decision.verdict, *(reason.rule for reason in decision.reasons)]


def _shown(request: Request) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in request.arguments.items())


def _secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="ascii")


if __name__ == "__main__":
    sys.exit(main())
