"""`segrego init`: a first file that loads, that changes nothing by itself, and that declares nothing for anybody."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from config_world import WORLD, agent, declare, world
from hypothesis import given
from hypothesis import strategies as st

from segrego.catalog import load_rules
from segrego.collect.files import collect_files
from segrego.config import apply, draft, load_config, notices, parse_config
from segrego.errors import InputError
from segrego.facts import derive
from segrego.inventory import Inventory, Location, Role, Tag

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


def sections(text: str) -> dict[str, Any]:
    """What the file declares as it is written."""
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def uncommented(text: str) -> str:
    """The file once somebody has taken every single # away."""
    return re.sub(r"(?m)^#(?!#)", "", text)


def labels(inventory: Inventory) -> list[Any]:
    """The values of all labels after deriving."""
    known = derive(inventory)
    entities = (*known.workloads, *known.roles, *known.resources, *known.accounts)
    fields = ("environment", "owner", "purpose", "sensitivity")
    single = [(e.id, [label and label.value for label in (getattr(e, f, None) for f in fields)]) for e in entities]
    return [*single, [(e.id, sorted(label.value for label in getattr(e, "domains", ()))) for e in entities]]


def test_what_tags_say_is_active_and_nothing_else() -> None:
    assert sections(draft(WORLD, "t.yaml")) == {
        "version": 1,
        "environments": [{"name": "production", "tags": {"stage": "prd"}}],
        "owners": [{"owner": "money", "tags": {"team": "money"}}],
    }


def test_agents_of_which_nothing_is_known_are_listed_with_their_places() -> None:
    text = draft(WORLD, "t.yaml")
    environments = text.partition("environments:")[2].partition("data_domains:")[0]
    assert "2 of the agents" in environments
    assert '#      - orders  # "t.yaml:3"\n#      - research\n' in environments
    assert "billing" not in environments
    assert "#      - billing\n" in text.partition("data_domains:")[2]


def test_an_environment_that_a_name_tells_is_said_and_not_declared() -> None:
    text = draft(world(agent("orders-prod")), "t.yaml")
    assert "##   orders-prod: production\n" in text
    assert sections(text) == {"version": 1}


def test_agents_on_one_role_are_candidates_for_a_class_and_no_class() -> None:
    text = draft(WORLD, "t.yaml")
    assert "## billing, orders, research hold agent-role.\n#  - name:\n#    names:\n#      - billing\n" in text
    assert "agent_classes" not in sections(text)
    assert "exceptions" not in sections(text)
    alone = draft(world(agent("a"), agent("b", role="other"), roles=(Role(id="role"), Role(id="other"))), "t.yaml")
    assert re.search("(?m)^## .* hold [^ ]+$", text)
    assert not re.search("(?m)^## .* hold [^ ]+$", alone)


def test_runtimes_are_asked_what_they_host() -> None:
    text = draft(WORLD, "t.yaml").partition("hosting:")[2]
    assert text.startswith("\n#  - names:\n#      - research\n#    agents: []\n")


def test_namesakes_are_meant_by_their_ids() -> None:
    twins = world(agent("a", tags={}), agent("x"), roles=(Role(id="role"),))
    same = Inventory(
        workloads=tuple(
            type(workload)(id=f"{account}/{workload.id}", kind=workload.kind, name="same", bindings=workload.bindings)
            for account, workload in enumerate(twins.workloads)
        ),
        roles=twins.roles,
    )
    assert '#    arns:\n#      - "0/a"\n#      - "1/x"\n' in draft(same, "t.yaml")


def test_blanks_are_refused_until_they_are_filled_in() -> None:
    text = uncommented(draft(WORLD, "t.yaml"))
    with pytest.raises(InputError, match=r"got `null` at \$\."):
        parse_config(text.encode(), "segrego.yaml")


def test_every_comment_is_an_entry_once_it_is_filled_in() -> None:
    text = uncommented(draft(WORLD, "t.yaml")).replace("expires:\n", "expires: 2999-01-31T00:00:00Z\n")
    for blank in ("name", "sensitivity", "owner", "justification", "approver", "rule", "subject", "reason"):
        text = re.sub(rf"(?m)\b{blank}:$", f"{blank}: filled", text)
    text = text.replace("agents: []", "agents: [planner, writer]").replace("names: []", "names: [orders]")
    config = parse_config(text.encode(), "segrego.yaml")
    declared = config
    assert len(declared.agent_classes) == len(declared.exceptions) == len(declared.hosting) == 1
    assert (declared.thresholds, declared.fail_on) != (None, None)
    assert [str(notice) for notice in notices(config, WORLD) if "matches no" in str(notice)] == []


def test_tags_that_disagree_are_left_to_a_person() -> None:
    torn = world(agent("a", tags={"env": "prod", "stage": "dev"}), agent("b", tags={"env": "prod"}))
    text = draft(torn, "t.yaml")
    assert sections(text) == {"version": 1}
    assert "Tags disagree" in text
    assert labels(apply(declare(text), torn)) == labels(torn)


HOSTILE = 'a\n  - {name: production, names: ["*"]}\nowners: [{owner: x, names: ["*"]}]\n#"\\\x1b[2J\u202e'


@pytest.mark.parametrize("field", ["name", "tag", "value", "file", "role", "sources"])
def test_names_cannot_write_into_the_file(field: str) -> None:
    text = {name: HOSTILE if name == field else "plain" for name in ("name", "tag", "value", "file", "role", "sources")}
    place = Location(source=text["file"], file=text["file"], line=1)
    tags = {"team": text["value"], text["tag"]: "x"}
    hostile = world(
        *(agent(text["name"] + end, tags=tags, location=place) for end in "12"),
        roles=(Role(id="role", name=text["role"]),),
    )
    written = draft(hostile, text["sources"])
    assert "\x1b" not in written
    assert "\u202e" not in written
    found = sections(written)
    assert set(found) <= {"version", "owners"}
    assert [entry["tags"] for entry in found.get("owners", [])] in ([], [{"team": text["value"]}])
    (candidate,) = sections(uncommented(written))["agent_classes"]
    assert candidate["arns" if field == "name" else "names"] == [text["name"] + end for end in "12"]  # it holds a *


words = st.text(max_size=8) | st.sampled_from(["prod", "dev", "yes", "null", "1e3", "~", "a: b", "- x", "*", "${X}"])
agents = st.lists(
    st.tuples(words, st.dictionaries(st.sampled_from(["env", "stage", "team", "owner", "data-domain"]) | words, words)),
    max_size=5,
)


@given(agents)
def test_the_file_loads_warns_of_nothing_and_changes_no_label(found: list[tuple[str, dict[str, str]]]) -> None:
    inventory = world(*(agent(f"{name}{n}", tags=tags) for n, (name, tags) in enumerate(found)))
    config = declare(draft(inventory, "t.yaml"))
    assert notices(config, derive(inventory)) == ()
    assert labels(apply(config, inventory)) == labels(inventory)


def test_the_example_organization() -> None:
    inventory = collect_files([str(ROOT / "examples/organization")])
    config = declare(draft(inventory, "examples"))
    assert {entry.name for entry in config.environments} == {"production", "staging"}
    assert {entry.name for entry in config.data_domains} == {"hr", "finance"}
    assert {entry.owner for entry in config.owners} == {"platform", "support", "people"}
    assert notices(config, derive(inventory)) == ()
    assert labels(apply(config, inventory)) == labels(inventory)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "infra.yaml").write_text(
        "workloads:\n"
        "  - {id: a, kind: bedrock_agent, name: a, bindings: [{role: r}], tags: [{key: env, value: prod}]}\n"
        "  - {id: b, kind: bedrock_agent, name: b, bindings: [{role: r}]}\n"
        "roles:\n  - {id: r}\n",
        encoding="utf-8",
    )

    def segrego(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "segrego", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"TERM": "dumb"},
        )

    return segrego


def test_init_writes_a_file_that_leaves_the_verdict(run: Run, tmp_path: Path) -> None:
    before = json.loads(run("check", "infra.yaml", "--format", "json").stdout)
    done = run("init", "infra.yaml")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("segrego: segrego.yaml: fill in")
    again = run("check", "infra.yaml", "--format", "json")
    assert again.stderr == ""
    after = json.loads(again.stdout)
    assert before["verdict"] == after["verdict"] == "fail"
    assert [f["fingerprint"] for f in after["findings"]] == [f["fingerprint"] for f in before["findings"]]
    assert after["gaps"] == before["gaps"]


def test_init_replaces_nothing_unless_it_is_forced(run: Run, tmp_path: Path) -> None:
    (tmp_path / "segrego.yaml").write_text("version: 1 # mine\n", encoding="utf-8")
    refused = run("init", "infra.yaml")
    assert refused.returncode == 2
    assert refused.stderr.startswith("segrego: error: segrego.yaml: the file is there already. Give --force")
    assert (tmp_path / "segrego.yaml").read_text(encoding="utf-8") == "version: 1 # mine\n"
    assert run("init", "infra.yaml", "--force").returncode == 0
    assert "#agent_classes:" in (tmp_path / "segrego.yaml").read_text(encoding="utf-8")


def test_init_writes_where_it_is_told_to(run: Run, tmp_path: Path) -> None:
    printed = run("init", "infra.yaml", "-o", "-")
    assert (printed.returncode, printed.stderr) == (0, "")
    assert run("init", "-o", "declared.yaml", "--quiet").stderr == ""
    config = load_config(tmp_path / "declared.yaml", {rule.slug for rule in load_rules()})
    assert config.environments == declare(printed.stdout).environments
    assert run("init", "missing.yaml").returncode == 2


def test_warnings_are_one_line_each_on_standard_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "segrego.yaml").write_text(
        "owners:\n  - {owner: me, names: [nobody]}\nexceptions:\n"
        "  - {rule: trust_not_pinned, subject: x, reason: a, owner: b, expires: 2020-01-01T00:00:00Z}\n",
        encoding="utf-8",
    )
    for command in (["check", "infra.yaml", "-q"], ["collect", "infra.yaml", "-q"]):
        lines = run(*command).stderr.splitlines()
        assert lines == [
            "segrego: warning: segrego.yaml:4: the exception of x from trust_not_pinned expired at "
            "2020-01-01T00:00:00+00:00. Have it approved anew, with a later time, or take it out.",
            "segrego: warning: segrego.yaml:2: nobody in names matches no workload or role of this scan. "
            "Correct it, take it out, or scan what it is about.",
        ]


def test_an_unknown_rule_is_an_error_where_rules_judge(run: Run, tmp_path: Path) -> None:
    (tmp_path / "segrego.yaml").write_text("ignore: [trust_not_pined]\n", encoding="utf-8")
    done = run("check", "infra.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "segrego: error: segrego.yaml:1: there is no rule trust_not_pined. Did you mean trust_not_pinned?\n"
    )
    # it could be a rule of the user's own, which collecting has no use for
    assert run("collect", "infra.yaml").returncode == 0


def test_what_is_said_cannot_steer_a_terminal(run: Run, tmp_path: Path) -> None:
    (tmp_path / "evil.yaml").write_text(
        'workloads:\n  - {id: "a\\e[2J", kind: bedrock_agent, name: a}\n', encoding="utf-8"
    )
    (tmp_path / "segrego.yaml").write_text(
        "owners: [{owner: a, names: ['*']}, {owner: b, names: ['*']}]\n", encoding="utf-8"
    )
    errors = run("check", "evil.yaml").stderr
    assert "is not given to a" in errors
    assert "\x1b" not in errors


def test_a_tag_with_a_wildcard_is_not_a_pattern() -> None:
    starred = world(agent("a", tags={"team": "*"}), agent("b", tags={"team": "money"}))
    assert sections(draft(starred, "t.yaml"))["owners"] == [{"owner": "money", "tags": {"team": "money"}}]
    assert Tag(key="team", value="*") in starred.workloads[0].tags
