# METADATA
# title: The call leaves the agent's account
# description: >-
#   The resource lies in an account that is neither the agent's nor that of the tool that it calls.
# custom:
#   category: scope
#   remediation: >-
#     Register the tool with the account of what it reaches, or use an agent of that account.
#   controls:
#     owasp-nhi-2025: [NHI8]
#     nist-800-53-r5: [AC-6]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.outside_account

import data.segrego.runtime_lib.call

deny contains {"account": account, "own": sort(own)} if {
	account := call.resource_account
	own := {account | some account in [call.agent.account, call.tool.account]; account != null}
	count(own) > 0
	not own[account]
}
