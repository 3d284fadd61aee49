# METADATA
# title: Reading the inventory
# description: >-
#   The only reader of the inventory's arrays. Every index is an object comprehension without a join, which is linear on
#   every engine; groupings (a role's bindings, a workload's tools) are facts of the document.
# schemas:
#   - input: schema.input
package segrego.lib.inventory

workload_by_id := {workload.id: workload | some workload in input.workloads}

role_by_id := {role.id: role | some role in input.roles}

policy_by_id := {policy.id: policy | some policy in input.policies}

tool_by_id := {tool.id: tool | some tool in input.tools}

resource_by_id := {resource.id: resource | some resource in input.resources}

account_by_id := {account.id: account | some account in input.accounts}

# An ARN (or the expression that stands for one) to the ids of what bears it and of the resource policies on it.
arn_by_text := {entry.arn: entry | some entry in input.arns}

# The workloads, resources and roles that bear an ARN: usually one, more where sources overlap.
entities(arn) := [entity |
	some id in arn_by_text[arn].ids
	some index in [workload_by_id, resource_by_id, role_by_id]
	entity := index[id]
]

# The resource policies that were found on an ARN.
resource_policies(arn) := [resource_policy_by_id[id] | some id in arn_by_text[arn].policies]

resource_policy_by_id := {policy.id: policy | some policy in input.resource_policies}

class_by_name := {class.name: class | some class in input.agent_classes}

# The families whose members decide, or carry out a flow of decisions, under the role.
executor_families := {"agent", "flow"}

# An unknown kind is a family of its own: it never passes for one of ours.
family(kind) := object.get(data.segrego.tables.kinds, [kind, "family"], kind)

# The workloads that hold a role, each once however many slots hold it: id to family.
holders(role) := {binding.workload: family(binding.kind) | some binding in role.bindings}

# The agents (and the flows) on a role that hold it together with another of their own family.
sharers(role) := {workload |
	held := holders(role)
	some workload, kind in held
	kind in executor_families
	count([other | some other, other_kind in held; other_kind == kind]) > 1
}

is_executor(workload) if family(workload.kind) in executor_families

# Whether anything of Bedrock, or the function of a tool, runs under the role. Other roles are out of scope.
is_governed(role) if {
	some binding in role.bindings
	_is_governed_binding(binding)
}

_is_governed_binding(binding) if not family(binding.kind) in {"function", "principal"}

_is_governed_binding(binding) if count(workload_by_id[binding.workload].serves) > 0

# Agents are of one class if all declare the same one, and its approval stands at the time of the evaluation.
same_class(workloads) if {
	classes := {workload_by_id[id].agent_class | some id in workloads}
	count(classes) == 1
	some name in classes
	_is_approved(class_by_name[name])
}

_is_approved(class) if {
	class.approver != null
	is_number(input.evaluated_at_ns)
	is_number(class.expires_at_ns)
	class.expires_at_ns > input.evaluated_at_ns
}

# A workload on a role, as evidence shows it: who it is, through which slots it holds the role, and where it is defined.
member(role, id) := {
	"id": id,
	"name": workload.name,
	"kind": workload.kind,
	"slot": concat(", ", sort([_slot(binding) | some binding in role.bindings; binding.workload == id])),
	"address": address(workload),
	"file": place(workload).file,
	"line": place(workload).line,
} if {
	workload := workload_by_id[id]
}

_slot(binding) := concat(" ", array.concat([binding.slot], array.concat(_version(binding), _via(binding))))

_version(binding) := [binding.version | binding.version != null]

_via(binding) := [concat("", ["(", concat(", ", sort(binding.via)), ")"]) | count(binding.via) > 0]

# What a person calls an entity: its address in the source, else its id, which is then an ARN.
address(entity) := place(entity).address if place(entity).address != null

address(entity) := entity.id if place(entity).address == null

place(entity) := entity.location if entity.location != null

place(entity) := {"source": null, "file": null, "line": null, "address": null} if entity.location == null
