#include "encode/open.h"

#include <stdint.h>
#include <string.h>

#include "text/nfc.h"
#include "text/utf8.h"

enum { NOT_ASCII = 0x80 };

bool bp_opener_init(struct opener *o, const bp_model *m)
{
	*o = (struct opener){ 0 };
	if (!bp_encoder_init(&o->encoder, m) || !bp_continuation_init(&o->keep, &m->unigram))
		return false;
	o->encoder.search.exact.keeps_back = true;
	return true;
}

void bp_opener_release(struct opener *o)
{
	bp_encoder_release(&o->encoder);
	bp_continuation_release(&o->keep);
	bp_buf_release(&o->text);
	bp_buf_release(&o->rest);
}

/* Where the last segment starts; if the text ends in newlines, more of them may follow. */
static size_t last_segment(struct slice s)
{
	size_t i = s.n;

	while (i > 0 && s.p[i - 1] == '\n')
		i--;
	while (i > 0 && s.p[i - 1] != '\n')
		i--;
	return i;
}

/*
 * Set *t to the normal form, and *sure to how many of its bytes nothing that follows can change,
 * but for a character that 'rest' tells of.
 */
static bool normalize(struct opener *o, struct slice s, struct slice *t, size_t *sure,
		      enum bp_rest *rest)
{
	size_t border = bp_nfc_boundary(s, 0, true), k;
	struct slice tail = { s.p + border, s.n - border };

	*rest = bp_nfc_rest(tail);
	k = bp_utf8_unit(tail.p, tail.n);
	if (k < tail.n && bp_nfc_rest((struct slice){ tail.p, k }) == BP_REST_STANDS) {
		tail.p += k;
		tail.n -= k;
	}
	if (!bp_nfc(tail, &o->rest, &tail) || !bp_nfc(s, &o->text, t))
		return false;
	*sure = t->n - tail.n;
	return true;
}

/* End the last segment after 'kept' bytes of what is not settled; *left is what was fed of it. */
static bool end_segment(struct opener *o, size_t kept, size_t *left)
{
	struct fast_search *b = &o->encoder.search;
	struct viterbi *v = &b->exact;

	*left = v->n_back - kept;
	return bp_viterbi_end_at(v, kept) && bp_path_move(&b->path, &v->path);
}

bool bp_opener_text(struct opener *o, struct slice s, struct slice *left)
{
	struct viterbi *v = &o->encoder.search.exact;
	enum bp_rest rest = BP_REST_STANDS;
	struct slice t = s, segment;
	size_t sure = s.n, start, kept, n;
	bool joins;

	*left = s;
	if (s.n == 0)
		return true;
	if (o->encoder.normalize && !normalize(o, s, &t, &sure, &rest))
		return false;
	joins = rest == BP_REST_MAY_JOIN;
	n = rest == BP_REST_MAY_CHANGE ? sure : t.n;
	start = last_segment((struct slice){ t.p, n });
	if (!bp_encoder_text(&o->encoder, (struct slice){ t.p, start }))
		return false;
	v->path.n = 0;
	segment = (struct slice){ t.p + start, (joins ? sure : n) - start };
	if (!bp_viterbi_feed(v, segment))
		return false;
	kept = bp_continuation_place(&o->keep, v, segment, joins ? NOT_ASCII : 0);
	if (joins) {
		/* Nothing more is settled, so that places are counted as before. */
		v->settle_at = SIZE_MAX;
		segment.n = n - start;
		if (!bp_viterbi_feed(v, (struct slice){ t.p + sure, n - sure }))
			return false;
		kept = bp_continuation_common(v, kept, bp_continuation_place(&o->keep, v, segment, 0));
	}
	if (!end_segment(o, kept, &kept))
		return false;
	*left = (struct slice){ t.p + n - kept, t.n - n + kept };
	return true;
}
