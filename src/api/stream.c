/*
 * Streams of bytepiece.h.  The encoder appends settled entries to its path; bp_stream_take() hands
 * them out as ids, and empties the path when all are taken, so that it does not grow with the
 * text.
 */
#include <stdlib.h>

#include "encode/encoder.h"

struct bp_stream {
	struct encoder encoder;
	size_t taken;		/* number of entries of the encoder's path that were handed out */
};

bp_stream *bp_stream_new(const bp_model *m)
{
	bp_stream *s = calloc(1, sizeof(*s));

	if (s != NULL && !bp_encoder_init(&s->encoder, m)) {
		bp_stream_free(s);
		return NULL;
	}
	return s;
}

void bp_stream_free(bp_stream *s)
{
	if (s != NULL)
		bp_encoder_release(&s->encoder);
	free(s);
}

bp_status bp_stream_feed(bp_stream *s, const char *text, size_t len)
{
	struct slice part = bp_slice(text, len);

	return bp_encoder_feed(&s->encoder, part) ? BP_OK : bp_fail_memory(NULL);
}

bp_status bp_stream_end(bp_stream *s)
{
	return bp_encoder_end(&s->encoder) ? BP_OK : bp_fail_memory(NULL);
}

size_t bp_stream_take(bp_stream *s, uint32_t *ids, size_t cap)
{
	struct path *path = bp_encoder_path(&s->encoder);
	size_t n = BP_MIN(cap, path->n - s->taken);

	bp_copy_ids(ids, BP_AT(path->piece, s->taken), n);
	s->taken += n;
	if (s->taken == path->n)
		s->taken = path->n = 0;
	return n;
}
