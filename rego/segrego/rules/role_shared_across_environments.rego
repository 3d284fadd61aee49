# METADATA
# title: A role is shared across environments
# description: >-
#   A role that staging and production both hold lets staging touch production, and a change meant for one reaches the
#   other. The environment of a workload is declared, a tag, or told by its name. A role that is itself declared or tagged
#   to be of another environment than the workload that holds it is shared across environments too.
# custom:
#   headline: "{environments} share {subject}: {members}"
#   severity: high
#   category: isolation
#   requires: [workloads, bindings, environments]
#   remediation: Give each environment roles of its own, in an account of its own where you can.
#   example: |
#     Resources:
#       OrdersAgentProd:
#         Type: AWS::Bedrock::Agent
#         Properties: {AgentName: orders-prod, AgentResourceRoleArn: !GetAtt AgentRole.Arn}
#       OrdersAgentStaging:
#         Type: AWS::Bedrock::Agent
#         Properties: {AgentName: orders-staging, AgentResourceRoleArn: !GetAtt AgentRole.Arn}
#   controls:
#     owasp-nhi-2025: [NHI8, NHI9]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-6]
#     owasp-agentic-threats-1.0: [T3]
#     nist-ai-rmf-1.0: [MAP 4.2]
#     csa-maestro-2025: [L4, L6, T1]
#     mitre-atlas-5.6.0: [AML.M0032]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.role_shared_across_environments

import data.segrego.lib.deployments
import data.segrego.lib.inventory
import data.segrego.lib.severity

deny contains {
	"subject": role.id,
	"severity": severity.at(_level(role, environments)),
	"related": sort(object.keys(by_member)),
	"evidence": {
		"members": [object.union(inventory.member(role, id), {"environment": label.value, "environment_origin": label.origin}) |
			some id in sort(object.keys(by_member))
			label := by_member[id]
		],
		"environments": sort(environments),
		"role_environment": sort(_own(role)),
		"access": sort(severity.access_of(role)),
	},
} if {
	some role in input.roles
	inventory.is_governed(role)
	by_member := {id: label |
		some id, _ in inventory.holders(role)
		label := inventory.workload_by_id[id].environment
		label != null
	}
	environments := {label.value | some label in by_member} | _own(role)
	count(environments) > 1
	_meet(role, by_member)
}

# Two of different environments, or one and the role itself.
_meet(_, by_member) if deployments.mix({id: label.value | some id, label in by_member})

_meet(role, by_member) if {
	some label in by_member
	count(_own(role) - {label.value}) > 0
}

# What is tried out elsewhere must not act in production, whatever the role gives today.
_level(_, environments) := 4 if severity.if_production(environments) == 1

_level(role, environments) := severity.of_role(role) if severity.if_production(environments) == 0

# A name says less of a role than of a workload: "test" in it may be what the role is for.
_own(role) := {role.environment.value | role.environment.origin != "name"}
