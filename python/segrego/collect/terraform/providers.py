"""Which provider configuration a resource belongs to, and what is known of it: region, account, default tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from segrego.collect.terraform.bodies import Bodies
from segrego.collect.terraform.environment import Env
from segrego.collect.terraform.syntax import Attr, Block, Expr, Literal, Name, Object
from segrego.collect.terraform.terms import is_open

if TYPE_CHECKING:
    from segrego.collect.terraform.instances import Module

__all__ = ["Providers"]


class Providers:
    """The provider configurations of one root module, by key: ``aws``, or ``aws.west``, after the module that holds
    it."""

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._blocks: dict[str, tuple[Block, Module]] = {}
        self._arguments: dict[str, Mapping[str, Any]] = {}

    def key(self, block: Block, module: Module) -> str:
        """The key of the provider configuration of a resource."""
        given = block.body.attributes.get("provider")
        kind = block.labels[0].partition("_")[0]
        return self._named(_provider_name(given) or kind, module)

    def arguments(self, key: str) -> Mapping[str, Any]:
        """The known arguments of a provider configuration."""
        if key not in self._blocks:
            return {}
        if key not in self._arguments:
            self._arguments[key] = {}  # a provider that depends on its own resources
            block, module = self._blocks[key]
            env = Env(module, block.file, module.address)
            self._arguments[key] = self._bodies.evaluator.apart(
                lambda: _provider_arguments(self._bodies.content(block, env))
            )
        return self._arguments[key]

    def as_configured(self) -> dict[str, Any]:
        """All of them, as ``provider_config`` of a plan has them."""
        return {key: _as_configured(self.arguments(key)) for key in self._blocks}

    def _named(self, name: str, module: Module) -> str:
        for block in module.folder.providers:
            alias = block.body.attributes.get("alias")
            own = block.labels[0] + (f".{alias.value}" if isinstance(alias, Literal) else "")
            if own == name:
                key = f"{module.address}:{name}" if module.address else name
                self._blocks.setdefault(key, (block, module))
                return key
        if module.parent is None or module.call is None:
            return name
        handed = module.call.body.attributes.get("providers")
        for inner, outer in handed.pairs if isinstance(handed, Object) else ():
            if (inner.value if isinstance(inner, Literal) else _provider_name(inner)) == name:
                return self._named(_provider_name(outer) or name, module.parent)
        return self._named(name, module.parent)


def _provider_name(expression: Expr | None) -> str | None:
    if isinstance(expression, Attr) and isinstance(expression.of, Name):
        return f"{expression.of.name}.{expression.name}"
    if isinstance(expression, Name):
        return expression.name
    return expression.value if isinstance(expression, Literal) and isinstance(expression.value, str) else None


def _provider_arguments(values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if isinstance(region := values.get("region"), str) and "${" not in region:
        found["region"] = region
    accounts = values.get("allowed_account_ids")
    if isinstance(accounts, list) and not any(map(is_open, accounts)):
        found["allowed_account_ids"] = [str(account) for account in accounts]
    for block in values.get("assume_role") or []:
        arn = block.get("role_arn") if isinstance(block, dict) else None
        if isinstance(arn, str) and "${" not in arn:
            found["assume_role"] = arn
    for block in values.get("default_tags") or []:
        tags = block.get("tags") if isinstance(block, dict) else None
        if isinstance(tags, dict):
            found["default_tags"] = {key: value for key, value in tags.items() if isinstance(value, str)}
    return found


def _as_configured(arguments: Mapping[str, Any]) -> dict[str, Any]:
    expressions: dict[str, Any] = {
        name: {"constant_value": arguments[name]} for name in ("region", "allowed_account_ids") if name in arguments
    }
    if "assume_role" in arguments:
        expressions["assume_role"] = [{"role_arn": {"constant_value": arguments["assume_role"]}}]
    return {"expressions": expressions}
