# METADATA
# title: What is left of grants
# description: >-
#   What a role's restrictions leave of a grant: the names of the actions on each resource, and how surely one of them is
#   given there. A restriction takes an action away where it surely applies on every resource of the grant; where a
#   condition or a text that is not resolved leaves that open, the grant stays and is conditional. Restrictions are held
#   against a grant one by one, so that two which take all of it only together may leave it.
#   Source: IAM user guide, "Policy evaluation logic".
# schemas:
#   - input: schema.input
package segrego.lib.remainders

import data.segrego.lib.access
import data.segrego.lib.conditions
import data.segrego.lib.restrictions
import data.segrego.lib.text

# What is left of a grant's effects (class to names) on one of its resources: with 1 all that may be left, with 2 what
# surely is. A request is {"role": the role, "resource": that resource}.
left(request, grant, effects, least) := {class: names |
	applying := _applying(request, grant, least)
	some class, given in effects
	names := _expanded(given, _within(applying, class)) - _without(applying, grant, class)
	count(names) > 0
} if {
	conditions.hold(request, grant.conditions) >= least
} else := {}

# What applies on the resource: of each limit the statements that allow something, and the denials. What was not read, or
# names actions that are not resolved, may allow anything, and spare anything.
_applying(request, grant, least) := {
	"limits": [abouts |
		some limit in found.limits
		abouts := [allow.about | some allow in limit.allows; _allow_level(allow, request, grant) >= least]
		not _is_anything(limit, abouts, least)
	],
	"denies": [deny.about |
		some deny in found.denies
		not restrictions.spared_roles[[request.role.id, deny.key]]
		not restrictions.is_spared(deny, request.resource)
		not _is_anything({"read": true}, [deny.about], least)
		_deny_level(deny, request, grant) > 2 - least
	],
} if {
	found := restrictions.on(request.role, grant)
} else := {"limits": [], "denies": []}

_is_anything(limit, _, 1) if not limit.read

_is_anything(_, abouts, 1) if {
	some about in abouts
	about.open
}

# The sets of names of a class that each hold all that is left.
_within(applying, class) := {names |
	some abouts in applying.limits
	count(_alls(abouts)) == 0
	names := union({about.named[class] | some about in abouts})
} | {about.named[class] | some about in applying.denies; about.all}

_expanded(given, within) := given if count(within) == 0

_expanded(given, within) := intersection(within) if {
	count(within) > 0
	given["*"]
}

_expanded(given, within) := intersection(within | {given}) if {
	count(within) > 0
	not given["*"]
}

# The names of a class that nothing of what is left is among.
_without(applying, grant, class) := union((({names |
	some abouts in applying.limits
	alls := _alls(abouts)
	count(alls) > 0
	names := intersection({about.named[class] | some about in alls}) - union({about.named[class] |
		some about in abouts
		not about.all
	})
} | {about.named[class] | some about in applying.denies; not about.all}) | {access.effects_by_pattern[text][class] |
	some text in grant.except_actions
}))

_alls(abouts) := [about | some about in abouts; about.all]

# How surely (2, 1, 0) a grant gives the action of a request on the resource, which is one of the grant's.
level(request, grant) := min({conditions.hold(request, grant.conditions)} | _levels(request, grant))

_levels(request, grant) := {level |
	some limit in _of_role(request.role).limits
	level := max({_unread(limit)} | {least |
		some allow in limit.allows
		least := min([_about_level(allow.about, request.action), _allow_level(allow, request, grant)])
	})
} | {level |
	some deny in _of_role(request.role).denies
	level := 2 - min([_about_level(deny.about, request.action), _deny_level(deny, request, grant)])
}

_of_role(role) := restrictions.by_scope[restrictions.scope_by_role[role.id]]

_unread(limit) := 0 if limit.read

_unread(limit) := 1 if not limit.read

_about_level(about, action) := 2 if {
	_is_about(about, action)
	not about.open
} else := 2 if {
	not about.all
	about.names[action]
} else := 1 if {
	about.open
	not _is_named_out(about, action)
} else := 0

_is_about(about, action) if {
	about.all
	not about.names[action]
}

_is_about(about, action) if {
	not about.all
	about.names[action]
}

_is_named_out(about, action) if {
	about.all
	about.names[action]
}

# How surely a statement of a limit allows anything on the resource, or on a part of it.
_allow_level(allow, request, grant) := min([
	_reach(allow, request, grant),
	conditions.hold(request, allow.conditions),
])

_reach(allow, request, grant) := 2 if {
	allow.resources == ["*"]
} else := max({0} | {level |
	some pattern in allow.resources
	resolved := conditions.resolved(request, pattern)
	not _is_excepted(grant, resolved)
	level := _common(resolved, request.resource)
}) if {
	count(allow.not_resources) == 0
} else := 0 if {
	some pattern in allow.not_resources
	text.covers(conditions.resolved(request, pattern), request.resource)
} else := 1 if {
	some pattern in allow.not_resources
	_may_cover(conditions.resolved(request, pattern), request.resource)
} else := 2

_is_excepted(grant, pattern) if {
	some except in grant.except_resources
	text.covers(except, pattern)
}

# How surely two patterns have something in common.
_common(pattern, other) := 2 if {
	text.covers(pattern, other)
} else := 2 if {
	text.covers(other, pattern)
} else := 1 if {
	text.meets(pattern, other)
	_is_open(pattern, other)
} else := 2 if {
	text.meets(pattern, other)
} else := 0

_is_open(pattern, _) if text.is_unresolved(pattern)

_is_open(_, other) if text.is_unresolved(other)

# Whether a pattern may be one that matches all of the resource, once it is resolved.
_may_cover(pattern, resource) if {
	_is_open(pattern, resource)
	text.meets(pattern, resource)
}

# How surely a denial applies on the whole of the resource. Whoever asks can choose some keys so that it does not.
_deny_level(deny, request, grant) := min([
	_denied(deny, request, grant),
	_held(deny.conditions, request),
])

_held(all_conditions, request) := 0 if {
	level := conditions.hold(request, all_conditions)
	level == 1
	some condition in all_conditions
	data.segrego.tables.chosen_by_caller[condition.key]
	conditions.hold(request, [condition]) == 1
} else := conditions.hold(request, all_conditions)

_denied(deny, request, grant) := 2 if {
	deny.resources == ["*"]
} else := max({0} | {level |
	some pattern in deny.resources
	level := _cover(conditions.resolved(request, pattern), request.resource)
}) if {
	count(deny.not_resources) == 0
} else := 2 if {
	count(_spared(deny, request, grant)) == 0
} else := 1 if {
	every pattern in _spared(deny, request, grant) {
		_is_open(pattern, request.resource)
	}
} else := 0

_cover(pattern, resource) := 2 if {
	text.covers(pattern, resource)
} else := 1 if {
	_may_cover(pattern, resource)
} else := 0

# What a denial leaves of the resource.
_spared(deny, request, grant) := {resolved |
	some pattern in deny.not_resources
	resolved := conditions.resolved(request, pattern)
	text.meets(resolved, request.resource)
	not _is_excepted(grant, resolved)
}
