# METADATA
# title: The call comes outside the agent's hours
# description: >-
#   The agent is registered for certain hours of certain days (UTC). At other times nobody expects it to act.
# custom:
#   category: scope
#   remediation: >-
#     Wait, or change the hours in segrego.yaml.
#   controls:
#     nist-800-53-r5: [AC-2, AC-24]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.outside_hours

import data.segrego.runtime_lib.call

deny contains {"minute": minute, "day": day, "hours": hours} if {
	hours := call.agent.limits.hours
	hours != null
	[hour, past, _] := time.clock(call.now)
	minute := (hour * 60) + past
	day := _days[time.weekday(call.now)]
	not _is_open(hours, day, minute)
}

# ISO 8601: Monday is 1.
_days := {
	"Monday": 1,
	"Tuesday": 2,
	"Wednesday": 3,
	"Thursday": 4,
	"Friday": 5,
	"Saturday": 6,
	"Sunday": 7,
}

_is_open(hours, day, minute) if {
	day in hours.days
	minute >= hours.from
	minute < hours.to
}
