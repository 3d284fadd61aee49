# METADATA
# title: Severity from evidence
# description: >-
#   One scale for everything that is shared: what a role gives beyond what its holders need to run at all decides, and a
#   rule moves up or down from there. Levels: 0 info, 1 low, 2 medium, 3 high, 4 critical.
# schemas:
#   - input: schema.input
package segrego.lib.severity

import data.segrego.lib.iam
import data.segrego.lib.inventory

_names := ["info", "low", "medium", "high", "critical"]

# The name of a level; levels beyond the scale are its ends.
at(level) := _names[min({4, max({0, level})})]

_by_access := {"read": 2, "write": 3, "execute": 3, "administer": 4}

# The level of access classes. None at all is as little as reading.
of_access(classes) := max({2} | {level | some class in classes; level := _by_access[class]})

# The level of sharing a role: by what it gives, and high where that was not read.
of_role(role) := max({of_access(access_of(role))} | {3 | is_unread(role)})

# The access classes that a role gives beyond what the workloads that hold it need to run at all; a role that nothing
# holds is measured as an agent's.
access_of(role) := {class | some family in _families(role); some class in iam.gained_classes(role, family)}

_families(role) := {family | some family in inventory.holders(role)} if count(role.bindings) > 0

_families(role) := {"agent"} if count(role.bindings) == 0

is_unread(role) if "policies" in role.unread

is_unread(role) if {
	some id in role.policies
	not inventory.policy_by_id[id].read
}

# What tells production from the rest: one more where both are in it.
if_production(environments) := count([1 | "production" in environments; count(environments) > 1])
