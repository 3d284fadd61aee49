# METADATA
# title: A workload carries a static credential
# description: >-
#   A long-lived key stands in an environment variable of an agent or of a tool's function. It outlives every session, is
#   readable for whoever may read the configuration, and an AWS key there takes the place of the workload's own role, so that
#   neither its permissions nor its trail say anything any more.
# custom:
#   headline: "{subject} carries {names} in its environment"
#   severity: high
#   category: lifecycle
#   requires: [workloads, credentials]
#   remediation: >-
#     Delete the key where it was issued, and take the variable out. AWS is called with the workload's own role; for
#     anything else take a credential provider of AgentCore Identity, or read a rotated secret when it is needed.
#   example: |
#     OrdersFunction:
#       Type: AWS::Lambda::Function
#       Properties:
#         Environment: {Variables: {PARTNER_API_KEY: sk-live-4e2…}}
#   controls:
#     owasp-nhi-2025: [NHI2, NHI7]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [IA-5]
#     csa-maestro-2025: [L4, L6]
#     mitre-atlas-5.6.0: [AML.T0012]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.static_credential

import data.segrego.lib.inventory

# Only names are known here, never a value.
deny contains {
	"subject": workload.id,
	"related": sort(keys),
	"evidence": {"names": sort(names)},
} if {
	some workload in input.workloads
	keys := {id | some id in workload.credentials; inventory.credential_by_id[id].kind == "static_key"}
	names := {inventory.credential_by_id[id].name | some id in keys} | {name |
		some name in workload.variables
		data.segrego.tables.key_variables[lower(name)]
	}
	count(names) > 0
}

# One whose workload the inventory does not hold.
deny contains {"subject": credential.id, "evidence": {"names": [credential.name]}} if {
	some credential in input.credentials
	credential.kind == "static_key"
	not inventory.workload_by_id[credential.holder]
}
