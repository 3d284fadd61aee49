# METADATA
# title: It is not clear who belongs to an agent class
# description: >-
#   A class without two members excuses nothing now, and waits to excuse whatever agent its patterns come to match. An agent
#   that the patterns of two classes match is a member of the first one only: somebody approved something else than what
#   holds.
# custom:
#   headline: "{subject} is unclear: {reasons}"
#   severity: low
#   category: agent-class
#   requires: [workloads]
#   remediation: >-
#     Narrow the class's patterns to the agents that it was approved for, so that each agent matches one class; delete a
#     class that has no two members.
#   example: |
#     # segrego.yaml: refunds-eu is a member of the first, and somebody thinks of the second
#     agent_classes:
#       - {name: refunds, names: ["refunds-*"], justification: one for each market, approver: alice@example.com, expires: 2027-01-31T00:00:00Z}
#       - {name: europe, names: ["*-eu"], justification: one for each task, approver: bob@example.com, expires: 2027-01-31T00:00:00Z}
#   controls:
#     owasp-nhi-2025: [NHI9]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-2]
#     nist-ai-rmf-1.0: [GOVERN 2.1]
#     csa-maestro-2025: [L6]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.class_membership_unclear

import data.segrego.lib.inventory

deny contains {
	"subject": inventory.class_subject(class),
	"related": sort({id | some id in class.members} | {id | some id in class.overlaps}),
	"evidence": {
		"class": class.name,
		"members": [inventory.described(id) | some id in sort(class.members)],
		"overlaps": sort(class.overlaps),
		"reasons": sort(reasons),
	},
} if {
	some class in input.agent_classes
	reasons := ({"it has no member" | count(class.members) == 0} | {"it has one member" | count(class.members) == 1}) | {"it matches members of an earlier class" |
		count(class.overlaps) > 0
	}
	count(reasons) > 0
}
