# METADATA
# title: Agents run under clones of one role
# description: >-
#   Roles of different agents hold the same statements, and these give more than the agents' own configuration explains. A
#   copied role is a shared role with another name: each agent has the union of what all of them need, although logs can
#   tell them apart. Roles are no clones where they hold only what every agent needs to run (its model, its telemetry), or
#   only the tools, collaborators, knowledge bases and data that each of the agents is configured to use: the same task may
#   well need the same rights. The same table in two agents' roles is a finding, if a low one: nothing in the agents says
#   why both should have it. Equivalent agents belong to an approved agent class, which is exempt.
# custom:
#   headline: "the roles of {agents} are copies of each other: {roles}"
#   severity: low
#   category: isolation
#   requires: [workloads, bindings, policies, boundary]
#   remediation: >-
#     Take out of each copy what its agent does not use. If the agents truly do the same task, declare them to be an agent
#     class and have it approved.
#   example: |
#     Resources:
#       OrdersRole: # of the orders agent; the billing agent's BillingRole has the same policy
#         Type: AWS::IAM::Role
#         Properties:
#           Policies:
#             - PolicyName: agents
#               PolicyDocument:
#                 Statement:
#                   - {Effect: Allow, Action: "dynamodb:PutItem", Resource: !GetAtt OrdersTable.Arn}
#                   - {Effect: Allow, Action: "s3:GetObject", Resource: !Sub "${InvoiceBucket.Arn}/*"}
#   controls:
#     owasp-nhi-2025: [NHI5, NHI9]
#     owasp-agentic-2026: [ASI03]
#     owasp-agentic-threats-1.0: [T3]
#     nist-800-53-r5: [AC-6]
#     nist-ai-rmf-1.0: [MAP 4.2]
#     csa-maestro-2025: [L6, T1]
#     mitre-atlas-5.6.0: [AML.M0026]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.cloned_roles

import data.segrego.lib.boundaries
import data.segrego.lib.deployments
import data.segrego.lib.inventory
import data.segrego.lib.needs
import data.segrego.lib.severity

deny contains {
	"subject": sort(object.keys(held))[0],
	"severity": severity.at(_level(agents, gains)),
	"related": array.concat(array.slice(sort(object.keys(held)), 1, count(held)), sort(agents)),
	"evidence": {
		"agents": [object.union(inventory.member(role, id), {"role": inventory.address(role)}) |
			some role_id in sort(object.keys(held))
			role := inventory.role_by_id[role_id]
			some id in sort(held[role_id])
		],
		"roles": sort([inventory.address(inventory.role_by_id[id]) | some id, _ in held]),
		"environments": sort(boundaries.environments(agents)),
		"gains": gains,
	},
} if {
	some group in input.twin_roles
	held := {id: executors |
		some id in group.roles
		executors := {workload |
			some workload, family in inventory.holders(inventory.role_by_id[id])
			family in inventory.executor_families
		}
		count(executors) > 0
	}
	count(held) > 1
	agents := {id | some executors in held; some id in executors}
	count(agents) > 1
	deployments.coexist(agents)
	not inventory.same_class(agents)
	gains := [needs.blast_radius(role, id, needs.gaining(role, inventory.workload_by_id[id])) |
		some role_id in sort(object.keys(held))
		role := inventory.role_by_id[role_id]
		some id in sort(held[role_id])
	]
	count([1 | some gain in gains; gain.grants_in_all > 0]) > 0
}

# One less than one role for all, since a log can tell the agents apart.
_level(agents, gains) := (severity.of_access(_gained(gains)) - 1) + severity.if_production(boundaries.environments(agents))

_gained(gains) := {class | some gain in gains; some class, number in gain.access; number > 0}
