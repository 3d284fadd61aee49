# METADATA
# title: Model invocation logging is off
# description: >-
#   Bedrock does not log model invocations in an account and region where agents run. What an agent was asked, what the model
#   answered and which identity called it is then written down nowhere that the agent's own code does not control.
# custom:
#   headline: "Bedrock does not log model invocations in {subject}"
#   severity: medium
#   category: accountability
#   requires: [telemetry]
#   remediation: >-
#     Switch on model invocation logging in the region (PutModelInvocationLoggingConfiguration), to a bucket or log group that
#     no agent's role may change.
#   example: |
#     # GetModelInvocationLoggingConfiguration answers without a loggingConfig in eu-west-1, where agents run
#   controls:
#     owasp-agentic-2026: [ASI10]
#     owasp-agentic-threats-1.0: [T8]
#     nist-800-53-r5: [AU-10, AU-12]
#     nist-ai-rmf-1.0: [MEASURE 2.8, MANAGE 4.1]
#     csa-maestro-2025: [L5]
#     aws-agentic-ai-lens: [AGENTSEC05]
# schemas:
#   - input: schema.input
package segrego.rules.invocation_logging_off

import data.segrego.lib.inventory
import data.segrego.lib.telemetry

deny contains {
	"subject": recorded.id,
	"evidence": {"account": recorded.account, "region": recorded.region, "kinds": sort(kinds)},
} if {
	some recorded in input.telemetry
	recorded.invocation_logging == false
	kinds := {kind |
		some kind in telemetry.kinds(recorded)
		inventory.family(kind) in inventory.executor_families
	}
	count(kinds) > 0
}
