# METADATA
# title: Agents share an execution role
# description: >-
#   A role that several agents (or several flows) run under gives each of them the union of what all of them need, one
#   change to it changes all of them, and no log can tell which of them acted. Agents of one approved class are exempt.
# custom:
#   headline: "{agents} run under {subject}"
#   severity: high
#   category: isolation
#   requires: [workloads, bindings]
#   remediation: >-
#     Give every agent a role of its own, whose trust policy names only that agent and whose permissions are only what its
#     own tools need; then delete the shared role. A better shared role is not the fix.
#   example: |
#     Resources:
#       OrdersAgent:
#         Type: AWS::Bedrock::Agent
#         Properties: {AgentName: orders, AgentResourceRoleArn: !GetAtt AgentRole.Arn}
#       BillingAgent:
#         Type: AWS::Bedrock::Agent
#         Properties: {AgentName: billing, AgentResourceRoleArn: !GetAtt AgentRole.Arn}
#   controls:
#     owasp-nhi-2025: [NHI9]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-6, AU-10]
#     owasp-agentic-nhimg: [A2]
#     owasp-agentic-threats-1.0: [T3, T8]
#     nist-ai-rmf-1.0: [GOVERN, MAP 4.2, MEASURE 2.8]
#     csa-maestro-2025: [L6, L7, T1]
#     mitre-atlas-5.6.0: [AML.M0026, AML.M0032]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.shared_execution_role

import data.segrego.lib.inventory
import data.segrego.lib.needs

deny contains {
	"subject": role.id,
	"severity": _severity(role, gains),
	"related": sort(agents),
	"evidence": {
		"agents": [inventory.member(role, id) | some id in sort(agents)],
		"certainty": _certainty(role),
		"environments": sort(_environments(agents)),
		"gains": gains,
	},
} if {
	some role in input.roles
	agents := inventory.sharers(role)
	count(agents) > 1
	not inventory.same_class(agents)
	gains := [needs.blast_radius(role, id) | some id in sort(agents)]
}

# How sure it is that the agents hold one role: no surer than the least sure of what says so.
_certainty(role) := "unresolved" if "unresolved" in _certainties(role)

_certainty(role) := "by_default" if {
	not "unresolved" in _certainties(role)
	"by_default" in _certainties(role)
}

_certainty(role) := "exact" if count(_certainties(role) & {"unresolved", "by_default"}) == 0

_certainties(role) := {role.identity} | {binding.certainty | some binding in role.bindings}

_environments(agents) := {environment |
	some id in agents
	environment := inventory.workload_by_id[id].environment.value
}

_severity(role, gains) := "critical" if _level(role, gains) == 3

_severity(role, gains) := "high" if _level(role, gains) == 2

_severity(role, gains) := "medium" if _level(role, gains) == 1

# Administering through a shared role is worst; two read-only twins in one environment are least.
_level(role, gains) := max({1} | _reasons(role, gains))

_reasons(role, gains) := {level |
	some [level, holds] in [
		[3, _gains_access(gains, "administer")],
		[2, _gains_access(gains, "write")],
		[2, _gains_access(gains, "execute")],
		[2, count(_environments(inventory.sharers(role))) > 1],
		[2, count(role.unread) > 0],
	]
	holds
}

_gains_access(gains, class) := count([1 | some gain in gains; gain.access[class] > 0]) > 0
