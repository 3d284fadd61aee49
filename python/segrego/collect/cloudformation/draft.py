"""What is found in a scan of templates."""

from __future__ import annotations

from collections.abc import Iterable

from segrego.collect import draft
from segrego.collect.cloudformation.scan import Scan
from segrego.collect.cloudformation.scope import Scope
from segrego.collect.cloudformation.template import Map
from segrego.collect.cloudformation.text import Entity, as_text
from segrego.inventory import Fact, Location, Tag

__all__ = ["Draft", "forget_open", "id_of", "tags_of"]


class Draft(draft.Draft):
    """What the templates of one scan give."""

    def __init__(self, scan: Scan) -> None:
        super().__init__()
        self.scan = scan

    def say_open(self, scope: Scope, subject: str, facts: Iterable[Fact], location: Location) -> bool:
        """Say which references, met since the last call, lead to nothing in their template, and what left several
        things possible. Gives whether there were any."""
        why = [_dangling(name) for name in scope.take_dangling()]
        why += [
            f"{name} is known only at deployment, and all that it allows is taken for possible: give its parameters "
            "with --parameters"
            for name in scope.take_undecided()
        ]
        for message in why:
            self.gap_at("unresolved_reference", subject, facts, message, location)
        return bool(why)

    def id_for(self, entity: Entity) -> str:
        """The id of a resource of the scan."""
        return id_of(self.scan.scopes[entity[0]], entity[1])


def _dangling(name: str) -> str:
    if ":" in name.replace("::", ""):
        return (
            f"{name} is no reference of CloudFormation, and looks like a variable of the Serverless Framework: "
            "scan what `serverless package` writes into .serverless"
        )
    return f"the template has no {name}: correct the reference, or add the resource or parameter"


def forget_open(scope: Scope) -> None:
    """Forget what is open in what was read since the last call: it hides no fact."""
    scope.take_dangling()
    scope.take_undecided()


def id_of(scope: Scope, logical: str) -> str:
    """``<stack>#<LogicalId>``."""
    return f"{scope.name}#{logical}"


def tags_of(scope: Scope, logical: str) -> tuple[Tag, ...]:
    """The tags of a resource, written as a map or as a list of ``Key`` and ``Value``; sorted by key."""
    found = scope.property(logical, "Tags")
    if isinstance(found, Map):
        pairs = list(found.items())
    else:
        entries = [entry for entry in found if isinstance(entry, Map)] if isinstance(found, list) else []
        pairs = [(str(entry.get("Key", "")), entry.get("Value")) for entry in entries]
    texts = [(key, as_text(value)) for key, value in pairs if key]
    return tuple(Tag(key=key, value=str(value)) for key, value in sorted(texts) if value is not None)
