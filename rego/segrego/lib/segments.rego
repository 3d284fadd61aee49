# METADATA
# title: Segments of a pattern
# description: >-
#   A pattern as what stands between its stars, and whether a text has these one after the other. Linear in the text for
#   each segment without open characters, and in the text times the segment for the others.
package segrego.lib.segments

# The segments of a pattern's parts: ["any", ""], ["text", it], or one character that is open ["one", ""], or that is open
# but for what is special in a pattern ["plain", ""]. A segment is a text, or where characters are open, an array of all.
of(parts) := [_segment(array.slice(parts, start, stops[place])) |
	stops := array.concat([place | some place, part in parts; part[0] == "any"], [count(parts)])
	some place, start in array.concat([0], [start | some place, part in parts; part[0] == "any"; start := place + 1])
]

_segment(parts) := concat("", [text | some [_, text] in parts]) if _is_text(parts)

_segment(parts) := [character | some part in parts; some character in _characters(part)] if not _is_text(parts)

_is_text(parts) if count([1 | some [kind, _] in parts; kind != "text"]) == 0

_characters(["text", text]) := [["text", character] | some character in split(text, "")]

_characters([kind, text]) := [[kind, text]] if kind != "text"

# Whether the segments, with any text between them, are the whole text. A middle one is taken at its first place for good:
# no other could do better. A regular expression for each pattern would be shorter, but OPA's Wasm runtime (1.22.2,
# wasm/src/regex.cc) keeps a hundred, and may then free the one that is in use.
fit([segment], text) if {
	count(text) == count(segment)
	_begins(text, segment)
}

fit(segments, text) if {
	last := count(segments) - 1
	last > 0
	not _is_too_long(segments, text)
	_begins(text, segments[0])
	middle := [segment | some segment in array.slice(segments, 1, last); count(segment) > 0]
	rest := _past_4096(substring(text, count(segments[0]), -1), middle, 0)
	left := count(rest) - count(segments[last])
	left >= 0
	_begins(substring(rest, left, -1), segments[last])
}

# The same, or nobody can tell.
may_fit(segments, text) if fit(segments, text)

may_fit(segments, text) if _is_too_long(segments, text)

# What is longer than IAM takes is not followed: whether it matches, nobody can tell. Of open characters (those of "?"),
# which are looked for place by place, fewer are followed.
_is_too_long(segments, _) if count(segments) > 4096

_is_too_long(segments, text) if {
	some segment in segments
	is_array(segment)
	count(text) * sum([count(each) | some each in segments]) > 250000
}

# What is left of a text behind the first places of segments, one after the other: of up to 4096 from a place on. (Rego has
# no loop that carries something along, and no recursion.)
_past_4096(text, segments, at) := text if {
	at >= count(segments)
} else := _past_512(h, segments, at + 3584) if {
	a := _past_512(text, segments, at)
	b := _past_512(a, segments, at + 512)
	c := _past_512(b, segments, at + 1024)
	d := _past_512(c, segments, at + 1536)
	e := _past_512(d, segments, at + 2048)
	f := _past_512(e, segments, at + 2560)
	h := _past_512(f, segments, at + 3072)
}

_past_512(text, segments, at) := text if {
	at >= count(segments)
} else := _past_64(h, segments, at + 448) if {
	a := _past_64(text, segments, at)
	b := _past_64(a, segments, at + 64)
	c := _past_64(b, segments, at + 128)
	d := _past_64(c, segments, at + 192)
	e := _past_64(d, segments, at + 256)
	f := _past_64(e, segments, at + 320)
	h := _past_64(f, segments, at + 384)
}

_past_64(text, segments, at) := text if {
	at >= count(segments)
} else := _past_8(h, segments, at + 56) if {
	a := _past_8(text, segments, at)
	b := _past_8(a, segments, at + 8)
	c := _past_8(b, segments, at + 16)
	d := _past_8(c, segments, at + 24)
	e := _past_8(d, segments, at + 32)
	f := _past_8(e, segments, at + 40)
	h := _past_8(f, segments, at + 48)
}

_past_8(text, segments, at) := text if {
	at >= count(segments)
} else := _past_1(h, segments, at + 7) if {
	a := _past_1(text, segments, at)
	b := _past_1(a, segments, at + 1)
	c := _past_1(b, segments, at + 2)
	d := _past_1(c, segments, at + 3)
	e := _past_1(d, segments, at + 4)
	f := _past_1(e, segments, at + 5)
	h := _past_1(f, segments, at + 6)
}

_past_1(text, segments, at) := text if {
	at >= count(segments)
} else := substring(text, place + count(segments[at]), -1) if {
	place := _first_place(text, segments[at])
	place >= 0
}

_first_place(text, segment) := indexof(text, segment) if is_string(segment)

_first_place(text, segment) := min({place | some place in places; _is_at(characters, segment, place)}) if {
	is_array(segment)
	characters := split(text, "")
	count(characters) >= count(segment)
	places := numbers.range(0, count(characters) - count(segment))
}

_begins(text, segment) if startswith(text, segment)

_begins(text, segment) if {
	is_array(segment)
	_is_at(split(text, ""), segment, 0)
}

_is_at(characters, segment, place) if {
	every at, wanted in segment {
		_is_like(wanted, characters[place + at])
	}
}

_is_like(["text", character], character)

_is_like(["one", _], _)

_is_like(["plain", _], character) if not _specials[character]

_specials := {"*", "$", "{", "}"}
