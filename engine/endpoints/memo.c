#include "evaluate.h"

/* ---- Copying an endpoint --------------------------------------------------------------------- */

/* Everything goes into one piece of memory: a first pass measures, a second copies. */
struct packing {
    char *at; /* NULL while measuring */
    size_t size;
};

static void *pack(struct packing *packing, const void *bytes, size_t size)
{
    char *place = packing->at;
    size_t rounded = (size + 7) & ~(size_t)7;
    packing->size += rounded;
    if (!place)
        return NULL;
    if (size)
        memcpy(place, bytes, size);
    packing->at += rounded;
    return place;
}

static text pack_text(struct packing *packing, text original)
{
    if (!original.data)
        return original;
    const char *copy = pack(packing, original.data, original.size);
    return copy ? text_from(copy, original.size) : original;
}

static const text *pack_texts(struct packing *packing, const text *texts, size_t count)
{
    text *copies = pack(packing, texts, count * sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        text copy = pack_text(packing, texts[i]);
        if (copies)
            copies[i] = copy;
    }
    return copies;
}

static void pack_auth_schemes(
    struct packing *packing, struct endpoint *to, const struct endpoint *from)
{
    struct endpoint_auth_scheme *copies =
        pack(packing, from->auth_schemes, from->auth_scheme_count * sizeof *from->auth_schemes);
    for (size_t i = 0; i < from->auth_scheme_count; i++) {
        struct endpoint_auth_scheme copy = from->auth_schemes[i];
        copy.name = pack_text(packing, copy.name);
        copy.signing_name = pack_text(packing, copy.signing_name);
        copy.signing_region = pack_text(packing, copy.signing_region);
        copy.signing_regions = pack_texts(packing, copy.signing_regions, copy.signing_region_count);
        if (copies)
            copies[i] = copy;
    }
    to->auth_schemes = copies;
}

static void pack_headers(struct packing *packing, struct endpoint *to, const struct endpoint *from)
{
    struct endpoint_header *copies =
        pack(packing, from->headers, from->header_count * sizeof *from->headers);
    for (size_t i = 0; i < from->header_count; i++) {
        struct endpoint_header copy = from->headers[i];
        copy.name = pack_text(packing, copy.name);
        copy.values = pack_texts(packing, copy.values, copy.count);
        if (copies)
            copies[i] = copy;
    }
    to->headers = copies;
}

static void pack_json(struct packing *packing, struct json_value *to, const struct json_value *from)
{
    struct json_value *items = pack(packing, from->items, from->count * sizeof *from->items);
    const text *names = NULL;
    if (from->kind == JSON_OBJECT)
        names = pack_texts(packing, from->names, from->count);
    text string = pack_text(packing, from->string);
    for (uint32_t i = 0; i < from->count; i++)
        pack_json(packing, items ? &items[i] : NULL, &from->items[i]);
    if (to)
        *to = (struct json_value){from->kind, from->count, string, items, (text *)(uintptr_t)names};
}

static void pack_properties(
    struct packing *packing, struct endpoint *to, const struct endpoint *from)
{
    struct endpoint_property *copies =
        pack(packing, from->properties, from->property_count * sizeof *from->properties);
    for (size_t i = 0; i < from->property_count; i++) {
        struct json_value *value = pack(packing, from->properties[i].value, sizeof *value);
        text name = pack_text(packing, from->properties[i].name);
        pack_json(packing, value, from->properties[i].value);
        if (copies)
            copies[i] = (struct endpoint_property){name, value};
    }
    to->properties = copies;
}

static void pack_endpoint(struct packing *packing, struct endpoint *to, const struct endpoint *from)
{
    *to = *from;
    to->url = pack_text(packing, from->url);
    pack_auth_schemes(packing, to, from);
    to->backend = pack_text(packing, from->backend);
    if (from->header_count)
        pack_headers(packing, to, from);
    if (from->property_count)
        pack_properties(packing, to, from);
    to->refusal = pack_text(packing, from->refusal);
}

bool endpoint_copy(struct endpoint *to, const struct endpoint *from, struct arena *arena)
{
    struct packing packing = {.at = NULL};
    struct endpoint measured;
    pack_endpoint(&packing, &measured, from);
    packing.at = arena_alloc(arena, packing.size + 1);
    if (!packing.at)
        return false;
    pack_endpoint(&packing, to, from);
    return true;
}

/* ---- The memo
 * -------------------------------------------------------------------------------------- */

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

static bool value_equals(const struct endpoint_value *a, const struct endpoint_value *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == ENDPOINT_STRING)
        return text_equals(a->string, b->string);
    if (a->kind == ENDPOINT_BOOLEAN)
        return a->boolean == b->boolean;
    if (a->kind != ENDPOINT_STRING_LIST)
        return true;
    if (a->list.count != b->list.count)
        return false;
    for (size_t i = 0; i < a->list.count; i++) {
        if (!text_equals(a->list.items[i], b->list.items[i]))
            return false;
    }
    return true;
}

static bool memo_fits(
    const struct endpoint_memo *memo, const struct endpoint_rules *rules,
    const struct endpoint_values *values)
{
    if (memo->rules != rules)
        return false;
    for (size_t i = 0; i < rules->parameter_count; i++) {
        if (rules->parameters[i].used && !value_equals(&values->slots[i], &memo->values.slots[i]))
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
    arena_clear(&memo->arena);
    memo->rules = NULL;
    for (size_t i = 0; i < rules->parameter_count; i++) {
        if (rules->parameters[i].used &&
            !keep_value(&memo->values.slots[i], &values->slots[i], &memo->arena))
            return;
    }
    if (endpoint_copy(&memo->endpoint, endpoint, &memo->arena))
        memo->rules = rules;
}

inia_status endpoint_memo_resolve(
    struct endpoint_memo *memo, const struct endpoint_rules *rules,
    const struct endpoint_values *values, struct arena *arena, struct endpoint *endpoint,
    inia_error *error)
{
    if (memo_fits(memo, rules, values)) {
        memo->hits++;
        if (endpoint_copy(endpoint, &memo->endpoint, arena))
            return INIA_OK;
        return error_set(error, INIA_NO_MEMORY, "out of memory");
    }
    memo->misses++;
    inia_status status = endpoint_resolve(rules, values, arena, endpoint, error);
    if (status == INIA_OK)
        memo_keep(memo, rules, values, endpoint);
    return status;
}
