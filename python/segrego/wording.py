"""A rule's headline with a finding's own facts in it: rules emit facts, and this makes the one sentence of them.

A headline is a template: ``{subject}`` is what the finding is about, and any other ``{name}`` a field of its evidence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

__all__ = ["KINDS", "VERBATIM", "called", "dated", "fields", "fill", "is_word", "joined", "spoken"]

KINDS: dict[str, str] = {
    "bedrock_agent": "Bedrock agent",
    "bedrock_flow": "Bedrock flow",
    "bedrock_knowledge_base": "Bedrock knowledge base",
    "bedrock_data_automation": "Bedrock data automation",
    "agentcore_runtime": "AgentCore runtime",
    "agentcore_harness": "AgentCore harness",
    "agentcore_gateway": "AgentCore gateway",
    "agentcore_memory": "AgentCore memory",
    "agentcore_browser": "AgentCore browser",
    "agentcore_code_interpreter": "AgentCore code interpreter",
    "agentcore_evaluation": "AgentCore evaluation",
    "lambda_function": "Lambda function",
    "principal": "principal",
}
"""What people call the kinds of workloads. Other words of the inventory and of rules are words already."""

VERBATIM = frozenset({"rule"})
"""Fields whose values are never words: the slug of a rule is what a person types."""

_FIELD = re.compile(r"\{([a-z_]+)\}")
_WORD = re.compile(r"[a-z]+(?:_[a-z]+)+")
_CERTAINTIES = {"by_default": ", by default", "unresolved": ", by the same expression"}
_NAMING = ("name", "title", "id", "value", "address")
"""The fields of an object in the evidence that may say what it is called, best first."""


def fill(
    headline: str,
    subject: str,
    evidence: Mapping[str, Any],
    names: Mapping[str, str],
    quote: Callable[[str], str] = str,
) -> str:
    """The sentence, without its full stop. A field that the evidence lacks stays as it is written.

    ``names`` says what ids are called. ``quote`` marks every value, so that a format can tell facts, which anybody may
    have written, from the rule's own words.
    """
    known = {**evidence, "subject": subject}

    def value(field: re.Match[str]) -> str:
        key = field[1]
        if key == "subject":  # what people call it is not for this text to tell: it need not be an id
            return quote(subject)
        return _worded(key, known[key], names, quote) if key in known else field[0]

    start = headline[:1].upper() + headline[1:]
    return _FIELD.sub(value, start) + _CERTAINTIES.get(str(evidence.get("certainty")), "")


def spoken(subject: str, subject_id: str, names: Mapping[str, str]) -> str:
    """What a sentence calls its subject: its address in the source, and where it has none but an ARN its name."""
    return names.get(subject_id, subject) if subject == subject_id else subject


def fields(headline: str) -> frozenset[str]:
    """The fields that a headline speaks of."""
    return frozenset(_FIELD.findall(headline))


def joined(names: list[str], most: int = 6) -> str:
    """``a, b and c``; beyond ``most`` names their number."""
    shown = names[:most] + ([f"{len(names) - most} more"] if len(names) > most else [])
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def called(value: Any, names: Mapping[str, str]) -> str:
    """What people call one value of the evidence: an id by its name, an object by what names it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        if str(value.get("id")) in names:
            return names[str(value["id"])]
        naming = next((value[key] for key in _NAMING if value.get(key)), None)
        return str(naming) if naming else ", ".join(called(part, names) for part in value.values())
    if isinstance(value, list):
        return ", ".join(called(part, names) for part in value) or "none"
    text = str(value)
    if text in names:
        return names[text]
    return KINDS.get(text) or (text.replace("_", " ") if is_word(text) else text)


def is_word(text: str) -> bool:
    """Whether a text is spelt as the inventory and the rules spell their own words: ``workload_arn``. A name of
    somebody's may be spelt so too; the report's ``names`` then hold it as it is."""
    return _WORD.fullmatch(text) is not None


def dated(nanoseconds: int) -> str:
    """A time in RFC 3339, UTC, to the second. ``never`` for 0, which the inventory writes for "not in the tracked
    time"."""
    if nanoseconds == 0:
        return "never"
    try:
        return datetime.fromtimestamp(nanoseconds // 1_000_000_000, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError):  # past the year 9999
        return str(nanoseconds)


def _worded(key: str, value: Any, names: Mapping[str, str], quote: Callable[[str], str]) -> str:
    if key.endswith("_ns") and isinstance(value, int) and not isinstance(value, bool):
        return dated(value)
    if isinstance(value, list):
        return joined(list(dict.fromkeys(quote(called(item, names)) for item in value))) or "none"
    if value is None or isinstance(value, bool | int | float):
        return called(value, names)
    return quote(str(value) if key in VERBATIM else called(value, names))
