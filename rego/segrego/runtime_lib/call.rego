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
domains := {domain | some domain in tool.domains} | {domain | some domain in resource_domains}

# What the agents bundle says of a resource outweighs what the enforcement point says of it.
resource_domains := [] if {
	is_null(input.resource)
} else := data.segrego.agents.resources.domains[_registered_prefix] if {
	_registered_prefix
} else := [domain | domain := input.resource.domain; domain != null]

# The longest beginning of the resource's ARN that is registered. Looked up for each length there is, since there are
# far fewer lengths than resources.
_registered_prefix := substring(input.resource.arn, 0, max(lengths)) if {
	lengths := [length |
		some length in data.segrego.agents.resources.lengths
		data.segrego.agents.resources.domains[substring(input.resource.arn, 0, length)]
	]
}

# arn:partition:service:region:account:resource
resource_account := input.resource.account if {
	input.resource.account != null
} else := account if {
	account := split(input.resource.arn, ":")[4]
	account != ""
}
