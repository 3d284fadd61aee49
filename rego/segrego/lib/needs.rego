# METADATA
# title: What a workload needs
# description: >-
#   Which of a role's grants a workload's own tools, collaborators and data explain. What is left is what it gains by
#   holding the role.
# schemas:
#   - input: schema.input
package segrego.lib.needs

import data.segrego.lib.access
import data.segrego.lib.iam
import data.segrego.lib.inventory
import data.segrego.lib.text

# What a workload is configured to reach: ARNs and ids, and the services in them. Most grants are on other services,
# and need no closer look.
targets(workload) := {"texts": texts, "services": services} if {
	texts := {name | some target in _configured(workload); some name in _names(target)}
	services := {_arn_service(name) | some name in texts}
}

_configured(workload) := {inventory.tool_by_id[id].target | some id in workload.tools} | {use.target | some use in workload.uses}

_names(target) := {target} | {arn | arn := _entity(target).arn; arn != null}

_entity(target) := inventory.workload_by_id[target]

_entity(target) := inventory.resource_by_id[target]

# A grant on a resource is explained by a target if it is the target, or a part, version or alias of it.
is_explained(resource, found) if {
	_arn_service(resource) in found.services
	count(text.wholes(resource) & found.texts) > 0
}

is_explained(resource, found) if resource in found.texts

_arn_service(arn) := split(arn, ":")[2]

# What a workload can do through a role that nothing of its own explains, by grant.
gains(role, workload) := {gain |
	found := targets(workload)
	some grant in iam.grants(role)
	effects := iam.gains(role, grant, inventory.family(workload.kind))
	count(effects) > 0
	resources := [resource | some resource in grant.resources; not is_explained(resource, found)]
	count(resources) > 0
	gain := {
		"access": sort(object.keys(effects)),
		"actions": _shown(grant),
		"resources": resources,
		"policy": grant.policy,
		"file": grant.file,
		"line": grant.line,
		"conditional": grant.conditional,
	}
}

_shown(grant) := grant.actions if count(grant.except_actions) == 0

_shown(grant) := [concat(" ", ["everything but", concat(", ", grant.except_actions)])] if count(grant.except_actions) > 0

# The gains of one workload, as evidence shows them.
blast_radius(role, id) := {
	"agent": id,
	"access": {class: count([1 | some gain in gained; class in gain.access]) | some class in access.classes},
	"services": sort({_service(action) | some gain in gained; some action in gain.actions}),
	"grants": sort(gained),
} if {
	gained := gains(role, inventory.workload_by_id[id])
}

_service(action) := split(action, ":")[0]
