# METADATA
# title: Chains of calls
# description: >-
#   What can be set in motion from a workload, over tools, collaborators, flows and functions, and what that may do.
# schemas:
#   - input: schema.input
package segrego.lib.calls

import data.segrego.lib.iam
import data.segrego.lib.inventory

# Workload to the workloads that it can set in motion: the functions behind its tools, and what it is configured to use.
_edges := {workload.id: targets |
	some workload in input.workloads
	targets := {tool.target |
		some id in workload.tools
		tool := inventory.tool_by_id[id]
		tool.state == "enabled"
		inventory.workload_by_id[tool.target]
	} | {use.target |
		some use in workload.uses
		_moving[use.relation]
		inventory.workload_by_id[use.target]
	}
}

_moving := {"collaborator", "flow", "function", "gateway"}

# Everything that a workload can set in motion, with the workloads on the way there: id to a path of ids. Chains are
# followed over two further steps; what lies beyond is reached as well, and its path names where it begins.
from(workload) := {id: path |
	some id in (graph.reachable(_edges, {workload.id}) - {workload.id})
	path := _path(workload.id, id)
}

_path(from, to) := [from, to] if _edges[from][to]

_path(from, to) := [from, sort(through)[0], to] if {
	not _edges[from][to]
	through := {middle | some middle in _edges[from]; _edges[middle][to]}
	count(through) > 0
}

_path(from, to) := [from, sort(firsts)[0], "…", to] if {
	not _edges[from][to]
	count({middle | some middle in _edges[from]; _edges[middle][to]}) == 0
	firsts := {middle | some middle in _edges[from]; to in graph.reachable(_edges, {middle})}
}

# What a workload can do through its roles, beyond what every workload of its family needs.
access_of(workload) := {class |
	some binding in workload.bindings
	some class in iam.gained_classes(inventory.role_by_id[binding.role], inventory.family(workload.kind))
}
