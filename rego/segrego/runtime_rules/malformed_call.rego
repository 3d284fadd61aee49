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

# The whole call at once. Written out, since a function costs more than its body.
is_well_formed if {
	input.version == 1
	is_string(input.agent)
	is_string(input.session.id)
	is_string(input.tool.name)
	is_string(input.tool.operation)
	is_string(input.tool.arguments_digest)
	input.agent != ""
	input.session.id != ""
	input.tool.name != ""
	input.tool.operation != ""
	input.tool.arguments_digest != ""
	is_object(input.tool.arguments)
	is_number(input.time_ns)
	type_name(input.proof) in {"string", "null"}
	type_name(input.grant) in {"string", "null"}
	type_name(input.role) in {"string", "null"}
	type_name(input.task) in {"string", "null"}
	type_name(input.traceparent) in {"string", "null"}
	type_name(input.flow) in {"object", "null"}
	type_name(input.rate) in {"object", "null"}
	_is_resource(input.resource)
	is_array(input.callers)
	count(input.callers) == count([1 |
		some caller in input.callers
		is_string(caller.agent)
		caller.agent != ""
		type_name(caller.proof) in {"string", "null"}
	])
	is_array(input.history)
	count(input.history) == count([1 |
		some past in input.history
		is_string(past.verdict)
		type_name(past.domain) in {"string", "null"}
		type_name(past.task) in {"string", "null"}
	])
	is_array(input.approvals)
	count(input.approvals) == count([1 | some approval in input.approvals; is_string(approval)])
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
