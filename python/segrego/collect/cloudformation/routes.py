"""Which aliases and endpoints route to a workload, and to what of it.

An agent's alias without a routing configuration routes to a version that CloudFormation makes of the draft at
deployment (reference of ``AWS::Bedrock::AgentAlias``): it bears the draft's role. A version that is named by its number
was made earlier, and no template tells which role it bears.
"""

from __future__ import annotations

from typing import Any

from segrego.collect.cloudformation.draft import Draft, forget_open
from segrego.collect.cloudformation.scope import Scope
from segrego.collect.cloudformation.targets import at, target
from segrego.collect.cloudformation.template import Seq
from segrego.collect.cloudformation.text import Text, as_text

__all__ = ["Routes"]

_DRAFT = ("DRAFT", "TSTALIASID")


class Routes:
    """Reads aliases and endpoints: workload id to slot to the names that route there."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._found: dict[str, dict[str | None, list[str]]] = {}

    def collect(self) -> dict[str, dict[str | None, list[str]]]:
        """The routes of every template of the scan."""
        for scope in self._draft.scan.scopes.values():
            for logical in scope.resources:
                match scope.type(logical):
                    case "AWS::Bedrock::AgentAlias":
                        versions = self._versions(scope, logical, "AgentVersion")
                        self._route(scope, logical, "AgentId", "AgentAliasName", versions)
                    case "AWS::Bedrock::FlowAlias":
                        versions = self._versions(scope, logical, "FlowVersion")
                        self._route(scope, logical, "FlowArn", "Name", versions)
                    case "AWS::BedrockAgentCore::RuntimeEndpoint":
                        self._endpoint(scope, logical, "AgentRuntimeId", "Name", "AgentRuntimeVersion")
                    case "AWS::BedrockAgentCore::HarnessEndpoint":
                        self._endpoint(scope, logical, "HarnessId", "EndpointName", "TargetVersion")
        return self._found

    @staticmethod
    def _versions(scope: Scope, logical: str, name: str) -> list[Any]:
        routing = scope.property(logical, "RoutingConfiguration")
        if isinstance(routing, Seq):
            return [at(entry, name) for entry in routing]
        return [] if routing is None else [routing]

    def _route(self, scope: Scope, logical: str, owner: str, name: str, versions: list[Any]) -> None:
        workload = target(self._draft, scope, scope.property(logical, owner))
        alias = str(scope.text(logical, name) or logical)
        for version in versions or [None]:
            text = as_text(version)
            if text is None or self._is_made_here(text):
                self._add(workload, "version", alias)
            elif str(text) in _DRAFT:
                self._add(workload, "draft", alias)
            else:
                self._earlier(scope, logical, workload, alias, text)
        forget_open(scope)

    def _endpoint(self, scope: Scope, logical: str, owner: str, name: str, version: str) -> None:
        workload = target(self._draft, scope, scope.property(logical, owner))
        endpoint = str(scope.text(logical, name) or logical)
        text = scope.text(logical, version)
        if text is None or self._is_made_here(text):
            self._add(workload, "execution", endpoint)
        else:
            self._earlier(scope, logical, workload, endpoint, text)
        forget_open(scope)

    @staticmethod
    def _is_made_here(text: Text) -> bool:
        """Whether a version is that of a resource of the scan (``!GetAtt Version.Version``)."""
        return text.entity is not None

    def _add(self, workload: str | None, slot: str, name: str) -> None:
        if workload is not None:
            self._found.setdefault(workload, {}).setdefault(slot, []).append(name)

    def _earlier(self, scope: Scope, logical: str, workload: str | None, name: str, version: Text) -> None:
        message = (
            f"{name} routes to version {version}, whose role no template tells: "
            "collect the account with `segrego collect aws`"
        )
        subject = workload if workload is not None and "#" in workload else scope.file
        self._draft.gap_at("not_collected", subject, ("bindings",), message, scope.location(logical))
