# METADATA
# title: Agent classes
# description: >-
#   Whether an agent class holds: somebody approved it, the approval stands, its members are what was approved, and they
#   are equivalent: whatever one of them is, uses or may do, all of them do.
# schemas:
#   - input: schema.input
package segrego.lib.classes

import data.segrego.lib.domains
import data.segrego.lib.iam
import data.segrego.lib.inventory

# The names of the classes with which nothing is wrong. Only these excuse sharing.
sound := {class.name |
	some class in input.agent_classes
	count(faults(class)) == 0
	not is_changed(class)
	count(differences[class.name]) == 0
}

# What is wrong with the approval of a class.
faults(class) := ({"it names no approver" | not _has_approver(class)} | {"it never expires" | class.expires_at_ns == null}) | {"it has expired" | not _is_running(class)}

_has_approver(class) if {
	is_string(class.approver)
	class.approver != ""
}

# Without the time of the evaluation nothing is known to run still.
_is_running(class) if class.expires_at_ns == null

_is_running(class) if {
	is_number(input.evaluated_at_ns)
	class.expires_at_ns > input.evaluated_at_ns
}

# Whether members are no longer what was approved. Where no fingerprint was written down, nobody can tell.
is_changed(class) if {
	is_string(class.approved)
	class.approved != class.fingerprint
}

# Class name to the aspects in which its members differ, each with what is not common to all of them.
differences := {class.name: found |
	some class in input.agent_classes
	profiles := {id: _profile(inventory.workload_by_id[id]) | some id in class.members}
	found := [difference |
		some aspect in sort({aspect | some profile in profiles; some aspect, _ in profile})
		by_member := {id: object.get(profile, aspect, set()) | some id, profile in profiles}
		count({values | some values in by_member}) > 1
		common := intersection({values | some values in by_member})
		difference := {
			"aspect": aspect,
			"members": [{"id": id, "values": sort(by_member[id] - common)} | some id in sort(object.keys(by_member))],
		}
	]
}

# Aspect to values. An aspect that is not known of one member and known of another tells them apart.
_profile(workload) := object.union(
	{
		"kind": {workload.kind},
		"account": {account | account := inventory.account(workload)},
		"environment": {value | value := workload.environment.value},
		"purpose": {value | value := workload.purpose.value},
		"domains": domains.of(workload),
		"sensitivities": domains.sensitivities(workload),
		"hosted agents": {name | some name in workload.hosted_agents},
		"tools": {text | some id in workload.tools; text := _tool(workload, inventory.tool_by_id[id])},
		"operations": {text |
			some id in workload.tools
			some operation in inventory.tool_by_id[id].operations
			text := _operation(inventory.tool_by_id[id], operation)
		},
		"access": {class |
			some role in _roles(workload)
			some grant in iam.grants(role)
			some class, _ in iam.gains(role, grant, inventory.family(workload.kind))
		},
		"grants": {text | some role in _roles(workload); some text in _grants(workload, role)},
	},
	{relation: targets |
		some relation in {use.relation | some use in workload.uses}
		targets := {_target(workload, use.target) | some use in workload.uses; use.relation == relation}
	},
)

_roles(workload) := {role | some binding in workload.bindings; role := inventory.role_by_id[binding.role]}

_tool(workload, tool) := concat(" ", array.concat(
	[tool.name, concat("", ["(", concat(", ", [tool.kind, tool.state]), ")"])],
	[concat(" ", ["on", _target(workload, tool.target)]) | tool.target != null],
))

_operation(tool, operation) := concat(" ", array.concat(
	[concat(".", [tool.name, operation.name])],
	array.concat(
		array.concat([operation.method | operation.method != null], [operation.access | operation.access != null]),
		["with confirmation" | operation.confirmation],
	),
))

# One agent in each region is one agent still: the region of a member's own is no difference.
_target(workload, target) := _without_region(workload, _arn(target))

_arn(target) := arn if {
	arn := _known_arn(target)
	arn != null
}

_arn(target) := target if _known_arn(target) == null

_known_arn(target) := object.get(
	inventory.workload_by_id, [target, "arn"],
	object.get(inventory.resource_by_id, [target, "arn"], null),
)

_without_region(workload, text) := replace(text, concat("", [":", workload.region, ":"]), ":*:") if workload.region != null

_without_region(workload, text) := text if workload.region == null

# Everything that decides what a role may do, as text; equal texts are equal rights.
_grants(workload, role) := (_texts(workload, "", role.policies) | _texts(workload, "boundary: ", [role.boundary])) | {text |
	"policies" in role.unread
	text := concat(" ", ["not read:", role.id])
}

_texts(workload, prefix, policies) := {text |
	some id in policies
	some statement in inventory.policy_by_id[id].statements
	text := concat("", [prefix, _without_region(workload, _statement(statement))])
} | {text |
	some id in policies
	not inventory.policy_by_id[id].read
	text := concat(" ", ["not read:", id])
}

_statement(statement) := concat(" ", array.concat(
	[
		lower(statement.effect),
		_either(statement.actions, statement.not_actions),
		"on",
		_either(statement.resources, statement.not_resources),
	],
	sort([text | some condition in statement.conditions; text := _condition(condition)]),
))

_either(named, _) := concat(", ", sort(named)) if count(named) > 0

_either(named, excepted) := concat(" ", ["everything but", concat(", ", sort(excepted))]) if count(named) == 0

_condition(condition) := concat(" ", [
	concat("", ["if ", condition.qualifier, condition.operator, {true: " (if there)", false: ""}[condition.if_exists]]),
	condition.key,
	concat(", ", sort(condition.values)),
])
