#include "train/rules.h"

#include <string.h>

#include "model/piece_rule.h"
#include "text/cut.h"
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

	if (r->characters == CHARACTERS_BEGIN)
		return !bp_utf8_tail(s.p[0]);
	for (i = 0; r->characters == CHARACTERS_WHOLE && i < s.n; i += k)
		if ((k = bp_utf8_length(s.p + i, s.n - i)) == 0)
			return false;
	return true;
}

static bool is_all_spaces(struct slice s)
{
	size_t i;

	for (i = 0; i < s.n && s.p[i] == ' '; i++)
		;
	return i == s.n;
}

/* The bytes after the last space, without the newlines at their end. */
static struct slice last_word(struct slice s)
{
	size_t from = s.n;

	while (from > 0 && s.p[from - 1] != ' ')
		from--;
	s = (struct slice){ s.p + from, s.n - from };
	while (s.n > 0 && s.p[s.n - 1] == '\n')
		s.n--;
	return s;
}

/*
 * True if a piece that crosses a space consists of whole words.  The piece has to begin with a
 * space; then all its words but the last stand between two spaces and are whole, and only the last
 * one has to be looked up among the words of the sample.  Other blanks than spaces and newlines are
 * refused: they would end a word in a second way, unknown to the table of words.
 */
static bool has_whole_words(const struct piece_rules *r, struct slice s)
{
	struct slice last = last_word(s);
	size_t i;

	if (is_all_spaces(s))
		return true;
	if (s.p[0] != ' ')
		return false;
	for (i = 0; i < s.n; i++)
		if (s.p[i] >= '\t' && s.p[i] <= '\r' && s.p[i] != '\n')
			return false;
	return last.n == 0 || !r->knows_words || bp_table_has(&r->words, last);
}

static bool satisfies_spaces(const struct piece_rules *r, struct slice s)
{
	if (r->across_spaces == BP_SPACES_ANY || memchr(s.p + 1, ' ', s.n - 1) == NULL)
		return true;
	return r->across_spaces == BP_SPACES_WORDS && has_whole_words(r, s);
}

static bool has_digit(struct slice s)
{
	size_t i, k;

	for (i = 0; i < s.n; i += k) {
		k = bp_utf8_unit(s.p + i, s.n - i);
		if (bp_is_digit((struct slice){ s.p + i, k }))
			return true;
	}
	return false;
}

/*
 * Segments are cut around digits (text/cut.h), but bp_sample_join() joins them again inside
 * required pieces.
 */
static bool satisfies_digits(const struct piece_rules *r, struct slice s)
{
	return !r->isolate_digits || bp_is_digit(s) || !has_digit(s);
}

/* Every constraint on bytes; bp_count_allowed() asks the constraint on counts. */
static bool (*const satisfies[N_CONSTRAINTS])(const struct piece_rules *r, struct slice s) = {
	[CONSTRAINT_LENGTH] = satisfies_length,
	[CONSTRAINT_CHARACTERS] = satisfies_characters,
	[CONSTRAINT_SPACES] = satisfies_spaces,
	[CONSTRAINT_DIGITS] = satisfies_digits,
	[CONSTRAINT_COUNT] = NULL
};

bool bp_piece_allowed(const struct piece_rules *r, struct slice s)
{
	size_t i;

	for (i = 0; i < N_CONSTRAINTS; i++)
		if (satisfies[i] != NULL && !satisfies[i](r, s))
			return false;
	/* Last: only a few of the strings that trainers ask about fail it. */
	return bp_piece_possible(s, NULL);
}

bool bp_count_allowed(const struct piece_rules *r, uint64_t count)
{
	return count >= r->min_count;
}

/*
 * The published algorithm drops candidates that do not satisfy the list, and so holds every
 * constraint that can be decided while candidates come in.  The words are known only from a
 * sample, and it draws none.
 */
bp_status bp_rules_check(const bp_train_options *o, bp_error *err)
{
	if (o->reference && o->across_spaces != BP_SPACES_ANY)
		return bp_fail(err, BP_ERANGE, "--across-spaces and --reference exclude each "
			       "other: the published algorithm has no rule for spaces");
	return BP_OK;
}

void bp_rules_init(struct piece_rules *r, const bp_train_options *o)
{
	*r = (struct piece_rules){
		.max_length = o->max_piece_length, .min_count = o->min_count,
		.characters = !o->ensure_unicode ? CHARACTERS_ANY :
			      o->reference ? CHARACTERS_BEGIN : CHARACTERS_WHOLE,
		.across_spaces = o->across_spaces, .isolate_digits = o->isolate_digits
	};
}

void bp_rules_release(struct piece_rules *r)
{
	bp_table_release(&r->words);
	*r = (struct piece_rules){ 0 };
}

static bool ends_word(unsigned char c)
{
	return c == ' ' || c == '\n';
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
 * The corpus is cut inside a line after BP_CUT_TRAINING_CHARS, and around digits if they are
 * isolated.
 */
static bool add_block_words(struct piece_rules *r, const struct sample_block *b)
{
	struct slice segment = { b->bytes, b->length[0] }, next;
	/* The bytes before the block and after it are not known. */
	bool cut_before = true, cut_after;
	size_t k;

	for (k = 0; k < b->n; k++, segment = next) {
		next = (struct slice){ segment.p + segment.n, k + 1 < b->n ? b->length[k + 1] : 0 };
		cut_after = segment.n >= BP_CUT_TRAINING_CHARS ||
			    (r->isolate_digits && (k + 1 == b->n || bp_is_digit(next)));
		if (r->isolate_digits && bp_is_digit(segment))
			cut_before = cut_after = true;
		if (!add_segment_words(r, segment, cut_before, cut_after))
			return false;
		cut_before = cut_after;
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
