/*
 * A worker encodes a chunk without knowledge of the output before it: its result starts as if no
 * token of the text had been written, and the writer adds the separator if one was.
 *
 * Special tokens divide the chunk.  The bytes between two of them are encoded as texts by
 * themselves, so that no piece and no normalisation crosses a special token.
 */
#include "api/encode_job.h"

#include "text/cut.h"

void bp_encode_start_sampler(const struct encoder *e, const struct encode_chunk *c)
{
	if (e->sampler != NULL) {
		e->sampler->file = c->in.file;
		e->sampler->line = c->line;
	}
}

bool bp_encode_put_special(struct encoder *e, const struct encode_chunk *c, size_t i,
			   struct format *f)
{
	const struct special_hit *hit = &c->hits.hit[i];
	struct slice name = bp_buf_part(&c->in.data, hit->at, hit->at + hit->n);
	uint32_t token = BP_TOKEN(hit->id);

	/* A special token ends a line of random draws, and its name may hold newlines. */
	if (e->sampler != NULL)
		e->sampler->line += 1 + bp_count_byte(name, '\n');
	/* Evaluations count special tokens apart: they are no text. */
	if (f->counts != NULL) {
		f->counts->specials++;
		return bp_format_begin(f);
	}
	return bp_format_part(f, &token, 1, false);
}

struct slice bp_encode_bytes_before(const struct encode_chunk *c, size_t i)
{
	return bp_special_hits_gap(&c->hits, bp_buf_slice(&c->in.data), i);
}

/*
 * Append a text that bp_encoder_texts() has encoded; the short way without bos and eos is faster.
 */
static bool put_encoded(void *ctx, const uint32_t *piece, size_t n, bool ended)
{
	struct format *f = ctx;

	if (f->bos || f->eos)
		return bp_format_part(f, piece, n, ended);
	return bp_format_tokens(f, piece, n) && (!ended || bp_format_terminate(f));
}

/* Encode the head at the beginning of '*s', a segment or the rest of one from earlier chunks, and
 * remove it from there. */
static bool encode_head(const struct encode_job *j, struct encoder *e, struct encode_chunk *c,
			struct slice *s)
{
	struct slice rest = *s, head;
	bool ended;

	head = bp_next_text(j->call.in->records, &rest, &ended);
	head.n = bp_segment_length(e->newlines, head);
	c->head.out.counts = c->out.counts;
	if (head.n > 0)
		s->p += head.n;
	s->n -= head.n;
	return bp_long_segment_encode(&c->head, e, head, c->in.before);
}

/* Encode all bytes of a chunk and the special tokens in it. */
static bool encode_chunk(const struct encode_job *j, struct encoder *e, struct encode_chunk *c)
{
	int mark = bp_record_mark(j->call.in->records);
	struct slice s;
	size_t i;

	for (i = 0; i <= c->hits.n; i++) {
		if (i > 0 && !bp_encode_put_special(e, c, i - 1, &c->out))
			return false;
		s = bp_encode_bytes_before(c, i);
		if ((i == 0 && bp_chunk_has_head(&c->in) && !encode_head(j, e, c, &s)) ||
		    !bp_encoder_texts(e, s, mark, put_encoded, &c->out))
			return false;
	}
	return true;
}

/* No word crosses a special token. */
static void add_words(const struct encode_job *j, struct eval_counts *t,
		      const struct encode_chunk *c)
{
	bp_records records = j->call.in->records;
	size_t i;

	for (i = 0; i <= c->hits.n; i++)
		bp_eval_counts_words(t, bp_encode_bytes_before(c, i), i == 0 ? c->before : ' ',
				     records == BP_WHOLE ? '\n' : bp_record_end(records));
}

bp_status bp_encode_work(void *ctx, unsigned worker, void *chunk, bp_error *err)
{
	const struct encode_job *j = ctx;
	struct encode_chunk *c = chunk;

	/* Of every chunk, also of one whose tokens the writer counts. */
	if (j->counts != NULL) {
		add_words(j, &j->counts[worker], c);
		bp_eval_counts_block(&j->counts[worker], c->block);
	}
	if (bp_chunk_is_sequential(&c->in))
		return BP_OK;
	bp_format_reset(&c->out, false);
	/*
	 * The writer puts BP_ID_BOS before a head, so the rest of the text must not get it again.
	 */
	c->out.in_text = c->in.start != BP_EDGE_TEXT || bp_chunk_has_head(&c->in);
	c->out.counts = j->counts != NULL ? &j->counts[worker] : NULL;
	bp_encode_start_sampler(&j->encoder[worker], c);
	return encode_chunk(j, &j->encoder[worker], c) ? BP_OK : bp_fail_memory(err);
}
