/* join.h - a sample whose segments are not cut inside of pieces that have to be there. */
#ifndef BP_JOIN_H
#define BP_JOIN_H

#include "train/required.h"
#include "train/sample.h"

/*
 * Training cuts text in places where encoding does not: around digits, if these are isolated, and
 * in very long lines.  Join the segments between which a piece lies that has to be in the
 * vocabulary, so that its uses can be counted.  A line's end stays an end.
 */
bp_status bp_sample_join(struct sample *s, const struct required *r, bp_error *err);

#endif
