/*
 * printf() and strtod() use the decimal separator of the process's locale, which belongs to the
 * program that calls the library.  So the separator is looked for in the result.
 */
#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>

/* Replace the decimal separator, one or more bytes that no other part of a number has, by a dot. */
static size_t put_dot(char *text)
{
	static const char others[] = "0123456789+-einfa";	/* inf and nan have none */
	size_t at = strspn(text, others), n;

	if (text[at] == '\0')
		return at;
	n = strcspn(text + at, others);
	text[at] = '.';
	memmove(text + at + 1, text + at + n, strlen(text + at + n) + 1);
	return strlen(text);
}

size_t bp_number_digits(char text[BP_NUMBER_TEXT], double x, int digits)
{
	snprintf(text, BP_NUMBER_TEXT, "%.*g", BP_MIN(digits, BP_DIGITS_MAX), x);
	return put_dot(text);
}

size_t bp_number_decimals(char text[BP_NUMBER_TEXT], double x, int decimals)
{
	snprintf(text, BP_NUMBER_TEXT, "%.*f", BP_MIN(decimals, BP_DIGITS_MAX), x);
	return put_dot(text);
}

/* strtod() reads the text before its separator is replaced, in the locale that printf() had. */
size_t bp_number_shortest(char text[BP_NUMBER_TEXT], double x)
{
	int digits;

	for (digits = 15; digits < BP_DIGITS_MAX; digits++) {
		snprintf(text, BP_NUMBER_TEXT, "%.*g", digits, x);
		if (strtod(text, NULL) == x)
			return put_dot(text);
	}
	return bp_number_digits(text, x, BP_DIGITS_MAX);
}

const char *bp_count_fault(struct slice s, uint64_t *count)
{
	size_t i;

	*count = 0;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return "a count that is not an integer";
		if (*count > (INT64_MAX - (uint64_t)(s.p[i] - '0')) / 10)
			return "the count is too large";
		*count = *count * 10 + (uint64_t)(s.p[i] - '0');
	}
	return s.n == 0 ? "a count is missing" : *count == 0 ? "a count of zero" : NULL;
}
