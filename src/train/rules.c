#include "train/rules.h"

#include <string.h>

#include "encode/loaded_model.h"
#include "model/piece_rule.h"
#include "text/unicode.h"
#include "text/utf8.h"
#include "train/sample.h"

static bool satisfies_length(const struct piece_rules *r, struct slice s)
{
	return s.n <= r->max_length;
}

/*
 * In valid text the two stricter rules give equal pieces: if no piece begins inside a character,
 * none ends inside one.  In malformed text they differ, and the published algorithm has the weaker.
 */
static bool satisfies_characters(const struct piece_rules *r, struct slice s)
{
	size_t i, k;

	if (r->characters == CHARACTERS_ANY)
		return true;
	if (r->characters == CHARACTERS_BEGIN)
		return !bp_utf8_tail(s.p[0]);
	for (i = 0; i < s.n; i += k)
		if ((k = bp_utf8_length(s.p + i, s.n - i)) == 0)
			return r->characters == CHARACTERS_OR_BEGINNING && bp_utf8_is_beginning(s);
	return true;
}

static bool ends_word(unsigned char c)
{
	return c == ' ' || c == '\n';
}

/* Number of spaces and newlines at the beginning. */
static size_t blanks_in_front(struct slice s)
{
	size_t n = 0;

	while (n < s.n && ends_word(s.p[n]))
		n++;
	return n;
}

/* The bytes after the last space or newline, newlines at the end not counted. */
static struct slice last_word(struct slice s)
{
	size_t from;

	while (s.n > 0 && s.p[s.n - 1] == '\n')
		s.n--;
	for (from = s.n; from > 0 && !ends_word(s.p[from - 1]); from--)
		;
	return (struct slice){ s.p + from, s.n - from };
}

/* True if a space, or a newline before another byte, follows the first byte. */
static bool crosses_blank(struct slice s)
{
	size_t i;

	for (i = 1; i < s.n; i++)
		if (s.p[i] == ' ' || (s.p[i] == '\n' && i + 1 < s.n && s.p[i + 1] != '\n'))
			return true;
	return false;
}

/*
 * True if a piece that crosses a space or newline has words of the sample alone.  It has to begin
 * with one; then all its words but the last stand between two and are whole, and only the last
 * one has to be looked up among the words of the sample.  Other blanks than spaces and newlines are
 * refused: they would end a word in a second way, unknown to the table of words.
 */
static bool has_whole_words(const struct piece_rules *r, struct slice s)
{
	struct slice last = last_word(s);
	size_t i;

	if (blanks_in_front(s) == s.n)
		return true;
	if (!ends_word(s.p[0]))
		return false;
	for (i = 0; i < s.n; i++)
		if (s.p[i] >= '\t' && s.p[i] <= '\r' && s.p[i] != '\n')
			return false;
	return last.n == 0 || !r->knows_words || bp_table_has(&r->words, last);
}

static bool ends_in_space_after_word(struct slice s)
{
	size_t n = s.n, k;

	while (n > 0 && s.p[n - 1] == ' ')
		n--;
	if (n == 0 || n == s.n)
		return false;
	k = bp_utf8_last_unit(s.p, n);
	return (bp_unit_flags(s.p + n - k, k) & BP_WORD) != 0;
}

static bool satisfies_spaces(const struct piece_rules *r, struct slice s)
{
	size_t n;

	switch (r->across_spaces) {
	case BP_SPACES_INSIDE:
		return !ends_in_space_after_word(s);
	case BP_SPACES_WORDS:
		return !crosses_blank(s) || has_whole_words(r, s);
	case BP_SPACES_NO:
		n = blanks_in_front(s);
		return memchr(s.p + n, ' ', s.n - n) == NULL;
	default:
		return true;
	}
}

/* Segments are cut around digits and punctuation (bp_rules_cuts()), but bp_sample_join() joins them
 * again inside required pieces. */
static bool satisfies_digits(const struct piece_rules *r, struct slice s)
{
	size_t digits = 0, units = 0, i, k;

	if (r->digits == BP_DIGITS_ANY)
		return true;
	for (i = 0; i < s.n; i += k, units++) {
		k = bp_utf8_unit(s.p + i, s.n - i);
		digits += (bp_unit_flags(s.p + i, k) & BP_DIGIT) != 0;
	}
	return digits == 0 || (digits == units && units <= (r->digits == BP_DIGITS_UPTO3 ? 3 : 1));
}

static bool satisfies_punctuation(const struct piece_rules *r, struct slice s)
{
	unsigned flags = 0;
	size_t i, k;

	for (i = 0; r->punctuation_apart && i < s.n; i += k) {
		k = bp_utf8_unit(s.p + i, s.n - i);
		flags |= bp_unit_flags(s.p + i, k);
	}
	return !((flags & BP_WORD) && (flags & BP_SYMBOL));
}

/* Every constraint on bytes; bp_count_allowed() asks the constraint on counts. */
static bool (*const satisfies[N_CONSTRAINTS])(const struct piece_rules *r, struct slice s) = {
	[CONSTRAINT_LENGTH] = satisfies_length,
	[CONSTRAINT_CHARACTERS] = satisfies_characters,
	[CONSTRAINT_SPACES] = satisfies_spaces,
	[CONSTRAINT_DIGITS] = satisfies_digits,
	[CONSTRAINT_PUNCTUATION] = satisfies_punctuation,
	[CONSTRAINT_COUNT] = NULL
};

bool bp_piece_allowed(const struct piece_rules *r, struct slice s)
{
	size_t i;

	for (i = 0; i < N_CONSTRAINTS; i++)
		if (satisfies[i] != NULL && !satisfies[i](r, s))
			return false;
	/* Last: only a few of the strings that trainers ask about fail it. */
	return bp_piece_possible(r->cuts.newlines, s, NULL);
}

bool bp_piece_begins_character(const struct piece_rules *r, struct slice s)
{
	return r->characters == CHARACTERS_OR_BEGINNING && bp_utf8_is_beginning(s);
}

bool bp_count_allowed(const struct piece_rules *r, uint64_t count)
{
	return count >= r->min_count;
}

bp_ensure_unicode bp_rules_unicode(const bp_train_options *o)
{
	return o->ensure_unicode != BP_UNICODE_DEFAULT ? o->ensure_unicode :
	       o->reference ? BP_UNICODE_YES : BP_UNICODE_BEGIN;
}

bp_across_spaces bp_rules_spaces(const bp_train_options *o)
{
	return o->across_spaces != BP_SPACES_DEFAULT ? o->across_spaces :
	       o->reference ? BP_SPACES_ANY : BP_SPACES_INSIDE;
}

bp_newlines bp_rules_newlines(const bp_train_options *o, bp_records records)
{
	return o->newlines != BP_NEWLINES_DEFAULT ? o->newlines :
	       o->extend != NULL ? o->extend->model.newlines :
	       o->reference || records == BP_LINES ? BP_NEWLINES_END : BP_NEWLINES_TEXT;
}

/*
 * The published algorithm drops candidates that do not satisfy the list, and so holds every
 * constraint that can be decided while candidates come in.  The words are known only from a
 * sample, and it draws none.
 */
bp_status bp_rules_check(const bp_train_options *o, bp_error *err)
{
	bp_newlines newlines = bp_rules_newlines(o, BP_LINES);

	if (o->reference && bp_rules_spaces(o) != BP_SPACES_ANY)
		return bp_fail(err, BP_ERANGE, "--across-spaces and --reference exclude each "
			       "other: the published algorithm has no rule for spaces");
	if (o->reference && newlines != BP_NEWLINES_END)
		return bp_fail(err, BP_ERANGE, "--newlines %s and --reference exclude each other: "
			       "the published algorithm has no piece with another byte behind a "
			       "newline", bp_newlines_name(newlines));
	if (o->reference && bp_rules_unicode(o) > BP_UNICODE_YES)
		return bp_fail(err, BP_ERANGE, "--ensure-unicode %s and --reference exclude "
			       "each other: the published algorithm has no rule for the ends of "
			       "pieces", o->ensure_unicode == BP_UNICODE_BEGIN ? "begin" :
			       "begin-all");
	return BP_OK;
}

struct cut_rules bp_rules_cuts(const bp_train_options *o)
{
	struct cut_rules cuts = BP_CUT_TRAINING;

	cuts.between = (o->digits != BP_DIGITS_ANY ? BP_CUT_DIGITS : 0) |
		       (o->digits == BP_DIGITS_SINGLE ? BP_CUT_EACH_DIGIT : 0) |
		       (o->punctuation_apart ? BP_CUT_SYMBOLS : 0);
	cuts.newlines = bp_rules_newlines(o, BP_LINES);
	return cuts;
}

void bp_rules_init(struct piece_rules *r, const bp_train_options *o)
{
	bp_ensure_unicode unicode = bp_rules_unicode(o);

	*r = (struct piece_rules){
		.max_length = o->max_piece_length, .min_count = o->min_count,
		.characters = unicode == BP_UNICODE_NO ? CHARACTERS_ANY :
			      unicode != BP_UNICODE_YES ? CHARACTERS_OR_BEGINNING :
			      o->reference ? CHARACTERS_BEGIN : CHARACTERS_WHOLE,
		.across_spaces = bp_rules_spaces(o), .digits = o->digits,
		.punctuation_apart = o->punctuation_apart, .cuts = bp_rules_cuts(o)
	};
}

void bp_rules_release(struct piece_rules *r)
{
	bp_table_release(&r->words);
	*r = (struct piece_rules){ 0 };
}

/*
 * Add the words of a segment that a piece may end with: a piece is no longer than max_length.  A
 * word at a cut inside a line may be a part of a longer word, and is left out.
 */
static bool add_segment_words(struct piece_rules *r, struct slice segment, bool cut_before,
			      bool cut_after)
{
	size_t from, i;

	for (from = i = 0; i <= segment.n; i++) {
		if (i < segment.n && !ends_word(segment.p[i]))
			continue;
		if (i > from && i - from <= r->max_length && !(cut_before && from == 0) &&
		    !(cut_after && i == segment.n) &&
		    !bp_table_add(&r->words, (struct slice){ segment.p + from, i - from }, 1))
			return false;
		from = i + 1;
	}
	return true;
}

/*
 * The corpus is cut inside a line after BP_CUT_TRAINING_CHARS, and by bp_rules_cuts().  The bytes
 * behind the last segment of a block are not known: 'after' is empty.
 */
static bool may_be_cut(const struct piece_rules *r, struct slice before, struct slice after)
{
	return before.n >= BP_CUT_TRAINING_CHARS ||
	       (r->cuts.between != 0 && (after.n == 0 || bp_cut_between(&r->cuts, before, after)));
}

static bool add_block_words(struct piece_rules *r, const struct sample_block *b)
{
	struct slice segment = { b->bytes, b->length[0] }, next;
	/* The bytes before the block are not known. */
	bool cut_before = true, cut_after;
	size_t k;

	for (k = 0; k < b->n; k++, segment = next, cut_before = cut_after) {
		next = (struct slice){ segment.p + segment.n, k + 1 < b->n ? b->length[k + 1] : 0 };
		cut_after = may_be_cut(r, segment, next);
		if (!add_segment_words(r, segment, cut_before, cut_after))
			return false;
	}
	return true;
}

bp_status bp_rules_learn_words(struct piece_rules *r, const struct sample *s, bp_error *err)
{
	size_t i;

	if (r->across_spaces != BP_SPACES_WORDS || r->knows_words)
		return BP_OK;
	for (i = 0; i < s->n; i++)
		if (!add_block_words(r, &s->block[i]))
			return bp_fail_memory(err);
	r->knows_words = true;
	return BP_OK;
}
