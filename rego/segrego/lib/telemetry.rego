# METADATA
# title: Where telemetry applies
# description: Which kinds of workloads there are where an account and region record, or do not.
# schemas:
#   - input: schema.input
package segrego.lib.telemetry

# Kinds that are there: of the telemetry's account and region, or of the whole inventory where it names none.
kinds(telemetry) := {kind | some [account, region, kind] in _places; _is_at(telemetry, account, region)}

# As many as there are accounts, regions and kinds together, however many workloads there are.
_places := {[workload.account, workload.region, workload.kind] | some workload in input.workloads}

_is_at(telemetry, account, region) if {
	telemetry.account in {null, account}
	telemetry.region in {null, region}
}
