"""What files tell of an AWS organization: which service control policies stand above which account.

Files show a part of the tree. A policy on a level that they do not show is missing, so an account may do less than the
document says, and never more. For the same reason ``FullAWSAccess`` is taken to be on every level, where AWS attaches
it: what else allows there limits nothing then, and what denies does. Source: AWS Organizations user guide, "SCP
evaluation".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from segrego.inventory import Account, Policy, Statement

__all__ = ["ROOT", "Organization", "united"]

ROOT = "root"
"""What the root of an organization is called here: there is one."""

_DEEPEST = 20
_FULL_ACCESS = "FullAWSAccess"


@dataclass(slots=True)
class Organization:
    """One organization. Targets (the root, units, accounts) go by whatever a source calls them: ``parents`` is a
    target's parent, ``attached`` the ids of the policies on it, and ``members`` an account's id and name."""

    source: str
    parents: dict[str, str] = field(default_factory=dict)
    attached: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    members: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    management: str | None = None

    def policies(self) -> Iterator[Policy]:
        """The policy that AWS attaches to every level, if anything is attached to an account or above it."""
        if any(self._levels(target) for target in self.members):
            everything = Statement(effect="Allow", actions=("*",), resources=("*",))
            yield Policy(
                id=f"{self.source}#{_FULL_ACCESS}", name=_FULL_ACCESS, kind="service_control", statements=(everything,)
            )

    def accounts(self) -> Iterator[Account]:
        """The accounts that a policy is attached to or above, once for each id."""
        found: dict[str, Account] = {}
        for target, (account, name) in self.members.items():
            if levels := self._levels(target):
                management = account == self.management
                found[account] = Account(id=account, name=name, management=management, service_control=levels)
        yield from found.values()

    def _levels(self, target: str) -> tuple[tuple[str, ...], ...]:
        way = [target]
        while len(way) < _DEEPEST and way[-1] in self.parents:
            way.append(self.parents[way[-1]])
        full = f"{self.source}#{_FULL_ACCESS}"
        levels = [tuple(self.attached.get(step, ())) for step in reversed(way)]
        return tuple((full, *level) for level in levels if level)


def united(accounts: Iterable[Account]) -> tuple[Account, ...]:
    """Each account once, with the levels that several files show of it: all of them limit it."""
    found: dict[str, Account] = {}
    for account in accounts:
        known = found.setdefault(account.id, account)
        if known is not account:
            levels = (*(known.service_control or ()), *(account.service_control or ()))
            management = known.management or account.management
            found[account.id] = replace(known, service_control=levels, management=management)
    return tuple(found.values())
