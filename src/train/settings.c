/*
 * One table has all words.  To add an option: an index, a row of the table, its value in
 * bp_settings_write(), and its option in bp_settings_read().  Files of counts and plans without the
 * new word are refused then, as they should be.
 */
#include "train/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "train/rules.h"

enum { VERSION = 2 };	/* to be raised if counts of equal options change their meaning */

/*
 * The words in their order.  The value of a word with choices is one of them, separated by "|", and
 * its number is that of the enum in bytepiece_files.h; other values are numbers in a range.
 */
enum { VERSION_WORD, RECIPE, TEXTS, SPECIALS, NORMALIZE, NEWLINES, DIGITS, PUNCTUATION, UNICODE,
       SPACES, ORDER, MIN_COUNT, LENGTH, COUNT, SAMPLE, N_WORDS };
static const struct {
	const char *name, *choices;
	uint64_t min, max;
} word[N_WORDS] = {
	[VERSION_WORD] = { "bytepiece", NULL, VERSION, VERSION },
	[RECIPE] = { "recipe", "default|reference", 0, 0 },
	[TEXTS] = { "texts", "lines|nuls|whole|jsonl", 0, 0 },
	[SPECIALS] = { "specials", "no|yes", 0, 0 },
	[NORMALIZE] = { "normalize", "nfc|none", 0, 0 },
	[NEWLINES] = { "newlines", "end|begin|text", 0, 0 },
	[DIGITS] = { "digits", "any|single|upto3", 0, 0 },
	[PUNCTUATION] = { "punctuation", "any|apart", 0, 0 },
	[UNICODE] = { "ensure-unicode", "no|yes|begin", 0, 0 },
	[SPACES] = { "across-spaces", "any|inside|words|no", 0, 0 },
	[ORDER] = { "order", NULL, 1, BP_ORDER_MAX },
	[MIN_COUNT] = { "min-count", NULL, 1, INT64_MAX },
	[LENGTH] = { "max-piece-length", NULL, 1, BP_PIECE_MAX },
	[COUNT] = { "count-size", NULL, 1, INT64_MAX },
	[SAMPLE] = { "sample-size", NULL, 1, INT64_MAX },
};

static bool begin_word(struct buf *out, const char *name)
{
	return (out->len == 0 || bp_buf_byte(out, ' ')) && bp_buf_string(out, name) &&
	       bp_buf_byte(out, '=');
}

bool bp_word_write(struct buf *out, const char *name, uint64_t value)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%" PRIu64, value);

	return begin_word(out, name) && bp_buf_append(out, text, (size_t)n);
}

/* The i-th of the choices. */
static struct slice choice(const char *choices, uint64_t i)
{
	const char *end;

	for (; i > 0; i--)
		choices = strchr(choices, '|') + 1;
	end = strchr(choices, '|');
	return (struct slice){ (const unsigned char *)choices,
			       end != NULL ? (size_t)(end - choices) : strlen(choices) };
}

bool bp_settings_write(const bp_train_options *o, bp_records records, struct buf *out)
{
	const uint64_t value[N_WORDS] = {
		[VERSION_WORD] = VERSION, [RECIPE] = o->reference, [TEXTS] = records,
		[SPECIALS] = o->specials, [NORMALIZE] = o->normalize,
		[NEWLINES] = bp_rules_newlines(o, records), [DIGITS] = o->digits,
		[PUNCTUATION] = o->punctuation_apart,
		/* The pieces of BP_UNICODE_BEGIN_ALL are among the required pieces. */
		[UNICODE] = BP_MIN(bp_rules_unicode(o), BP_UNICODE_BEGIN),
		[SPACES] = bp_rules_spaces(o), [ORDER] = o->order, [MIN_COUNT] = o->min_count,
		[LENGTH] = o->max_piece_length, [COUNT] = o->count_size,
		[SAMPLE] = BP_MIN(o->sample_size, o->count_size)
	};
	struct slice s;
	size_t i;

	for (i = 0; i < N_WORDS; i++) {
		if (word[i].choices == NULL) {
			if (!bp_word_write(out, word[i].name, value[i]))
				return false;
			continue;
		}
		s = choice(word[i].choices, value[i]);
		if (!begin_word(out, word[i].name) || !bp_buf_append(out, s.p, s.n))
			return false;
	}
	return true;
}

/*
 * Split "name=value" off the front of *words, the value up to a space.  False if there is another
 * word.  The space in front is optional: the first word of all has none.
 */
static bool split_value(struct slice *words, const char *name, struct slice *value)
{
	size_t n = strlen(name), i;

	if (words->n > 0 && words->p[0] == ' ')
		*words = (struct slice){ words->p + 1, words->n - 1 };
	if (words->n <= n || memcmp(words->p, name, n) != 0 || words->p[n] != '=')
		return false;
	for (i = n + 1; i < words->n && words->p[i] != ' '; i++)
		;
	*value = (struct slice){ words->p + n + 1, i - n - 1 };
	*words = (struct slice){ words->p + i, words->n - i };
	return true;
}

/*
 * Digits only, below 2^64: a sign or a blank, as strtoull() allows, would give one number two
 * forms.
 */
static bool to_number(struct slice s, uint64_t *value)
{
	size_t i;

	for (*value = 0, i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || *value > (UINT64_MAX - (s.p[i] - '0')) / 10)
			return false;
		*value = *value * 10 + (s.p[i] - '0');
	}
	return s.n > 0;
}

bool bp_word_read(struct slice *words, const char *name, uint64_t *value)
{
	struct slice s;

	return split_value(words, name, &s) && to_number(s, value);
}

/* The index among the choices. */
static bool to_choice(struct slice s, const char *choices, uint64_t *value)
{
	const char *p = choices;

	for (*value = 0; p != NULL; (*value)++) {
		if (bp_slice_compare(choice(choices, *value), s) == 0)
			return true;
		if ((p = strchr(p, '|')) != NULL)
			p++;
	}
	return false;
}

bool bp_settings_read(struct slice *words, bp_train_options *o, bp_records *records)
{
	uint64_t value[N_WORDS];
	struct slice s;
	size_t i;

	for (i = 0; i < N_WORDS; i++) {
		if (!split_value(words, word[i].name, &s))
			return false;
		if (word[i].choices != NULL ? !to_choice(s, word[i].choices, &value[i])
					    : !to_number(s, &value[i]) ||
					      value[i] < word[i].min || value[i] > word[i].max)
			return false;
	}
	o->reference = value[RECIPE] != 0;
	*records = (bp_records)value[TEXTS];
	o->specials = value[SPECIALS] != 0;
	o->normalize = (bp_normalize)value[NORMALIZE];
	o->newlines = (bp_newlines)value[NEWLINES];
	o->digits = (bp_digits)value[DIGITS];
	o->punctuation_apart = value[PUNCTUATION] != 0;
	o->ensure_unicode = (bp_ensure_unicode)value[UNICODE];
	o->across_spaces = (bp_across_spaces)value[SPACES];
	o->order = (unsigned)value[ORDER];
	o->min_count = value[MIN_COUNT];
	o->max_piece_length = (uint32_t)value[LENGTH];
	o->count_size = value[COUNT];
	o->sample_size = value[SAMPLE];
	return true;
}
