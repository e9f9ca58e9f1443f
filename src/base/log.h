/*
 * log.h - the natural logarithm, the same to the last bit on every machine.
 *
 * The logarithms of C libraries differ in the last bit, and the same library's differ with the
 * processor it finds.  Where two segmentations are equal but for that bit, so would the tokens be,
 * and with them all that is trained from them.
 */
#ifndef BP_LOG_H
#define BP_LOG_H

/*
 * The double nearest to ln(x), but for about one x in a million, which may get the second nearest.
 * Zero, negative numbers, infinity and NaN are treated as by log().
 */
double bp_log(double x);

#endif
