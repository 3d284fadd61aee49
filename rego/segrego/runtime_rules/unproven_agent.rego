# METADATA
# title: Nothing proves who runs
# description: >-
#   No valid proof came with the call: no token at all, or one whose signature, issuer, audience, algorithm or time does
#   not hold. Anybody could say that it is this agent.
# custom:
#   category: proof
#   remediation: >-
#     Send the workload's own token, or a task grant, of an issuer in the agents bundle.
#   controls:
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [IA-9]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.unproven_agent

import data.segrego.runtime_lib.token

deny contains {"agent": input.agent, "shown": _shown} if count(token.proven_agents) == 0

_shown := sort({kind | some kind in ["grant", "proof"]; is_string(input[kind])})
