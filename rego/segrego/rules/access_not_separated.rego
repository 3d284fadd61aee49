# METADATA
# title: One role reads, writes and executes
# description: >-
#   The role of an agent can read data, change it, and run tools. What the agent reads can carry instructions, and with
#   one role for all three they become changes and calls at once. Models, telemetry and whatever else every workload of
#   its kind needs do not count.
# custom:
#   headline: "{subject} may {access}"
#   severity: medium
#   category: least-privilege
#   requires: [workloads, bindings, policies, actions]
#   remediation: >-
#     Give reading, writing and running tools to different agents, or put the writing behind a tool whose function has a
#     role of its own, so that the agent's role can only read and call it.
#   example: |
#     Statement:
#       - {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::orders/*"}
#       - {Effect: Allow, Action: "s3:PutObject", Resource: "arn:aws:s3:::orders/*"}
#       - {Effect: Allow, Action: "lambda:InvokeFunction", Resource: "arn:aws:lambda:eu-west-1:111122223333:function:ship"}
#   controls:
#     owasp-nhi-2025: [NHI5]
#     owasp-agentic-2026: [ASI02, ASI03]
#     nist-800-53-r5: [AC-5, AC-6]
# schemas:
#   - input: schema.input
package segrego.rules.access_not_separated

import data.segrego.lib.iam
import data.segrego.lib.inventory

_separate := {"read", "write", "execute"}

_sorted := sort(_separate)

deny contains {
	"subject": role.id,
	"related": sort(agents),
	"evidence": {
		"agents": [inventory.member(role, id) | some id in sort(agents)],
		"access": _sorted,
		"grants": [_example(role, class) | some class in _sorted],
	},
} if {
	some role in input.roles
	agents := {id | some id, family in inventory.holders(role); inventory.executor_families[family]}
	count(agents) > 0
	gained := iam.gained_classes(role, "agent")
	every class in _separate {
		gained[class]
	}
}

# The first grant that gives a class, as evidence of it.
_example(role, class) := {
	"access": [class],
	"actions": sort(iam.gains(role, grant, "agent")[class]),
	"resources": grant.resources,
	"policy": grant.policy,
	"file": grant.file,
	"line": grant.line,
	"conditional": grant.conditional,
} if {
	giving := [grant | some grant in iam.grants(role); iam.gains(role, grant, "agent")[class]]
	grant := giving[0]
}
