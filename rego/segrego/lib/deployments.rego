# METADATA
# title: What is deployed together
# description: >-
#   Workloads whose conditions contradict each other never exist in one deployment, and so share nothing. Whatever is not
#   known to be apart is taken to be together.
# schemas:
#   - input: schema.input
package segrego.lib.deployments

_conditions := {workload.id: workload.only_if | some workload in input.workloads; count(workload.only_if) > 0}

# Workloads under the same conditions are one kind, and kinds of one role are compared with each other, so no more than
# these: of more, all workloads are taken to be together.
_most := 100

# The workloads (id to group) that may exist beside another one of their group.
companions(groups) := {id |
	kind_by_id := _kind_by_id(groups)
	kinds := {kind | some kind in kind_by_id}
	accompanied := {kind: true | some kind in kinds; _has_company(kind, kind_by_id, kinds)}
	some id, kind in kind_by_id
	accompanied[kind]
}

# Whether there is but one of these workloads, or two of them may exist together.
coexist(ids) if count(ids) == 1

coexist(ids) if count(companions({id: "all" | some id in ids})) > 0

# Whether two of these workloads (id to group) that are of different groups may exist together.
mix(groups) if {
	kinds := {kind | some kind in _kind_by_id(groups)}
	some one in kinds
	some other in kinds
	_may_mix(one, other)
}

_may_mix([group, conditions], [against, others]) if {
	group != against
	not _apart(conditions, others)
}

_kind_by_id(groups) := {id: [group, object.get(_conditions, id, [])] | some id, group in groups} if {
	count({_conditions[id] | some id, _ in groups}) <= _most
} else := {id: [group, []] | some id, group in groups}

_has_company(kind, kind_by_id, _) if count([1 | some same in kind_by_id; same == kind]) > 1

_has_company([group, conditions], _, kinds) if {
	some [against, others] in kinds
	group == against
	conditions != others
	not _apart(conditions, others)
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
