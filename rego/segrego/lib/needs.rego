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

# What a workload is configured to reach: ARNs and ids, as a set to look up in and as an array to go through.
targets(workload) := _targets_by_id[workload.id]

_targets_by_id := {workload.id: {"texts": texts, "list": [text | some text in texts]} |
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
	some target in found.list
	startswith(resource, target)
}

_may_be_part(resource, _) if contains(resource, ":agent-alias/")

# Role to holder to an array beside the role's grants: whether what the holder is configured with explains all of the
# grant. Several rules ask.
explained := {role.id: by_holder |
	some role in input.roles
	some _ in role.bindings
	by_holder := {id: answers |
		some id, _ in inventory.holders(role)
		found := targets(inventory.workload_by_id[id])
		answers := [answer | some grant in iam.grants(role); answer := _explains(found, grant)]
	}
}

default _explains(_, _) := false

_explains(found, grant) if {
	every resource in grant.resources {
		is_explained(resource, found)
	}
}

# Whether a workload gains by each of a role's grants what nothing of its own explains, and not everybody needs: an array
# beside the grants.
gaining(role, workload) := [answer |
	family := inventory.family(workload.kind)
	answers := explained[role.id][workload.id]
	some place, grant in iam.grants(role)
	answer := _is_gain(answers[place], role, grant, family)
]

default _is_gain(_, _, _, _) := false

_is_gain(false, role, grant, family) if some _ in iam.gain_classes(role, grant, family)

# What a workload gains by a role that nothing of its own explains, as evidence shows it. There may be very many grants,
# of which the first few of each access class are shown.
radius(role, workload, answers) := {
	"access": {class: count(class_places) | some class, class_places in by_class},
	"services": sort({service | some place in places; some service in _services(grants[place])}),
	"domains": sort({domain |
		some place in places
		some resource in grants[place].resources
		reach.domain_patterns[resource]
		not is_explained(resource, reached)
		some domain in reach.domains_of(role, grants[place], resource)
	}),
	"grants": [_gain(role, workload, grants[place]) | some place in _shown_places(places, by_class)],
	"grants_in_all": count(places),
} if {
	grants := iam.grants(role)
	family := inventory.family(workload.kind)
	reached := targets(workload)
	places := [place | some place, answer in answers; answer == true]
	by_class := {class: class_places |
		some class in access.classes
		class_places := [place | some place in places; iam.gains(role, grants[place], family)[class]]
	}
}

_shown_of_class := 2

_shown := _shown_of_class * count(access.classes)

_shown_places(places, by_class) := places if {
	count(places) <= _shown
} else := sort({place |
	some class_places in by_class
	some place in array.slice(class_places, 0, _shown_of_class)
})

_services(grant) := _everything if {
	some _ in grant.except_actions
} else := access.services_by_list[grant.actions]

_everything := {"*"}

_gain(role, workload, grant) := {
	"access": iam.gain_classes(role, grant, inventory.family(workload.kind)),
	"actions": _worded(grant),
	"resources": _unexplained(grant, targets(workload)),
	"policy": grant.policy,
	"file": grant.file,
	"line": grant.line,
	"conditional": grant.conditional,
}

_unexplained(grant, found) := [resource | some resource in grant.resources; not is_explained(resource, found)]

_worded(grant) := [concat(" ", ["everything but", concat(", ", grant.except_actions)])] if {
	some _ in grant.except_actions
} else := grant.actions

# The gains of one of several workloads, as evidence shows them.
blast_radius(role, id, answers) := object.union({"agent": id}, radius(role, inventory.workload_by_id[id], answers))

# How many of a role's grants leave open which of its agents used them: all but those that one agent alone has a reason
# for. What every agent needs in order to run, each has a reason for.
attribution(role, gaining_by_agent) := {
	"agents": count(gaining_by_agent),
	"grants": count(iam.grants(role)),
	"ambiguous": count([1 |
		some place, _ in iam.grants(role)
		count([1 | some answers in gaining_by_agent; not answers[place]]) != 1
	]),
}
