# METADATA
# title: Through its tools and collaborators an agent reaches more than it may
# description: >-
#   What an agent may do is its own role, and the roles of everything that it can set in motion: its tools' functions,
#   its collaborators, flows, and what these call in turn. Along such a chain this agent reaches what it is meant not to
#   have: changes for an agent that only retrieves, the administration of rights or resources, data of a domain that it
#   does not serve, or another environment.
# custom:
#   headline: "through {via}, {subject} reaches {more}"
#   severity: high
#   category: least-privilege
#   requires: [workloads, bindings, tools, uses, policies, actions]
#   remediation: >-
#     Cut the chain where it leaves what the agent is for: a collaborator or tool of the agent's own domain and
#     environment, and no tool that administers.
#   example: |
#     Resources:
#       FaqAgent: # purpose: retrieval
#         Type: AWS::Bedrock::Agent
#         Properties: {ActionGroups: [{ActionGroupName: orders, ActionGroupExecutor: {Lambda: !GetAtt OrdersFunction.Arn}}]}
#       OrdersFunction: # whose role may dynamodb:PutItem
#         Type: AWS::Lambda::Function
#   controls:
#     owasp-agentic-2026: [ASI02, ASI03, ASI07]
#     owasp-nhi-2025: [NHI5]
#     nist-800-53-r5: [AC-5, AC-6]
# schemas:
#   - input: schema.input
package segrego.rules.transitive_reach

import data.segrego.lib.access
import data.segrego.lib.calls
import data.segrego.lib.domains
import data.segrego.lib.inventory

deny contains {
	"subject": workload.id,
	"severity": _severity(reached),
	"related": sort({entry.workload | some entry in reached}),
	"evidence": {
		"via": sort({inventory.workload_by_id[entry.workload].name | some entry in reached}),
		"more": sort({more | some entry in reached; some more in entry.more}),
		"reached": sort(reached),
	},
} if {
	some workload in input.workloads
	inventory.is_executor(workload)
	own := domains.direct(workload)
	reached := {entry |
		some id, path in calls.from(workload)
		other := inventory.workload_by_id[id]
		more := _more(workload, own, other)
		count(more) > 0
		entry := {"workload": id, "path": path, "more": sort(more)}
	}
	count(reached) > 0
}

_more(workload, own, other) := ((_changes(workload, other) | _administers(other)) | _domains(own, other)) | _environment(workload, other)

_changes(workload, other) := {class |
	workload.purpose.value == "retrieval"
	some class in calls.access_of(other)
	access.changing[class]
}

_administers(other) := {"administer"} & calls.access_of(other)

_domains(own, other) := {concat(" ", ["domain", domain]) |
	count(own) > 0
	some domain in (domains.direct(other) - own)
}

_environment(workload, other) := {concat(" ", ["environment", other.environment.value]) |
	workload.environment.value != other.environment.value
}

_severity(reached) := "critical" if _is_worst(reached)

_severity(reached) := "high" if not _is_worst(reached)

_is_worst(reached) if {
	some entry in reached
	"administer" in entry.more
}
