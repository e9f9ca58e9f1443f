#include "train/rules.h"

#include "text/utf8.h"

static bool has_inner_newline(struct slice s)
{
	size_t i;

	for (i = 0; i + 1 < s.n; i++)
		if (s.p[i] == '\n' && s.p[i + 1] != '\n')
			return true;
	return false;
}

bool bp_may_be_piece(const struct piece_rules *r, struct slice s)
{
	size_t i, k;

	if (s.n > r->max_length || has_inner_newline(s))
		return false;
	for (i = 0; r->whole_characters && i < s.n; i += k)
		if ((k = bp_utf8_length(s.p + i, s.n - i)) == 0)
			return false;
	return true;
}
