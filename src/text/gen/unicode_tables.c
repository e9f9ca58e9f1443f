/*
 * unicode_tables.c - print ../unicode_tables.inc from the Unicode Character Database.
 *
 * A program of its own, not part of the library; "make unicode" builds and runs it.  It reads
 * UnicodeData.txt and DerivedNormalizationProps.txt from the folder given as its argument
 * (Debian's package unicode-data has them in /usr/share/unicode).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_CODES 0x110000u
#define PAGE 256u
#define N_PAGES (N_CODES / PAGE)
#define MAX_FULL 8	/* characters in a full canonical decomposition; the longest has 4 */

enum { NOT_BORDER = 1, DIGIT = 2, MAY_CHANGE = 4, HIDDEN = 8, WORD = 16, SYMBOL = 32 };

static unsigned char ccc[N_CODES], flags[N_CODES], excluded[N_CODES];
static unsigned pair[N_CODES][2];	/* canonical decomposition as listed; [1] is 0 for singletons */
static char version[64];

static void fail(const char *what)
{
	fprintf(stderr, "unicode_tables: %s\n", what);
	exit(1);
}

static FILE *open_in(const char *dir, const char *name)
{
	char path[1024];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if ((f = fopen(path, "r")) == NULL)
		fail(path);
	return f;
}

/* The flags of a general category. */
static unsigned char category_flags(const char *s)
{
	if (strcmp(s, "Cc") == 0 || strcmp(s, "Cf") == 0 || s[0] == 'Z')
		return HIDDEN;
	if (s[0] == 'L' || s[0] == 'M' || s[0] == 'N')
		return strcmp(s, "Nd") == 0 ? WORD | DIGIT : WORD;
	return s[0] == 'P' || s[0] == 'S' ? SYMBOL : 0;
}

static void read_unicode_data(const char *dir)
{
	FILE *f = open_in(dir, "UnicodeData.txt");
	char line[1024], *field[15], *p;
	unsigned code, i, first = 0;

	while (fgets(line, sizeof(line), f) != NULL) {
		for (i = 0, p = line; i < 15 && p != NULL; i++) {
			field[i] = p;
			if ((p = strchr(p, ';')) != NULL)
				*p++ = '\0';
		}
		code = (unsigned)strtoul(field[0], NULL, 16);
		if (i < 15 || code >= N_CODES)
			fail("UnicodeData.txt: a line is not as expected");
		ccc[code] = (unsigned char)atoi(field[3]);
		/* A range has two lines: "<Name, First>" and "<Name, Last>". */
		first = strstr(field[1], ", Last>") != NULL ? first : code;
		for (; first < code; first++)
			flags[first] |= category_flags(field[2]);
		flags[code] |= category_flags(field[2]);
		/* A tag in angle brackets marks a compatibility decomposition: not canonical. */
		if (field[5][0] != '\0' && field[5][0] != '<')
			sscanf(field[5], "%x %x", &pair[code][0], &pair[code][1]);
	}
	fclose(f);
	/* Code points that Unicode reserves for invisible characters, assigned or not. */
	flags[0x2065] |= HIDDEN;
	for (code = 0xE0000; code < 0xE1000; code++)
		flags[code] |= HIDDEN;
}

static void read_properties(const char *dir)
{
	FILE *f = open_in(dir, "DerivedNormalizationProps.txt");
	char line[1024], name[64];
	unsigned from, to, c;

	if (fgets(line, sizeof(line), f) == NULL ||
	    sscanf(line, "# DerivedNormalizationProps-%63[0-9.]", version) != 1)
		fail("DerivedNormalizationProps.txt: no version in its first line");
	version[strlen(version) - 1] = '\0';	/* the dot of ".txt" */
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%x..%x ; %63[A-Za-z_]", &from, &to, name) != 3) {
			if (sscanf(line, "%x ; %63[A-Za-z_]", &from, name) != 2)
				continue;
			to = from;
		}
		for (c = from; c <= to && c < N_CODES; c++) {
			if (strcmp(name, "Full_Composition_Exclusion") == 0)
				excluded[c] = 1;
			else if (strcmp(name, "NFC_QC") == 0)	/* lists only No and Maybe */
				flags[c] |= NOT_BORDER | MAY_CHANGE;
		}
	}
	fclose(f);
}

static unsigned expand(unsigned code, unsigned *out, unsigned n)
{
	if (pair[code][0] == 0) {
		if (n == MAX_FULL)
			fail("a decomposition is too long");
		out[n++] = code;
		return n;
	}
	n = expand(pair[code][0], out, n);
	return pair[code][1] != 0 ? expand(pair[code][1], out, n) : n;
}

static void print_classes(void)
{
	static unsigned char class[N_CODES], page[N_PAGES];
	static unsigned kind[256];
	unsigned n_kinds = 0, n_pages = 0, c, i, key, column = 0;

	for (c = 0; c < N_CODES; c++) {
		if (ccc[c] != 0)
			flags[c] |= NOT_BORDER;
		key = ccc[c] | (unsigned)flags[c] << 8;
		for (i = 0; i < n_kinds && kind[i] != key; i++)
			;
		if (i == n_kinds) {
			if (n_kinds == 256)
				fail("too many classes");
			kind[n_kinds++] = key;
		}
		class[c] = (unsigned char)i;
	}
	printf("static const struct unicode_class unicode_class[] = {\n");
	for (i = 0; i < n_kinds; i++)
		printf("\t{ %u, %u },\n", kind[i] & 255, kind[i] >> 8);
	printf("};\n\nstatic const unsigned char unicode_row[][%u] = {\n", PAGE);
	for (c = 0; c < N_PAGES; c++) {
		for (i = 0; i < c; i++)
			if (memcmp(class + i * PAGE, class + c * PAGE, PAGE) == 0)
				break;
		if (i < c) {
			page[c] = page[i];
			continue;
		}
		if (n_pages == 256)
			fail("too many pages");
		page[c] = (unsigned char)n_pages++;
		printf("\t{");
		for (i = 0; i < PAGE; i++)
			printf("%s%u,", i % 32 == 0 ? "\n\t" : "", class[c * PAGE + i]);
		printf("\n\t},\n");
	}
	printf("};\n\nstatic const unsigned char unicode_page[%u] = {", N_PAGES);
	for (c = 0; c < N_PAGES; c++)
		printf("%s%u,", column++ % 32 == 0 ? "\n\t" : "", page[c]);
	printf("\n};\n\n");
}

static void print_decompositions(void)
{
	unsigned full[MAX_FULL], c, i, n, at = 0;

	printf("static const uint32_t unicode_parts[] = {\n");
	for (c = 0; c < N_CODES; c++) {
		if (pair[c][0] == 0)
			continue;
		n = expand(c, full, 0);
		printf("\t");
		for (i = 0; i < n; i++)
			printf("0x%X,%s", full[i], i + 1 < n ? " " : "\n");
	}
	printf("};\n\nstatic const struct unicode_decomposition unicode_decomposition[] = {\n");
	for (c = 0; c < N_CODES; c++) {
		if (pair[c][0] == 0)
			continue;
		n = expand(c, full, 0);
		printf("\t{ 0x%X, %u, %u },\n", c, at, n);
		at += n;
	}
	if (at > 65535)
		fail("too many decompositions");
	printf("};\n\n");
}

static int by_pair(const void *x, const void *y)
{
	const unsigned *a = pair[*(const unsigned *)x], *b = pair[*(const unsigned *)y];

	if (a[0] != b[0])
		return a[0] < b[0] ? -1 : 1;
	return a[1] < b[1] ? -1 : a[1] > b[1];
}

static void print_compositions(void)
{
	static unsigned list[N_CODES];
	unsigned c, i, n = 0;

	for (c = 0; c < N_CODES; c++)
		if (pair[c][1] != 0 && !excluded[c])
			list[n++] = c;
	qsort(list, n, sizeof(list[0]), by_pair);
	printf("static const struct unicode_composition unicode_composition[] = {\n");
	for (i = 0; i < n; i++)
		printf("\t{ 0x%X, 0x%X, 0x%X },\n", pair[list[i]][0], pair[list[i]][1], list[i]);
	printf("};\n\n");
}

/*
 * By what comes before the last byte in the UTF-8 of two and of three bytes: a bit for each last byte
 * with which the character is not a normalisation border.
 */
static void print_borders(const char *name, unsigned from, unsigned to)
{
	unsigned long long bits = 0;
	unsigned c;

	printf("const uint64_t %s[%u] = {", name, to / 64);
	for (c = 0; c < to; c++) {
		if (c >= from && (flags[c] & NOT_BORDER))
			bits |= 1ull << (c % 64);
		if (c % 64 < 63)
			continue;
		printf("%s0x%llX,", c / 64 % 4 == 0 ? "\n\t" : " ", bits);
		bits = 0;
	}
	printf("\n};\n");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		fail("usage: unicode_tables FOLDER");
	read_unicode_data(argv[1]);
	read_properties(argv[1]);
	printf("/* Generated by gen/unicode_tables.c from the Unicode Character Database %s.\n"
	       " * Do not edit. */\n\n#define UNICODE_VERSION \"%s\"\n\n", version, version);
	print_classes();
	print_decompositions();
	print_compositions();
	print_borders("bp_not_boundary_2", 0x80, 0x800);
	printf("\n");
	print_borders("bp_not_boundary_3", 0x800, 0x10000);
	if (fflush(stdout) != 0 || ferror(stdout))
		fail("cannot write");
	return 0;
}
