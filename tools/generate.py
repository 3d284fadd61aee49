"""Write everything that is generated from the models and from the rules' annotations.

    python tools/generate.py [--check]

``schemas/`` from the Python models, ``rego/segrego/catalog/data.json``, ``docs/rules.md`` and ``docs/frameworks.md``
from the annotations that ``opa inspect`` reads. With ``--check`` nothing is written, and what is stale is named.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import yaml

from segrego.decision import Call, Decision
from segrego.findings import Report
from segrego.inventory import Inventory

ROOT = Path(__file__).parent.parent
OPA = os.environ.get("SEGREGO_OPA", str(ROOT / ".tools/opa"))
PREFIX = ["data", "segrego", "rules"]
FIELDS = ("headline", "severity", "category", "requires", "remediation", "controls", "example")


def annotations() -> list[dict[str, Any]]:
    """The package annotations of every Rego file, as ``opa inspect`` gives them, with the path as ``parts``."""
    done = subprocess.run(
        [OPA, "inspect", "--annotations", "--format", "json", "rego"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    found = json.loads(done.stdout)["annotations"]
    return [entry | {"parts": [part["value"] for part in entry["path"]]} for entry in found]


def catalog() -> dict[str, Any]:
    """Slug to the rule's entry: title, description and the custom fields, whitespace folded as YAML's ``>-`` left
    it."""
    rules = {}
    for entry in annotations():
        if entry["parts"][:3] != PREFIX or entry["annotations"]["scope"] != "package" or len(entry["parts"]) != 4:
            continue
        notes = entry["annotations"]
        custom = notes.get("custom", {})
        rules[entry["parts"][3]] = {
            "title": notes.get("title", ""),
            "description": notes.get("description", "").strip(),
            **{
                field: custom.get(field, [] if field == "requires" else {} if field == "controls" else "")
                for field in FIELDS
            },
        }
    return {"rules": rules}


def checker_schema(node: Any) -> Any:
    """A schema as ``opa check`` can use it: with a nullable object it sees no misspelt field, so null is left out."""
    if isinstance(node, list):
        return [checker_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    options = [option for option in node.get("anyOf", []) if option != {"type": "null"}]
    if len(options) == 1 and "$ref" in options[0]:
        return checker_schema(options[0])
    return {key: checker_schema(value) for key, value in node.items()}


def known_frameworks() -> dict[str, Any]:
    """The frameworks that rules may cite, by id."""
    text = (ROOT / "rego/segrego/frameworks/data.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def rules_page(rules: dict[str, Any]) -> str:
    """docs/rules.md: every rule, by category."""
    frameworks = known_frameworks()
    lines = [
        "# Rules",
        "",
        "Generated from the annotations in `rego/segrego/rules`; `segrego explain RULE` shows the same.",
        "",
        "| rule | severity | category | title |",
        "|---|---|---|---|",
    ]
    ordered = sorted(rules.items(), key=lambda item: (item[1]["category"], item[0]))
    lines += [f"| [`{slug}`](#{slug}) | {r['severity']} | {r['category']} | {r['title']} |" for slug, r in ordered]
    for slug, rule in ordered:
        lines += ["", f"## {slug}", "", f"**{rule['title']}** ({rule['severity']}, {rule['category']})", ""]
        lines += [rule["description"], "", f"Fix: {rule['remediation']}", ""]
        if rule["requires"]:
            needs = ", ".join(rule["requires"])
            lines += [f"Needs: {needs}. A gap in any of these keeps the rule from clearing anything.", ""]
        lines += ["A case that fails:", "", "```yaml", rule["example"].rstrip(), "```", "", "Controls:", ""]
        for framework, controls in sorted(rule["controls"].items()):
            named = (f"{control} {frameworks[framework]['controls'][control]}" for control in controls)
            lines.append(f"- {frameworks[framework]['title']}: {'; '.join(named)}")
    return "\n".join(lines) + "\n"


def frameworks_page(rules: dict[str, Any]) -> str:
    """docs/frameworks.md: every control of every framework, and the rules that cite it."""
    citing: dict[tuple[str, str], list[str]] = {}
    for slug, rule in sorted(rules.items()):
        for framework, controls in rule["controls"].items():
            for control in controls:
                citing.setdefault((framework, control), []).append(slug)
    lines = [
        "# Frameworks",
        "",
        "Which rules stand for which control. Generated from `rego/segrego/frameworks/data.yaml` and the annotations",
        "in `rego/segrego/rules`. A control without a rule is named by the framework and not judged by segrego.",
    ]
    for name, framework in known_frameworks().items():
        lines += ["", f"## {name}", "", f"[{framework['title']}]({framework['url']})", ""]
        lines += ["| control | title | rules |", "|---|---|---|"]
        for control, title in framework["controls"].items():
            slugs = (f"[`{slug}`](rules.md#{slug})" for slug in citing.get((name, control), ()))
            lines.append(f"| {control} | {title} | {', '.join(slugs) or 'none'} |")
    return "\n".join(lines) + "\n"


def outputs() -> dict[Path, str]:
    """Every generated file's path and text."""
    inventory = msgspec.json.schema(Inventory)
    found = catalog()
    return {
        ROOT / "schemas/inventory.json": _json(inventory),
        ROOT / "schemas/input.json": _json(checker_schema(inventory)),
        ROOT / "schemas/report.json": _json(msgspec.json.schema(Report)),
        ROOT / "schemas/call.json": _json(msgspec.json.schema(Call)),
        ROOT / "schemas/call_input.json": _json(checker_schema(msgspec.json.schema(Call))),
        ROOT / "schemas/decision.json": _json(msgspec.json.schema(Decision)),
        ROOT / "rego/segrego/catalog/data.json": _json(found),
        ROOT / "docs/rules.md": rules_page(found["rules"]),
        ROOT / "docs/frameworks.md": frameworks_page(found["rules"]),
    }


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True) + "\n"


def main() -> int:
    """Write, or with ``--check`` compare."""
    stale = []
    for path, text in outputs().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(str(path.relative_to(ROOT)))
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if stale and "--check" in sys.argv:
        print(f"stale: {', '.join(stale)}: run `make generate` and commit the result", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
