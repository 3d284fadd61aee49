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

import data.segrego.lib.access
import data.segrego.lib.age
import data.segrego.lib.iam
import data.segrego.lib.inventory

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
	_is_of_agents(credential)
	reasons := {reason | some reason in _reasons; _holds(credential, reason)}
	count(reasons) > 0
}

# A provider of AgentCore Identity, or a secret that a tool, a workload, or a role of theirs is tied to. Any other secret
# of a template or an account is somebody else's.
_is_of_agents(credential) if credential.kind in {"api_key", "oauth2"}

_is_of_agents(credential) if {
	credential.kind == "secret"
	count(credential.tools) > 0
}

_is_of_agents(credential) if {
	credential.kind == "secret"
	inventory.workload_by_id[credential.holder]
}

_is_of_agents(credential) if {
	credential.kind == "secret"
	some name in {credential.id, credential.arn}
	_tied[name]
}

_tied := {use.target | some workload in input.workloads; some use in workload.uses} | {resource |
	some role in input.roles
	inventory.is_governed(role)
	some grant in iam.grants(role)
	_reading_lists[grant.actions]
	some resource in grant.resources
	iam.level_of(role, grant, "secretsmanager:getsecretvalue", resource) > 0
}

_reading_lists := {list |
	some list in access.action_lists
	some text in list
	access.matches(text, "secretsmanager:getsecretvalue")
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
