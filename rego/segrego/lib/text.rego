# METADATA
# title: Patterns of IAM
# description: >-
#   How the patterns of a policy match texts, in three levels: 2 surely, 1 perhaps, 0 not. A pattern has the wildcards "*"
#   (any text, colons and slashes too) and "?" (one character), the escapes "${*}", "${?}" and "${$}", and "${…}" for what
#   nobody can tell: a policy variable of unknown value, or a part that is known only at deployment. A text may itself be a
#   pattern; it is then matched if everything that it stands for is.
#   Source: IAM user guide, "Policy elements: Resource" and "Policy elements: variables and tags".
# schemas:
#   - input: schema.input
package segrego.lib.text

import data.segrego.lib.segments

# How surely the pattern matches the text.
match(pattern, text) := 2 if {
	covers(pattern, text)
} else := 1 if {
	meets(pattern, text)
} else := 0

# Whether the pattern matches the whole of what the text stands for. Equal parts that are not resolved are equal.
covers(pattern, text) if pattern == text

covers(pattern, _) if pattern == "*"

covers(pattern, text) if {
	[start, end] := split(pattern, "*")
	_is_plain(pattern)
	startswith(text, start)
	endswith(text, end)
	count(text) >= count(start) + count(end)
}

covers(pattern, text) if {
	_is_plain(pattern)
	parts := split(pattern, "*")
	count(parts) > 2
	segments.fit(parts, text)
}

covers(pattern, text) if {
	not _is_plain(pattern)
	segments.fit(segments.of(_sure(pattern)), text)
}

_is_plain(pattern) if {
	not contains(pattern, "?")
	not contains(pattern, "${")
}

# Whether the text can stand for more than itself: it has a wildcard, an escape, or a part that is not resolved.
is_special(text) if contains(text, "*")

is_special(text) if contains(text, "?")

is_special(text) if contains(text, "${")

# Whether the text has a wildcard: the "*" and "?" within "${…}" are none.
has_wildcard(text) if {
	_may_have_wildcard(text)
	some [piece, _] in pieces(text)
	_wildcards[piece]
}

_may_have_wildcard(text) if contains(text, "*")

_may_have_wildcard(text) if contains(text, "?")

_wildcards := {"*", "?"}

# Whether the text has a part that is not resolved.
is_unresolved(text) if {
	contains(text, "${")
	some [piece, name] in pieces(text)
	_is_open(piece, name)
}

# A text in which no character is special.
literal(text) := text if not is_special(text)

literal(text) := concat("", [escaped |
	some character in split(text, "")
	escaped := object.get(_escapes, character, character)
]) if {
	is_special(text)
}

_escapes := {"*": "${*}", "?": "${?}", "$": "${$}"}

# The text that a pattern without wildcards and open parts stands for.
unescaped(pattern) := pattern if not contains(pattern, "${")

unescaped(pattern) := concat("", [_character(piece, name) | some [piece, name] in pieces(pattern)]) if contains(pattern, "${")

_character(piece, name) := name if _is_escape(piece, name)

_character(piece, name) := piece if not _is_escape(piece, name)

_is_escape(piece, name) if _escapes[name] == piece

# What a pattern is made of, each piece with the name in its "${…}".
pieces(text) := regex.find_all_string_submatch_n(`\$\{([^}]*)\}|\*|\?|[^*?$]+|\$`, text, -1)

_is_open(piece, name) if {
	startswith(piece, "${")
	not _is_escape(piece, name)
}

# What the pattern is made of, for the texts that it surely matches: "?" is no wildcard of a text that is a pattern.
_sure(pattern) := [_sure_part(piece, name) | some [piece, name] in pieces(pattern)]

_sure_part("*", _) := ["any", ""]

_sure_part("?", _) := ["plain", ""]

_sure_part(piece, name) := ["text", _character(piece, name)] if not _wildcards[piece]

# The same for the texts that it may match, since a part that is not resolved may be anything.
_perhaps(pattern) := [_perhaps_part(piece, name) | some [piece, name] in pieces(pattern)]

_perhaps_part("*", _) := ["any", ""]

_perhaps_part("?", _) := ["one", ""]

_perhaps_part(piece, name) := ["any", ""] if _is_open(piece, name)

_perhaps_part(piece, name) := ["text", _character(piece, name)] if {
	not _wildcards[piece]
	not _is_open(piece, name)
}

# Whether pattern and text may have anything in common. With wildcards on both sides their fixed beginnings and ends
# decide (a text with both beginnings, whatever either has in its middle, and both ends is matched by both): part by part
# where both are ARNs, so that one open part hides no difference of another.
meets(pattern, text) if pattern == text

meets(pattern, text) if {
	not is_special(text)
	is_special(pattern)
	_may_match(pattern, text)
}

meets(pattern, text) if {
	is_special(text)
	not is_special(pattern)
	_may_match(text, pattern)
}

meets(pattern, text) if {
	is_special(text)
	is_special(pattern)
	_meet(pattern, text)
}

_meet(pattern, text) if {
	parts := _parts_of_arn(pattern)
	others := _parts_of_arn(text)
	every place in [0, 1, 2, 3] {
		_fields_meet(parts[place], others[place])
	}
	_fields_meet(_account(parts[4]), _account(others[4]))
	some resource in _resources(parts[4], parts[5])
	some other in _resources(others[4], others[5])
	_fields_meet(resource, other)
} else if {
	not _are_arns(pattern, text)
	_fields_meet(pattern, text)
}

_account(account) := concat("", [split(account, "*")[0], "*"]) if contains(account, "*")

_account(account) := account if not contains(account, "*")

# What the resource of an ARN may be: a star for the account may take in the beginning of it ("…:*:orders" is
# "…:111122223333:function:orders" too).
_resources(account, resource) := {resource, concat("*:", ["", resource])} if contains(account, "*")

_resources(account, resource) := {resource} if not contains(account, "*")

_are_arns(pattern, text) if {
	_parts_of_arn(pattern)
	_parts_of_arn(text)
}

# The six parts of a pattern that has them all. A "*" may stand for several: then what follows is none of a region's or an
# account's, and the pattern is taken as a whole.
_parts_of_arn(pattern) := parts if {
	parts := arn_parts(pattern)
	count(parts) == 6
	regex.match(`^(?:[*?]*|[a-z?]{0,2}\*|[a-z?]+-[a-z0-9*?-]*|.*\$.*)$`, parts[3])
	regex.match(`^(?:[0-9*]*|aws|.*\$.*)$`, parts[4])
}

# Whether a pattern may match a text that stands for itself alone.
_may_match(pattern, text) if {
	_is_plain(pattern)
	segments.may_fit(split(pattern, "*"), text)
}

_may_match(pattern, text) if {
	not _is_plain(pattern)
	segments.may_fit(segments.of(_perhaps(pattern)), text)
}

# The parts between colons. "${AWS::Region}" holds colons that are none of an ARN's.
_fields(text) := split(text, ":") if not contains(text, "${")

_fields(text) := split(concat("", [replace(piece, ":", _inner_colon(piece)) | some [piece, _] in pieces(text)]), ":") if {
	contains(text, "${")
}

_inner_colon(piece) := "|" if startswith(piece, "${")

_inner_colon(piece) := ":" if not startswith(piece, "${")

_fields_meet(field, other) if field == other

_fields_meet(field, other) if {
	not is_special(other)
	_may_match(field, other)
}

_fields_meet(field, other) if {
	not is_special(field)
	_may_match(other, field)
}

_fields_meet(field, other) if {
	is_special(field)
	is_special(other)
	_ends_meet(field, other)
	not _names_another(field, other)
}

# arn:partition:service:region:account:resource, where the resource may hold colons. AWS reads "arn:aws:sqs" as everything of
# the service.
arn_parts(text) := array.concat(array.slice(fields, 0, 5), [concat(":", array.slice(fields, 5, count(fields)))]) if {
	fields := _fields(text)
	count(fields) >= 6
}

arn_parts(text) := _fields(text) if count(_fields(text)) < 6

_ends_meet(pattern, text) if {
	_one_starts(_start(pattern), _start(text))
	_one_ends(_end(pattern), _end(text))
}

_one_starts(start, other) if startswith(start, other)

_one_starts(start, other) if startswith(other, start)

_one_ends(end, other) if endswith(end, other)

_one_ends(end, other) if endswith(other, end)

_start(text) := _if_fixed(pieces(text)[0])

_end(text) := _if_fixed(parts[count(parts) - 1]) if parts := pieces(text)

_if_fixed([piece, _]) := piece if _is_fixed(piece)

_if_fixed([piece, _]) := "" if not _is_fixed(piece)

_is_fixed(piece) if {
	not _wildcards[piece]
	not startswith(piece, "${")
}

# Two things of this document whose names are not known yet are two things, and not perhaps one.
_names_another(field, other) if {
	[start, thing] := _opening(field)
	[other_start, another] := _opening(other)
	start == other_start
	_things[thing]
	_things[another]
	thing != another
}

_opening(field) := [start, open] if {
	parts := pieces(field)
	start := _start(field)
	open := parts[count([1 | start != ""])][0]
	startswith(open, "${")
}

# The names of things that are known only at deployment: "${Bucket}", but not "${AWS::Region}".
_things := {replace(piece, ":", "|") |
	some name in _names
	contains(name, "${")
	some [piece, _] in pieces(name)
	startswith(piece, "${")
	not contains(piece, "::")
}

_names := ((({workload.arn | some workload in input.workloads} | {use.target |
	some workload in input.workloads
	some use in workload.uses
}) | {role.arn | some role in input.roles}) | {resource.arn | some resource in input.resources}) | {tool.target |
	some tool in input.tools
}

# What a resource may be a part of: TARGET/anything, TARGET:qualifier, and for agent-alias/AGENT/ALIAS the agent.
wholes(resource) := ({resource} | {concat("/", array.slice(parts, 0, end)) | some end in [1, 2, 3, 4]; end < count(parts)}) | {concat(":", array.slice(fields, 0, count(fields) - 1)), _agent(resource)} if {
	parts := split(resource, "/")
	fields := split(resource, ":")
}

_agent(resource) := concat("/", array.slice(split(replace(resource, ":agent-alias/", ":agent/"), "/"), 0, 2))
