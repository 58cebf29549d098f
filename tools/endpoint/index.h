/*
 * index: entries found by their key in one step, and walked in the order of the keys' bytes. An
 * entry lives in its owner's struct. A hash table and a treap over the same entries.
 */
#ifndef ENDPOINT_INDEX_H
#define ENDPOINT_INDEX_H

#include "base/base.h"

struct index_entry {
    text key; /* the owner's: stays while the entry is in the index */
    uint64_t hash;
    uint64_t priority;
    struct index_entry *same_slot;
    struct index_entry *lower, *higher;
};

struct index {
    struct budget *memory;
    struct index_entry **slots;
    size_t capacity; /* of slots: a power of two, or 0 */
    size_t count;
    struct index_entry *root;
    struct random_source random;
};

void index_init(struct index *index, struct budget *memory);
void index_release(struct index *index); /* it must be empty */

struct index_entry *index_find(const struct index *index, text key);

/* The first entry whose key is not before this one, and the first after it. NULL: none. */
struct index_entry *index_from(const struct index *index, text key);
struct index_entry *index_after(const struct index *index, text key);

/* entry->key must be set and not be in the index yet. false: no memory, nothing changed. */
bool index_add(struct index *index, struct index_entry *entry) MUST_USE;
void index_remove(struct index *index, struct index_entry *entry);

#endif
