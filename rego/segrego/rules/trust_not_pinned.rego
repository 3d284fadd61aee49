# METADATA
# title: The trust policy does not pin the role to its agent
# description: >-
#   A role that trusts Bedrock or AgentCore without a condition on the source can be assumed by the service for any
#   workload, of any account that may pass the role. Pinned is a role whose trust names the account and the one workload's
#   ARN; a wildcard such as agent/* leaves it open to every agent of the account.
# custom:
#   headline: "{subject} trusts {principals}, and its source ARN is {source_arn}"
#   severity: medium
#   category: trust
#   requires: [workloads, bindings, trust]
#   remediation: >-
#     Add StringEquals on aws:SourceAccount and ArnEquals on aws:SourceArn with the workload's own ARN to the role's trust
#     policy. Where the ARN is known only after the first deployment, start with the kind's wildcard and narrow it then.
#   example: |
#     AssumeRolePolicyDocument:
#       Statement:
#         - Effect: Allow
#           Principal: {Service: bedrock.amazonaws.com}
#           Action: sts:AssumeRole
#   controls:
#     owasp-nhi-2025: [NHI5]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-6, IA-9]
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
		"source_account": _all_pin_account(pins),
		"source_arn": trust.weakest({pin.source_arn | some pin in pins}),
		"patterns": sort({pattern | some pin in pins; some pattern in pin.patterns}),
		"workloads": sort(object.keys(inventory.holders(role))),
		"statements": [{"sid": pin.sid, "line": pin.line} | some pin in pins],
	},
} if {
	some role in input.roles
	inventory.is_governed(role)
	pins := [pin | some statement in role.trust; pin := trust.pin(statement)]
	some pin in pins
	not trust.is_pinned(pin)
}

_all_pin_account(pins) := count([1 | some pin in pins; not pin.source_account]) == 0

# Without any account in the trust another account's workload can be the one that acts.
_severity(pins) := "medium" if _open_account(pins)

_severity(pins) := "low" if not _open_account(pins)

_open_account(pins) if {
	some pin in pins
	not pin.account_known
}
