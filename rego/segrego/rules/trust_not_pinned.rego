# METADATA
# title: The trust policy does not pin the role to its agent
# description: >-
#   A role that trusts Bedrock or AgentCore without a condition on the source can be assumed by the service for any
#   workload, of any account that may pass the role. Pinned is a role whose trust names the account (aws:SourceAccount,
#   or an account in the ARN) and the one workload's ARN (aws:SourceArn); a wildcard such as agent/* leaves it open to
#   every agent of the account. AgentCore's ids begin with the workload's name, which is known before the first
#   deployment: runtime/orders-* is one runtime, and gateway/orders-?????????? one gateway.
# custom:
#   headline: "{subject} trusts {principals} without a pinned {unpinned} (source ARN: {source_arn})"
#   severity: medium
#   category: trust
#   requires: [workloads, bindings, trust]
#   remediation: >-
#     Add StringEquals on aws:SourceAccount and ArnLike on aws:SourceArn with the workload's own ARN to the role's trust
#     policy. The id of a Classic agent, flow or knowledge base is known only after the first deployment: start with the
#     kind's wildcard and narrow it then. For AgentCore write the name: runtime/NAME-* or gateway/NAME-??????????.
#   example: |
#     AssumeRolePolicyDocument:
#       Statement:
#         - Effect: Allow
#           Principal: {Service: bedrock.amazonaws.com}
#           Action: sts:AssumeRole
#   controls:
#     owasp-nhi-2025: [NHI5]
#     owasp-agentic-2026: [ASI03]
#     owasp-agentic-threats-1.0: [T9]
#     nist-800-53-r5: [AC-6, IA-9]
#     csa-maestro-2025: [L6, T1]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.trust_not_pinned

import data.segrego.lib.inventory
import data.segrego.lib.trust

deny contains {
	"subject": role.id,
	"severity": _severity(pins),
	"related": sort(object.keys(inventory.holders(role))),
	"evidence": {
		"principals": sort({service | some pin in pins; some service in pin.services}),
		"unpinned": array.concat(
			["source_account" | not _all_know_account(pins)],
			["workload_arn" | not _all_name_workload(pins)],
		),
		"source_account": _all_pin_account(pins),
		"source_arn": trust.weakest({pin.source_arn | some pin in pins}),
		"patterns": sort({pattern | some pin in pins; some pattern in pin.patterns}),
		"workloads": sort(object.keys(inventory.holders(role))),
		"statements": [{"sid": pin.sid, "line": pin.line} | some pin in pins],
	},
} if {
	some role in input.roles
	inventory.is_governed(role)
	pins := trust.pins_by_role[role.id]
	some pin in pins
	not trust.is_pinned(pin)
}

_all_pin_account(pins) := count([1 | some pin in pins; not pin.source_account]) == 0

_all_know_account(pins) if count([1 | some pin in pins; not pin.account_known]) == 0

_all_name_workload(pins) if count([1 | some pin in pins; not trust.names_one(pin)]) == 0

# Without any account in the trust another account's workload can be the one that acts. What is not resolved, or is open
# only to a namesake, is worth a look and no alarm.
_severity(pins) := _severities[max({_level(pin) | some pin in pins})]

_severities := ["info", "low", "medium"]

_level(pin) := 2 if {
	not pin.account_known
	not pin.source_organization
} else := 0 if {
	pin.account_known
	pin.source_arn in {"unknown", "name-prefix", "name", "exact"}
} else := 1
