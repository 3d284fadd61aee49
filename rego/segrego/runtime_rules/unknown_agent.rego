# METADATA
# title: The agent is not registered
# description: >-
#   The agents bundle does not know the agent, so nothing is known that it may do.
# custom:
#   category: proof
#   remediation: >-
#     Add the agent to the inventory and publish the agents bundle.
#   controls:
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-24, IA-9]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.unknown_agent

import data.segrego.runtime_lib.call

deny contains {"agent": input.agent} if not call.agent
