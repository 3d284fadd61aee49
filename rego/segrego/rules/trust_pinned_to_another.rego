# METADATA
# title: The trust policy names another workload than the role's own
# description: >-
#   The conditions of a role's trust pin it to the ARN of a workload that does not hold the role: of another agent, of an
#   agent that is gone, or of another kind. The service assumes the role for that workload just as well, so that one
#   identity serves two purposes; a copied trust policy is the usual cause.
# custom:
#   headline: "{subject} may be assumed for {named}, which does not hold it"
#   severity: medium
#   category: trust
#   requires: [workloads, bindings, trust]
#   remediation: Leave in aws:SourceArn the ARN of the one workload that holds the role, and take out every other.
#   example: |
#     Condition:
#       StringEquals: {aws:SourceAccount: "111122223333"}
#       ArnLike:
#         aws:SourceArn:
#           - arn:aws:bedrock:us-east-1:111122223333:agent/ORDERSAGNT # holds the role
#           - arn:aws:bedrock:us-east-1:111122223333:agent/BILLINGAGT # has a role of its own
#   controls:
#     owasp-nhi-2025: [NHI9]
#     owasp-agentic-2026: [ASI03]
#     owasp-agentic-threats-1.0: [T9]
#     nist-800-53-r5: [AC-6, IA-9]
#     csa-maestro-2025: [L6, T1]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.trust_pinned_to_another

import data.segrego.lib.inventory
import data.segrego.lib.trust

deny contains {
	"subject": role.id,
	"severity": _severity(named),
	"related": array.concat(sort(object.keys(inventory.holders(role))), sort(named & _arns)),
	"evidence": {
		"named": sort(named),
		"names_its_own": count(patterns - named) > 0,
		"workloads": sort(object.keys(inventory.holders(role))),
	},
} if {
	some role in input.roles
	holders := [inventory.workload_by_id[id] | some id, _ in inventory.holders(role)]
	pins := trust.pins_by_role[role.id]
	named := {pattern | some pin in pins; some pattern in trust.foreign(pin, holders)}
	count(named) > 0
	patterns := {pattern | some pin in pins; some pattern in pin.patterns}
}

_arns := {workload.arn | some workload in input.workloads}

_names := {[data.segrego.tables.assumed_by[workload.kind].sources[0], lower(workload.name)] |
	some workload in input.workloads
}

# An ARN that the inventory does not know is a leftover, or something out of sight.
_severity(named) := "medium" if count([1 | some pattern in named; _is_known(pattern)]) > 0

_severity(named) := "low" if count([1 | some pattern in named; _is_known(pattern)]) == 0

_is_known(pattern) if _arns[pattern]

_is_known(pattern) if _names[trust.named_source(pattern)]
