"""What happens to a template before its resources are read: loops, includes, SAM."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from segrego.collect.cloudformation.extensions import expand, wants_expansion
from segrego.collect.cloudformation.sam import SAM, is_sam, transforms, translate
from segrego.collect.cloudformation.scope import Scope
from segrego.collect.cloudformation.template import Map

__all__ = ["Preparer"]

_CARRIED_OUT = frozenset({SAM, "AWS::Include", "AWS::CodeDeployBlueGreen", "AWS::CodeStar"})
"""Transforms that are carried out here, or that bring no role and no workload."""
_ELSEWHERE = {
    "AWS::CloudFormation::StackSet": "a StackSet makes stacks in other accounts and regions of a template of its own",
}
"""Types that make resources which are not in the template."""


_CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")
_AGENT_BY_NAME = re.compile(r"Custom::.*(?:Bedrock.*(?:Agent|Flow)|AgentCore)", re.IGNORECASE)
_AGENT_BY_CALL = re.compile(
    r"bedrock-?agent.*create(?:Agent|AgentRuntime|AgentVersion|Flow|Gateway|Harness)\b"
    r"|create(?:Agent|AgentRuntime|AgentVersion|Flow|Gateway|Harness)\b.*bedrock-?agent",
    re.IGNORECASE | re.DOTALL,
)
"""The call in the properties of the CDK's ``AwsCustomResource``."""


class Preparer:
    """Carries out what makes resources that are not written in the template, or says that it is not carried out."""

    def __init__(self, files: Mapping[str, Map]) -> None:
        self._files = files
        self._translated: dict[
            tuple[int, tuple[tuple[str, str], ...]], tuple[Map, Map, list[tuple[str | None, str]]]
        ] = {}

    def __call__(self, scope: Scope) -> None:
        """Prepare one stack."""
        if wants_expansion(scope.template):
            expansion = expand(scope, self._files)
            scope.origins = expansion.origins
            for line, why in expansion.left:
                scope.leave("unsupported", None, why, line)
            scope.adopt(expansion.template)
        _say_unsupported(scope)
        if is_sam(scope.template):
            translated, refused = self._translate(scope.template, scope.plain_parameters)
            scope.adopt(translated)
            for logical, why in refused:
                what = f"the SAM transform refused {logical or 'the template'}"
                scope.leave("unsupported", logical, f"{what}: {why.rstrip('.')}. Correct it")

    def _translate(self, template: Map, given: dict[str, str]) -> tuple[Map, list[tuple[str | None, str]]]:
        """The translation, which takes long, once for each template and its parameters."""
        key = id(template), tuple(sorted(given.items()))
        if key not in self._translated:
            # the template is kept, so that no other can get its identity
            self._translated[key] = (template, *translate(template, given))
        return self._translated[key][1:]


def _say_unsupported(scope: Scope) -> None:
    for transform in transforms(scope.template):
        if transform not in _CARRIED_OUT and not transform.startswith("AWS::LanguageExtensions"):
            why = f"the transform {transform} is not carried out: scan the processed template"
            scope.leave("unsupported", None, why, scope.template.lines.get("Transform"))
    resources = scope.template.get("Resources")
    for logical in resources if isinstance(resources, Map) else ():
        if logical.startswith("Fn::"):
            why = f"{logical} is not carried out: scan the processed template"
            scope.leave("unsupported", None, why, resources.lines.get(logical) if isinstance(resources, Map) else None)
    for logical in scope.resources:
        kind = scope.type(logical)
        if "Fn::Transform" in scope.properties(logical):
            why = f"a transform in the properties of {logical} is not carried out: scan the processed template"
            scope.leave("unsupported", logical, why)
        if _is_made_by_a_function(scope, logical, kind):
            why = f"{logical} is made by a function, so what it is does not stand in the template"
            scope.leave("unsupported", logical, f"{why}: collect the account with `segrego collect aws`")
        elif kind in _ELSEWHERE:
            scope.leave("unsupported", logical, f"{_ELSEWHERE[kind]}: scan that template")
        elif kind.endswith("::MODULE"):
            scope.leave("unsupported", logical, f"the module {kind} is not carried out: scan the processed template")


def _is_made_by_a_function(scope: Scope, logical: str, kind: str) -> bool:
    """Whether a custom resource makes an agent, a flow, a gateway or what else decides under a role of its own."""
    if not kind.startswith(_CUSTOM):
        return False
    if _AGENT_BY_NAME.match(kind):
        return True
    text = json.dumps(scope.properties(logical), default=str)
    return "bedrock" in text.lower() and bool(_AGENT_BY_CALL.search(text))
