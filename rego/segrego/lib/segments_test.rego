# The reference in tests/iam/test_text_matching.py holds these functions to a plain reading of wildcards; here is what the
# callers rely on.
package segrego.lib.segments_test

import data.segrego.lib.segments

any := ["any", ""]

one := ["one", ""]

plain := ["plain", ""]

text(it) := ["text", it]

test_neighbouring_texts_are_one_segment if {
	segments.of([text("a"), text("b"), any, text("c")]) == ["ab", "c"]
	segments.of([]) == [""]
	segments.of([any]) == ["", ""]
}

test_a_segment_with_an_open_character_holds_them_all if {
	segments.of([text("ab"), one, any]) == [[text("a"), text("b"), one], ""]
}

test_stars_in_a_row_are_one if segments.fit(["a", "", "", "c"], "abc")

test_segments_do_not_overlap if {
	segments.fit(["ab", "ba", "ab"], "abbaab")
	not segments.fit(["ab", "ba", "ab"], "abaab")
	not segments.fit(["ab", "b"], "ab")
}

test_open_characters_are_found_in_the_middle if {
	middle := [text("a"), one, text("c")]
	segments.fit(["", middle, ""], "xxabcxx")
	segments.fit([[one], [text("b"), one], [one, text("d")]], "abxxcd")
	not segments.fit(["", middle, ""], "xxabxx")
	not segments.fit(["", middle, ""], "ac")
}

test_an_open_character_of_a_pattern_that_is_covered_is_none_of_its_wildcards if {
	segments.fit([[text("a"), plain]], "ab")
	segments.fit([[text("a"), plain]], "a?")
	not segments.fit([[text("a"), plain]], "a*")
}

test_many_segments_are_followed if {
	many := array.concat(array.concat([""], ["a" | some _ in numbers.range(1, 600)]), [""])
	longer := concat("", ["ab" | some _ in numbers.range(1, 600)])
	segments.fit(many, longer)
	not segments.fit(many, concat("", ["ab" | some _ in numbers.range(1, 599)]))
	segments.may_fit(many, longer)
	not segments.may_fit(many, "")
}

test_what_is_longer_may_fit_for_all_anybody_knows if {
	many := ["a" | some _ in numbers.range(1, 4097)]
	segments.may_fit(many, "b")
	not segments.fit(many, "b")
	long := concat("", ["a" | some _ in numbers.range(1, 600)])
	open := [[one] | some _ in numbers.range(1, 600)]
	segments.may_fit(open, concat("", [long, "b"]))
	not segments.fit(open, concat("", [long, "b"]))
}
