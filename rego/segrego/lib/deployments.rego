# METADATA
# title: What is deployed together
# description: >-
#   Workloads whose conditions contradict each other never exist in one deployment, and so share nothing. Whatever is not
#   known to be apart is taken to be together.
# schemas:
#   - input: schema.input
package segrego.lib.deployments

_conditions := {workload.id: workload.only_if | some workload in input.workloads; count(workload.only_if) > 0}

# The workloads (id to group) that may exist beside another one of their group.
companions(groups) := {id |
	kinds := _kinds(groups)
	accompanied := {kind | some kind, number in kinds; _has_company(kind, number, kinds)}
	some id, group in groups
	accompanied[[group, _conditions_of(id)]]
}

# Whether there is but one of these workloads, or two of them may exist together.
coexist(ids) if count(ids) == 1

coexist(ids) if count(companions({id: "all" | some id in ids})) > 0

# Whether two of these workloads (id to group) that are of different groups may exist together.
mix(groups) if {
	kinds := object.keys(_kinds(groups))
	some one in kinds
	some other in kinds
	one[0] != other[0]
	not _apart(one[1], other[1])
}

# How many there are of a group under the same conditions. Only these are compared in pairs: most have no conditions.
_kinds(groups) := {kind: number |
	some kind in {[group, _conditions_of(id)] | some id, group in groups}
	number := count([1 | some id, group in groups; [group, _conditions_of(id)] == kind])
}

_conditions_of(id) := object.get(_conditions, id, [])

_has_company(_, number, _) if number > 1

_has_company(kind, _, kinds) if {
	some other, _ in kinds
	other != kind
	other[0] == kind[0]
	not _apart(kind[1], other[1])
}

_apart(conditions, others) if {
	some condition in conditions
	some against in others
	condition.parameter == against.parameter
	_contradict(condition, against)
}

_contradict(one, other) if {
	not one.excluded
	not other.excluded
	count(_values(one) & _values(other)) == 0
}

_contradict(one, other) if {
	one.excluded
	not other.excluded
	count(_values(other) - _values(one)) == 0
}

_contradict(one, other) if {
	not one.excluded
	other.excluded
	count(_values(one) - _values(other)) == 0
}

_values(condition) := {value | some value in condition.values}
