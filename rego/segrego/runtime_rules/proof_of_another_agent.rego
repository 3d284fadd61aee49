# METADATA
# title: The proof is of another agent than the one that calls
# description: >-
#   A token of one agent was shown for the call of another. The token was taken, lent or mixed up.
# custom:
#   category: proof
#   remediation: >-
#     Have every agent send its own token, and look for where this one came from.
#   controls:
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [IA-9, AU-10]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.proof_of_another_agent

import data.segrego.runtime_lib.token

deny contains {"agent": input.agent, "proven": sort(others)} if {
	others := token.proven_agents - {input.agent}
	count(others) > 0
}
