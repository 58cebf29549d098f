/*
 * tree: JSON values made by hand, and instants, each in all the ways AWS writes one. The table of
 * instants is what tests the dates on the way out and back: nothing here reckons with calendars.
 */
#ifndef EVERY_TREE_H
#define EVERY_TREE_H

#include "base/base.h"
#include "formats/formats.h"
#include "models/models.h"

struct json_value *tree_new(struct arena *arena, enum json_kind kind);
struct json_value *tree_string(struct arena *arena, text string);
struct json_value *tree_number(struct arena *arena, text digits);
struct json_value *tree_boolean(struct arena *arena, bool value);

/* To an object, or with an absent name to a list. */
void tree_add(
    struct arena *arena, struct json_value *container, text name, const struct json_value *value);
struct json_value *tree_member(const struct json_value *object, text name); /* NULL: none */
void tree_remove(struct json_value *object, text name);

text tree_base64(struct arena *arena, text bytes);
text tree_bytes(struct arena *arena, text encoded); /* fails the test if it is no base64 */
text tree_text(struct arena *arena, const struct json_value *value); /* as JSON */

struct instant {
    const char *iso8601, *epoch, *http; /* http NULL: it has a fraction */
    const char *output;                 /* as inia prints it */
    const char *other;                  /* another way that inia must understand */
};

/* Of any number; whole: one without a fraction. */
const struct instant *instant_number(uint32_t number, bool whole);
/* The one that is written so in any way; NULL: none. */
const struct instant *instant_of(text written);

#endif
