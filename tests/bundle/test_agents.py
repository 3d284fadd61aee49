"""The agents bundle says what the inventory and segrego.yaml say, and never a secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bundle_opa import ROOT

from segrego.assess import prepare
from segrego.bundle import contents
from segrego.bundle.agents import agents_document
from segrego.bundle.archive import MANIFEST, pack, revision
from segrego.bundle.signing import new_key
from segrego.collect.files import collect_files
from segrego.config import Config, parse_config
from segrego.errors import ConfigError
from segrego.inventory import Binding, Inventory, Label, Resource, Role, Workload

RUNTIME = """
data_domains:
  - {name: Payments, names: [billing-assistant]}
purposes:
  - {purpose: retrieval, names: [handbook-assistant]}
runtime:
  issuers:
    - {issuer: "https://i.example", use: proof, algorithms: [ES256], audience: segrego, keys: KEYS}
  agents:
    - names: [orders-assistant]
      subjects: [{issuer: "https://i.example", subject: orders}]
      grant_required: true
      calls: 5
      hours: {days: [1], start: 60, end: 120}
  operations:
    - {tool: orders, operation: "find_*", access: read, arguments: [order_id], external: true}
    - {tool: "*", operation: "change_*", access: write, approval: false}
  sensitive_domains: [PAYROLL]
"""


@pytest.fixture(scope="module")
def organization() -> Inventory:
    return collect_files([str(ROOT / "examples/organization")], ())


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A key set that holds private keys, which nobody should do."""
    path = tmp_path / "keys.json"
    made = [new_key("a", "ES256").key.as_dict(private=True), new_key("b", "RS256").key.as_dict(private=True)]
    path.write_text(json.dumps({"keys": [*made, {"kty": "oct", "k": "c2VjcmV0"}]}), encoding="utf-8")
    return path


def declared(text: str, keys: Path) -> Config:
    return parse_config(text.replace("KEYS", str(keys)).encode(), "segrego.yaml")


def document(organization: Inventory, config: Config) -> dict[str, Any]:
    return agents_document(prepare(organization, config, evaluated_at_ns=1), config)


def named(found: dict[str, Any], name: str) -> dict[str, Any]:
    (agent,) = (agent for agent in found["agents"].values() if agent["name"] == name)
    return dict(agent)


def test_agents_are_compiled_from_what_is_found_and_declared(organization: Inventory, keys: Path) -> None:
    found = document(organization, declared(RUNTIME, keys))
    orders = named(found, "orders-assistant")
    assert orders["grant_required"] is True
    assert orders["limits"] == {"calls": 5, "window_seconds": 60, "hours": {"days": (1,), "from": 60, "to": 120}}
    assert orders["tools"]["orders"]["external"] is True
    assert orders["tools"]["orders"]["operations"]["find_order"] == {
        "access": "read",
        "approval": False,
        "arguments": ["order_id"],
        "actions": ["lambda:InvokeFunction"],
    }
    assert orders["tools"]["orders"]["operations"]["change_address"]["approval"] is False
    assert named(found, "billing-assistant")["domains"] == ["payments"]
    assert named(found, "billing-assistant")["tools"]["invoices"]["operations"]["read_invoice"]["access"] == "execute"
    assert named(found, "handbook-assistant")["read_only"] is True
    (subject,) = found["subjects"]["https://i.example"].values()
    assert orders["subjects"] == {"https://i.example": ["orders"]}
    assert found["agents"][subject]["name"] == "orders-assistant"
    assert found["domains"] == {"payroll": {"sensitive": True}}
    assert "orders-function" not in found["agents"]


def test_roles_say_what_their_sessions_begin_with() -> None:
    arns = ["arn:aws-us-gov:iam::111122223333:role/agents/orders", "arn:aws:iam::111122223333:user/x", None]
    inventory = Inventory(
        evaluated_at_ns=1,
        roles=tuple(Role(id=f"role-{number}", name="orders", arn=arn) for number, arn in enumerate(arns)),
        workloads=(
            Workload(
                id="orders",
                kind="bedrock_agent",
                name="orders",
                bindings=tuple(Binding(role=f"role-{number}", slot="draft") for number in range(len(arns))),
            ),
        ),
    )
    sessions = named(document(inventory, Config()), "orders")["sessions"]
    assert sessions == ["arn:aws-us-gov:sts::111122223333:assumed-role/orders/"]


def test_resources_are_found_by_the_beginning_of_their_arn() -> None:
    def bucket(name: str, *domains: str) -> Resource:
        labels = tuple(Label(value=domain, origin="tag") for domain in domains)
        return Resource(id=name, kind="AWS::S3::Bucket", name=name, arn=f"arn:aws:s3:::{name}", domains=labels)

    inventory = Inventory(
        evaluated_at_ns=1, resources=(bucket("pay", "payroll", "hr"), bucket("log"), bucket("${Name}", "x"))
    )
    assert document(inventory, Config())["resources"] == {
        "lengths": [16],
        "domains": {"arn:aws:s3:::pay": ["hr", "payroll"]},
    }


def test_an_operation_that_a_person_confirms_needs_approval(organization: Inventory) -> None:
    orders = named(document(organization, Config()), "orders-assistant")
    assert orders["tools"]["orders"]["operations"]["change_address"]["approval"] is True


def test_no_secret_of_a_key_set_gets_into_the_bundle(organization: Inventory, keys: Path) -> None:
    bundle = contents.agents(document(organization, declared(RUNTIME, keys)), 1)
    held = json.loads(bundle.files["data.json"])["segrego"]["agents"]["issuers"]["https://i.example"]["keys"]
    assert all(not {"d", "p", "q", "dp", "dq", "qi", "oth", "k"} & key.keys() for key in json.loads(held)["keys"])
    for key in json.loads(keys.read_text(encoding="utf-8"))["keys"]:
        for secret in {"d", "p", "q", "k"} & key.keys():
            assert key[secret].encode() not in bundle.files["data.json"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("names: [orders-assistant]\n", 'names: ["*-assistant"]\n', "orders"),
        ("KEYS", "/nowhere", "/nowhere"),
        ('{issuer: "https://i.example", subject', '{issuer: "https://other.example", subject', "no issuer of proofs"),
        ("    - names: [orders-assistant]\n      subjects", "    - subjects", "selects nothing"),
        ("start: 60", "start: 600", "end before they start"),
        ("use: proof", "use: grant", "no issuer of proofs"),
    ],
)
def test_what_cannot_be_meant_is_refused(old: str, new: str, words: str, organization: Inventory, keys: Path) -> None:
    assert old in RUNTIME
    with pytest.raises(ConfigError, match=words):
        document(organization, declared(RUNTIME.replace(old, new), keys))


def test_a_key_set_that_is_none_is_refused(organization: Inventory, tmp_path: Path) -> None:
    for text in ("[]", '{"keys": 7}', '{"keys": ["x"]}', "rubbish", "{}"):
        (tmp_path / "keys").write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match="cannot be read"):
            document(organization, declared(RUNTIME, tmp_path / "keys"))


def test_the_same_content_is_the_same_bytes(organization: Inventory, keys: Path) -> None:
    def made() -> list[bytes]:
        bundles = [contents.policy(7), contents.agents(document(organization, declared(RUNTIME, keys)), 7)]
        return [pack({**bundle.files, MANIFEST: bundle.manifest()}) for bundle in bundles]

    assert made() == made()
    assert revision(contents.policy(7).files) == revision(contents.policy(8).files)
    assert contents.policy(7).manifest() != contents.policy(8).manifest()


def test_the_bound_on_grants_is_carried_and_none_is_put_on_proofs(organization: Inventory, keys: Path) -> None:
    grants = (
        '{issuer: "https://g.example", use: grant, algorithms: [ES256], audience: a, keys: KEYS, longest_seconds: 60}'
    )
    text = RUNTIME.replace("  agents:", f"    - {grants}\n  agents:", 1)
    issuers = document(organization, declared(text, keys))["issuers"]
    assert {name: issuer["longest_seconds"] for name, issuer in issuers.items()} == {
        "https://i.example": None,
        "https://g.example": 60,
    }
    with pytest.raises(ConfigError, match="how long a proof lasts"):
        declared(text.replace("use: grant", "use: proof"), keys)
