# METADATA
# title: The process runs under a role that is not the agent's own
# description: >-
#   The agent is registered with other roles than the one that its credentials are of: it runs under a shared or a
#   borrowed identity.
# custom:
#   category: scope
#   remediation: >-
#     Start the agent under its own role, or register the role that is now its own.
#   controls:
#     owasp-agentic-2026: [ASI03]
#     owasp-nhi-2025: [NHI9]
#     nist-800-53-r5: [AC-6, AU-10]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.role_mismatch

import data.segrego.runtime_lib.call

deny contains {"role": input.role, "own": sort({role | some role in call.agent.roles})} if {
	call.agent
	not _is_own
}

_is_own if {
	[partition, account, name] := _acting
	some role in call.agent.roles
	startswith(role, concat("", ["arn:", partition, ":iam::", account, ":role/"]))
	endswith(role, concat("", ["/", name]))
}

# Partition, account and name of the role that the process runs under. The ARN of a session leaves out the role's path.
_acting := [partition, account, name] if {
	["arn", partition, "sts", _, account, session] = split(input.role, ":")
	parts := split(session, "/")
	parts[0] == "assumed-role"
	name := parts[1]
	count(parts) > 2
} else := [partition, account, name] if {
	["arn", partition, "iam", _, account, role] = split(input.role, ":")
	parts := split(role, "/")
	parts[0] == "role"
	name := parts[count(parts) - 1]
}
