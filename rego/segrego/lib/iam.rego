# METADATA
# title: What a role may do
# description: >-
#   The grants of a role's identity policies, less what an unconditional Deny or the permissions boundary takes away.
#   A condition on an Allow makes the grant conditional; a condition on a Deny means that it cannot be counted on.
#   Source: IAM user guide, "Policy evaluation logic".
# schemas:
#   - input: schema.input
package segrego.lib.iam

import data.segrego.lib.access
import data.segrego.lib.inventory
import data.segrego.lib.statements
import data.segrego.lib.text

# Policy id to its Allow statements, as grants. NotAction grants everything but what it names, and is read as everything.
grants_by_policy := {policy.id: grants |
	some policy in input.policies
	file := inventory.place(policy).file
	grants := [grant |
		some statement in policy.statements
		statement.effect == "Allow"
		grant := {
			"policy": policy.name,
			"sid": statement.sid,
			"file": file,
			"line": statement.line,
			"actions": access.everything_if_empty(statement.actions),
			"except_actions": statement.not_actions,
			"resources": access.everything_if_empty(statement.resources),
			"except_resources": statement.not_resources,
			"conditional": _is_conditional(statement),
		}
	]
}

default _is_conditional(_) := false

_is_conditional(statement) if some _ in statement.conditions

_denies_by_policy := {policy.id: denies |
	some policy in input.policies
	denies := [statement |
		some statement in policy.statements
		statement.effect == "Deny"
		count(statement.conditions) == 0
		count(statement.not_resources) == 0
	]
}

grants(role) := _grants_by_role[role.id]

# Worked out once for a role, since most rules ask; a role of one policy has that policy's own list.
_grants_by_role := {role.id: _joined(role.policies) | some role in input.roles}

_joined(ids) := grants_by_policy[ids[0]] if count(ids) == 1

_joined(ids) := [grant | some id in ids; some grant in grants_by_policy[id]] if count(ids) != 1

# Roles that do not hold all that they are granted: by a Deny, or by a permissions boundary.
_restricted_roles := {role.id |
	some role in input.roles
	count([1 | some id in role.policies; count(_denies_by_policy[id]) > 0]) + count([1 | _is_bounded(role)]) > 0
}

# Class to the names of the actions that a grant really gives to the role. "*" stands for everything.
effects(role, grant) := _restricted_effects(role, grant) if _is_restricted(role, grant)

else := effects if {
	effects := access.effects_by_list[grant.actions]
}

# The same, less what every workload of the family needs in order to run at all.
gains(role, grant, family) := access.beyond_baseline(family, _restricted_effects(role, grant)) if {
	_is_restricted(role, grant)
} else := gains if {
	gains := access.gains_by_list[family][grant.actions]
}

# The classes of a grant's gains, sorted.
gain_classes(role, grant, family) := sort(object.keys(gains(role, grant, family))) if {
	_is_restricted(role, grant)
} else := classes if {
	classes := access.gain_classes_by_list[family][grant.actions]
}

# The classes of all that a role's grants give beyond what a workload of the family needs in order to run. Few roles are
# restricted; the others' policies are gone through once each.
gained_classes(role, family) := {class |
	some id in role.policies
	some list, _ in _lists_by_policy[id]
	some class in access.gain_classes_by_list[family][list]
} if {
	not _restricted_roles[role.id]
}

gained_classes(role, family) := {class |
	some grant in grants(role)
	some class in gain_classes(role, grant, family)
} if {
	_restricted_roles[role.id]
}

# The distinct action lists of a policy's grants.
_lists_by_policy := {id: {grant.actions: true | some grant in grants} | some id, grants in grants_by_policy}

_is_restricted(role, _) if _restricted_roles[role.id]

_is_restricted(_, grant) if some _ in grant.except_actions

_restricted_effects(role, grant) := {class: names |
	denies := [deny | some id in role.policies; some deny in _denies_by_policy[id]]
	some class in access.classes
	names := {name |
		some name in _granted(role, grant, class)
		not _is_denied(denies, grant, name)
		not _is_excepted(grant, name)
	}
	count(names) > 0
}

_granted(role, grant, class) := _named(grant.actions, class) if not _is_bounded(role)

_granted(role, grant, class) := named & bound if {
	_is_bounded(role)
	named := _named(grant.actions, class)
	bound := _bound(role, class)
	not "*" in named
	not "*" in bound
}

_granted(role, grant, class) := _bound(role, class) if {
	_is_bounded(role)
	"*" in _named(grant.actions, class)
}

_granted(role, grant, class) := named if {
	_is_bounded(role)
	named := _named(grant.actions, class)
	not "*" in named
	"*" in _bound(role, class)
}

_named(patterns, class) := {name | some text in patterns; some name in access.effects_by_pattern[text][class]}

_is_bounded(role) if inventory.policy_by_id[role.boundary].read

_bound(role, class) := {name | some grant in grants_by_policy[role.boundary]; some name in _named(grant.actions, class)}

_is_excepted(grant, name) if {
	some text in grant.except_actions
	access.matches(text, name)
}

_is_denied(denies, grant, name) if {
	some deny in denies
	_denies_action(deny, name)
	every resource in grant.resources {
		_denies_resource(deny, resource)
	}
}

_denies_action(deny, name) if {
	some text in deny.actions
	access.matches(text, name)
}

_denies_action(deny, name) if {
	count(deny.not_actions) > 0
	name != "*"
	every text in deny.not_actions {
		not access.matches(text, name)
	}
}

_denies_resource(deny, resource) if {
	some pattern in deny.resources
	covers(pattern, resource)
}

# Whether a role may do an action (its name in lower case) on a resource (its ARN, the expression that stands for it, or "*"
# for an action that knows none):
#
#   "allowed"      by every policy that has a say: the role's own or the resource's, the boundary, and every level of
#                  service control; and nothing denies it.
#   "denied"       something denies it, or one of these does not allow it.
#   "conditional"  it hangs on a condition, a policy variable or a part of a text that the inventory cannot decide, on a
#                  boundary or a service control policy that was not read, or on the policy of another account's resource.
#
# A policy of the role that was not read grants nothing: a gap tells of it. Source: IAM user guide, "Policy evaluation
# logic" and "Cross-account policy evaluation logic".
answer(role, action, resource) := answers[level(request, _resource_side(request))] if {
	request := {"role": role, "action": action, "resource": resource}
}

# What a level means: 0, 1, 2.
answers := ["denied", "conditional", "allowed"]

# The level of a request, given what the resource's own policy says of it.
level(request, side) := min({
	_allowed_by_sides(request, side),
	_allowed_by_boundary(request),
	2 - side.denied,
	2 - statements.most("Deny", _policies(request.role.policies), request),
} | _service_control(request))

_policies(ids) := [inventory.policy_by_id[id] | some id in ids]

# A boundary limits, and does not grant.
_allowed_by_boundary(request) := 2 if request.role.boundary == null

_allowed_by_boundary(request) := _limit(_policies([request.role.boundary]), request) if request.role.boundary != null

# Every level of the organization must allow. A level without policies was not read: AWS keeps one at each.
_service_control(request) := {limit |
	account := inventory.account_by_id[statements.account_of(request.role)]
	not account.management
	some ids in account.service_control
	limit := _limit(_policies(ids), request)
}

_limit(policies, request) := min([_permitted(policies, request), 2 - statements.most("Deny", policies, request)])

_permitted(policies, request) := statements.most("Allow", policies, request) if _is_read(policies)

_permitted(policies, request) := max([1, statements.most("Allow", policies, request)]) if not _is_read(policies)

_is_read(policies) if {
	count(policies) > 0
	every policy in policies {
		policy.read
	}
}

# Within an account either side may allow, unless the resource's policy must ("required": key policies, which
# may leave it to the account's own policies). Between accounts both must.
_allowed_by_sides(request, side) := _both_ways(statements.most("Allow", _policies(request.role.policies), request), side)

_both_ways(identity, side) := _within(identity, side) if side.same == 2

_both_ways(identity, side) := _between(identity, side) if side.same == 0

_both_ways(identity, side) := _if_alike(_within(identity, side), _between(identity, side)) if side.same == 1

_if_alike(within, between) := within if within == between

_if_alike(within, between) := 1 if within != between

_within(identity, side) := max([identity, side.direct]) if not side.required

_within(identity, side) := max([side.direct, min([identity, side.delegated])]) if side.required

_between(identity, side) := min([identity, max([side.direct, side.delegated])])

# What is said on the resource's side. Policies that were not read grant nothing in the role's own account, and may grant
# from another.
_resource_side(request) := {
	"same": statements.same_account(request.role, request.resource),
	"required": required,
	"direct": said.direct,
	"delegated": max([unread, said.delegated]),
	"denied": said.denied,
} if {
	policies := statements.resource_policies(request.resource)
	said := statements.side([statement | some policy in policies; some statement in policy.statements], request)
	unread := count([1 | not _is_read(policies)])
	required := _needs_resource_policy(policies, request)
}

# Key policies alone give access to a key, by themselves or by leaving it to the account.
default _needs_resource_policy(_, _) := false

_needs_resource_policy(policies, request) if {
	startswith(request.action, "kms:")
	count(policies) > 0
}

# Whether a pattern surely matches the whole of a text (which may itself be a pattern).
covers(pattern, resource) if text.covers(pattern, resource)

# Whether a resource pattern has a wildcard outside the "${…}" of a text that is not resolved, which has none.
is_wildcard(resource) if text.has_wildcard(resource)
