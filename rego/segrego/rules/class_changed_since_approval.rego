# METADATA
# title: An agent class has changed since its approval
# description: >-
#   What was approved is not what is there: members came or went, or their tools, operations, data, models, roles or the
#   rights of these are others. This is how an agent that was harmless when it was approved comes to write, call and decide
#   under a role that others hold too. While it stands, the class excuses no sharing.
# custom:
#   headline: "{subject} is not what was approved"
#   severity: medium
#   category: agent-class
#   requires: [workloads, bindings, tools, uses]
#   remediation: >-
#     Look at what changed since the approval. Have the class approved as it is now, and write the fingerprint that this
#     finding shows as approved; or undo the change.
#   example: |
#     # segrego.yaml: a member was given another tool after this was written
#     agent_classes:
#       - name: refunds
#         names: [refunds-*]
#         justification: one agent for each market
#         approver: alice@example.com
#         expires: 2027-01-31T00:00:00Z
#         approved: sha256:0f3c0000000000000000000000000000000000000000000000000000000000a1
#   controls:
#     owasp-nhi-2025: [NHI5, NHI9]
#     owasp-agentic-2026: [ASI03]
#     owasp-agentic-threats-1.0: [T3]
#     nist-800-53-r5: [AC-2, AC-6(7)]
#     nist-ai-rmf-1.0: [GOVERN 2.1, MANAGE 4.1]
#     csa-maestro-2025: [L6]
#     mitre-atlas-5.6.0: [AML.T0081]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.class_changed_since_approval

import data.segrego.lib.classes
import data.segrego.lib.inventory

deny contains {
	"subject": inventory.class_subject(class),
	"related": sort(class.members),
	"evidence": {
		"class": class.name,
		"members": [inventory.described(id) | some id in sort(class.members)],
		"approver": class.approver,
		"approved": class.approved,
		"fingerprint": class.fingerprint,
	},
} if {
	some class in input.agent_classes
	classes.is_changed(class)
}
