"""What we sign, OPA takes; what OPA refuses, we refuse."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from bundle_opa import configuration, wait_until

from segrego.bundle.archive import MANIFEST, SIGNATURES, Bundle, digests, pack, unpack
from segrego.bundle.signing import ALGORITHMS, SigningKey, load_key, new_key, public_pem, signed, verified
from segrego.errors import ConfigError, InputError

ODD = {"text": 'é \u2028 <&> \x7f \u0001 \\ "', "numbers": [1, 2.50, 1e3, -0], "rest": [None, True, {}, []]}
FILES = {
    "data.json": json.dumps({"segrego": {"agents": ODD}}).encode(),
    "segrego/x.rego": b"package segrego.agents_rules\n\nyes := true\n",
}


def whole() -> dict[str, bytes]:
    bundle = Bundle("agents", ("segrego/agents", "segrego/agents_rules"), FILES, 10**19 - 1)
    return {**FILES, MANIFEST: bundle.manifest()}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_opa_takes_what_is_signed(algorithm: str, tmp_path: Path, run_opa: Callable[..., Any]) -> None:
    key = new_key("first", algorithm)
    (tmp_path / "agents.tar.gz").write_bytes(pack(signed(whole(), key)))
    with run_opa(configuration(tmp_path, [new_key("other", "ES256"), key], ["agents"])) as opa:
        assert opa.get("/v1/data/segrego/agents")["result"] == ODD
        assert opa.get("/v1/data/system/bundles/agents/manifest/metadata/name")["result"] == "agents"


def resigned(files: Mapping[str, bytes], payload: dict[str, Any], key: SigningKey) -> dict[str, bytes]:
    from joserfc import jws

    header = {"alg": key.algorithm, "kid": key.key_id}
    token = jws.serialize_compact(header, json.dumps(payload).encode(), key.key)
    return {**files, SIGNATURES: json.dumps({"signatures": [token]}).encode()}


KEY = new_key("first", "ES256")


def _unsigned(files: dict[str, bytes]) -> dict[str, bytes]:
    return files


def _tampered(files: dict[str, bytes]) -> dict[str, bytes]:
    return {**signed(files, KEY), "data.json": b'{"segrego": {"agents": {"evil": true}}}'}


def _extra(files: dict[str, bytes]) -> dict[str, bytes]:
    return {**signed(files, KEY), "segrego/evil.rego": b"package segrego.agents_rules.evil"}


def _missing(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in signed(files, KEY).items() if not name.endswith(".rego")}


def _wrong_key(files: dict[str, bytes]) -> dict[str, bytes]:
    return signed(files, new_key("first", "ES256"))


def _unknown_key(files: dict[str, bytes]) -> dict[str, bytes]:
    return signed(files, new_key("second", "ES256"))


def _two(files: dict[str, bytes]) -> dict[str, bytes]:
    made = signed(files, KEY)
    token = json.loads(made[SIGNATURES])["signatures"][0]
    return {**made, SIGNATURES: json.dumps({"signatures": [token, token]}).encode()}


def _other_scope(files: dict[str, bytes]) -> dict[str, bytes]:
    return resigned(files, {"files": digests(files), "scope": "elsewhere"}, KEY)


def _no_algorithm(files: dict[str, bytes]) -> dict[str, bytes]:
    made = signed(files, KEY)
    _, payload, _ = json.loads(made[SIGNATURES])["signatures"][0].split(".")
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "first"}).encode()).rstrip(b"=").decode()
    return {**made, SIGNATURES: json.dumps({"signatures": [f"{header}.{payload}."]}).encode()}


FORGERIES = [
    _unsigned, _tampered, _extra, _missing, _wrong_key, _unknown_key, _two, _other_scope, _no_algorithm,
]  # fmt: skip


@pytest.mark.parametrize("forge", FORGERIES, ids=[forge.__name__.strip("_") for forge in FORGERIES])
def test_opa_and_we_refuse(
    forge: Callable[[dict[str, bytes]], dict[str, bytes]], tmp_path: Path, run_opa: Callable[..., Any]
) -> None:
    files = forge(whole())
    with pytest.raises(InputError):
        verified(files, [KEY], "agents.tar.gz")
    (tmp_path / "agents.tar.gz").write_bytes(pack(files))
    with run_opa(configuration(tmp_path, [KEY], ["agents"]), wait=False) as opa:
        wait_until(lambda: "agents" in opa.errors(), "a refusal")
        assert "result" not in opa.get("/v1/data/segrego/agents")


def test_the_right_one_is_verified() -> None:
    files = signed(whole(), KEY)
    assert verified(unpack(pack(files), "x"), [new_key("other", "RS256"), KEY], "x") == whole()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_keys_come_from_files(algorithm: str, tmp_path: Path) -> None:
    key = new_key("k", algorithm)
    (tmp_path / "pem").write_bytes(key.key.as_pem(private=True))
    (tmp_path / "public").write_text(public_pem(key), encoding="utf-8")
    (tmp_path / "jwk").write_text(json.dumps(key.key.as_dict(private=True) | {"kid": "named"}), encoding="utf-8")
    for name in ("pem", "jwk"):
        (tmp_path / name).chmod(0o600)
    files = signed(whole(), load_key(tmp_path / "pem", key_id="k"))
    public = load_key(tmp_path / "public", key_id="k")
    assert not public.is_private
    assert verified(files, [public], "x") == whole()
    assert load_key(tmp_path / "jwk").key_id == "named"
    assert load_key(tmp_path / "pem").key_id == load_key(tmp_path / "public").key_id


def test_a_key_that_is_none_says_nothing_of_its_content(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_key(tmp_path / "key")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ConfigError, match="No such file"):
        load_key(tmp_path / "nowhere")
    for algorithm in ("HS256", "EdDSA", "none"):
        with pytest.raises(ConfigError, match="ES256"):
            new_key("k", algorithm)
