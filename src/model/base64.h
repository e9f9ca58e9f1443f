/* base64.h - base64 (RFC 4648), with padding; only the canonical encoding of a byte string is
 * accepted. */
#ifndef BP_BASE64_H
#define BP_BASE64_H

#include "base/base.h"

/* Append the encoding of 's'.  False if memory is out. */
bool bp_base64_encode(struct slice s, struct buf *out);

/* Decode in place s[0..n) and return the length; SIZE_MAX if it is not canonical base64. */
size_t bp_base64_decode(unsigned char *s, size_t n);

#endif
