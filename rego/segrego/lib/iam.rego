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

# Policy id to its Allow statements, as grants. NotAction grants everything but what it names, and is read as everything.
grants_by_policy := {policy.id: grants |
	some policy in input.policies
	grants := [grant |
		some statement in policy.statements
		statement.effect == "Allow"
		grant := {
			"policy": policy.name,
			"sid": statement.sid,
			"file": inventory.place(policy).file,
			"line": statement.line,
			"actions": access.everything_if_empty(statement.actions),
			"except_actions": statement.not_actions,
			"resources": access.everything_if_empty(statement.resources),
			"except_resources": statement.not_resources,
			"conditional": count(statement.conditions) > 0,
		}
	]
}

_denies_by_policy := {policy.id: denies |
	some policy in input.policies
	denies := [statement |
		some statement in policy.statements
		statement.effect == "Deny"
		count(statement.conditions) == 0
		count(statement.not_resources) == 0
	]
}

grants(role) := [grant | some id in role.policies; some grant in grants_by_policy[id]]

# Roles that do not hold all that they are granted: by a Deny, or by a permissions boundary.
_restricted_roles := {role.id |
	some role in input.roles
	count([1 | some id in role.policies; count(_denies_by_policy[id]) > 0]) + count([1 | _is_bounded(role)]) > 0
}

# Class to the names of the actions that a grant really gives to the role. "*" stands for everything.
effects(role, grant) := access.effects_by_list[grant.actions] if not _is_restricted(role, grant)

effects(role, grant) := _restricted_effects(role, grant) if _is_restricted(role, grant)

# The same, less what every workload of the family needs in order to run at all.
gains(role, grant, family) := access.gains_by_list[family][grant.actions] if not _is_restricted(role, grant)

gains(role, grant, family) := access.beyond_baseline(family, _restricted_effects(role, grant)) if {
	_is_restricted(role, grant)
}

_is_restricted(role, _) if _restricted_roles[role.id]

_is_restricted(_, grant) if count(grant.except_actions) > 0

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

_granted(role, grant, class) := _named(grant.actions, class) & _bound(role, class) if {
	_is_bounded(role)
	not "*" in _named(grant.actions, class)
	not "*" in _bound(role, class)
}

_granted(role, grant, class) := _bound(role, class) if {
	_is_bounded(role)
	"*" in _named(grant.actions, class)
}

_granted(role, grant, class) := _named(grant.actions, class) if {
	_is_bounded(role)
	not "*" in _named(grant.actions, class)
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

# Whether a role may do an action (its name in lower case) on a resource (an ARN): "allowed", "conditional" (an Allow or
# a Deny hangs on a condition that the inventory cannot decide) or "denied".
answer(role, action, resource) := "denied" if {
	not _is_granted(role, action, resource, false)
	not _is_granted(role, action, resource, true)
}

answer(role, action, resource) := "conditional" if {
	not _is_granted(role, action, resource, false)
	_is_granted(role, action, resource, true)
}

answer(role, action, resource) := "allowed" if _is_granted(role, action, resource, false)

_is_granted(role, action, resource, conditional) if {
	some grant in grants(role)
	grant.conditional == conditional
	some pattern in grant.resources
	covers(pattern, resource)
	some names in effects(role, grant)
	count(names & {action, "*"}) > 0
}

# Whether a pattern with at most one "*" covers a whole text (which may itself be a pattern). A pattern with more
# wildcards is taken to cover itself alone: too little is credited to a Deny, never too much.
covers(pattern, text) if pattern == text

covers(pattern, text) if {
	[start, end] := split(pattern, "*")
	not contains(pattern, "?")
	startswith(text, start)
	endswith(text, end)
	count(text) >= count(start) + count(end)
}

# Whether a resource pattern has a wildcard outside the "${…}" of a text that is not resolved, which has none.
is_wildcard(resource) if contains(resource, "*")

is_wildcard(resource) if contains(resource, "?")
