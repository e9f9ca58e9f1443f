/*
 * rules.h - constraints on learnt pieces: length, characters, spaces, digits, punctuation,
 * counts.
 *
 * The constraints are a list in rules.c, and every trainer asks the whole list: the default
 * recipe before it takes a seed (seeds.c, em.c) or joins two pieces (em.c), the published
 * algorithm before it keeps a candidate (published/prune.c).  So a constraint that is added to
 * the list holds for every trainer.  A constraint that the published algorithm cannot hold is
 * refused, together with it, by bp_rules_check().  tests/unit/test_rules.c runs each trainer with
 * each constraint, and fails for a constraint without a test.
 *
 * Constraints do not concern the pieces that the caller has chosen: the pieces of the options
 * (required.h), the pieces of an extended model, and word lists (api/word_list.h); such pieces
 * need only be possible (model/piece_rule.h).  The 256 single bytes are pieces of every vocabulary.
 */
#ifndef BP_RULES_H
#define BP_RULES_H

#include "base/base.h"
#include "base/table.h"
#include "bytepiece_files.h"
#include "text/cut.h"

struct sample;

enum constraint {
	CONSTRAINT_LENGTH,
	CONSTRAINT_CHARACTERS,
	CONSTRAINT_SPACES,
	CONSTRAINT_DIGITS,
	CONSTRAINT_PUNCTUATION,
	CONSTRAINT_COUNT,
	N_CONSTRAINTS
};

/* Where a piece of two bytes or more may begin and end. */
enum piece_characters {
	CHARACTERS_ANY,		/* at any byte */
	CHARACTERS_BEGIN,	/* not before a continuation byte: the published algorithm's rule */
	CHARACTERS_WHOLE,	/* the piece is a sequence of valid characters, */
	CHARACTERS_OR_BEGINNING	/* or the first bytes of one, but not its first byte alone */
};

struct piece_rules {
	uint32_t max_length;	/* in bytes */
	uint64_t min_count;	/* of occurrences in the corpus, and of uses in the sample */
	enum piece_characters characters;
	bp_across_spaces across_spaces;
	bp_digits digits;
	bool punctuation_apart;
	struct cut_rules cuts;	/* bp_rules_cuts() */
	bool knows_words;	/* 'words' is filled in; until then any word is taken for a word */
	struct table words;	/* words of the sample, for BP_SPACES_WORDS; owned */
};

/* The rules for characters and spaces, with the default in place of BP_..._DEFAULT. */
bp_ensure_unicode bp_rules_unicode(const bp_train_options *o);
bp_across_spaces bp_rules_spaces(const bp_train_options *o);
/* The rule of newlines in texts of this kind.  The options of a plan name it; the functions below
 * take texts to be lines if it is not named. */
bp_newlines bp_rules_newlines(const bp_train_options *o, bp_records records);

/* BP_ERANGE if the options ask the published algorithm for a constraint that it cannot hold. */
bp_status bp_rules_check(const bp_train_options *o, bp_error *err);

/*
 * The cuts of the corpus: inside its lines where the constraints of the options let no piece cross,
 * so that a string is not passed over as a part of a longer one that no piece can be.
 */
struct cut_rules bp_rules_cuts(const bp_train_options *o);

/* The constraints of a training, from its options. */
void bp_rules_init(struct piece_rules *r, const bp_train_options *o);
void bp_rules_release(struct piece_rules *r);

/*
 * Collect the words of the sample, if a constraint depends on them; a second call does nothing.
 * Call it before segments of the sample are joined (bp_sample_join()).
 */
bp_status bp_rules_learn_words(struct piece_rules *r, const struct sample *s, bp_error *err);

/*
 * True if the string of two bytes or more is a possible piece and satisfies all constraints on
 * bytes.  Any number of threads may ask at a time.
 */
bool bp_piece_allowed(const struct piece_rules *r, struct slice s);

/* True if the rules allow beginnings of characters, and the piece, an allowed one, is one. */
bool bp_piece_begins_character(const struct piece_rules *r, struct slice s);

/* True if a piece may have this count.  Trainers ask it apart: they know the bytes earlier. */
bool bp_count_allowed(const struct piece_rules *r, uint64_t count);

#endif
