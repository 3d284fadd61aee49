# METADATA
# title: The members of an agent class are not equivalent
# description: >-
#   An agent class says that its members do truly the same task, and only that excuses a shared role. These members differ:
#   in their kind, tools, operations, data, domains, environment, account, guardrail, models, or in what their roles let
#   them do. What each has that not all of them have is listed. The same function or model in each member's own region is
#   no difference. While it stands, the class excuses no sharing.
# custom:
#   headline: "the members of {subject} differ in {aspects}"
#   severity: medium
#   category: agent-class
#   requires: [workloads, bindings, tools, uses]
#   remediation: >-
#     Take the members that differ out of the class and give them roles of their own, or make them the same and have the
#     class approved again.
#   example: |
#     # segrego.yaml: one of these two agents has a tool that the other has not
#     agent_classes:
#       - name: refunds
#         names: [refunds-eu, refunds-us]
#         justification: one agent for each market
#         approver: alice@example.com
#         expires: 2027-01-31T00:00:00Z
#   controls:
#     owasp-nhi-2025: [NHI5, NHI9]
#     owasp-agentic-2026: [ASI03]
#     owasp-agentic-threats-1.0: [T3]
#     nist-800-53-r5: [AC-6]
#     nist-ai-rmf-1.0: [MAP 4.2]
#     csa-maestro-2025: [L6, T1]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.class_not_equivalent

import data.segrego.lib.classes
import data.segrego.lib.inventory
import data.segrego.lib.severity

deny contains {
	"subject": inventory.class_subject(class),
	"severity": severity.at(2 + count([1 | count(aspects & _walls) > 0])),
	"related": sort(class.members),
	"evidence": {
		"class": class.name,
		"aspects": sort(aspects),
		"differences": differences,
	},
} if {
	some class in input.agent_classes
	differences := classes.differences[class.name]
	count(differences) > 0
	aspects := {difference.aspect | some difference in differences}
}

# Differences across which one role is worst.
_walls := {"access", "account", "domains", "environment", "sensitivities"}
