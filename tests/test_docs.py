"""The documentation says what the code does: examples are loaded, and lists are compared with what they list."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from segrego import inventory
from segrego.catalog import load_rules
from segrego.cli import app
from segrego.config import Config, Declarations, parse_config
from segrego.config.load import SELECTING
from segrego.config.model import Selector
from segrego.facts import TAG_KEYS, derive, environment_value
from segrego.inventory import Thresholds

ROOT = Path(__file__).resolve().parent.parent
CONFIGURATION = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
INVENTORY = (ROOT / "docs/inventory.md").read_text(encoding="utf-8")
EXAMPLES = (ROOT / "examples/README.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def quoted(text: str) -> set[str]:
    """What stands in backquotes, outside of code blocks."""
    return set(re.findall(r"`([^`]+)`", re.sub(r"(?ms)^```.*?^```", "", text)))


def fields(model: Any, path: str = "") -> Iterator[str]:
    """Every key of a model and of the models in its lists, as ``environments.name``."""
    for field in msgspec.structs.fields(model):
        yield f"{path}{field.encode_name}"
        for inner in inner_models(field.type):
            yield from fields(inner, f"{path}{field.encode_name}.")


def inner_models(kind: Any) -> list[Any]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [kind]
    return [model for argument in getattr(kind, "__args__", ()) for model in inner_models(argument)]


def keys(value: Any, path: str = "") -> Iterator[str]:
    """Every key of a parsed document, as :func:`fields` writes them."""
    for key, inner in value.items() if isinstance(value, dict) else ():
        yield f"{path}{key}"
        for item in inner if isinstance(inner, list) else [inner]:
            yield from keys(item, f"{path}{key}.")


def configured() -> list[Config]:
    rules = {rule.slug for rule in load_rules()}
    return [parse_config(block.encode(), "docs/configuration.md", rules) for block in blocks(CONFIGURATION, "yaml")]


def test_every_key_of_the_configuration_has_an_example_that_loads() -> None:
    assert len(configured()) >= len(SELECTING) + 3
    shown = {key for block in blocks(CONFIGURATION, "yaml") for key in keys(yaml.safe_load(block))}
    selecting = {field.name for field in msgspec.structs.fields(Selector)}
    wanted = {
        key for key in fields(Declarations) if not ("." in key and key.rpartition(".")[2] in selecting)
    }  # how entries select is shown once
    assert sorted(wanted - shown) == []
    assert sorted(field for field in selecting if not any(key.endswith(f".{field}") for key in shown)) == []


def test_the_configuration_names_every_section() -> None:
    headings = set(re.findall(r"^## (\w+)$", CONFIGURATION, re.MULTILINE))
    assert headings == {*SELECTING, "exceptions", "runtime", "thresholds"}


def test_the_thresholds_shown_are_the_defaults() -> None:
    (shown,) = (config.thresholds for config in configured() if config.thresholds)
    assert shown == Thresholds()


def test_the_tags_and_spellings_named_are_those_that_are_read() -> None:
    named = quoted(CONFIGURATION)
    assert {key for known in TAG_KEYS.values() for key in known} <= named
    spellings = CONFIGURATION.partition("The spellings")[2].partition("Any other name")[0]
    groups = [re.findall(r"`(\w+)`", group) for group in re.split(r";|and so are", spellings)]
    assert [len({environment_value(word) for word in group}) for group in groups] == [1, 1, 1, 1]
    assert len({environment_value(word) for group in groups for word in group}) == 4


def checked(path: str) -> dict[str, Any]:
    """The report on a folder of the repository, as the command line prints it."""
    command = [sys.executable, "-m", "segrego", "check", path, "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1, 3), done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_the_mistakes_in_the_example_organization_are_found() -> None:
    rows = re.findall(r"^\| [^|]+ \| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|$", EXAMPLES, re.MULTILINE)
    assert len(rows) >= 11
    found = {
        (finding["rule"], finding["subject"], place["file"].split("/")[2])
        for finding in checked("examples/organization")["findings"]
        for place in finding["locations"][:1]
    }
    assert [row for where, *row in rows if (*row, where.split("/")[0]) not in found] == []
    assert {rule for _, rule, _ in rows} <= {rule.slug for rule in load_rules()}


def test_the_gap_that_the_example_organization_leaves_is_said() -> None:
    (named,) = re.findall(r"one gap: what the policy `([^`]+)`", EXAMPLES)
    gaps = [gap["location"]["address"] for gap in checked("examples/organization")["gaps"] if gap["location"]]
    assert named in gaps


def test_nothing_is_found_in_the_segregated_example() -> None:
    report = checked("examples/segregated")
    assert (report["verdict"], report["findings"], report["gaps"]) == ("pass", [], [])


def test_the_examples_folder_holds_what_its_page_lists() -> None:
    listed = set(re.findall(r"^\| \[`(\w+)/`\]", EXAMPLES, re.MULTILINE))
    assert listed == {path.name for path in (ROOT / "examples").iterdir() if path.is_dir()}


def inventory_sections() -> dict[str, str]:
    """The text below each heading that is the name of a model."""
    parts = re.split(r"^##+ (\w+)$", INVENTORY, flags=re.MULTILINE)
    return {name: text for name, text in zip(parts[1::2], parts[2::2], strict=True) if name in inventory.__all__}


def inventory_models() -> dict[str, type[msgspec.Struct]]:
    found = {name: getattr(inventory, name) for name in inventory.__all__}
    return {name: kind for name, kind in found.items() if isinstance(kind, type) and issubclass(kind, msgspec.Struct)}


def rows(section: str) -> dict[str, str]:
    """The first table of a section: first cell, without its backquotes, to the last one."""
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    cells = [line.strip("| ").split(" | ") for line in (table[0] if table else "").splitlines()[2:]]
    return {row[0].strip("`"): row[-1] for row in cells}


def test_every_field_of_the_inventory_is_explained_and_no_other() -> None:
    wanted = {name: [field.name for field in msgspec.structs.fields(kind)] for name, kind in inventory_models().items()}
    assert {name: list(rows(section)) for name, section in inventory_sections().items()} == wanted


def test_every_value_of_the_inventory_is_explained() -> None:
    missing = [
        (name, field.name, value)
        for name, kind in inventory_models().items()
        for field in msgspec.structs.fields(kind)
        for value in literals(field.type)
        if value and value not in quoted(INVENTORY)
    ]
    assert missing == []


def literals(kind: Any) -> list[str]:
    """The texts that a field may hold, if they are listed."""
    inner = getattr(kind, "__args__", ())
    return [part for item in inner for part in ([item] if isinstance(item, str) else literals(item))]


def test_gap_codes_are_explained_one_by_one() -> None:
    (codes,) = (field.type for field in msgspec.structs.fields(inventory.Gap) if field.name == "code")
    section = inventory_sections()["Gap"].partition("| code | means |")[2]
    assert sorted(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == sorted(literals(codes))


# What derive() writes over. The other fields that the page calls derived keep what a source or a person says.
REPLACED = {
    ("Workload", "tools"),
    ("Workload", "serves"),
    ("Workload", "used_by"),
    ("Workload", "credentials"),
    ("Credential", "tools"),
    ("Source", "workloads"),
    ("Role", "trusted_roles"),
    ("Role", "bindings"),
    ("Inventory", "actions"),
    ("Inventory", "arns"),
    ("Inventory", "twin_roles"),
    ("Inventory", "resource_patterns"),
    ("Inventory", "role_chains"),
    ("Inventory", "shared_uses"),
    ("AgentClass", "members"),
    ("AgentClass", "fingerprint"),
}


def test_fields_called_derived_are_those_that_are_replaced() -> None:
    named = {
        (name, field)
        for name, section in inventory_sections().items()
        for field, meaning in rows(section).items()
        if meaning.startswith("*derived*")
    }
    assert named == REPLACED
    false = inventory.Inventory(
        workloads=(
            inventory.Workload(
                id="a",
                kind="bedrock_agent",
                name="a",
                tools=("x",),
                serves=("x",),
                used_by=(inventory.User(relation="model", workload="x"),),
                credentials=("x",),
            ),
        ),
        sources=(inventory.Source(id="s", kind="document", workloads=("x",)),),
        credentials=(inventory.Credential(id="k", kind="secret", name="k", tools=("x",)),),
        roles=(
            inventory.Role(
                id="r",
                bindings=(
                    inventory.RoleBinding(
                        workload="x", kind="bedrock_agent", slot="draft", version=None, via=(), certainty="exact"
                    ),
                ),
                trusted_roles=(inventory.TrustedRole(principal="x", role="x"),),
            ),
        ),
        agent_classes=(inventory.AgentClass(name="c", justification="j", members=("x",), fingerprint="x"),),
        actions=(inventory.ActionPattern(pattern="x", span="exact"),),
        arns=(inventory.ArnHolders(arn="x"),),
        twin_roles=(inventory.TwinRoles(digest="x", roles=("x", "y")),),
        resource_patterns=(inventory.ResourcePattern(pattern="x", file=None, groups=()),),
        role_chains=(inventory.RoleChain(role="x", assumers=("y",)),),
        shared_uses=(inventory.SharedUse(target="x", users=()),),
    )
    right = derive(false)
    assert right.workloads[0].tools == right.workloads[0].serves == right.workloads[0].used_by == ()
    assert right.workloads[0].credentials == right.credentials[0].tools == right.sources[0].workloads == ()
    assert (
        right.roles[0].trusted_roles
        == right.roles[0].bindings
        == right.actions
        == right.twin_roles
        == right.agent_classes[0].members
        == ()
    )
    assert right.arns == right.resource_patterns == right.role_chains == right.shared_uses == ()
    assert right.agent_classes[0].fingerprint.startswith("sha256:")


def test_the_document_by_hand_is_judged(tmp_path: Path) -> None:
    (example,) = blocks(INVENTORY, "yaml")
    (tmp_path / "inventory.yaml").write_text(example, encoding="utf-8")
    command = [sys.executable, "-m", "segrego", "check", "inventory.yaml", "--format", "json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    shared = [finding for finding in json.loads(done.stdout)["findings"] if finding["rule"] == "shared_execution_role"]
    assert [agent["name"] for agent in shared[0]["evidence"]["agents"]] == ["faq-assistant", "orders-assistant"]


def test_links_between_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "examples/README.md"]
    broken = []
    for page in [*pages, *sorted((ROOT / "docs").glob("*.md"))]:
        text = re.sub(r"(?ms)^```.*?^```", "", page.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
            file, _, anchor = target.partition("#")
            other = (page.parent / file).resolve() if file else page
            if not other.exists() or (anchor and anchor not in anchors(other)):
                broken.append((page.name, target))
    assert broken == []


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_parts_that_the_architecture_names_are_there() -> None:
    named = re.findall(r"^\| ((?:`[^`]+`(?:, )?)+) \|", ARCHITECTURE, re.MULTILINE)
    paths = [path for cell in named for path in re.findall(r"`([^`]+)`", cell)]
    assert len(paths) > 20
    assert [path for path in paths if not ((ROOT / path).exists() or (ROOT / "rego/segrego" / path).exists())] == []


def test_every_part_of_the_package_is_in_the_architecture() -> None:
    """Single modules may be left out; a package is a part that a reader looks for."""
    packages = [path.parent.name for path in (ROOT / "python/segrego").glob("*/__init__.py")]
    assert [name for name in packages if f"`python/segrego/{name}/`" not in ARCHITECTURE] == []


def test_the_readme_lists_every_command() -> None:
    listed = re.findall(r"`segrego (\w+)", README.partition("| command | does |")[2].partition("\n\n")[0])
    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    assert set(listed) == commands | {group.name for group in app.registered_groups}


def test_the_paths_that_contributing_names_are_there() -> None:
    text = re.sub(r"(?ms)^ *```.*?^ *```", "", CONTRIBUTING)
    paths = [path for path in quoted(text) if re.fullmatch(r"(?:rego|python|tests|tools|docs|bundles)/[\w/.-]+", path)]
    examples = {"rego/segrego/rules/long_session.rego", "rego/segrego/rules/long_session_test.rego"}
    examples |= {"python/segrego/collect/pulumi.py", "tests/collect/test_pulumi.py"}
    assert len(paths) >= 10
    assert [path for path in paths if path not in examples and not (ROOT / path).exists()] == []


def test_make_targets_that_pages_name_are_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    pages = (README, CONTRIBUTING, ARCHITECTURE, (ROOT / "docs/engines.md").read_text(encoding="utf-8"))
    named = {target for page in pages for target in re.findall(r"`make ([a-z-]+)", page)}
    assert named
    assert named - targets == set()
