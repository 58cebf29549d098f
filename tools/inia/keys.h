/* keys: names of members, sorted, each once: the columns of text and tables. */
#ifndef INIA_KEYS_H
#define INIA_KEYS_H

#include "base/base.h"
#include "formats/formats.h"

struct keys {
    text *names;
    size_t count;
    struct map known;
    bool failed; /* no memory */
};

void keys_init(struct keys *keys, struct arena *arena);

/* The names of an object's scalar members, or of the others; in any order until they are sorted. */
void keys_add(struct keys *keys, const struct json_value *object, bool scalars);
void keys_sort(struct keys *keys);
bool keys_have(const struct keys *keys, text name);

#endif
