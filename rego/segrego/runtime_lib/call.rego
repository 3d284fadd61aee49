# METADATA
# title: The call
# description: >-
#   What the agents bundle knows of the agent, the tool and the operation of a call. Everything here is undefined for what
#   is not registered, and names are compared exactly: no path, pattern or other spelling of a name is a registered one.
# schemas:
#   - input: schema.call_input
package segrego.runtime_lib.call

agent := data.segrego.agents.agents[input.agent]

tool := agent.tools[input.tool.name]

operation := tool.operations[input.tool.operation]

now := time.now_ns()

# The domains that the call touches: the tool's own, and the resource's.
domains := {domain | some domain in tool.domains} | resource_domains

# What the agents bundle says of a resource outweighs what the enforcement point says of it.
resource_domains := {_longest(_registered).domain} if count(_registered) > 0

resource_domains := {domain | domain := input.resource.domain; domain != null} if count(_registered) == 0

_registered := [entry |
	some entry in data.segrego.agents.resources
	startswith(input.resource.arn, entry.prefix)
]

_longest(entries) := entry if {
	lengths := [count(entry.prefix) | some entry in entries]
	some entry in entries
	count(entry.prefix) == max(lengths)
}

# arn:partition:service:region:account:resource
resource_account := input.resource.account if input.resource.account != null

resource_account := account if {
	input.resource.account == null
	account := split(input.resource.arn, ":")[4]
	account != ""
}

# Account and name of a role, by which an assumed-role session (whose ARN lacks the role's path) and the role compare.
role_key(arn) := concat("/", [fields[4], parts[count(parts) - 1]]) if {
	fields := split(arn, ":")
	fields[2] == "iam"
	parts := split(fields[5], "/")
	parts[0] == "role"
}

role_key(arn) := concat("/", [fields[4], parts[1]]) if {
	fields := split(arn, ":")
	fields[2] == "sts"
	parts := split(fields[5], "/")
	parts[0] == "assumed-role"
}
