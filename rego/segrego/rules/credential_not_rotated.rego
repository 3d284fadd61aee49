# METADATA
# title: A credential of a tool is not rotated
# description: >-
#   A secret that an agent's tool is called with is older than the rotation period, is rotated less often than that, or
#   has rotation switched off. Whoever got hold of it once can act as the tool for as long.
# custom:
#   headline: "{subject} is not rotated: {reasons}"
#   severity: medium
#   category: lifecycle
#   requires: [credentials]
#   remediation: >-
#     Rotate the credential now, and switch on rotation with a period within thresholds.rotation_days. Better, call the
#     tool with short-lived tokens (OAuth 2.0 client credentials, or IAM).
#   example: |
#     CrmSecret:
#       Type: AWS::SecretsManager::Secret # and no AWS::SecretsManager::RotationSchedule
#       Properties: {Name: crm-api-key}
#   controls:
#     owasp-nhi-2025: [NHI7]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [IA-5]
#     csa-maestro-2025: [L4, L6]
#     mitre-atlas-5.6.0: [AML.T0012]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.credential_not_rotated

import data.segrego.lib.age

deny contains {
	"subject": credential.id,
	"severity": _severity(reasons),
	"related": array.concat(sort(credential.tools), [credential.holder | credential.holder != null]),
	"evidence": {
		"name": credential.name,
		"kind": credential.kind,
		"reasons": sort(reasons),
		"age_days": _age(credential),
		"rotation_days": credential.rotation_days,
		"limit_days": input.settings.thresholds.rotation_days,
	},
} if {
	some credential in input.credentials
	credential.kind != "static_key"
	reasons := {reason | some reason in _reasons; _holds(credential, reason)}
	count(reasons) > 0
}

default _age(_) := null

_age(credential) := age.days(credential.changed_ns)

_reasons := {"older_than_the_period", "rotated_too_rarely", "rotation_off"}

_holds(credential, "older_than_the_period") if {
	age.exceeds(credential.changed_ns, input.settings.thresholds.rotation_days)
}

_holds(credential, "rotated_too_rarely") if credential.rotation_days > input.settings.thresholds.rotation_days

_holds(credential, "rotation_off") if credential.rotation == "disabled"

# A value that is too old now is worse than one that will be.
_severity(reasons) := "medium" if reasons.older_than_the_period

_severity(reasons) := "low" if not reasons.older_than_the_period
