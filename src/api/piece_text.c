/* Pieces from text in which some bytes are escaped. */
#include <string.h>

#include "bytepiece_files.h"

/* The value of a hexadecimal digit, or -1. */
static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *p = c != '\0' ? strchr(digits, c) : NULL;

	if (p == NULL)
		return -1;
	return (int)(p - digits < 16 ? p - digits : p - digits - 6);
}

/* The byte of the escape that begins at *p, which moves behind it; -1 if it is none. */
static int escaped(const char **p)
{
	int high, low;

	switch (*++*p) {
	case '\\':
		++*p;
		return '\\';
	case 't':
		++*p;
		return '\t';
	case 'n':
		++*p;
		return '\n';
	case 'x':
		if ((high = hex_digit((*p)[1])) < 0 || (low = hex_digit((*p)[2])) < 0)
			return -1;
		*p += 3;
		return high * 16 + low;
	}
	return -1;
}

bp_status bp_piece_bytes(const char *text, char *bytes, size_t *len)
{
	int c;

	for (*len = 0; *text != '\0'; bytes[(*len)++] = (char)(unsigned char)c)
		if (*text != '\\')
			c = (unsigned char)*text++;
		else if ((c = escaped(&text)) < 0)
			return BP_ERANGE;
	return BP_OK;
}
