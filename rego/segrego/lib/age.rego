# METADATA
# title: Age
# description: >-
#   How long ago something was, by the time of the evaluation. Nothing is old at an unknown time, or since an unknown one.
# schemas:
#   - input: schema.input
package segrego.lib.age

_day_ns := ((24 * 60) * 60) * 1000000000

# Whole days since a time.
days(then_ns) := floor((input.evaluated_at_ns - then_ns) / _day_ns) if {
	is_number(input.evaluated_at_ns)
	is_number(then_ns)
}

exceeds(then_ns, limit) if days(then_ns) > limit

# Whether a role was last used longer ago than the configured days. One that was never used counts from its creation.
is_unused(role) if exceeds(_last_ns(role), input.settings.thresholds.unused_days)

unused_days(role) := days(_last_ns(role))

_last_ns(role) := role.last_used_ns if role.last_used_ns > 0

_last_ns(role) := role.created_ns if role.last_used_ns == 0
