# METADATA
# title: The call leaves the agent's data domains
# description: >-
#   The tool or the resource holds data of a domain that the agent does not serve.
# custom:
#   category: scope
#   remediation: >-
#     Use an agent of that domain, or give this one the domain in segrego.yaml.
#   controls:
#     owasp-nhi-2025: [NHI5]
#     nist-800-53-r5: [AC-6]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.outside_domain

import data.segrego.runtime_lib.call

deny contains {"domains": sort(others), "own": sort(own)} if {
	own := {domain | some domain in call.agent.domains}
	others := call.domains - own
	count(others) > 0
}
