# METADATA
# title: What is taken away from grants
# description: >-
#   The denials of a role's own policies, its permissions boundary, and every level of service control above its account,
#   and the grants to which they make a difference. remainders.rego says what they leave.
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
by_scope := {scope: {"limits": limits, "denies": denies} |
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
	found := _found(by_scope[scope], effects)
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
	not spared_roles[[role.id, deny.key]]
	some resource in grant.resources
	not is_spared(deny, resource)
}

# Roles that a denial is not for, by what it asks of whoever makes the request.
spared_roles := {[role.id, deny.key] |
	some role in input.roles
	some deny in by_scope[scope_by_role[role.id]].denies
	count(deny.of_role) > 0
	conditions.hold({"role": role, "resource": "*"}, deny.of_role) == 0
}

is_spared(deny, resource) if {
	some region in deny.regions
	contains(resource, region)
}

# In which Region it is called is for the caller to choose.
is_spared(deny, resource) if {
	count(deny.regions) > 0
	_has_no_region(resource)
}

is_spared(deny, resource) if {
	some pattern in deny.not_resources
	not contains(pattern, "$")
	text.covers(pattern, resource)
}

_has_no_region("*")

_has_no_region(resource) if contains(resource, "::")
