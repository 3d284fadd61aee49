# METADATA
# title: Services that the role may use have not been used for long
# description: >-
#   IAM's service last accessed details show which of the granted services the role has used. A service that was not
#   used for longer than the configured days (thresholds.unused_days) is not needed, and is only there for whoever takes
#   the role over. The details are collected on request.
# custom:
#   headline: "{subject} has not used {services} for {days} days"
#   severity: low
#   category: least-privilege
#   requires: [workloads, bindings, policies, actions, service_access]
#   remediation: >-
#     Take the grants for these services out of the role's policies.
#   example: |
#     Role:
#       ServiceLastAccessed: {s3: 2 days ago, dynamodb: 200 days ago} # and both are granted
#   controls:
#     owasp-nhi-2025: [NHI1, NHI5]
#     nist-800-53-r5: [AC-2, AC-6(7)]
# schemas:
#   - input: schema.input
package segrego.rules.unused_grants

import data.segrego.lib.iam
import data.segrego.lib.inventory

deny contains {
	"subject": role.id,
	"related": sort(object.keys(inventory.holders(role))),
	"evidence": {
		"services": sort(object.keys(unused)),
		"last_accessed_ns": unused,
		"days": input.settings.thresholds.unused_days,
	},
} if {
	some role in input.roles
	inventory.is_governed(role)
	is_number(input.evaluated_at_ns)
	_is_older(object.get(role, "created_ns", null))
	accessed := {service.service: service.last_accessed_ns | some service in role.service_access}
	unused := {service: accessed[service] |
		some service in _granted_services(role)
		_is_older(accessed[service])
	}
	count(unused) > 0
}

# Services with a grant that does more than every workload's own telemetry. Everything ("*") names none that is told of.
_granted_services(role) := {split(name, ":")[0] |
	some grant in iam.grants(role)
	some _, names in iam.effects(role, grant)
	some name in names
}

# A moment before the threshold; 0 stands for "never in the tracking period". What is not known is not old.
_is_older(moment) if {
	is_number(moment)
	moment < input.evaluated_at_ns - (((input.settings.thresholds.unused_days * 24) * 3600) * 1000000000)
}
