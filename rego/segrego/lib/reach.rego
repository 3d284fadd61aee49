# METADATA
# title: What grants name
# description: >-
#   The workloads, roles, data, code and prompts that the resource patterns of grants name, looked up in the facts that
#   the harness writes, and the data domains of these. A pattern for everything ends at the account.
# schemas:
#   - input: schema.input
package segrego.lib.reach

import data.segrego.lib.domains
import data.segrego.lib.iam
import data.segrego.lib.inventory

# What a role's grant names on one of its resources, in groups of one kind and account; "foreign" groups are in another
# account, which must let the role in by a policy of its own. These are keys: named(group) gives what is in one, so that
# a pattern which names much is never copied for each role that holds it.
groups(role, grant, resource) := {{"pattern": pattern, "account": account, "kind": kind, "foreign": foreign} |
	_named_patterns[resource]
	pattern := _key(grant, resource)
	some account, kinds in _by_account[pattern]
	foreign := _is_foreign(role, account)
	_may_cross(foreign, resource)
	some kind, _ in kinds
}

# The "things" of a group, sorted, the "agents" behind them, and the "first" few of these agents.
named(group) := _by_account[group.pattern][group.account][group.kind]

_first := 10

# The data domains of what a role's grant names on one of its resources.
domains_of(role, grant, resource) := {domain |
	domain_patterns[resource]
	some account, found in _domains[_key(grant, resource)]
	_may_cross(_is_foreign(role, account), resource)
	some domain in found
}

default _is_foreign(_, _) := false

_is_foreign(role, account) if {
	account != null
	account != inventory.account(role)
}

# Another account's things are meant by who names that account, or names a bucket; not by a wildcard.
_may_cross(false, _)

_may_cross(true, resource) if regex.match(`^[0-9]{12}$`, split(resource, ":")[4])

_may_cross(true, resource) if {
	fields := split(resource, ":")
	fields[4] == ""
	bucket := split(fields[5], "/")[0]
	not iam.is_wildcard(bucket)
}

# Most patterns name nothing, and need no closer look.
_named_patterns := {entry.pattern | some entry in input.resource_patterns}

# The pattern of a grant as the facts know it: a template's own names mean something in its file alone.
_key(grant, resource) := [grant.file, resource] if _by_account[[grant.file, resource]]

_key(grant, resource) := [null, resource] if not _by_account[[grant.file, resource]]

_by_account := {[entry.file, entry.pattern]: accounts |
	some entry in input.resource_patterns
	accounts := {group.account: kinds |
		some group in entry.groups
		kinds := {kind: found |
			some kind in {thing.kind | some thing in group.names}
			things := [thing | some thing in group.names; thing.kind == kind]
			agents := {agent | some thing in things; some agent in agents_of(thing)}
			found := {"things": things, "agents": agents, "first": array.slice(sort(agents), 0, _first)}
		}
	}
}

# The agents that a thing belongs to. A role belongs to the agents behind whatever holds it, data to nobody.
agents_of(thing) := {agent |
	some workload in _owners(thing)
	some agent in inventory.agents_behind[workload]
}

_owners(thing) := set() if thing.kind == "resource"

_owners(thing) := {binding.workload | some binding in inventory.role_by_id[thing.id].bindings} if {
	thing.kind in {"role", "policy"}
}

_owners(thing) := {thing.id} if not thing.kind in {"role", "policy", "resource"}

_domains := {[entry.file, entry.pattern]: accounts |
	some entry in input.resource_patterns
	accounts := {group.account: found |
		some group in entry.groups
		found := {domain | some thing in group.names; some domain in _domains_of(thing)}
		count(found) > 0
	}
	count(accounts) > 0
}

# The patterns that name something of a data domain.
domain_patterns := {key[1] | some key, _ in _domains}

_domains_of(thing) := {label.value | some label in inventory.resource_by_id[thing.id].domains} if thing.kind == "resource"

_domains_of(thing) := domains.of_workload[thing.id] if data.segrego.tables.kinds[thing.kind]
