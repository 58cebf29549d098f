#include "copy.h"
#include "rules.h"

void endpoint_memo_init(struct endpoint_memo *memo, struct slab *blocks)
{
    *memo = (struct endpoint_memo){.rules = NULL};
    arena_init(&memo->arena, blocks);
}

void endpoint_memo_release(struct endpoint_memo *memo)
{
    memo->rules = NULL;
    arena_release(&memo->arena);
}

static bool lists_equal(const struct endpoint_value *a, const struct endpoint_value *b)
{
    if (a->list.count != b->list.count)
        return false;
    for (size_t i = 0; i < a->list.count; i++) {
        if (!text_equals(a->list.items[i], b->list.items[i]))
            return false;
    }
    return true;
}

/* The masks tell all about booleans and what is unset. */
static bool memo_fits(
    const struct endpoint_memo *memo, const struct endpoint_rules *rules,
    const struct endpoint_values *values)
{
    const struct endpoint_values *kept = &memo->values;
    if (memo->rules != rules)
        return false;
    if (((values->set ^ kept->set) | (values->is_true ^ kept->is_true) |
         (values->is_false ^ kept->is_false) | (values->is_list ^ kept->is_list)) &
        rules->used)
        return false;
    uint32_t left = values->set & rules->used & ~(values->is_true | values->is_false);
    for (; left; left &= left - 1) {
        int slot = __builtin_ctz(left);
        const struct endpoint_value *now = &values->slots[slot], *then = &kept->slots[slot];
        if (now->kind == ENDPOINT_STRING ? !text_equals(now->string, then->string)
                                         : !lists_equal(now, then))
            return false;
    }
    return true;
}

static bool keep_value(
    struct endpoint_value *to, const struct endpoint_value *from, struct arena *arena)
{
    *to = *from;
    if (from->kind == ENDPOINT_STRING) {
        to->string = arena_copy(arena, from->string);
        return to->string.data != NULL;
    }
    if (from->kind != ENDPOINT_STRING_LIST)
        return true;
    text *items = arena_alloc(arena, (from->list.count + 1) * sizeof *items);
    for (size_t i = 0; items && i < from->list.count; i++) {
        items[i] = arena_copy(arena, from->list.items[i]);
        if (!items[i].data)
            return false;
    }
    to->list.items = items;
    return items != NULL;
}

/* The memo is only an advantage: without memory it stays empty. */
static void memo_keep(
    struct endpoint_memo *memo, const struct endpoint_rules *rules,
    const struct endpoint_values *values, const struct endpoint *endpoint)
{
    struct endpoint_block *block = arena_alloc(&memo->arena, sizeof *block);
    if (!block || !endpoint_block_make(block, endpoint, &memo->arena))
        return;
    endpoint_values_copy(&memo->values, values, rules);
    for (size_t i = 0; i < rules->parameter_count; i++) {
        if (rules->parameters[i].used &&
            !keep_value(&memo->values.slots[i], &values->slots[i], &memo->arena))
            return;
    }
    memo->block = block;
    memo->rules = rules;
}

inia_status endpoint_memo_resolve(
    struct endpoint_memo *memo, const struct endpoint_rules *rules,
    const struct endpoint_values *values, struct arena *arena, struct endpoint *endpoint,
    inia_error *error)
{
    if (memo_fits(memo, rules, values)) {
        memo->hits++;
        if (endpoint_block_copy(memo->block, endpoint, arena))
            return INIA_OK;
        return error_set(error, INIA_NO_MEMORY, "out of memory");
    }
    memo->misses++;
    memo->rules = NULL;
    arena_clear(&memo->arena);
    inia_status status = endpoint_resolve(rules, values, arena, endpoint, error);
    if (status != INIA_OK)
        return status;
    memo_keep(memo, rules, values, endpoint);
    return status;
}
