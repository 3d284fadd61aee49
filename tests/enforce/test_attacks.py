"""What an agent, or whoever gets hold of one, may try; each against a real OPA that runs as sidecars are configured."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bundle_opa import serving, wait_until
from bundle_world import DECISION, Sidecar
from bundle_world import call as call_by_grant
from joserfc import jwt
from sidecars import configured, guard_of, rules
from world import PROVER, ROLE, SIGNER, agents_document, proof, write, write_all

from segrego.bundle import contents
from segrego.bundle.publishing import Revocation, revoke
from segrego.bundle.signing import new_key, public_pem
from segrego.bundle.store import Folder
from segrego.enforce import Request

HOUR_NS = 3_600_000_000_000
STRANGER = new_key("strangers", "ES256")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, opa: Path) -> Iterator[Sidecar]:
    """A sidecar with two agents, each with a proof and a role of its own."""
    folder = tmp_path_factory.mktemp("attacks")
    write_all(folder)
    document = agents_document()
    (orders,) = document["agents"].values()
    document["agents"]["mail-agent"] = orders | {"roles": [ROLE.replace("orders", "mail")]}
    document["subjects"]["https://issuer.example"]["mail"] = "mail-agent"
    write(folder, contents.agents(document, time.time_ns() + HOUR_NS))
    with serving(folder) as url, configured(folder / "sidecar", opa, url) as sidecar:
        yield sidecar


def token(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = [json.dumps(part).encode() for part in (header, claims)] + [signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def claims(**changes: Any) -> dict[str, Any]:
    times = {"exp": int(time.time()) + 600, "iat": int(time.time())}
    return {"iss": "https://issuer.example", "sub": "orders", "aud": "segrego"} | times | changes


def with_secret(secret: bytes, algorithm: str = "HS256") -> str:
    """Signed with what is public as if it were a secret, which libraries refuse to do."""
    head, body, _ = token({"alg": algorithm}, claims()).split(".")
    value = hmac.new(secret, f"{head}.{body}".encode(), f"sha{algorithm[2:]}").digest()
    return token({"alg": algorithm}, claims(), value)


def by_stranger(**header: Any) -> str:
    return str(jwt.encode({"alg": "ES256", **header}, claims(), STRANGER.key))


def edited() -> str:
    """The claims of a good token changed, its signature kept."""
    head, _, signature = proof(sub="mail").split(".")
    return ".".join([head, token({}, claims()).split(".")[1], signature])


FORGERIES: dict[str, Callable[[], str]] = {
    "by another key": by_stranger,
    "by another key that it brings along": lambda: by_stranger(jwk=STRANGER.key.as_dict(private=False)),
    "by another key that it names a place of": lambda: by_stranger(jku="http://127.0.0.1:1/jwks.json"),
    "by another key under the right id": lambda: by_stranger(kid=PROVER.key_id),
    "edited": edited,
    "alg none": lambda: token({"alg": "none"}, claims()),
    "alg None": lambda: token({"alg": "None", "typ": "JWT"}, claims()),
    "alg none with a good signature": lambda: ".".join(
        [token({"alg": "none"}, {}).split(".")[0], *proof().split(".")[1:]]
    ),
    "no alg": lambda: token({}, claims()),
    "alg is a list": lambda: token({"alg": ["ES256"]}, claims(), b"x" * 64),
    "HS256 with the public key as PEM": lambda: with_secret(public_pem(PROVER).encode()),
    "HS256 with the public key as JWK": lambda: with_secret(json.dumps(PROVER.key.as_dict(private=False)).encode()),
    "HS512 with the public key as PEM": lambda: with_secret(public_pem(PROVER).encode(), "HS512"),
    "expired": lambda: proof(exp=int(time.time()) - 600),
    "without an expiry": lambda: proof(exp=None),
    "not yet valid": lambda: proof(nbf=int(time.time()) + 600),
    "for another audience": lambda: proof(aud="another"),
    "of an unknown issuer": lambda: proof(iss="https://issuer.example/"),
    "of no issuer": lambda: proof(iss=None),
    "of nobody": lambda: proof(sub=None),
    "zero signature": lambda: ".".join([*proof().split(".")[:2], "A" * 86]),
    "not a token": lambda: "a.b.c",
    "empty": str,
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_proof_proves_nobody(name: str, guarded: Sidecar, tmp_path: Path) -> None:
    shown = FORGERIES[name]()
    assert "unproven_agent" in rules(guard_of(guarded, tmp_path / "calls", proof=lambda: shown).session("s"))
    assert not shown or shown not in (tmp_path / "calls").read_text(encoding="utf-8")


def test_the_same_claims_properly_signed_prove_the_agent(guarded: Sidecar, tmp_path: Path) -> None:
    good = str(jwt.encode({"alg": "ES256"}, claims(), PROVER.key))
    assert rules(guard_of(guarded, tmp_path / "calls", proof=lambda: good).session("s")) == set()


def test_proofs_of_two_agents_cannot_be_swapped(guarded: Sidecar, tmp_path: Path) -> None:
    def asked(agent: str, shown: str) -> set[str]:
        """What comes of an agent under its own role with the proof that is shown."""
        role = ROLE.replace("orders", agent)
        identity = {"agent": f"{agent}-agent", "role": lambda: role, "proof": lambda: proof(sub=shown)}
        return rules(guard_of(guarded, tmp_path / "calls", **identity).session("s"))

    assert asked("orders", "orders") == asked("mail", "mail") == set()
    assert "proof_of_another_agent" in asked("orders", "mail") & asked("mail", "orders")


def test_an_agent_that_names_another_agent_is_told_apart(guarded: Sidecar, tmp_path: Path) -> None:
    named = guard_of(guarded, tmp_path / "calls", agent="mail-agent")  # with its own proof and role
    assert {"proof_of_another_agent", "role_mismatch"} <= rules(named.session("s"))


def call(**tool: Any) -> dict[str, Any]:
    """A call that is allowed, with something else of its tool."""
    found = call_by_grant("", proof=proof(), task=None) | {"grant": None}
    return found | {"tool": found["tool"] | tool}


def verdict(sidecar: Sidecar, document: object) -> tuple[str, set[str]]:
    status, answer = sidecar.ask("POST", DECISION, {"input": document})
    assert status == 200
    return answer["result"]["verdict"], {reason["rule"] for reason in answer["result"]["reasons"]}


TRICKS = [
    *("../orders", "orders/", "/orders", "./orders", "orders/../orders", "orders%2f", "orders\\", "orders/find"),
    *(
        "Orders",
        "ORDERS",
        "orders ",
        " orders",
        "orders\n",
        "orders\u0000",
        "orders\u200b",
        "\u043erders",
        "\uff4frders",
    ),
    *("*", "orders*", "?", "", ".", "orders.find", "__proto__", "constructor", "orders\ud7ff", "a" * 100_000),
]
TYPES: list[Any] = [None, True, False, 0, 1, -1.5, 1e308, [], ["orders"], {}, {"orders": "find"}, [["orders"]]]


def test_a_trick_with_a_name_is_another_name(guarded: Sidecar) -> None:
    assert verdict(guarded, call())[0] == "allow"
    for trick in TRICKS:
        for field, name in (("name", trick), ("operation", trick.replace("orders", "find"))):
            said, because = verdict(guarded, call(**{field: name}))
            assert said == "deny", (field, name)
            assert because & {"tool_not_registered", "malformed_call"}, (field, name)


def test_a_name_of_an_unknown_type_is_denied(guarded: Sidecar) -> None:
    for odd in TYPES:
        for field in ("name", "operation", "arguments_digest"):
            said, because = verdict(guarded, call(**{field: odd}))
            assert said == "deny", (field, odd)
            assert "malformed_call" in because, (field, odd)
        if not isinstance(odd, dict):
            assert verdict(guarded, call(arguments=odd))[0] == "deny"
        for field in ("agent", "proof", "session", "tool", "callers", "history", "approvals", "time_ns", "version"):
            kept = {"history": [[]], "callers": [[]], "approvals": [[], ["orders"]], "version": [1]}  # good values
            if odd in kept.get(field, []) and not isinstance(odd, bool):
                continue
            assert verdict(guarded, call() | {field: odd})[0] == "deny", (field, odd)
    for document in TYPES:
        assert verdict(guarded, document)[0] == "deny"


def test_a_megabyte_of_arguments_is_decided_and_not_kept(guarded: Sidecar, tmp_path: Path) -> None:
    guard = guard_of(guarded, tmp_path / "calls")
    masked = Request(tool="orders", operation="find", arguments={"note": "x" * 1_000_000})
    assert rules(guard.session("s"), masked) == set()
    assert (tmp_path / "calls").stat().st_size < 10_000
    shown = Request(tool="orders", operation="find", arguments={"order_id": "x" * 1_000_000})
    assert rules(guard.session("s"), shown) == set()
    deep: dict[str, Any] = {}
    for _ in range(500):
        deep = {"order_id": deep}
    assert rules(guard.session("s"), Request(tool="orders", operation="find", arguments=deep)) == set()


def test_more_than_a_sidecar_takes_is_denied_by_name(guarded: Sidecar, tmp_path: Path) -> None:
    guard = guard_of(guarded, tmp_path / "calls")
    huge = Request(tool="orders", operation="find", arguments={"order_id": "x" * 3_000_000})
    assert rules(guard.session("s"), huge) <= {"sidecar_refused", "sidecar_unreachable"}
    assert rules(guard.session("s"), huge) != set()
    assert rules(guard.session("s")) == set()  # and the sidecar still decides


@pytest.mark.parametrize("shown", [None, "", "x" * 43, "S" * 43])
def test_without_its_token_the_sidecar_decides_nothing(shown: str | None, guarded: Sidecar, tmp_path: Path) -> None:
    assert rules(guard_of(guarded, tmp_path / "calls", token=shown).session("s")) == {"sidecar_refused"}
    assert guarded.ask("POST", DECISION, {"input": call()}, token=shown)[0] == 401


def test_what_a_lease_stops_and_what_it_does_not(tmp_path: Path, opa: Path) -> None:
    """An earlier bundle, validly signed, is put back. Within its lease the sidecar takes it and the revocation is
    undone; past it, everything is denied. docs/bundles.md says so."""
    write_all(tmp_path)
    store, name = Folder(tmp_path), "revocations.tar.gz"
    past = contents.revocations(contents.nothing_revoked(), time.time_ns() - 1)
    write(tmp_path, past)
    old = (tmp_path / name).read_bytes()
    write_all(tmp_path)
    valid = (tmp_path / name).read_bytes()
    with serving(tmp_path) as url, configured(tmp_path / "sidecar", opa, url) as sidecar:
        session = guard_of(sidecar, tmp_path / "calls").session("s")
        assert rules(session) == set()
        end = time.time_ns() + HOUR_NS
        revoke(store, Revocation("sessions", "s", 1, "test"), SIGNER, [], not_after_ns=end)
        wait_until(lambda: rules(session) == {"revoked"}, "the revocation")
        put_back(tmp_path / name, valid)
        wait_until(lambda: rules(session) == set(), "the replay within the lease, which nothing stops")
        revoke(store, Revocation("sessions", "s", 1, "test"), SIGNER, [], not_after_ns=end)
        wait_until(lambda: rules(session) == {"revoked"}, "the revocation")
        put_back(tmp_path / name, old)
        wait_until(lambda: rules(session) == {"stale_policy"}, "the replay past the lease")


def put_back(path: Path, data: bytes) -> None:
    temporary = path.with_name(".replayed")
    temporary.write_bytes(data)
    temporary.replace(path)


def test_only_who_can_write_to_the_store_can_replay(tmp_path: Path, opa: Path) -> None:
    """Bundles that another key signed, an attacker's own, change nothing."""
    write_all(tmp_path)
    with serving(tmp_path) as url, configured(tmp_path / "sidecar", opa, url) as sidecar:
        session = guard_of(sidecar, tmp_path / "calls").session("s")
        forged = agents_document(tools={})
        write(tmp_path, contents.agents(forged, time.time_ns() + HOUR_NS), STRANGER)
        revoke(
            Folder(tmp_path), Revocation("sessions", "other", 1, "x"), SIGNER, [], not_after_ns=time.time_ns() + HOUR_NS
        )
        other = guard_of(sidecar, tmp_path / "calls").session("other")
        wait_until(lambda: rules(other) == {"revoked"}, "a bundle that was published after the forged one")
        assert rules(session) == set()
