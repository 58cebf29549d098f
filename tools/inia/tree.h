/* tree: JSON values changed in place, at paths of names with dots between them. */
#ifndef INIA_TREE_H
#define INIA_TREE_H

#include "base/base.h"
#include "formats/formats.h"

/* Sets object.a.b.c, making the objects between as needed; what is in the way and no object is left
 * as it is. The value is shared, not copied. false: no memory. */
bool tree_set(
    struct json_value *object, text path, const struct json_value *value,
    struct arena *arena) MUST_USE;

/* The members of from in into: objects in both are merged, anything else is replaced. */
bool tree_merge(
    struct json_value *into, const struct json_value *from, struct arena *arena) MUST_USE;

#endif
