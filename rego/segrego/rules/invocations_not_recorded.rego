# METADATA
# title: CloudTrail does not record calls of agents
# description: >-
#   Calls of agents, flows, runtimes and gateways are data events, which no trail records unless it is told to. Without them
#   nobody can say who called which agent, and when.
# custom:
#   headline: "no trail records calls of {kinds} in {subject}"
#   severity: medium
#   category: accountability
#   requires: [telemetry]
#   remediation: >-
#     Add an advanced event selector for each resource type that is missing to a trail or event data store: eventCategory
#     Data, and resources.type as named in the evidence.
#   example: |
#     # agents run in eu-west-1, and no trail has a selector with resources.type AWS::Bedrock::AgentAlias
#   controls:
#     owasp-agentic-2026: [ASI10]
#     owasp-agentic-threats-1.0: [T8]
#     nist-800-53-r5: [AU-10, AU-12]
#     nist-ai-rmf-1.0: [MEASURE 2.8, MANAGE 4.1]
#     csa-maestro-2025: [L5]
#     aws-agentic-ai-lens: [AGENTSEC05]
# schemas:
#   - input: schema.input
package segrego.rules.invocations_not_recorded

import data.segrego.lib.telemetry

# What a file says of one trail says nothing of an account's others: only accounts are judged.
deny contains {
	"subject": recorded.id,
	"evidence": {
		"account": recorded.account,
		"region": recorded.region,
		"kinds": sort(missing),
		"resource_types": sort({_types[kind][0] | some kind in missing}),
	},
} if {
	some recorded in input.telemetry
	recorded.account != null
	events := {event | some event in recorded.data_events}
	missing := {kind |
		some kind in telemetry.kinds(recorded)
		_types[kind]
		count(events & {type | some type in _types[kind]}) == 0
	}
	is_array(recorded.data_events)
	count(missing) > 0
}

_types := data.segrego.tables.data_events
