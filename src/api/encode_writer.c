/*
 * The writer takes the chunks in order.  It knows the output before a chunk, so everything that
 * depends on it happens here: the gaps of heads are filled, sequential chunks are encoded,
 * separators are put between the results of two chunks, and files are ended.
 *
 * j->out.has_tokens is the state between chunks: if the current text has tokens, the next token of
 * it needs a separator, in any later chunk.
 */
#include "api/encode_job.h"

/* The encoder and the counts that belong to the writer. */
static struct encoder *writers_encoder(const struct encode_job *j)
{
	return &j->encoder[j->n_workers];
}

static struct eval_counts *writers_counts(const struct encode_job *j)
{
	return j->counts != NULL ? &j->counts[j->n_workers] : NULL;
}

/* Write bytes, unless tokens are counted. */
static bp_status write_bytes(struct encode_job *j, const void *bytes, size_t n, bp_error *err)
{
	j->out.bytes += n;
	return j->counts != NULL ? BP_OK : bp_out_write(&j->out.file, bytes, n, err);
}

bp_status bp_encode_index(struct encode_job *j, size_t more, bp_error *err)
{
	unsigned char number[8];
	uint64_t n;
	unsigned i;

	if (j->out.index.f == NULL)
		return BP_OK;
	n = (j->out.bytes + more) / j->call.row->width;
	for (i = 0; i < sizeof(number); i++)
		number[i] = (unsigned char)(n >> 8 * i);
	return bp_out_write(&j->out.index, number, sizeof(number), err);
}

/* Write a result, and the ends of texts in it to the index. */
static bp_status write_result(struct encode_job *j, struct format *f, bp_error *err)
{
	bp_status st = BP_OK;
	size_t i;

	for (i = 0; i < f->ends.n && st == BP_OK; i++)
		st = bp_encode_index(j, f->ends.at[i], err);
	if (st == BP_OK)
		st = write_bytes(j, f->text.data, f->text.len, err);
	f->ends.n = 0;
	return st;
}

/* Write a separator or terminator of the format, if it has one. */
static bp_status write_mark(struct encode_job *j, char mark, bp_error *err)
{
	return mark == 0 ? BP_OK : write_bytes(j, &mark, 1, err);
}

/*
 * Part of the path of a segment in a sequential chunk: the encoder hands it over before the segment
 * ends.  If no cut point was known for long, the path can be that of a whole file, so the result is
 * written whenever it exceeds a limit.
 */
static bool put_early(void *ctx, const uint32_t *piece, size_t n, bool ended)
{
	enum { LIMIT = 128 * 1024 };
	struct encode_job *j = ctx;
	struct buf *text = &j->out.current->text;

	if (!bp_format_part(j->out.current, piece, n, ended))
		return false;
	if (text->len < LIMIT)
		return true;
	j->out.status = write_result(j, j->out.current, j->out.err);
	text->len = 0;
	return j->out.status == BP_OK;
}

/* After the last byte of a text or of a chunk: end the segment, if it ends there. */
static bool end_open_segment(struct encode_job *j, const struct chunk *c, bool text_ended)
{
	struct encoder *e = writers_encoder(j);

	if (text_ended || !bp_edge_in_segment(c->end))
		return bp_encoder_end(e);
	return c->end != BP_EDGE_CUT_POINT || bp_encoder_pause(e, &j->out.score);
}

/* Encode bytes up to a special token or the end of the chunk. */
static bool encode_bytes(struct encode_job *j, struct encode_chunk *c, struct slice s)
{
	struct encoder *e = writers_encoder(j);
	struct slice text;
	bool ended;

	do {
		text = bp_next_text(j->call.in->records, &s, &ended);
		bp_encoder_path(e)->n = 0;
		if (!bp_encoder_feed(e, text) || !end_open_segment(j, &c->in, ended) ||
		    ((text.n > 0 || ended || bp_encoder_path(e)->n > 0) &&
		     !bp_format_part(&c->out, bp_encoder_path(e)->piece, bp_encoder_path(e)->n,
				     ended)))
			return false;
		if (ended && e->sampler != NULL)
			e->sampler->line++;
	} while (ended);
	return true;
}

/*
 * Encode a sequential chunk.  Only its first text can have begun in an earlier chunk, and only its
 * last one can continue in a later one.  A chunk that ends inside a segment has no special tokens,
 * because the reader would have divided it behind them.
 */
static bp_status encode_sequential(struct encode_job *j, struct encode_chunk *c, bp_error *err)
{
	struct encoder *e = writers_encoder(j);
	size_t i;

	j->out.current = &c->out;
	j->out.err = err;
	e->part = put_early;
	e->part_ctx = j;
	bp_format_reset(&c->out, j->out.has_tokens);
	c->out.in_text = c->in.start != BP_EDGE_TEXT;
	c->out.counts = writers_counts(j);
	if (!bp_edge_in_segment(c->in.start))
		bp_encode_start_sampler(e, c);
	if (c->in.start == BP_EDGE_CUT_POINT)
		bp_encoder_resume(e, j->out.score);
	for (i = 0; i <= c->hits.n; i++)
		if ((i > 0 && !bp_encode_put_special(e, c, i - 1, &c->out)) ||
		    !encode_bytes(j, c, bp_encode_bytes_before(c, i)))
			return j->out.status != BP_OK ? j->out.status : bp_fail_memory(err);
	return BP_OK;
}

/* Write the head of a chunk, with its gaps filled. */
static bp_status write_chunk_head(struct encode_job *j, struct encode_chunk *c, bp_error *err)
{
	struct format *f = &j->out.scratch;

	bp_format_reset(f, j->out.has_tokens);
	f->in_text = c->in.start != BP_EDGE_TEXT;
	f->counts = writers_counts(j);
	if (!bp_edge_in_segment(c->in.start))
		j->out.score = 0;
	if (!bp_format_begin(f) ||
	    !bp_long_segment_fill(&c->head, writers_encoder(j), &j->out.score, f))
		return bp_fail_memory(err);
	j->out.has_tokens = f->has_tokens;
	if (j->counts != NULL) {
		bp_eval_add_chunk(f->counts, &c->head.out.sums, &j->out.sum);
		bp_eval_add_chunk(f->counts, &f->sums, &j->out.sum);
	}
	return write_bytes(j, f->text.data, f->text.len, err);
}

/*
 * Make c->out complete, and write the bytes that precede it: the head of the chunk, and a
 * separator if the result continues a text that has tokens.
 */
static bp_status write_beginning(struct encode_job *j, struct encode_chunk *c, bp_error *err)
{
	const struct buf *text = &c->out.text;
	bp_status st;

	if (bp_chunk_is_sequential(&c->in))
		return encode_sequential(j, c, err);
	if (bp_chunk_has_head(&c->in) && (st = write_chunk_head(j, c, err)) != BP_OK)
		return st;
	if (!j->out.has_tokens || text->len == 0 ||
	    text->data[0] == (unsigned char)j->call.row->terminator)
		return BP_OK;
	return write_mark(j, j->call.row->separator, err);
}

/*
 * Write BP_ID_EOS at the end of a file inside a text; before it BP_ID_BOS if that text is an empty
 * file, since no worker has put it.
 */
static bp_status write_end_tokens(struct encode_job *j, const struct chunk *c, bp_error *err)
{
	struct format *f = &j->out.scratch;

	if (!f->bos && !f->eos)
		return BP_OK;
	bp_format_reset(f, j->out.has_tokens);
	f->in_text = c->start != BP_EDGE_TEXT || c->data.len > 0;
	if (!bp_format_begin(f) || !bp_format_end(f))
		return bp_fail_memory(err);
	return write_bytes(j, f->text.data, f->text.len, err);
}

/*
 * End a file inside a text.  Between lines the terminator is owed: it is written only if another
 * text follows, so that decoding gives back an input without a newline at its end.
 */
static bp_status end_file(struct encode_job *j, const struct chunk *c, bp_error *err)
{
	bp_status st = write_end_tokens(j, c, err);

	j->out.has_tokens = false;
	j->report.texts++;
	if (j->counts != NULL)
		bp_eval_counts_end(writers_counts(j), &j->out.sum);
	if (st == BP_OK)
		st = bp_encode_index(j, 0, err);
	if (st == BP_OK && j->call.in->records == BP_WHOLE)
		return write_mark(j, j->call.row->terminator, err);
	j->out.owes_terminator = j->call.in->records != BP_WHOLE;
	return st;
}

bp_status bp_encode_write(void *ctx, void *chunk, bp_error *err)
{
	struct encode_job *j = ctx;
	struct encode_chunk *c = chunk;
	const struct buf *text = &c->out.text;
	bp_status st = BP_OK;

	if (j->counts != NULL)
		bp_eval_counts_block(writers_counts(j), c->block);
	if (j->out.owes_terminator && (c->in.data.len > 0 || j->call.in->records == BP_WHOLE)) {
		j->out.owes_terminator = false;
		st = write_mark(j, j->call.row->terminator, err);
	}
	if (st != BP_OK || (st = write_beginning(j, c, err)) != BP_OK ||
	    (st = write_result(j, &c->out, err)) != BP_OK)
		return st;
	if (j->counts != NULL)
		bp_eval_add_chunk(writers_counts(j), &c->out.sums, &j->out.sum);
	/* An empty result neither began nor ended a text, so the state is that of before. */
	j->out.has_tokens = c->out.has_tokens || (j->out.has_tokens && text->len == 0);
	return c->in.ends_file && c->in.end != BP_EDGE_TEXT ? end_file(j, &c->in, err) : BP_OK;
}
