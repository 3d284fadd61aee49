# METADATA
# title: Anybody may call a gateway or an agent
# description: >-
#   A gateway whose authorizer type is NONE, or a resource policy that lets everybody in without a condition, hands the
#   workload's role to whoever finds the address: its tools act with their own rights for anybody.
# custom:
#   headline: "anybody may call {subject}: {reasons}"
#   severity: high
#   category: accountability
#   requires: [workloads, authorization, resource_policies]
#   remediation: >-
#     Set the gateway's authorizer to AWS_IAM or CUSTOM_JWT, and name the callers in the resource policy, or add a condition
#     that holds them.
#   example: |
#     Tools:
#       Type: AWS::BedrockAgentCore::Gateway
#       Properties: {Name: tools, AuthorizerType: NONE, ProtocolType: MCP, RoleArn: !GetAtt GatewayRole.Arn}
#   controls:
#     owasp-nhi-2025: [NHI4, NHI6]
#     owasp-agentic-2026: [ASI02, ASI03]
#     owasp-agentic-threats-1.0: [T3, T9]
#     nist-800-53-r5: [AC-6, AC-24, IA-9]
#     csa-maestro-2025: [L4, L6]
#     mitre-atlas-5.6.0: [AML.T0053]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.open_inbound

import data.segrego.lib.access
import data.segrego.lib.inventory

deny contains {
	"subject": workload.id,
	"evidence": {"reasons": sort(reasons), "inbound": workload.inbound, "tools": count(workload.tools)},
} if {
	some workload in input.workloads
	_is_in_scope(workload)
	reasons := {reason | some reason in {"no_authorizer", "resource_policy"}; _holds(workload, reason)}
	count(reasons) > 0
}

_is_in_scope(workload) if {
	family := inventory.family(workload.kind)
	not family in {"function", "principal"}
}

_is_in_scope(workload) if count(workload.serves) > 0

_holds(workload, "no_authorizer") if workload.inbound == "none"

# Where a token is asked for as well, a policy for everybody lets nobody in without one.
_holds(workload, "resource_policy") if {
	_opening_policies[workload.id]
	workload.inbound != "jwt"
}

_opening_policies := {policy.resource |
	some policy in input.resource_policies
	some statement in policy.statements
	statement.effect == "Allow"
	count(statement.conditions) == 0
	_is_for_anybody(statement)
	some pattern in access.everything_if_empty(statement.actions)
	count(access.effects_by_pattern[pattern].execute) > 0
}

_is_for_anybody(statement) if {
	some principal in statement.principals
	principal.value == "*"
}

_is_for_anybody(statement) if count(statement.not_principals) > 0
