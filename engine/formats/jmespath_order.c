/* The functions that put values in an order: max, min, sort, and the same by an expression. */
#include "jmespath_tree.h"

/* An item and what it is ordered by. */
struct entry {
    const struct json_value *item;
    bool by_string;
    text string;
    double number;
};

static bool comes_before(const struct entry *a, const struct entry *b)
{
    return a->by_string ? text_compare(a->string, b->string) < 0 : a->number < b->number;
}

static bool entry_set(
    struct jmespath_search *search, const struct jmespath_node *node, struct entry *entry,
    const struct json_value *key, enum json_kind kind)
{
    if (key->kind != kind || (kind != JSON_NUMBER && kind != JSON_STRING)) {
        jmespath_fail(
            search, node, JMESPATH_INVALID_TYPE,
            "what is ordered must be all numbers or all strings");
        return false;
    }
    if (kind == JSON_NUMBER)
        return jmespath_number(search, node, key, &entry->number);
    entry->by_string = true;
    entry->string = key->string;
    return true;
}

/* The items of the first argument, with what the second makes of them if there is one. Has room
 * for twice as many. */
static struct entry *entries_new(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    const struct json_value *list = arguments[0].value;
    const struct jmespath_node *by = node->call.count > 1 ? arguments[1].expression : NULL;
    enum json_kind kind = JSON_NULL;
    struct entry *entries = arena_alloc(search->arena, 2 * sizeof *entries * list->count);
    if (!entries)
        jmespath_no_memory(search, node);
    for (size_t i = 0; entries && i < list->count; i++) {
        const struct json_value *item = &list->items[i];
        const struct json_value *key = by ? jmespath_evaluate(search, by, item) : item;
        if (!key)
            return NULL;
        if (i == 0)
            kind = key->kind;
        entries[i] = (struct entry){.item = item};
        if (!entry_set(search, node, &entries[i], key, kind))
            return NULL;
    }
    return entries;
}

/* The first of those that none comes before, or that come before none. */
static const struct json_value *pick(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments, bool last)
{
    const struct json_value *list = arguments[0].value;
    const struct entry *entries = entries_new(search, node, arguments), *best = entries;
    if (!entries)
        return NULL;
    for (size_t i = 1; i < list->count; i++) {
        if (last ? comes_before(best, &entries[i]) : comes_before(&entries[i], best))
            best = &entries[i];
    }
    return list->count ? best->item : &jmespath_null;
}

const struct json_value *jmespath_call_max(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    return pick(search, node, arguments, true);
}

const struct json_value *jmespath_call_min(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    return pick(search, node, arguments, false);
}

/* Two runs side by side become one; equals stay in their order. */
static void merge_runs(
    struct entry *out, const struct entry *from, size_t start, size_t middle, size_t end)
{
    size_t left = start, right = middle;
    for (size_t i = start; i < end; i++) {
        bool take_left =
            left < middle && (right == end || !comes_before(&from[right], &from[left]));
        out[i] = take_left ? from[left++] : from[right++];
    }
}

static const struct entry *merge_sort(struct entry *entries, size_t count)
{
    struct entry *from = entries, *to = entries + count;
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t start = 0; start < count; start += 2 * width) {
            size_t middle = start + width < count ? start + width : count;
            size_t end = middle + width < count ? middle + width : count;
            merge_runs(to, from, start, middle, end);
        }
        struct entry *sorted = to;
        to = from;
        from = sorted;
    }
    return from;
}

const struct json_value *jmespath_call_sort(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    size_t count = arguments[0].value->count;
    struct json_value *out = jmespath_new_list(search, node, count);
    struct entry *entries = out ? entries_new(search, node, arguments) : NULL;
    if (!entries)
        return NULL;
    const struct entry *sorted = merge_sort(entries, count);
    for (size_t i = 0; i < count; i++)
        out->items[out->count++] = *sorted[i].item;
    return out;
}
