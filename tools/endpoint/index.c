#include "index.h"

enum { FIRST_CAPACITY = 64 };

void index_init(struct index *index, struct budget *memory)
{
    *index = (struct index){.memory = memory};
    random_init(&index->random, 1);
}

void index_release(struct index *index)
{
    check(index->count == 0);
    budget_free(index->memory, index->slots, index->capacity * sizeof *index->slots);
    index->slots = NULL;
    index->capacity = 0;
}

struct index_entry *index_find(const struct index *index, text key)
{
    if (!index->capacity)
        return NULL;
    uint64_t hash = text_hash(key);
    struct index_entry *entry = index->slots[hash & (index->capacity - 1)];
    while (entry && !(entry->hash == hash && text_equals(entry->key, key)))
        entry = entry->same_slot;
    return entry;
}

struct index_entry *index_from(const struct index *index, text key)
{
    struct index_entry *best = NULL;
    for (struct index_entry *entry = index->root; entry;) {
        if (text_compare(entry->key, key) < 0) {
            entry = entry->higher;
        } else {
            best = entry;
            entry = entry->lower;
        }
    }
    return best;
}

struct index_entry *index_after(const struct index *index, text key)
{
    struct index_entry *best = NULL;
    for (struct index_entry *entry = index->root; entry;) {
        if (text_compare(entry->key, key) <= 0) {
            entry = entry->higher;
        } else {
            best = entry;
            entry = entry->lower;
        }
    }
    return best;
}

static void slot_put(struct index_entry **slots, size_t capacity, struct index_entry *entry)
{
    struct index_entry **slot = &slots[entry->hash & (capacity - 1)];
    entry->same_slot = *slot;
    *slot = entry;
}

static bool grow(struct index *index)
{
    size_t capacity = index->capacity ? 2 * index->capacity : FIRST_CAPACITY;
    struct index_entry **slots = budget_alloc(index->memory, capacity * sizeof *slots);
    if (!slots)
        return false;
    memset(slots, 0, capacity * sizeof *slots);
    for (size_t i = 0; i < index->capacity; i++) {
        for (struct index_entry *entry = index->slots[i], *next; entry; entry = next) {
            next = entry->same_slot;
            slot_put(slots, capacity, entry);
        }
    }
    budget_free(index->memory, index->slots, index->capacity * sizeof *slots);
    index->slots = slots;
    index->capacity = capacity;
    return true;
}

/* What is below key goes to *lower, the rest to *higher. */
static void split(
    struct index_entry *tree, text key, struct index_entry **lower, struct index_entry **higher)
{
    while (tree) {
        if (text_compare(tree->key, key) < 0) {
            *lower = tree;
            lower = &tree->higher;
            tree = tree->higher;
        } else {
            *higher = tree;
            higher = &tree->lower;
            tree = tree->lower;
        }
    }
    *lower = *higher = NULL;
}

bool index_add(struct index *index, struct index_entry *entry)
{
    if (index->count == index->capacity && !grow(index) && !index->capacity)
        return false;
    entry->hash = text_hash(entry->key);
    entry->priority = random_u64(&index->random);
    slot_put(index->slots, index->capacity, entry);
    struct index_entry **link = &index->root;
    while (*link && (*link)->priority >= entry->priority)
        link = text_compare(entry->key, (*link)->key) < 0 ? &(*link)->lower : &(*link)->higher;
    split(*link, entry->key, &entry->lower, &entry->higher);
    *link = entry;
    index->count++;
    return true;
}

/* Everything in lower is before everything in higher. */
static void join(struct index_entry **link, struct index_entry *lower, struct index_entry *higher)
{
    while (lower && higher) {
        if (lower->priority >= higher->priority) {
            *link = lower;
            link = &lower->higher;
            lower = lower->higher;
        } else {
            *link = higher;
            link = &higher->lower;
            higher = higher->lower;
        }
    }
    *link = lower ? lower : higher;
}

void index_remove(struct index *index, struct index_entry *entry)
{
    struct index_entry **slot = &index->slots[entry->hash & (index->capacity - 1)];
    while (*slot != entry) {
        check(*slot);
        slot = &(*slot)->same_slot;
    }
    *slot = entry->same_slot;
    struct index_entry **link = &index->root;
    while (*link != entry) {
        check(*link);
        link = text_compare(entry->key, (*link)->key) < 0 ? &(*link)->lower : &(*link)->higher;
    }
    join(link, entry->lower, entry->higher);
    index->count--;
}
