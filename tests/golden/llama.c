/*
 * llama.cpp on exported vocabularies, for llama.sh.
 *
 *     llama ids VOCABULARY < TEXT      for each line "=" if it is decoded, else "!", and ids
 *     llama generate BACKENDS NETWORK  ids after a prompt, and their text
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llama.h"

static void print_warning(enum ggml_log_level level, const char *text, void *ctx)
{
	(void)ctx;
	if (level == GGML_LOG_LEVEL_WARN || level == GGML_LOG_LEVEL_ERROR)
		fputs(text, stderr);
}

static void *memory(void *p, size_t n)
{
	p = realloc(p, n);
	if (p == NULL) {
		fprintf(stderr, "out of memory\n");
		exit(1);
	}
	return p;
}

static struct llama_model *load(const char *path, bool vocab_only)
{
	struct llama_model_params p = llama_model_default_params();
	struct llama_model *m;

	p.vocab_only = vocab_only;
	if ((m = llama_model_load_from_file(path, p)) == NULL) {
		fprintf(stderr, "%s: is not loaded\n", path);
		exit(1);
	}
	return m;
}

/* True if the pieces of id[0..n) are the line. */
static bool decodes(const struct llama_vocab *v, const llama_token *id, int n, const char *line,
		    size_t len)
{
	char *piece = memory(NULL, len + 1);
	size_t at = 0;
	int i, k;

	for (i = 0; i < n; i++, at += (size_t)k) {
		k = llama_token_to_piece(v, id[i], piece, (int)(len - at), 0, false);
		if (k < 0 || (size_t)k > len - at || memcmp(piece, line + at, (size_t)k) != 0)
			break;
	}
	free(piece);
	return i == n && at == len;
}

static void print_ids(const struct llama_vocab *v, const char *line, size_t len)
{
	llama_token *id = memory(NULL, (len + 1) * sizeof(*id));
	int n = llama_tokenize(v, line, (int)len, id, (int)len, false, false), i;

	putchar(n >= 0 && decodes(v, id, n, line, len) ? '=' : '!');
	for (i = 0; i < n; i++)
		printf(" %d", (int)id[i]);
	putchar('\n');
	free(id);
}

static int print_lines(const char *path)
{
	const struct llama_vocab *v = llama_model_get_vocab(load(path, true));
	char *line = NULL;
	size_t len = 0, cap = 0;
	int c;

	do {
		c = getchar();
		if (c == '\n' || (c == EOF && len > 0)) {
			print_ids(v, line, len);
			len = 0;
		} else if (c != EOF) {
			if (len == cap)
				line = memory(line, cap = 2 * cap + 4096);
			line[len++] = (char)c;
		}
	} while (c != EOF);
	free(line);
	return 0;
}

static int generate(const char *backends, const char *path)
{
	static const char prompt[] = "The keeper lit the lamp";
	struct llama_context_params p = llama_context_default_params();
	struct llama_sampler *best = llama_sampler_init_greedy();
	llama_token id[sizeof(prompt)];
	const struct llama_vocab *v;
	struct llama_context *c;
	struct llama_model *m;
	char piece[256];
	int n, i, k;

	ggml_backend_load_all_from_path(backends);
	m = load(path, false);
	v = llama_model_get_vocab(m);
	p.n_ctx = 64;
	c = llama_init_from_model(m, p);
	n = llama_tokenize(v, prompt, (int)strlen(prompt), id, (int)sizeof(prompt), true, true);
	for (i = 0; c != NULL && i < 8; i++, n = 1) {
		if (n <= 0 || llama_decode(c, llama_batch_get_one(id, n)) != 0)
			return 1;
		id[0] = llama_sampler_sample(best, c, -1);
		k = llama_token_to_piece(v, id[0], piece, (int)sizeof(piece), 0, true);
		printf("%d %.*s\n", (int)id[0], k > 0 ? k : 0, piece);
	}
	return i < 8;
}

int main(int argc, char **argv)
{
	llama_log_set(print_warning, NULL);
	if (argc == 3 && strcmp(argv[1], "ids") == 0)
		return print_lines(argv[2]);
	if (argc == 4 && strcmp(argv[1], "generate") == 0)
		return generate(argv[2], argv[3]);
	fprintf(stderr, "usage: llama ids VOCABULARY | llama generate BACKENDS NETWORK\n");
	return 2;
}
