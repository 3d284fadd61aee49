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
import data.segrego.lib.text

# What a workload is configured to reach: ARNs and ids.
targets(workload) := _targets_by_id[workload.id]

_targets_by_id := {workload.id: {"texts": texts} |
	some workload in input.workloads
	configured := {inventory.tool_by_id[id].target | some id in workload.tools} | {use.target | some use in workload.uses}
	texts := configured | {arn | some target in configured; arn := _entity(target).arn; arn != null}
}

_entity(target) := inventory.workload_by_id[target]

_entity(target) := inventory.resource_by_id[target]

# A grant on a resource is explained by a target if it is the target, or a part, version or alias of it.
is_explained(resource, found) if found.texts[resource]

is_explained(resource, found) if {
	_may_be_part(resource, found)
	count(text.wholes(resource) & found.texts) > 0
}

# Most grants are on something else, and need no closer look.
_may_be_part(resource, found) if {
	some target in found.texts
	startswith(resource, target)
}

_may_be_part(resource, _) if contains(resource, ":agent-alias/")

# What a workload can do through a role that nothing of its own explains, by the grant's place among the role's grants. A
# grant without a gain is explained, or everybody needs it.
gains_by_grant(role, workload) := {place: gain |
	found := targets(workload)
	family := inventory.family(workload.kind)
	some place, grant in iam.grants(role)
	gain := _gain(role, grant, family, found)
}

# The places of these grants alone.
gaining_places(role, workload) := [place |
	found := targets(workload)
	family := inventory.family(workload.kind)
	some place, grant in iam.grants(role)
	count(iam.gain_classes(role, grant, family)) > 0
	not _is_wholly_explained(grant, found)
]

# One of these gains, as evidence shows it.
gain_at(role, workload, place) := _gain(role, iam.grants(role)[place], inventory.family(workload.kind), targets(workload))

_gain(role, grant, family, found) := {
	"access": classes,
	"actions": _shown(grant),
	"resources": resources,
	"policy": grant.policy,
	"file": grant.file,
	"line": grant.line,
	"conditional": grant.conditional,
} if {
	classes := iam.gain_classes(role, grant, family)
	count(classes) > 0
	resources := _unexplained(grant, found)
	count(resources) > 0
}

_unexplained(grant, found) := grant.resources if not _is_explained_in_part(grant, found)

_unexplained(grant, found) := [resource | some resource in grant.resources; not is_explained(resource, found)] if {
	_is_explained_in_part(grant, found)
}

_is_explained_in_part(grant, found) if {
	some resource in grant.resources
	is_explained(resource, found)
}

_is_wholly_explained(grant, found) if {
	every resource in grant.resources {
		is_explained(resource, found)
	}
}

_shown(grant) := grant.actions if count(grant.except_actions) == 0

_shown(grant) := [concat(" ", ["everything but", concat(", ", grant.except_actions)])] if count(grant.except_actions) > 0

# The gains of one workload, as evidence shows them.
blast_radius(role, id) := radius(role, id, gains_by_grant(role, inventory.workload_by_id[id]))

# The same where the gains are known.
radius(role, id, by_grant) := {
	"agent": id,
	"access": {class: count([1 | some gain in gained; class in gain.access]) | some class in access.classes},
	"services": sort({_service(action) | some gain in gained; some action in gain.actions}),
	"domains": sort({domain |
		some gain in gained
		some resource in gain.resources
		some domain in reach.domains_of(role, gain, resource)
	}),
	"grants": gained,
} if {
	gained := [by_grant[place] | some place in sort(object.keys(by_grant))]
}

_service(action) := split(action, ":")[0]

# How many of a role's grants leave open which of its agents used them: all but those that one agent alone has a reason
# for. What every agent needs in order to run, each has a reason for.
attribution(role, gains_by_agent) := {
	"agents": count(gains_by_agent),
	"grants": count(grants),
	"ambiguous": count([1 |
		some place, _ in grants
		count([1 | some by_grant in gains_by_agent; not by_grant[place]]) != 1
	]),
} if {
	grants := iam.grants(role)
}
