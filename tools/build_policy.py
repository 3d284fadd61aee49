"""Build what the engines run from ``rego/``, or check that it is fresh.

    python tools/build_policy.py [--check]

``rego/segrego/policy/data.json`` (the policy's revision), ``bundles/capabilities.json`` (what rules may use), and
``bundles/posture/`` (the policy as WebAssembly, its data and manifest). The same sources and the same OPA give the same
bytes. With ``--check`` nothing is written, and what is stale is named.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from segrego.evaluate.engine import ENTRY_POINT
from segrego.policy import OPA_VERSION

ROOT = Path(__file__).resolve().parent.parent
REVISION = "segrego/policy/data.json"
RUNTIME = "segrego/runtime"
"""How the names of all that decides at run time begin."""
DATA_FILES = ("data.json", "data.yaml", "data.yml")
PLANNED_AWAY = ("eq", "assign")
"""OPA's planner turns these two into other instructions, so that they need no implementation."""
UNWANTED = ("print", "internal.print", "rego.metadata.chain", "rego.metadata.rule")
"""Compiled away or into constants, so that the module cannot tell: no rule may lean on them."""


def opa_binary() -> Path:
    """The pinned OPA. Exits if it is missing or another version, because the bytes depend on it."""
    found = os.environ.get("SEGREGO_OPA") or shutil.which(ROOT / ".tools/opa") or shutil.which("opa")
    if found and f"Version: {OPA_VERSION}\n" in _run(Path(found), ["version"]).decode():
        return Path(found).resolve()
    sys.exit(f"the build needs OPA {OPA_VERSION} and found {found or 'none'}: run tools/get_opa.sh")


def sources(rego: Path) -> dict[str, bytes]:
    """Relative path to bytes of what makes up the policy: rules without their tests, and data without the revision. The
    decision at run time is a policy of its own."""
    paths = {path.relative_to(rego).as_posix(): path for path in rego.rglob("*") if path.is_file()}
    return {
        name: path.read_bytes()
        for name, path in sorted(paths.items())
        if (name.endswith(".rego") and not name.endswith("_test.rego") and not name.startswith(RUNTIME))
        or (path.name in DATA_FILES and name != REVISION)
    }


def revision(rego: Path) -> str:
    """SHA-256 over every source's path and bytes, each with its length in front, in the order of the paths."""
    digest = hashlib.sha256()
    for name, content in sources(rego).items():
        for part in (name.encode(), content):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def capabilities(opa: Path) -> dict[str, Any]:
    """OPA's capabilities without the builtins that its Wasm does not have.

    Which these are is asked of OPA itself: a policy that calls each builtin once is compiled, and the module lists the
    ones that it would call the host for.
    """
    found: dict[str, Any] = json.loads(_run(opa, ["capabilities", "--current"]))
    named = {builtin["name"]: builtin for builtin in found["builtins"]}
    usable = [name for name in named if name not in UNWANTED and not named[name].get("deprecated")]
    called = [name for name in usable if name not in PLANNED_AWAY]
    native = set(called) - _host_called(opa, [named[name] for name in called])
    found["builtins"] = [named[name] for name in sorted(native.union(PLANNED_AWAY))]
    found["allow_net"] = []  # and no schema is fetched from anywhere
    return found


def _host_called(opa: Path, builtins: list[dict[str, Any]]) -> set[str]:
    import wasmtime

    rules = []
    for number, builtin in enumerate(builtins):
        arguments = [f"input.a{place}" for place in range(len(builtin["decl"].get("args", [])))]
        call = f"{builtin['name']}({', '.join(arguments)})"
        rules.append(f"r{number} := x if x := {call}" if "result" in builtin["decl"] else f"r{number} if {call}")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "probe.rego").write_text("\n".join(["package probe", *rules]), encoding="utf-8")
        _run(opa, ["build", "-t", "wasm", "-e", "probe", "-o", "probe.tar.gz", "probe.rego"], cwd=Path(folder))
        wasm = _members((Path(folder) / "probe.tar.gz").read_bytes())["policy.wasm"]
    store = wasmtime.Store()
    module = wasmtime.Module(store.engine, wasm)
    types: list[Any] = [wanted.type for wanted in module.imports]
    imports: list[Any] = [
        wasmtime.Func(store, kind, lambda *_: 0)
        if isinstance(kind, wasmtime.FuncType)
        else wasmtime.Memory(store, kind)
        for kind in types
    ]
    exports: Any = wasmtime.Instance(store, module, imports).exports(store)
    start = exports["opa_json_dump"](store, exports["builtins"](store))
    text = bytes(exports["memory"].read(store, start, None)).partition(b"\0")[0]
    return set(json.loads(text))


def compiled(opa: Path, rego: Path, revision_file: bytes, capabilities_file: bytes) -> dict[str, bytes]:
    """Name to bytes of the bundle's ``policy.wasm``, ``data.json`` and ``.manifest``."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "rego"
        for name, content in [*sources(rego).items(), (REVISION, revision_file)]:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes(content)
        (Path(folder) / "capabilities.json").write_bytes(capabilities_file)
        number = json.loads(revision_file)["revision"]
        options = ["-t", "wasm", "-e", ENTRY_POINT, "--capabilities", "capabilities.json", "--revision", number]
        _run(opa, ["build", *options, "-o", "bundle.tar.gz", "-b", "rego"], cwd=Path(folder))
        members = _members((Path(folder) / "bundle.tar.gz").read_bytes())
    return {name: members[name] for name in ("policy.wasm", "data.json", ".manifest")}


def _members(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as bundle:
        files = [(member.name.lstrip("/"), bundle.extractfile(member)) for member in bundle.getmembers()]
        return {name: file.read() for name, file in files if file}


def _run(opa: Path, arguments: list[str], *, cwd: Path = ROOT) -> bytes:
    # Neither OPA's variables for flags nor its experimental optimizer may change the bytes.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OPA_", "EXPERIMENTAL_"))}
    done = subprocess.run([opa, *arguments], cwd=cwd, env=environment, capture_output=True, check=False)
    if done.returncode:
        said = (done.stderr + done.stdout).decode("utf-8", "replace").strip()
        sys.exit(f"opa {arguments[0]} failed with {done.returncode}: {said}")
    return done.stdout


def outputs(opa: Path, root: Path) -> dict[str, bytes]:
    """Path (below ``root``) to bytes of everything that is built from ``root/rego``."""
    revision_file = _json({"revision": revision(root / "rego")})
    capabilities_file = _json(capabilities(opa))
    bundle = compiled(opa, root / "rego", revision_file, capabilities_file)
    return {
        f"rego/{REVISION}": revision_file,
        "bundles/capabilities.json": capabilities_file,
        **{f"bundles/posture/{name}": content for name, content in bundle.items()},
    }


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode()


def main(root: Path, *, check: bool) -> int:
    """Write, or with ``check`` compare. The exit code."""
    stale = {}
    for name, content in outputs(opa_binary(), root).items():
        path = root / name
        if not path.is_file() or path.read_bytes() != content:
            stale[name] = content
    if check and stale:
        print(f"stale: {', '.join(stale)}: run `make bundle` and commit the result", file=sys.stderr)
        return 1
    for name, content in stale.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        print(f"wrote {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(ROOT, check="--check" in sys.argv[1:]))
