# METADATA
# title: Who may assume a role
# description: >-
#   Every way into a role beside the services that run its workloads. An opening is one principal of one statement: what
#   kind of principal it is, whose account it is in, and what limits it.
#   Source: IAM user guide, "AWS JSON policy elements: Principal" and "AWS global condition context keys".
# schemas:
#   - input: schema.input
package segrego.lib.principals

import data.segrego.lib.iam
import data.segrego.lib.inventory
import data.segrego.lib.trust

openings_by_role := {role.id: openings |
	some role in input.roles
	openings := [opening |
		some statement in role.trust
		trust.lets_assume(statement)
		some principal in _principals(statement)
		not _is_expected(role, principal)
		opening := _opening(role, statement, principal)
	]
	count(openings) > 0
}

# The openings of roles that anything of Bedrock, or the function of a tool, runs under.
openings_by_governed_role := {id: openings |
	some id, openings in openings_by_role
	inventory.is_governed(inventory.role_by_id[id])
}

_opening(role, statement, principal) := {
	"kind": _kind(principal),
	"principal": principal.value,
	"account": _account(principal),
	"external": is_external(role, _account(principal)),
	"guarded": count(object.keys(_limits(statement)) & _guarding_keys) > 0,
	"open_issuer": _is_open_issuer(statement, principal),
	"limits": sort(object.keys(_limits(statement))),
	"sid": statement.sid,
	"line": statement.line,
}

# What of an opening evidence shows.
shown(opening) := object.filter(opening, {"kind", "principal", "limits", "sid", "line"})

# Who really comes in: a condition on the source is met by services alone, and one on the principal's ARN by those it names.
_principals(statement) := {principal |
	some named in _named(statement)
	some principal in _narrowed(statement, named)
} if {
	not _is_for_services(statement)
}

_principals(statement) := {principal | some principal in _named(statement); principal.type == "Service"} | {principal |
	some named in _named(statement)
	named.value == "*"
	principal := {"type": "Service", "value": "*"}
} if {
	_is_for_services(statement)
}

# NotPrincipal lets in everybody but those it names.
_named(statement) := {{"type": "*", "value": "*"}} if count(statement.not_principals) > 0

_named(statement) := {principal | some principal in statement.principals} if count(statement.not_principals) == 0

# These keys are there only in the calls that a service makes for one of its resources.
_is_for_services(statement) if {
	some condition in trust.conditions(statement)
	condition.key in {"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"}
}

_narrowed(statement, principal) := {{"type": "AWS", "value": value} | some value in _principal_arns(statement)} if {
	_is_narrowed(statement, principal)
}

_narrowed(statement, principal) := {principal} if not _is_narrowed(statement, principal)

_is_narrowed(statement, principal) if {
	principal.type in {"*", "AWS"}
	count(_principal_arns(statement)) > 0
}

_principal_arns(statement) := {value |
	some condition in trust.conditions(statement)
	condition.key == "aws:principalarn"
	some value in condition.values
	not value in {"*", "arn:aws:iam::*:*"}
}

# The service that runs one of the role's workloads. Who runs a principal (a task, an instance) is not known.
_is_expected(role, principal) if {
	principal.type == "Service"
	some binding in role.bindings
	trust.service_name(principal.value) in data.segrego.tables.assumed_by[binding.kind].services
}

_is_expected(role, principal) if {
	principal.type == "Service"
	some binding in role.bindings
	binding.kind == "principal"
}

_kind(principal) := "service" if {
	principal.type == "Service"
} else := "anybody" if {
	_is_anybody(principal)
} else := "saml" if {
	contains(principal.value, ":saml-provider/")
} else := "kubernetes" if {
	startswith(_issuer(principal), "oidc.eks.")
} else := "web_identity" if {
	principal.type == "Federated"
} else := "account" if {
	_is_account(principal)
} else := "unresolved" if {
	count(trust.parts(principal.value)) < 6
	contains(principal.value, "${")
} else := "user" if {
	contains(principal.value, ":user/")
} else := "sso" if {
	contains(principal.value, "AWSReservedSSO_")
} else := "role" if {
	contains(principal.value, ":role/")
} else := "session" if {
	contains(principal.value, ":assumed-role/")
} else := "deleted" if {
	regex.match(`^A[A-Z0-9]{15,127}$`, principal.value)
} else := "unresolved"

_is_anybody(principal) if principal.value == "*"

_is_anybody(principal) if {
	principal.type == "AWS"
	iam.is_wildcard(trust.parts(principal.value)[4])
}

_is_account(principal) if regex.match(`^[0-9]{12}$`, principal.value)

_is_account(principal) if principal.value == "${AWS::AccountId}"

_is_account(principal) if endswith(principal.value, ":root")

# The account that a principal is of; none for a service or a provider outside AWS.
default _account(_) := ""

_account(principal) := principal.value if {
	regex.match(`^[0-9]{12}$`, principal.value)
} else := trust.parts(principal.value)[4]

# Whether an account is another than the role's own: null where that is not known.
default is_external(_, _) := null

is_external(role, account) := account != home if {
	home := _home(role)
	regex.match(`^[0-9]{12}$`, home)
	regex.match(`^[0-9]{12}$`, account)
}

_home(role) := role.account if role.account != null

_home(role) := trust.parts(role.arn)[4] if role.account == null

# The host of an identity provider, whether it is named by its ARN or by itself.
_issuer(principal) := issuer if {
	issuer := split(split(principal.value, ":oidc-provider/")[1], "/")[0]
} else := principal.value if {
	principal.type == "Federated"
}

default _is_open_issuer(_, _) := false

# A provider that serves everybody, and no condition on whom of them.
_is_open_issuer(statement, principal) if {
	claims := data.segrego.tables.public_issuers[_issuer(principal)]
	count([1 |
		some claim in claims
		some condition in trust.conditions(statement)
		condition.key == concat(":", [_issuer(principal), claim])
		count([1 | some value in condition.values; _is_open_claim(value)]) == 0
	]) == 0
}

_is_open_claim(value) if {
	iam.is_wildcard(value)
	data.segrego.tables.open_prefixes[split(replace(value, "?", "*"), "*")[0]]
}

# The keys that say who may come, or from where, with their values; a value that is all wildcard says nothing.
_limits(statement) := {key: values |
	some key, _ in data.segrego.tables.limiting_keys
	values := {value |
		some condition in trust.conditions(statement)
		condition.key == key
		count([1 | some each in condition.values; each == "*"]) == 0
		some value in condition.values
	}
	count(values) > 0
}

_guarding_keys := {"sts:externalid", "aws:principalorgid", "aws:principalorgpaths"}

# People, and what acts for them: users, federated identities, pipelines, single sign-on, or whoever the account lets.
is_people(opening) if {
	opening.kind in {"user", "sso", "saml", "web_identity", "account"}
	opening.external != true
	not opening.guarded
}

# A principal of another account, without an external id or an organization to hold it to.
is_foreign(opening) if {
	opening.external == true
	not opening.guarded
}

# Classic Bedrock, in the trust of a role that only AgentCore's workloads hold.
is_classic_leftover(role, opening) if {
	opening.kind == "service"
	trust.service_name(opening.principal) == "bedrock.amazonaws.com"
	some binding in role.bindings
	startswith(binding.kind, "agentcore_")
}
