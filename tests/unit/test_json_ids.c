/* json_ids.h: ids of objects, whatever stands beside them, and what is refused. */
#include <stdio.h>
#include <string.h>

#include "api/json_ids.h"
#include "support.h"

/* The events of a text: "12 " for an id, ";" for the end of an object, "!" and why for a fault.
 * Bytes are passed over together where at most 'skip' are known at a time. */
static void events(const char *json, size_t skip, char out[256])
{
	struct json_ids s = { 0 };
	size_t n = 0, known;

	out[0] = '\0';
	for (; *json != '\0'; json++) {
		known = BP_MIN(strlen(json), skip);
		json += bp_json_ids_skip(&s, (const unsigned char *)json, known);
		if (*json == '\0')
			break;
		switch (bp_json_ids_byte(&s, (unsigned char)*json)) {
		case JSON_IDS_NUMBER:
			n += (size_t)snprintf(out + n, 256 - n, "%llu ",
					      (unsigned long long)s.id);
			break;
		case JSON_IDS_END:
			n += (size_t)snprintf(out + n, 256 - n, ";");
			break;
		case JSON_IDS_WRONG:
			snprintf(out + n, 256 - n, "!%s", s.why);
			return;
		default:
			break;
		}
	}
	if (s.state != JSON_IDS_BETWEEN)
		snprintf(out + n, 256 - n, "?");
}

static void objects_give_their_ids(void **state)
{
	static const struct {
		const char *json, *events;
	} t[] = {
		{ "", "" }, { " \n", "" }, { "{\"ids\": []}", ";" },
		{ "{\"ids\": [1, 20,3]}\n{\"ids\":[ 4 , 5 ]}", "1 20 3 ;4 5 ;" },
		{ "{\"ids\": [4294967296]}", "4294967296 ;" },
		{ "{\"a\": {\"ids\": [7, [8]]}, \"s\": \"\\\"ids\\\": [9]}\", \"ids\": [1], \"b\": null}",
		  "1 ;" },
		{ "{\"ids\": [1], \"pieces\": [\"]\", \"\\\\\", \"}\"], \"offsets\": [[0, 1]]}", "1 ;" },
		{ "{\"a\": [\"\\n\\\\\\\"]\", [{}]\n, \"\n\\\n\"], \"ids\": [3]}", "3 ;" },
		{ "{\"a\": [[], \"b\", \"ids\": [4]}", "?" },
		{ "{\"idss\": 5, \"id\": \"x\", \"ids\": [2]}", "2 ;" },
		{ "x", "!something that is no object" }, { "[1]", "!something that is no object" },
		{ "{}", "!an object without \"ids\"" },
		{ "{\"ids\": 5}", "!\"ids\" that are no array" },
		{ "{\"ids\": [1], \"ids\": [2]}", "1 !\"ids\" twice" },
		{ "{\"ids\": [1 2]}", "1 !something that is not an id" },
		{ "{\"ids\": [1,,2]}", "1 !something that is not an id" },
		{ "{\"ids\": [,2]}", "!something that is not an id" },
		{ "{\"ids\": [1,]}", "1 !something that is not an id" },
		{ "{\"ids\": [-1]}", "!something that is not an id" },
		{ "{\"ids\": [1.5]}", "!something that is not an id" },
		{ "{\"ids\": [[1]]}", "!something that is not an id" },
		{ "{\"ids\": [1] \"b\": 2}", "1 !a comma or '}' is missing" },
		{ "{ids: [1]}", "!a name is missing" }, { "{\"ids\" [1]}", "!a ':' is missing" },
		{ "{\"a\": , \"ids\": [1]}", "!a member without a value" },
		{ "{\"a\": 5], \"ids\": [1]}", "!a ']' too many" },
		{ "{\"ids\": [1]", "1 ?" }, { "{\"ids\": [1", "?" },
	};
	char got[256];
	size_t i, skip;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		for (skip = 0; skip < 100; skip++) {
			events(t[i].json, skip, got);
			assert_string_equal(got, t[i].events);
		}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_give_their_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
