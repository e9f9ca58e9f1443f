/* Traits of pieces (bytepiece_files.h): by their bytes, and by their uses in a text. */
#include <string.h>

#include "bytepiece_files.h"
#include "encode/loaded_model.h"
#include "text/unicode.h"
#include "text/utf8.h"

enum { HARDLY = 10, FEW_PARTS = 2 };

static struct slice bytes_of_piece(const bp_model *m, uint32_t id)
{
	return bp_model_is_piece(&m->model, id) ? m->model.piece[bp_entry_of_id(id)] :
						  (struct slice){ NULL, 0 };
}

static bool begins_inside_word(struct slice s)
{
	size_t k = bp_utf8_unit(s.p, s.n);

	return bp_utf8_tail(s.p[0]) || (bp_unit_flags(s.p, k) & BP_WORD) != 0;
}

size_t bp_longest_run(const bp_model *m, uint32_t id)
{
	struct slice s = bytes_of_piece(m, id);
	size_t longest = 0, from, i;

	for (from = i = 0; i < s.n; i++) {
		if (s.p[i] != s.p[from])
			from = i;
		longest = BP_MAX(longest, i + 1 - from);
	}
	return longest;
}

double bp_expected_uses(const bp_model *m, uint32_t id, uint64_t tokens)
{
	uint64_t count = bp_piece_count(m, id);

	return count == 0 ? 0 : (double)tokens * (double)count / (double)m->model.total;
}

static unsigned traits_of_use(const bp_model *m, uint32_t id, uint64_t tokens,
			      const bp_eval_spread *spread)
{
	double expected = bp_expected_uses(m, id, tokens);
	uint64_t uses = spread->count[id];
	unsigned traits = 0;

	if (expected >= (double)BP_TRAIT_USES)
		traits |= 1u << BP_TRAIT_EXPECTED;
	if (expected >= (double)BP_TRAIT_USES && (double)uses * (double)HARDLY < expected)
		traits |= 1u << BP_TRAIT_HARDLY_USED;
	if (spread->parts != NULL && uses >= BP_TRAIT_USES &&
	    bp_eval_parts(spread->blocks) >= BP_SOURCE_PARTS &&
	    bp_eval_parts_of(spread, id) <= FEW_PARTS)
		traits |= 1u << BP_TRAIT_SINGLE_SOURCE;
	return traits;
}

unsigned bp_piece_traits(const bp_model *m, uint32_t id, uint64_t tokens,
			 const bp_eval_spread *spread)
{
	struct slice s = bytes_of_piece(m, id);
	unsigned traits = 0;

	if (s.n == 0)
		return 0;
	if (begins_inside_word(s) && memchr(s.p, ' ', s.n) != NULL)
		traits |= 1u << BP_TRAIT_OVER_WORD_END;
	if (bp_longest_run(m, id) >= BP_LONG_RUN)
		traits |= 1u << BP_TRAIT_LONG_RUN;
	return spread == NULL ? traits : traits | traits_of_use(m, id, tokens, spread);
}
