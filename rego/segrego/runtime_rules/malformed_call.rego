# METADATA
# title: The call is not what a call must be
# description: >-
#   A field has a type that no rule is written for. What cannot be understood is not allowed.
# custom:
#   category: policy
#   remediation: >-
#     Send calls through segrego.enforce, which writes them as schemas/call.json says.
#   controls:
#     nist-800-53-r5: [AC-24]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.malformed_call

deny contains {"field": concat(".", path)} if {
	not is_well_formed
	some path, value in _values
	not _is_understood(path, value)
}

# The whole call at once, which is what nearly all calls need.
is_well_formed if {
	input.version == 1
	_is_text(input.agent)
	_is_text(input.session.id)
	_is_text(input.tool.name)
	_is_text(input.tool.operation)
	_is_text(input.tool.arguments_digest)
	is_object(input.tool.arguments)
	is_number(input.time_ns)
	_is_text_or_null(input.proof)
	_is_text_or_null(input.grant)
	_is_text_or_null(input.role)
	_is_text_or_null(input.task)
	_is_object_or_null(input.flow)
	_is_object_or_null(input.rate)
	_is_resource(input.resource)
	_is_text_or_null(input.traceparent)
	_are_callers(input.callers)
	_are_past(input.history)
	_are_texts(input.approvals)
}

# What each field must be. A field that is left out is none of these: a rule that meets it would be silent.
_values := {path: object.get(input, path, {"absent"}) | some path, _ in _kinds}

_kinds := {
	["version"]: "one",
	["agent"]: "text",
	["session", "id"]: "text",
	["tool", "name"]: "text",
	["tool", "operation"]: "text",
	["tool", "arguments_digest"]: "text",
	["tool", "arguments"]: "object",
	["time_ns"]: "number",
	["proof"]: "optional text",
	["grant"]: "optional text",
	["role"]: "optional text",
	["task"]: "optional text",
	["traceparent"]: "optional text",
	["flow"]: "optional object",
	["rate"]: "optional object",
	["resource"]: "resource",
	["callers"]: "callers",
	["history"]: "past calls",
	["approvals"]: "texts",
}

_is_understood(path, 1) if _kinds[path] == "one"

_is_understood(path, value) if {
	_kinds[path] == "text"
	_is_text(value)
}

_is_understood(path, value) if {
	_kinds[path] == "object"
	is_object(value)
}

_is_understood(path, value) if {
	_kinds[path] == "number"
	is_number(value)
}

_is_understood(path, value) if {
	_kinds[path] == "optional text"
	_is_text_or_null(value)
}

_is_understood(path, value) if {
	_kinds[path] == "optional object"
	_is_object_or_null(value)
}

_is_understood(path, value) if {
	_kinds[path] == "resource"
	_is_resource(value)
}

_is_understood(path, value) if {
	_kinds[path] == "callers"
	_are_callers(value)
}

_is_understood(path, value) if {
	_kinds[path] == "past calls"
	_are_past(value)
}

_is_understood(path, value) if {
	_kinds[path] == "texts"
	_are_texts(value)
}

_is_text(value) if {
	is_string(value)
	value != ""
}

_is_text_or_null(null)

_is_text_or_null(value) if is_string(value)

_is_object_or_null(null)

_is_object_or_null(value) if is_object(value)

_is_resource(null)

_is_resource(value) if {
	_is_text(value.arn)
	_is_text_or_null(value.account)
	_is_text_or_null(value.domain)
	_is_text_or_null(value.environment)
}

_are_texts(value) if {
	is_array(value)
	every text in value {
		is_string(text)
	}
}

_are_callers(value) if {
	is_array(value)
	every caller in value {
		_is_text(caller.agent)
		_is_text_or_null(caller.proof)
	}
}

_are_past(value) if {
	is_array(value)
	every past in value {
		is_string(past.verdict)
		_is_text_or_null(past.domain)
		_is_text_or_null(past.task)
	}
}
