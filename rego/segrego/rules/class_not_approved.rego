# METADATA
# title: An agent class is not approved
# description: >-
#   A class excuses agents from having roles of their own, so somebody must answer for it: an approver by name, until a day
#   on which the class is looked at anew. Without these, or after that day, it excuses nothing. A finding is low where only
#   the fingerprint of what was approved was not written down: the class holds, but nobody will notice when its members
#   change.
# custom:
#   headline: "the approval of {subject} is wanting: {faults}"
#   severity: medium
#   category: agent-class
#   requires: [workloads]
#   remediation: >-
#     Have the class approved: write approver, expires, and as approved the fingerprint that this finding shows.
#   example: |
#     # segrego.yaml
#     agent_classes:
#       - name: refunds
#         names: [refunds-*]
#         justification: one agent for each market
#         approver: alice@example.com
#         expires: 2024-01-31T00:00:00Z # has passed
#   controls:
#     owasp-nhi-2025: [NHI9]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-2, AC-6(7)]
#     nist-ai-rmf-1.0: [GOVERN 2.1]
#     csa-maestro-2025: [L6]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.class_not_approved

import data.segrego.lib.classes
import data.segrego.lib.inventory

deny contains {
	"subject": inventory.class_subject(class),
	"severity": _severity(faults),
	"related": sort(class.members),
	"evidence": {
		"class": class.name,
		"members": [inventory.described(id) | some id in sort(class.members)],
		"faults": sort(faults | unwritten),
		"approver": class.approver,
		"expires_at_ns": class.expires_at_ns,
		"fingerprint": class.fingerprint,
	},
} if {
	some class in input.agent_classes
	faults := classes.faults(class)
	unwritten := {"what was approved is not written down" | class.approved == null}
	count(faults | unwritten) > 0
}

_severity(faults) := "medium" if count(faults) > 0

_severity(faults) := "low" if count(faults) == 0
