# METADATA
# title: Sessions of an agent live longer than needed
# description: >-
#   An agent's session holds its conversation, its memory and its credentials. One that idles on, or lives for days, can be
#   taken up by somebody else, and carries what it was told into tasks that have nothing to do with it.
# custom:
#   headline: "sessions of {subject} live too long: {reasons}"
#   severity: low
#   category: lifecycle
#   requires: [workloads, sessions]
#   remediation: >-
#     Lower the idle timeout (idleSessionTTLInSeconds, idleRuntimeSessionTimeout) and the maximum lifetime (maxLifetime) to
#     what one task takes.
#   example: |
#     OrdersRuntime:
#       Type: AWS::BedrockAgentCore::Runtime
#       Properties:
#         LifecycleConfiguration: {IdleRuntimeSessionTimeout: 14400, MaxLifetime: 604800}
#   controls:
#     owasp-nhi-2025: [NHI7]
#     owasp-agentic-2026: [ASI03, ASI06]
#     nist-800-53-r5: [AC-6]
#     csa-maestro-2025: [L4]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.agent_session_too_long

import data.segrego.lib.inventory

deny contains {
	"subject": workload.id,
	"evidence": {
		"reasons": sort(reasons),
		"idle_timeout_seconds": workload.idle_timeout_seconds,
		"idle_limit_seconds": _thresholds.idle_seconds,
		"max_lifetime_seconds": workload.max_lifetime_seconds,
		"lifetime_limit_seconds": _thresholds.lifetime_seconds,
	},
} if {
	some workload in input.workloads
	inventory.is_executor(workload)
	reasons := {reason | some reason in {"idle_timeout", "maximum_lifetime"}; _holds(workload, reason)}
	count(reasons) > 0
}

_thresholds := input.settings.thresholds

_holds(workload, "idle_timeout") if workload.idle_timeout_seconds > _thresholds.idle_seconds

_holds(workload, "maximum_lifetime") if workload.max_lifetime_seconds > _thresholds.lifetime_seconds
