# METADATA
# title: Sources
# description: The agents and flows by the source that they were read from; those of none are the inventory's own.
# schemas:
#   - input: schema.input
package segrego.lib.sources

import data.segrego.lib.inventory

executors := object.union(_of_sources, {"inventory": _of_none | count(_of_none) > 0})

_of_sources := {source.id: found |
	some source in input.sources
	found := {id | some id in source.workloads; inventory.is_executor(inventory.workload_by_id[id])}
	count(found) > 0
}

_of_none := {workload.id | some workload in input.workloads; inventory.is_executor(workload)} - {id |
	some source in input.sources
	some id in source.workloads
}
