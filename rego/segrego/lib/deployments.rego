# METADATA
# title: What is deployed together
# description: >-
#   Workloads whose conditions contradict each other never exist in one deployment, and so share nothing. Whatever is not
#   known to be apart is taken to be together.
# schemas:
#   - input: schema.input
package segrego.lib.deployments

_conditions := {workload.id: workload.only_if | some workload in input.workloads; count(workload.only_if) > 0}

# Workloads under conditions are compared with each other, so no more than these of one role: of more, all are taken to be
# together.
_most := 100

# The workloads (id to group, each of two and more) that may exist beside another one of their group.
companions(groups) := object.keys(groups) if not _are_compared(groups)

companions(groups) := beside_all | beside_some if {
	_are_compared(groups)
	open := _unconditional(groups)
	beside_all := {id | some id, group in groups; open[group]}
	beside_some := {id | some id in _conditional(groups); _has_company(id, groups[id], groups)}
}

# Whether there is but one of these workloads, or two of them may exist together.
coexist(ids) if count(ids) == 1

coexist(ids) if not _are_compared({id: "any" | some id in ids})

coexist(ids) if {
	groups := {id: "any" | some id in ids}
	_are_compared(groups)
	some id in ids
	_has_company(id, "any", groups)
}

# Only where all of a group are under conditions can one of it be alone.
_are_compared(groups) if {
	count(_conditional(groups)) <= _most
	count({group | some group in groups} - _unconditional(groups)) > 0
}

_unconditional(groups) := {group | some id, group in groups; not _conditions[id]}

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
