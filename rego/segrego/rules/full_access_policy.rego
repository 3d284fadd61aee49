# METADATA
# title: A managed policy gives full access
# description: >-
#   An AWS-managed policy that gives full access to a service is made for people who administer it. Held by an agent's
#   role it gives the agent everything of that service, on every resource, and AWS adds to it without asking. This
#   finding alone tells of such a policy: a wildcard in it is no finding of its own, nor are the ways to raise rights that
#   a role with AdministratorAccess or IAMFullAccess has anyway.
# custom:
#   headline: "{subject} holds {policies}"
#   severity: high
#   category: least-privilege
#   requires: [workloads, bindings, policies]
#   remediation: >-
#     Detach the policy, and grant the actions that the workload's tools call on the resources that they call them on.
#   example: |
#     Role:
#       ManagedPolicyArns: [arn:aws:iam::aws:policy/AmazonBedrockFullAccess]
#   controls:
#     owasp-nhi-2025: [NHI5]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-6]
# schemas:
#   - input: schema.input
package segrego.rules.full_access_policy

import data.segrego.lib.full_access
import data.segrego.lib.inventory

deny contains {
	"subject": role.id,
	"severity": _severity(names),
	"related": sort(object.keys(inventory.holders(role))),
	"evidence": {
		"policies": sort(names),
		"workloads": sort(object.keys(inventory.holders(role))),
	},
} if {
	some role in input.roles
	inventory.is_governed(role)
	names := {full_access.policies[id] | some id in role.policies}
	count(names) > 0
}

_severity(names) := "critical" if count(names & full_access.administrators) > 0

_severity(names) := "high" if count(names & full_access.administrators) == 0
