/*
 * log.h - natural logarithm with identical results on every machine.
 *
 * The log() of C libraries differs in the last bit from library to library, and within one library
 * from processor to processor.  Scores are logarithms: a different last bit can decide between two
 * segmentations with equal scores, and so change tokens and models.
 */
#ifndef BP_LOG_H
#define BP_LOG_H

/*
 * ln(x), rounded to the nearest double, except for about one x in a million, for which the result
 * may be the second nearest double (identical on every machine, too).  Zero, negative numbers,
 * infinity and NaN give the results of log().
 */
double bp_log(double x);

#endif
