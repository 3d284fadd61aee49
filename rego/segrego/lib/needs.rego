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
import data.segrego.lib.reach

# What a workload is configured to reach: ARNs and ids, and the services in them. Most grants are on other services,
# and need no closer look.
targets(workload) := {"texts": texts, "services": services} if {
	texts := {text | some target in _configured(workload); some text in _names(target)}
	services := {_arn_service(text) | some text in texts}
}

_configured(workload) := {inventory.tool_by_id[id].target | some id in workload.tools} | {use.target | some use in workload.uses}

_names(target) := {target} | {arn | arn := _entity(target).arn; arn != null}

_entity(target) := inventory.workload_by_id[target]

_entity(target) := inventory.resource_by_id[target]

# A grant on a resource is explained by a target if it is the target, or a part, version or alias of it.
is_explained(resource, found) if {
	_arn_service(resource) in found.services
	count(_wholes(resource) & found.texts) > 0
}

is_explained(resource, found) if resource in found.texts

# What a resource may be a part of: TARGET/anything, TARGET:qualifier, and for agent-alias/AGENT/ALIAS the agent.
_wholes(resource) := {concat("/", array.slice(parts, 0, end)) | some end in numbers.range(1, count(parts))} | {concat(":", array.slice(fields, 0, count(fields) - 1)), _agent(resource)} if {
	parts := split(resource, "/")
	fields := split(resource, ":")
}

_agent(resource) := concat("/", array.slice(split(replace(resource, ":agent-alias/", ":agent/"), "/"), 0, 2))

_arn_service(text) := split(text, ":")[2]

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
	"domains": sort({domain |
		some gain in gained
		some resource in gain.resources
		some domain in reach.domains_of(role, gain, resource)
	}),
	"grants": sort(gained),
} if {
	gained := gains(role, inventory.workload_by_id[id])
}

# How many of a role's grants leave open which of its agents used them: all but those that the configuration of one agent
# alone explains. What every agent needs in order to run is explained by each.
attribution(role, agents) := {"agents": count(agents), "grants": count(grants), "ambiguous": count(ambiguous)} if {
	grants := iam.grants(role)
	targets_of := {id: targets(inventory.workload_by_id[id]) | some id in agents}
	ambiguous := [grant |
		some grant in grants
		explaining := {id | some id, found in targets_of; _explains(role, grant, id, found)}
		count(explaining) != 1
	]
}

_explains(role, grant, id, _) if count(_beyond_baseline(role, grant, id)) == 0

_explains(role, grant, id, found) if {
	count(_beyond_baseline(role, grant, id)) > 0
	every resource in grant.resources {
		is_explained(resource, found)
	}
}

_beyond_baseline(role, grant, id) := iam.gains(role, grant, inventory.family(inventory.workload_by_id[id].kind))

_service(action) := split(action, ":")[0]
