# METADATA
# title: Statements
# description: >-
#   How surely a statement of a policy applies to a request, in three levels: 2 surely, 1 perhaps, 0 not. "AND" of levels
#   is their least, "OR" their most, and "NOT" what is left to 2. A request is {"role", "action" (lower case), "resource"}.
#   Source: IAM user guide, "IAM JSON policy elements reference".
# schemas:
#   - input: schema.input
package segrego.lib.statements

import data.segrego.lib.access
import data.segrego.lib.conditions
import data.segrego.lib.inventory
import data.segrego.lib.text

# How surely any statement of that effect, in any of the policies, applies.
most(effect, policies, request) := max({0} | {level |
	some policy in policies
	some statement in policy.statements
	statement.effect == effect
	_may_be_about(statement, request.action)
	level := _level(statement, request)
})

# Most statements name other actions, and need no closer look.
_may_be_about(statement, action) if {
	some pattern in statement.actions
	_may_name(pattern, action)
} else if {
	some _ in statement.not_actions
}

_may_name(pattern, action) if {
	access.matches(pattern, action)
} else if {
	startswith(action, _starts[pattern])
} else if {
	not _starts[pattern]
}

# The action patterns of the document, to what stands before anything in them that is special.
_starts := {pattern.pattern: lower(start) |
	some pattern in input.actions
	start := split(replace(replace(pattern.pattern, "?", "*"), "$", "*"), "*")[0]
}

_level(statement, request) := 0 if _action_level(statement, request.action) == 0

_level(statement, request) := min([action_level, _resource_level(statement, request), conditions.hold(request, statement.conditions)]) if {
	action_level := _action_level(statement, request.action)
	action_level > 0
}

_action_level(statement, action) := _any_action(statement.actions, action) if count(statement.not_actions) == 0

_action_level(statement, action) := 2 - _any_action(statement.not_actions, action) if count(statement.not_actions) > 0

_any_action(patterns, action) := max({0} | {level | some pattern in patterns; level := _one_action(pattern, action)})

_one_action(pattern, action) := 2 if access.matches(pattern, action)

_one_action(pattern, action) := text.match(lower(pattern), action) if not access.matches(pattern, action)

_resource_level(statement, request) := _any_resource(statement.resources, request) if count(statement.not_resources) == 0

_resource_level(statement, request) := 2 - _any_resource(statement.not_resources, request) if {
	count(statement.not_resources) > 0
}

# A policy variable without a value matches nothing.
_any_resource(patterns, request) := max({0} | {level |
	some pattern in patterns
	level := text.match(conditions.resolved(request, pattern), request.resource)
})

# What the statements of a resource's own policy say of a request: "direct" (the role is
# named, or everyone), "delegated" (the role's account is, which then decides by its own policies), and "denied".
side(statements, request) := {
	"direct": _most_named("Allow", statements, request, {"role"}),
	"delegated": _most_named("Allow", statements, request, {"account"}),
	"denied": _most_named("Deny", statements, request, {"role", "account"}),
}

_most_named(effect, statements, request, how) := max({0} | {level |
	some statement in statements
	statement.effect == effect
	_may_be_about(statement, request.action)
	named := _named(statement, request.role, how)
	named > 0
	level := min([named, _level(_on_itself(statement), request)])
})

# Without resources a statement is about the resource that the policy belongs to.
_on_itself(statement) := object.union(statement, {"resources": ["*"], "not_resources": []}) if not _names_resources(statement)

_on_itself(statement) := statement if _names_resources(statement)

_names_resources(statement) if count(statement.resources) + count(statement.not_resources) > 0

_named(statement, role, how) := _any_principal(statement.principals, role, how) if count(statement.not_principals) == 0

# Everyone but those named: the others are as good as named themselves.
_named(statement, role, how) := 2 - _any_principal(statement.not_principals, role, {"role", "account"}) if {
	count(statement.not_principals) > 0
	how.role
}

_any_principal(principals, role, how) := max({0} | {level |
	some principal in principals
	principal.type in {"*", "AWS"}
	level := max({0} | {found | some kind in how; found := _is_named(kind, principal.value, role)})
})

_is_named("role", value, _) := 2 if value == "*"

_is_named("role", value, role) := text.match(value, inventory.arn(role)) if {
	value != "*"
	not startswith(value, _sessions)
	not _account_named(value)
	not text.has_wildcard(value) # no principal has one
}

# One session of a role: whether it is this one, nobody can tell.
_is_named("role", value, role) := min([1, text.match(_session_role(value), _session_role(inventory.arn(role)))]) if startswith(value, _sessions)

_is_named("account", value, role) := text.match(_account_named(value), account_of(role))

_sessions := "arn:aws:sts:"

# The account and the name of a role, from its ARN or from that of one of its sessions.
_session_role(arn) := concat("/", [parts[4], name]) if {
	parts := text.arn_parts(arn)
	startswith(arn, _sessions)
	name := split(parts[5], "/")[1]
}

_session_role(arn) := concat("/", [parts[4], names[count(names) - 1]]) if {
	parts := text.arn_parts(arn)
	not startswith(arn, _sessions)
	names := split(parts[5], "/")
}

_account_named(value) := value if regex.match(`^\d{12}$`, value)

_account_named(value) := parts[4] if {
	parts := text.arn_parts(value)
	parts[2] == "iam"
	parts[5] == "root"
}

# The account of a role: as the inventory has it, or else as its ARN says.
account_of(role) := role.account if is_string(role.account)

account_of(role) := text.arn_parts(inventory.arn(role))[4] if not is_string(role.account)

# Whether the role and the resource are of one account. An ARN that names none is taken to be the role's.
same_account(_, resource) := 2 if not conditions.resource_account(resource)

same_account(role, resource) := text.match(account_of(role), conditions.resource_account(resource))

same_account(role, resource) := 1 if {
	conditions.resource_account(resource)
	not account_of(role)
}

# The read policies on a resource, or on what it is a part of.
resource_policies(resource) := [policy | some whole in text.wholes(resource); some policy in inventory.resource_policies(whole)]

# Whether policies were found, and read in full.
are_read(policies) if {
	count(policies) > 0
	every policy in policies {
		policy.read
	}
}
