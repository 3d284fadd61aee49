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
companions(groups) := object.keys(groups) if count(_conditional(groups)) < 2

companions(groups) := {id | some id, group in groups; _has_company(id, group, groups)} if {
	count(_conditional(groups)) > 1
}

# Whether there is but one of these workloads, or two of them may exist together.
coexist(ids) if count(ids) == 1

coexist(ids) if {
	some id in ids
	some other in ids
	id != other
	not apart(id, other)
}

# Whether the conditions of two workloads contradict each other.
apart(one, other) if {
	some condition in _conditions[one]
	some against in _conditions[other]
	condition.parameter == against.parameter
	_contradict(condition, against)
}

_conditional(groups) := [id | some id, _ in groups; _conditions[id]]

_has_company(id, group, groups) if {
	some other, same in groups
	same == group
	other != id
	not apart(id, other)
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
