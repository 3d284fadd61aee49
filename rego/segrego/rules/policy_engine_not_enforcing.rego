# METADATA
# title: No policy engine decides the calls through a gateway
# description: >-
#   A gateway without a policy engine, or with one that only logs, lets an authorized caller call every one of its tools with
#   any argument. LOG_ONLY is worse than it looks: the policies are written, and nothing follows from them.
# custom:
#   headline: "the calls through {subject} are not decided: its policy engine is {state}"
#   severity: low
#   category: accountability
#   requires: [workloads, authorization]
#   remediation: >-
#     Attach a policy engine to the gateway (PolicyEngineConfiguration), watch its decisions in LOG_ONLY for as long as a
#     test takes, and set its mode to ENFORCE.
#   example: |
#     Tools:
#       Type: AWS::BedrockAgentCore::Gateway
#       Properties:
#         Name: tools
#         AuthorizerType: CUSTOM_JWT
#         PolicyEngineConfiguration: {Arn: !GetAtt Engine.PolicyEngineArn, Mode: LOG_ONLY}
#   controls:
#     owasp-agentic-2026: [ASI02, ASI03]
#     owasp-agentic-threats-1.0: [T3]
#     nist-800-53-r5: [AC-24]
#     nist-ai-rmf-1.0: [MAP 4.2, MANAGE 2.4]
#     csa-maestro-2025: [L6]
#     mitre-atlas-5.6.0: [AML.T0053, AML.T0086, AML.M0028]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.policy_engine_not_enforcing

# Where the inbound authorization was read, the same answer would have told a policy engine.
deny contains {
	"subject": gateway.id,
	"severity": severity,
	"evidence": {"state": state, "policy_engine": _target(gateway), "tools": count(gateway.tools)},
} if {
	some gateway in input.workloads
	gateway.kind == "agentcore_gateway"
	gateway.inbound != null
	[state, severity] := _state(gateway)
}

_state(gateway) := ["absent", "low"] if gateway.policy_engine == null

_state(gateway) := ["log_only", "medium"] if gateway.policy_engine.mode == "LOG_ONLY"

default _target(_) := null

_target(gateway) := gateway.policy_engine.target
