# METADATA
# title: An agent's role may be assumed by another agent's role
# description: >-
#   The role of one agent lets the role of another take it on, at once or through roles in between. Whatever makes the first
#   agent act makes it act as the second as well, under a name that is not its own.
# custom:
#   headline: "{subject} may be assumed by {roles}"
#   severity: high
#   category: trust
#   requires: [workloads, bindings, trust, policies]
#   remediation: >-
#     Take the other agent's role out of the trust policy and sts:AssumeRole out of that role's permissions. Let the
#     first agent call the second (as a collaborator, or through a gateway) instead of becoming it.
#   example: |
#     BillingRole:
#       Type: AWS::IAM::Role
#       Properties:
#         AssumeRolePolicyDocument:
#           Statement:
#             - Effect: Allow
#               Principal: {Service: bedrock.amazonaws.com, AWS: !GetAtt OrdersRole.Arn}
#               Action: sts:AssumeRole
#   controls:
#     owasp-nhi-2025: [NHI5, NHI9]
#     owasp-agentic-2026: [ASI03, ASI07]
#     owasp-agentic-threats-1.0: [T3, T9]
#     nist-800-53-r5: [AC-5, AC-6]
#     csa-maestro-2025: [L6, L7, T1]
#     mitre-atlas-5.6.0: [AML.T0012, AML.M0032]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.trust_chain

import data.segrego.lib.chains
import data.segrego.lib.inventory

deny contains {
	"subject": id,
	"related": sort(sources),
	"evidence": {
		"roles": [_shown[source] | some source in sort(sources)],
		"through": {source: sort({inventory.address(inventory.role_by_id[between]) | some between in betweens}) |
			some source in sources
			betweens := chains.through(id, source)
			count(betweens) > 0
		},
		"workloads": sort(holders),
	},
} if {
	some id, _ in chains.assumers
	holders := _holders[id]
	sources := {source |
		some source in chains.reaching(id)
		count(_holders[source] - holders) > 0
	}
	count(sources) > 0
}

# Who runs under each role that is governed at all. Worked out once: a role may get to many.
_holders := {role.id: object.keys(inventory.holders(role)) |
	some role in input.roles
	inventory.is_governed(role)
}

_shown := {id: {"id": id, "name": inventory.address(inventory.role_by_id[id]), "workloads": sort(holders)} |
	some id, holders in _holders
}
