# METADATA
# title: Things in common
# description: What several agents are configured to use, whether it is a workload of the document or not.
# schemas:
#   - input: schema.input
package segrego.lib.uses

import data.segrego.lib.inventory

# Id or name of a thing to the agents and flows that use it by one of the relations; only those that two and more use.
by_several(relations) := {thing: agents |
	some thing, users in _users
	agents := {user.workload |
		some user in users
		user.relation in relations
		inventory.is_executor(inventory.workload_by_id[user.workload])
	}
	count(agents) > 1
}

_users := object.union(
	{workload.id: workload.used_by | some workload in input.workloads},
	{shared.target: shared.users | some shared in input.shared_uses},
)

# The users as evidence shows them.
shown(agents) := [inventory.described(id) | some id in sort(agents)]
