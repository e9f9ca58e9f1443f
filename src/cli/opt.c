/* Options: parsing, and the help of one command. */
#include "cli/opt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/msg.h"
#include "cli/suggest.h"

uint64_t opt_threads;
static bool no_memory;	/* opt_parse() failed for lack of memory, not because of wrong usage */
opt_help_fn *opt_help = opt_print_help;

static const struct opt common[] = {
	OPT_TO_NUMBER('j', "threads", "N", &opt_threads, 1, 1024,
		      "number of threads (default: number of processors)"),
	OPT_TO_FLAG('q', "quiet", &msg.quiet, "print only results and errors"),
	OPT_TO_FLAG('v', "verbose", &msg.verbose, "report the steps of the work and their cost"),
};
const struct opt opt_help_option = OPT_TO_FLAG('h', "help", NULL, "print this help");
/* --help is not in this table: it sets no variable, and opt_parse() handles it first. */
enum { N_COMMON = sizeof(common) / sizeof(common[0]) };

struct table {
	const struct opt *own;
	size_t n;
};

const struct opt *opt_common(size_t i)
{
	return i < N_COMMON ? &common[i] : NULL;
}

const struct opt *opt_at(const struct opt *own, size_t n, size_t i)
{
	return i < n ? &own[i] : opt_common(i - n);
}

/* value_name tells the kind: it is in capitals and shown to the user anyway. */
enum opt_value opt_value(const struct opt *o)
{
	static const char *const files[] = { "FILE", "MODEL", "PLAN", "COUNTS" };
	size_t i;

	if (o->kind == OPT_FLAG || o->kind == OPT_OPTIONAL)
		return OPT_NO_VALUE;
	if (o->kind == OPT_CHOICE)
		return OPT_WORD_OF;
	if (strcmp(o->value_name, "DIR") == 0)
		return OPT_FOLDER;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strcmp(o->value_name, files[i]) == 0)
			return OPT_FILE;
	return OPT_ANY;
}

/* Print text from column HELP_COLUMN on, in lines of at most HELP_WIDTH, broken at spaces. */
enum { HELP_COLUMN = 30, HELP_WIDTH = 79 };
static void print_wrapped(const char *s)
{
	size_t column = HELP_COLUMN, n;

	for (; *s != '\0'; s += n, s += *s == ' ') {
		n = strcspn(s, " ");
		if (column > HELP_COLUMN && column + 1 + n > HELP_WIDTH) {
			printf("\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		} else if (column > HELP_COLUMN) {
			putchar(' ');
			column++;
		}
		printf("%.*s", (int)n, s);
		column += n;
	}
	putchar('\n');
}

/* Long names leave no room in the column: their help starts on the next line. */
static void print_option_help(const struct opt *o)
{
	char left[80];

	snprintf(left, sizeof(left), "  %c%c%s --%s%s%s%s", o->letter ? '-' : ' ',
		 o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name,
		 o->value_name == NULL ? "" : o->kind == OPT_OPTIONAL ? "[=" : " ",
		 o->value_name != NULL ? o->value_name : "", o->kind == OPT_OPTIONAL ? "]" : "");
	if (strlen(left) + 2 > HELP_COLUMN)
		printf("%s\n%*s", left, HELP_COLUMN, "");
	else
		printf("%-*s", HELP_COLUMN, left);
	print_wrapped(o->help);
}

void opt_print_help(const struct command *cmd, const struct opt *own, size_t n)
{
	const char *p = cmd->examples;
	const struct opt *o;
	bool has_size = false;
	size_t i;

	printf("Usage: bytepiece %s %s\n\n%s\n\nOptions:\n", cmd->name, cmd->usage, cmd->summary);
	for (i = 0; (o = opt_at(own, n, i)) != NULL; i++) {
		print_option_help(o);
		has_size |= opt_is_size(o);
	}
	print_option_help(&opt_help_option);
	if (has_size)
		printf("\n%s\n", opt_size_note);
	printf("\nExamples:\n");
	for (; *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n')
		printf("  %.*s\n", (int)strcspn(p, "\n"), p);
}

const char opt_size_note[] =
	"A SIZE is a number of bytes, or of K, M, G or T (powers of 1024): 64M.";

bool opt_is_size(const struct opt *o)
{
	return o->kind == OPT_NUMBER && strcmp(o->value_name, "SIZE") == 0;
}

/* The digits that *s begins with; *s moves behind them.  False if there are none or the number is
 * too big. */
static bool read_digits(const char **s, uint64_t *value)
{
	const char *p = *s;
	uint64_t v = 0;
	bool any;

	/* strtoull() is not used: it accepts signs and blanks, and it wraps "-1" around. */
	for (; *p >= '0' && *p <= '9'; p++) {
		if (v > (UINT64_MAX - (uint64_t)(*p - '0')) / 10)
			return false;
		v = v * 10 + (uint64_t)(*p - '0');
	}
	any = p != *s;
	*s = p;
	*value = v;
	return any;
}

bool opt_number(const char *s, uint64_t *value)
{
	uint64_t v;

	if (!read_digits(&s, &v) || *s != '\0')
		return false;
	*value = v;
	return true;
}

/* A number of bytes, or one with a letter behind it. */
static bool read_size(const char *s, uint64_t *value)
{
	static const char suffixes[] = "KkMmGgTt";
	const char *suffix;
	uint64_t v, unit = 1;

	if (!read_digits(&s, &v))
		return false;
	if (*s != '\0' && (suffix = strchr(suffixes, *s)) != NULL) {
		unit = (uint64_t)1 << (suffix - suffixes) / 2 * 10 << 10;
		s++;
	}
	if (*s != '\0' || v > UINT64_MAX / unit)
		return false;
	*value = v * unit;
	return true;
}

/* Parse a number and check its range, so that no command does so. */
static bool set_number(const struct opt *o, const char *s, uint64_t *value)
{
	bool size = opt_is_size(o);
	uint64_t as_size;

	if ((size ? read_size : opt_number)(s, value) && *value >= o->min && *value <= o->max)
		return true;
	if (size)
		msg_usage("--%s: '%s' is not a size: a number of bytes from %" PRIu64 " to %" PRIu64
			  ", or of K, M, G or T (powers of 1024), as in 64M", o->name, s, o->min,
			  o->max);
	else
		msg_usage("--%s: '%s' is not a number from %" PRIu64 " to %" PRIu64 "%s", o->name,
			  s, o->min, o->max, !opt_number(s, &as_size) && read_size(s, &as_size) ?
			  " (K, M, G and T are for sizes in bytes)" : "");
	return false;
}

/* A word of o->choices, in full: abbreviations could become ambiguous in later versions. */
static bool set_choice(const struct opt *o, const char *s)
{
	struct suggestion near = { .word = s, .len = strlen(s) };
	const char *p = o->choices;
	char hint[80];
	unsigned i;
	size_t k;

	for (i = 0; ; i++, p += k + 1) {
		k = strcspn(p, "|");
		if (k == near.len && memcmp(p, s, k) == 0) {
			*o->to.choice = i;
			return true;
		}
		suggest_try(&near, p, k);
		if (p[k] == '\0')
			break;
	}
	msg_usage("--%s: '%s' is not one of %s%s", o->name, s, o->choices,
		  suggest_hint(&near, "", hint));
	return false;
}

/* Parse numbers separated by commas.  A later list replaces an earlier one, as other values do. */
static bool set_list(const struct opt *o, const char *s)
{
	struct opt_list *l = o->to.list;
	char one[32];
	uint64_t value;
	size_t k;

	free(l->value);
	l->n = 0;
	/* Each number but the last takes two bytes at least, a digit and a comma. */
	l->value = malloc((strlen(s) / 2 + 1) * sizeof(*l->value));
	/* lint: -leak: there is one list, and its owner frees it */
	if (l->value == NULL) {
		no_memory = true;
		return false;
	}
	for (;; s += k + 1) {
		k = strcspn(s, ",");
		snprintf(one, sizeof(one), "%.*s", (int)(k < sizeof(one) ? k : sizeof(one) - 1), s);
		if (!set_number(o, one, &value))
			return false;
		l->value[l->n++] = (uint32_t)value;
		if (s[k] == '\0')
			return true;
	}
}

/* Append a word to the values of an option that can be repeated. */
static bool add_word(struct opt_words *w, const char *s)
{
	const char **word = w->word;
	bool is_full = (w->n & (w->n - 1)) == 0;	/* room is always a power of two */

	if (is_full)
		word = w->n < SIZE_MAX / 2 / sizeof(*word)
		     ? realloc(w->word, (w->n > 0 ? 2 * w->n : 1) * sizeof(*word)) : NULL;
	if (word == NULL) {
		no_memory = true;
		return false;
	}
	w->word = word;
	/* lint: -leak: there is one list, and its owner frees it */
	w->word[w->n++] = s;
	return true;
}

static bool set_value(const struct opt *o, const char *s)
{
	switch (o->kind) {
	case OPT_FLAG:
		*o->to.flag = true;
		return true;
	case OPT_OPTIONAL:
		*o->to.string = s != NULL ? s : o->choices;
		return true;
	case OPT_STRING:
		*o->to.string = s;
		return true;
	case OPT_NUMBER:
		return set_number(o, s, o->to.number);
	case OPT_CHOICE:
		return set_choice(o, s);
	case OPT_LIST:
		return set_list(o, s);
	case OPT_WORDS:
		return add_word(o->to.words, s);
	}
	return false;
}

/* Report an unknown long option, with the nearest known one. */
static void unknown_long(const struct table *t, const char *s, size_t n)
{
	struct suggestion near = { .word = s, .len = n };
	char hint[80];
	const struct opt *o;
	size_t i;

	for (i = 0; (o = opt_at(t->own, t->n, i)) != NULL; i++)
		suggest_try(&near, o->name, strlen(o->name));
	suggest_try(&near, "help", strlen("help"));
	msg_usage("unknown option '--%.*s'%s", (int)n, s, suggest_hint(&near, "--", hint));
}

/*
 * Parse the long option argv[*i]: --name, --name=value or --name value.  *i becomes the index of
 * its last word.  Names are not abbreviated: a new option would make scripts ambiguous.
 */
static bool parse_long(const struct table *t, int argc, char **argv, int *i)
{
	const char *s = argv[*i] + 2, *equals = strchr(s, '=');
	size_t n = equals != NULL ? (size_t)(equals - s) : strlen(s), k;
	const struct opt *o;

	for (k = 0; (o = opt_at(t->own, t->n, k)) != NULL; k++)
		if (strlen(o->name) == n && memcmp(o->name, s, n) == 0)
			break;
	if (o == NULL) {
		unknown_long(t, s, n);
		return false;
	}
	if (o->kind == OPT_FLAG && equals != NULL) {
		msg_usage("--%s takes no value", o->name);
		return false;
	}
	if (o->kind == OPT_FLAG || o->kind == OPT_OPTIONAL || equals != NULL)
		return set_value(o, equals != NULL ? equals + 1 : NULL);
	if (*i + 1 == argc) {
		msg_usage("--%s needs a value: %s", o->name, o->value_name);
		return false;
	}
	return set_value(o, argv[++*i]);
}

/* Parse the word of short options argv[*i]: -q, -qv, -j4 or -j 4. */
static bool parse_short(const struct table *t, int argc, char **argv, int *i)
{
	const char *s = argv[*i] + 1;
	const struct opt *o;
	size_t k;

	for (; *s != '\0'; s++) {
		for (k = 0; (o = opt_at(t->own, t->n, k)) != NULL && o->letter != *s; k++)
			;
		if (o == NULL) {
			msg_usage("unknown option '-%c'", *s);
			return false;
		}
		if (o->kind != OPT_FLAG) {
			if (s[1] != '\0')
				return set_value(o, s + 1);
			if (*i + 1 == argc) {
				msg_usage("-%c needs a value: %s", *s, o->value_name);
				return false;
			}
			return set_value(o, argv[++*i]);
		}
		set_value(o, NULL);
	}
	return true;
}

enum opt_result opt_parse(const struct command *cmd, const struct opt *table, size_t n, int argc,
			  char **argv, int *n_files)
{
	struct table t = { table, n };
	bool options = true;
	int i;

	*n_files = 0;
	for (i = 0; i < argc; i++) {
		if (!options || argv[i][0] != '-' || argv[i][1] == '\0') {
			argv[(*n_files)++] = argv[i];
		} else if (strcmp(argv[i], "--") == 0) {
			options = false;
		} else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			opt_help(cmd, table, n);
			return OPT_DONE;
		} else if (argv[i][1] == '-' ? !parse_long(&t, argc, argv, &i)
					     : !parse_short(&t, argc, argv, &i)) {
			if (!no_memory)
				return OPT_WRONG;
			msg_fail("out of memory");
			return OPT_FAILED;
		}
	}
	return OPT_GO_ON;
}
