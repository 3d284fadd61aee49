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

test_stars_in_a_row_are_one if {
	segments.fit(["a", "", "", "c"], "abc")
	not segments.fit(["a", "", "", "c"], "xbc")
	not segments.fit(["a", "", "", "c"], "abd")
}

test_one_segment_is_the_whole_text if {
	segments.fit(["ab"], "ab")
	not segments.fit(["ab"], "abc")
	not segments.fit(["a"], "aa")
}

test_segments_do_not_overlap if {
	segments.fit(["ab", "b"], "abxb")
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
	segments.fit(["", middle, ""], "abc")
}

test_an_open_segment_is_taken_at_its_first_place if segments.fit(["", [one], "b", ""], "xbx")

test_an_open_character_of_a_pattern_that_is_covered_is_none_of_its_wildcards if {
	segments.fit([[text("a"), plain]], "ab")
	segments.fit([[text("a"), plain]], "a?")
	every special in ["*", "$", "{", "}"] {
		not segments.fit([[text("a"), plain]], concat("", ["a", special]))
	}
}

test_many_segments_are_followed if {
	many := array.concat(array.concat([""], ["a" | some _ in numbers.range(1, 600)]), [""])
	longer := concat("", ["ab" | some _ in numbers.range(1, 600)])
	segments.fit(many, longer)
	not segments.fit(many, concat("", ["ab" | some _ in numbers.range(1, 599)]))
	segments.may_fit(many, longer)
	not segments.may_fit(many, "")
}

# The segments are letters in turn, seven of them, so that one left out or taken twice is missed in what follows.
test_each_of_very_many_segments_is_looked_for_once_and_in_its_turn if {
	letters := [substring("abcdefg", place % 7, 1) | some place in numbers.range(0, 4093)]
	many := array.concat(array.concat([""], letters), [""])
	segments.fit(many, concat("", letters))
	not segments.fit(many, concat("", [letter | some place, letter in letters; place != 3584]))
}

test_up_to_the_limits_all_is_followed if {
	segments.fit(["" | some _ in numbers.range(1, 4096)], "a")
	text_of_500 := concat("", ["a" | some _ in numbers.range(1, 500)])
	segments.fit(["", [one | some _ in numbers.range(1, 500)]], text_of_500)
	not segments.fit([[one | some _ in numbers.range(1, 53)], ""], concat("", ["a" | some _ in numbers.range(1, 4717)]))
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
