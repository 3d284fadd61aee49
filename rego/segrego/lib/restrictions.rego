# METADATA
# title: What is taken away from grants
# description: >-
#   What the denials of a role's own policies, its permissions boundary, and every level of service control above its
#   account leave of a grant. A restriction takes an action away where it surely applies on every resource of the grant;
#   where a condition or a text that is not resolved leaves that open, the grant stays and is conditional. Restrictions
#   are held against a grant one by one, so that two which take all of it only together may leave it.
#   Source: IAM user guide, "Policy evaluation logic".
# schemas:
#   - input: schema.input
package segrego.lib.restrictions

import data.segrego.lib.access
import data.segrego.lib.conditions
import data.segrego.lib.inventory
import data.segrego.lib.statements
import data.segrego.lib.text

# What a role's restrictions come from: the account with service control, the boundary, and its own policies that deny.
# Roles without any are left out. Many roles have the same ones.
scope_by_role := {role.id: scope |
	some role in input.roles
	scope := _scope(role)
	scope != [null, null, []]
}

_scope(role) := [_controlled(role), role.boundary, [id | some id in role.policies; _denying[id]]]

# The management account is above service control.
default _controlled(_) := null

_controlled(role) := account.id if {
	account := inventory.account_by_id[statements.account_of(role)]
	not account.management
	count(account.service_control) > 0
}

_denying := {policy.id |
	some policy in input.policies
	some statement in policy.statements
	statement.effect == "Deny"
}

# Scope to its limits (of which each must allow: the boundary, and every level of service control) and its denials.
_restrictions := {scope: {"limits": limits, "denies": denies} |
	some scope in {scope | some _, scope in scope_by_role}
	limited := _limited_by(scope)
	limits := [_limit(ids) | some ids in limited]
	denies := [deny |
		some id in ({id | some ids in limited; some id in ids} | {id | some id in scope[2]})
		some deny in _by_effect[id].Deny
	]
}

_limited_by([account, boundary, _]) := array.concat([[boundary] | boundary != null], _controls(account))

_controls(null) := []

_controls(account) := inventory.account_by_id[account].service_control if account != null

# A level without policies was not read: AWS keeps one at each.
_limit(ids) := {"read": _was_read(policies), "allows": [allow | some id in ids; some allow in _by_effect[id].Allow]} if {
	policies := [inventory.policy_by_id[id] | some id in ids]
}

default _was_read(_) := false

_was_read(policies) if statements.are_read(policies)

# Policy id to effect to its statements, with the names of the actions that each is about.
_by_effect := {id: {effect: found | some effect in ["Allow", "Deny"]; found := _of_effect(id, effect)} | some id in _restricting}

_restricting := {id |
	some _, scope in scope_by_role
	some ids in array.concat(_limited_by(scope), [scope[2]])
	some id in ids
}

_of_effect(id, effect) := [prepared |
	some place, statement in inventory.policy_by_id[id].statements
	statement.effect == effect
	not _is_idle(statement)
	prepared := {
		"key": [id, place],
		"about": _about(statement),
		"resources": statement.resources,
		"not_resources": statement.not_resources,
		"conditions": statement.conditions,
		"of_role": [condition | some condition in statement.conditions; _is_of_role(condition)],
		"regions": {concat("", [":", region, ":"]) |
			some condition in statement.conditions
			condition.key == "aws:requestedregion"
			condition.operator == "StringNotEquals"
			some region in condition.values
		},
	}
]

# A denial that whoever asks can avoid, whatever the role and the resource.
_is_idle(statement) if {
	statement.effect == "Deny"
	some condition in statement.conditions
	data.segrego.tables.chosen_by_caller[condition.key]
	not conditions.may_be_known(condition)
}

_is_of_role(condition) if {
	startswith(condition.key, "aws:principal")
	count([1 | some value in condition.values; contains(value, "$")]) == 0
}

# "all" actions but those that are named, or those that are named; "named" by class, and "names" whatever their class.
# A pattern that is not resolved may be any action's ("open").
_about(statement) := {
	"all": count(statement.not_actions) > 0,
	"open": count([1 | some text in patterns; contains(text, "$")]) > 0,
	"named": {class: names |
		some class in access.classes
		names := {name | some text in patterns; some name in access.effects_by_pattern[text][class]}
	},
	"names": {name | some text in patterns; some name in access.names_by_pattern[text]},
} if {
	patterns := array.concat(statement.not_actions, statement.actions)
	not _names_everything(patterns)
}

_about(statement) := {"all": count(statement.actions) > 0, "open": false, "named": _nothing, "names": set()} if {
	_names_everything(array.concat(statement.not_actions, statement.actions))
}

_nothing := {class: set() | some class in access.classes}

_names_everything(patterns) if {
	some text in patterns
	access.pattern_by_text[text].span == "all"
}

# Scope and action list to the restrictions that make a difference to the list: worked out once for a pair, since roles
# of one account and boundary hold the same lists over and over.
_touching := {[scope, list]: found |
	some [scope, list] in _pairs
	effects := access.effects_by_list[list]
	found := _found(_restrictions[scope], effects)
	count(found.limits) + count(found.denies) > 0
}

_pairs := {[scope, list] |
	some role in input.roles
	scope := scope_by_role[role.id]
	some id in role.policies
	some list, _ in access.lists_by_policy[id]
}

_found(restrictions, effects) := {
	"limits": [object.union(limit, {"allows": [allow | some allow in limit.allows; _takes_in(allow.about, effects)]}) |
		some limit in restrictions.limits
		not _allows_all(limit, effects)
	],
	"denies": [deny | some deny in restrictions.denies; _takes_from(deny.about, effects)],
}

# Whether one statement, whatever the resource and the request, allows all of the actions.
_allows_all(limit, effects) if {
	some allow in limit.allows
	allow.resources == ["*"]
	allow.conditions == []
	count([1 | some class, names in effects; count(_outside(allow.about, class, names)) > 0]) == 0
}

_outside(about, class, names) := names & about.named[class] if about.all

_outside(about, class, names) := names - about.named[class] if not about.all

_takes_in(about, _) if about.all

_takes_in(about, _) if about.open

_takes_in(about, effects) if {
	not about.all
	some class, names in effects
	count(names & (about.named[class] | {"*"})) > 0
}

# What everything ("*") stands for is still almost everything where some actions are denied, unless something else bounds
# it.
_takes_from(about, effects) if {
	some class, names in effects
	count(names - _left(about, class, names)) > 0
}

_takes_from(about, effects) if {
	some class, names in effects
	names["*"]
	count(about.named[class]) > 0
}

_left(about, class, names) := names & about.named[class] if about.all

_left(about, class, names) := names - about.named[class] if not about.all

# The restrictions that make a difference to a role's grant; undefined where none does.
on(role, grant) := _touching[[scope_by_role[role.id], grant.actions]]

# Whether any of these may apply on a resource of the grant: asked of every grant, and so without making anything.
may_apply(role, grant) if {
	found := on(role, grant)
	count(found.limits) > 0
}

may_apply(role, grant) if {
	some deny in on(role, grant).denies
	not _spared_roles[[role.id, deny.key]]
	some resource in grant.resources
	not _is_spared(deny, resource)
}

# Roles that a denial is not for, by what it asks of whoever makes the request.
_spared_roles := {[role.id, deny.key] |
	some role in input.roles
	some deny in _restrictions[scope_by_role[role.id]].denies
	count(deny.of_role) > 0
	conditions.hold({"role": role, "resource": "*"}, deny.of_role) == 0
}

_is_spared(deny, resource) if {
	some region in deny.regions
	contains(resource, region)
}

# In which Region it is called is for the caller to choose.
_is_spared(deny, resource) if {
	count(deny.regions) > 0
	_has_no_region(resource)
}

_is_spared(deny, resource) if {
	some pattern in deny.not_resources
	not contains(pattern, "$")
	text.covers(pattern, resource)
}

_has_no_region("*")

_has_no_region(resource) if contains(resource, "::")

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
		not _spared_roles[[request.role.id, deny.key]]
		not _is_spared(deny, request.resource)
		not _is_anything({"read": true}, [deny.about], least)
		_deny_level(deny, request, grant) > 2 - least
	],
} if {
	found := on(request.role, grant)
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

_of_role(role) := _restrictions[scope_by_role[role.id]]

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
