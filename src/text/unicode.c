/*
 * Look-up in the tables: properties by a table of pages of 256 characters, of which equal ones are
 * stored once; decompositions and compositions by binary search, as only characters that fail the
 * quick check get there.
 */
#include "text/unicode.h"

#include "text/utf8.h"

struct unicode_decomposition {
	uint32_t code;
	uint16_t at, n;		/* in unicode_parts */
};

struct unicode_composition {
	uint32_t first, second, code;
};

#include "text/unicode_tables.inc"

/* Hangul syllables are composed by arithmetic: The Unicode Standard, section 3.12. */
enum {
	S_BASE = 0xAC00, L_BASE = 0x1100, V_BASE = 0x1161, T_BASE = 0x11A7,
	L_COUNT = 19, V_COUNT = 21, T_COUNT = 28, S_COUNT = L_COUNT * V_COUNT * T_COUNT
};

struct unicode_class bp_unicode_class(uint32_t code)
{
	return unicode_class[unicode_row[unicode_page[code >> 8]][code & 255]];
}

unsigned bp_unit_flags(const unsigned char *s, size_t k)
{
	return k == 1 && s[0] >= 0x80 ? 0 : bp_unicode_class(bp_utf8_decode(s, k)).flags;
}

static size_t decompose_hangul(uint32_t s, uint32_t out[4])
{
	out[0] = L_BASE + s / (V_COUNT * T_COUNT);
	out[1] = V_BASE + s / T_COUNT % V_COUNT;
	out[2] = T_BASE + s % T_COUNT;
	return s % T_COUNT != 0 ? 3 : 2;
}

size_t bp_unicode_decompose(uint32_t code, uint32_t out[4])
{
	size_t lo = 0, mid, i;
	size_t hi = sizeof(unicode_decomposition) / sizeof(unicode_decomposition[0]);

	if (code - S_BASE < S_COUNT)
		return decompose_hangul(code - S_BASE, out);
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (unicode_decomposition[mid].code < code) {
			lo = mid + 1;
		} else if (unicode_decomposition[mid].code > code) {
			hi = mid;
		} else {
			for (i = 0; i < unicode_decomposition[mid].n; i++)
				out[i] = unicode_parts[unicode_decomposition[mid].at + i];
			return i;
		}
	}
	out[0] = code;
	return 1;
}

static uint32_t compose_hangul(uint32_t first, uint32_t second)
{
	uint32_t s = first - S_BASE, l = first - L_BASE;

	if (l < L_COUNT && second - V_BASE < V_COUNT)
		return S_BASE + (l * V_COUNT + (second - V_BASE)) * T_COUNT;
	/* T_BASE itself stands for "no final consonant" and is no character of this kind. */
	if (s < S_COUNT && s % T_COUNT == 0 && second - T_BASE - 1 < T_COUNT - 1)
		return first + (second - T_BASE);
	return 0;
}

enum { N_COMPOSITIONS = sizeof(unicode_composition) / sizeof(unicode_composition[0]) };

/* The index of the composition of two characters, or the index at which it would stand. */
static size_t find_composition(uint32_t first, uint32_t second)
{
	size_t lo = 0, hi = N_COMPOSITIONS, mid;
	const struct unicode_composition *c;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		c = &unicode_composition[mid];
		if (c->first < first || (c->first == first && c->second < second))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The table has no Hangul syllables, which arithmetic covers. */
uint32_t bp_unicode_compose(uint32_t first, uint32_t second)
{
	size_t i = find_composition(first, second);
	const struct unicode_composition *c = &unicode_composition[i];

	return i < N_COMPOSITIONS && c->first == first && c->second == second
	     ? c->code : compose_hangul(first, second);
}

/* A Hangul letter L begins a syllable LV, and a syllable LV a syllable LVT. */
bool bp_unicode_composes(uint32_t first)
{
	size_t i = find_composition(first, 0);

	return (i < N_COMPOSITIONS && unicode_composition[i].first == first) ||
	       first - L_BASE < L_COUNT ||
	       (first - S_BASE < S_COUNT && (first - S_BASE) % T_COUNT == 0);
}
