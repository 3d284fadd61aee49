# METADATA
# title: The life of workloads
# description: Which workloads cannot act any more.
# schemas:
#   - input: schema.input
package segrego.lib.lifecycle

import data.segrego.lib.age

# A workload that an alias or endpoint routes to acts on, whatever became of its draft.
is_inactive(workload) if {
	data.segrego.tables.inactive_statuses[workload.status]
	not _is_routed(workload)
}

# A draft that was never prepared cannot be called; a young one is still being made.
is_inactive(workload) if {
	workload.status in {"NOT_PREPARED", "NotPrepared"}
	not _is_routed(workload)
	age.exceeds(workload.created_ns, input.settings.thresholds.unused_days)
}

_is_routed(workload) if {
	some binding in workload.bindings
	binding.slot == "version"
}
