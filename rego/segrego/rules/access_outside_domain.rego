# METADATA
# title: An agent's role reaches data of another domain
# description: >-
#   The role names data (a bucket, a table, a secret) that is labelled with a data domain which the agent does not
#   serve. Whatever talks the agent into it reaches that data. Only data that is labelled counts, and only an agent
#   whose own domains are known.
# custom:
#   headline: "{subject} serves {own}, and its role reaches {domains}"
#   severity: high
#   category: least-privilege
#   requires: [workloads, bindings, policies, actions, domains]
#   remediation: >-
#     Take the grants on that data out of the agent's role. If the agent needs it, declare the domain for the agent in
#     segrego.yaml, where somebody answers for it.
#   example: |
#     data_domains:
#       - {name: payroll, arns: ["arn:aws:s3:::payroll*"]}
#       - {name: orders, names: [orders-agent]} # whose role may s3:GetObject on arn:aws:s3:::payroll/*
#   controls:
#     owasp-nhi-2025: [NHI5]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-6]
# schemas:
#   - input: schema.input
package segrego.rules.access_outside_domain

import data.segrego.lib.access
import data.segrego.lib.domains
import data.segrego.lib.iam
import data.segrego.lib.inventory
import data.segrego.lib.reach

deny contains {
	"subject": workload.id,
	"severity": _severity(reached),
	"related": sort({entry.role | some entry in reached}),
	"evidence": {
		"own": sort(own),
		"domains": sort({domain | some entry in reached; some domain in entry.domains}),
		"reached": sort(reached),
	},
} if {
	some workload in input.workloads
	inventory.is_executor(workload)
	own := domains.direct(workload)
	count(own) > 0
	reached := {entry |
		some binding in workload.bindings
		role := inventory.role_by_id[binding.role]
		some grant in iam.grants(role)
		some resource in grant.resources
		others := reach.domains_of(role, grant, resource) - own
		count(others) > 0
		effects := iam.effects(role, grant)
		count(effects) > 0
		entry := {
			"resource": resource,
			"domains": sort(others),
			"role": role.id,
			"access": sort(object.keys(effects)),
			"policy": grant.policy,
			"file": grant.file,
			"line": grant.line,
			"conditional": grant.conditional,
		}
	}
	count(reached) > 0
}

_severity(reached) := "critical" if _changes(reached)

_severity(reached) := "high" if not _changes(reached)

_changes(reached) if {
	some entry in reached
	some class in entry.access
	access.changing[class]
}
