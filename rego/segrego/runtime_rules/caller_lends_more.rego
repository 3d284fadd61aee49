# METADATA
# title: A caller would get through this agent what it does not have itself
# description: >-
#   An agent that is called by others acts for them. If one of them may not do what the call does, the call is how it
#   would do it all the same (the confused deputy).
# custom:
#   category: context
#   remediation: >-
#     Call an agent that has no more than its callers, or register the collaboration and the callers' domains.
#   controls:
#     owasp-agentic-2026: [ASI03, ASI07]
#     nist-800-53-r5: [AC-6]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.caller_lends_more

import data.segrego.runtime_lib.call
import data.segrego.runtime_lib.chain

deny contains {"caller": link.caller.agent, "lacks": sort(lacks)} if {
	some link in chain.links
	lacks := chain.lacks(link, call.domains)
	count(lacks) > 0
}
