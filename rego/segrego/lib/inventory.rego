# METADATA
# title: Reading the inventory
# description: >-
#   The only reader of the inventory's arrays. Every index is an object comprehension without a join, which is linear on
#   every engine; groupings (a role's bindings, a workload's tools) are facts of the document.
# schemas:
#   - input: schema.input
package segrego.lib.inventory

import data.segrego.lib.deployments

workload_by_id := {workload.id: workload | some workload in input.workloads}

role_by_id := {role.id: role | some role in input.roles}

policy_by_id := {policy.id: policy | some policy in input.policies}

tool_by_id := {tool.id: tool | some tool in input.tools}

credential_by_id := {credential.id: credential | some credential in input.credentials}

telemetry_by_id := {telemetry.id: telemetry | some telemetry in input.telemetry}

resource_by_id := {resource.id: resource | some resource in input.resources}

# A class is the subject of findings by a name that no other entity has.
class_by_subject := {class_subject(class): {"id": class_subject(class), "location": class.location} |
	some class in input.agent_classes
}

class_subject(class) := concat("", ["agent class ", class.name])

# By rule and subject, of which the harness leaves one exception each: the one that ends last.
exception_by_key := {[exception.rule, exception.subject]: exception | some exception in input.exceptions}

exception_by_id := {exception_id(exception): exception | some exception in input.exceptions}

# Exceptions bear no id: what one is known by.
exception_id(exception) := concat(" on ", [exception.rule, exception.subject])

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

# The families whose members decide, or carry out a flow of decisions, under the role.
executor_families := {"agent", "flow"}

# An unknown kind is a family of its own: it never passes for one of ours.
family(kind) := data.segrego.tables.kinds[kind].family

family(kind) := kind if not data.segrego.tables.kinds[kind].family

# The workloads that hold a role, each once however many slots hold it: id to family.
holders(role) := {binding.workload: family(binding.kind) | some binding in role.bindings}

# The agents (and the flows) on a role that hold it together with another of their own family. Those that never exist
# beside another share nothing.
sharers(role) := deployments.companions({workload: kind |
	some workload, kind in holders(role)
	kind in executor_families
})

is_executor(workload) if executor_families[family(workload.kind)]

# Whether anything of Bedrock, or the function of a tool, runs under the role. Other roles are out of scope.
is_governed(role) if _governed[role.id]

_governed := {role.id |
	some role in input.roles
	some binding in role.bindings
	_is_governed_binding(binding)
}

_is_governed_binding(binding) if {
	not _ungoverned_families[family(binding.kind)]
}

_ungoverned_families := {"function", "principal"}

_is_governed_binding(binding) if some _ in workload_by_id[binding.workload].serves

# Agents that may share: all are declared to be of one class, and nothing is wrong with that class.
same_class(workloads) if {
	classes := {workload_by_id[id].agent_class | some id in workloads}
	count(classes) == 1
	some name in classes
	data.segrego.lib.classes.sound[name]
}

# The agents and flows behind a workload: itself, or whoever has it as a tool or uses it, through a gateway as well. A
# user that no agent is known to be behind stands for its own callers. Workload id to ids.
agents_behind := {workload.id: _agents_behind(workload) | some workload in input.workloads}

_agents_behind(workload) := {workload.id} if is_executor(workload)

_agents_behind(workload) := {agent |
	some caller in _callers(workload)
	some agent in _as_agents(workload_by_id[caller])
} if {
	not is_executor(workload)
}

_callers(workload) := {tool_by_id[id].owner | some id in workload.serves} | {user.workload | some user in workload.used_by}

_as_agents(caller) := {caller.id} if is_executor(caller)

_as_agents(caller) := found if {
	not is_executor(caller)
	found := {id | some id in _callers(caller); is_executor(workload_by_id[id])}
	count(found) > 0
}

_as_agents(caller) := {caller.id} if {
	not is_executor(caller)
	count([1 | some id in _callers(caller); is_executor(workload_by_id[id])]) == 0
}

# The account of a workload or role, as it is said or as the ARN says it; undefined where neither is known.
account(entity) := entity.account if _is_account(entity.account)

account(entity) := found if {
	not _is_account(entity.account)
	found := split(arn(entity), ":")[4]
	_is_account(found)
}

_is_account(text) if {
	is_string(text)
	regex.match(`^[0-9]{12}$`, text)
}

# What grants and trust policies call an entity.
arn(entity) := entity.arn if entity.arn != null

arn(entity) := entity.id if entity.arn == null

# A workload on a role, as evidence shows it: who it is, through which slots it holds the role, and where it is defined.
member(role, id) := object.union(described(id), {"slot": concat(", ", sort(slots))}) if {
	slots := [_slot(binding) | some binding in role.bindings; binding.workload == id]
}

# A workload as evidence shows it.
described(id) := {
	"id": id,
	"name": workload.name,
	"kind": workload.kind,
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

place(entity) := _nowhere if entity.location == null

_nowhere := {"source": null, "file": null, "line": null, "address": null}
