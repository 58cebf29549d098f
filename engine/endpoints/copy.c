#include "copy.h"

/* A first pass measures, with at NULL; a second copies and notes where pointers are. */
struct packing {
    char *start, *at;
    size_t size;
    uint32_t *pointers;
    size_t pointer_count;
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

/* Lets a pointer within the block, at field, point to what was packed last. */
static void point(struct packing *packing, void *field, const void *packed)
{
    if (packing->at) {
        packing->pointers[packing->pointer_count] = (uint32_t)((char *)field - packing->start);
        memcpy(field, &packed, sizeof packed);
    }
    packing->pointer_count++;
}

/* In the first pass copy is NULL, as it is for all the others here. */
static void pack_text(struct packing *packing, text *copy, text original)
{
    if (original.data)
        point(packing, copy, pack(packing, original.data, original.size));
}

static text *pack_texts(struct packing *packing, const text *texts, size_t count)
{
    text *copies = pack(packing, texts, count * sizeof *texts);
    for (size_t i = 0; i < count; i++)
        pack_text(packing, copies ? &copies[i] : NULL, texts[i]);
    return copies;
}

#define FIELD(copy, member) ((copy) ? &(copy)->member : NULL)

static void pack_auth_schemes(
    struct packing *packing, struct endpoint *copy, const struct endpoint *from)
{
    struct endpoint_auth_scheme *schemes =
        pack(packing, from->auth_schemes, from->auth_scheme_count * sizeof *from->auth_schemes);
    point(packing, FIELD(copy, auth_schemes), schemes);
    for (size_t i = 0; i < from->auth_scheme_count; i++) {
        const struct endpoint_auth_scheme *scheme = &from->auth_schemes[i];
        struct endpoint_auth_scheme *to = schemes ? &schemes[i] : NULL;
        pack_text(packing, FIELD(to, name), scheme->name);
        pack_text(packing, FIELD(to, signing_name), scheme->signing_name);
        pack_text(packing, FIELD(to, signing_region), scheme->signing_region);
        if (scheme->signing_region_count) {
            text *regions =
                pack_texts(packing, scheme->signing_regions, scheme->signing_region_count);
            point(packing, FIELD(to, signing_regions), regions);
        }
    }
}

static void pack_headers(
    struct packing *packing, struct endpoint *copy, const struct endpoint *from)
{
    struct endpoint_header *headers =
        pack(packing, from->headers, from->header_count * sizeof *from->headers);
    point(packing, FIELD(copy, headers), headers);
    for (size_t i = 0; i < from->header_count; i++) {
        struct endpoint_header *to = headers ? &headers[i] : NULL;
        pack_text(packing, FIELD(to, name), from->headers[i].name);
        text *values = pack_texts(packing, from->headers[i].values, from->headers[i].count);
        point(packing, FIELD(to, values), values);
    }
}

static void pack_json(
    struct packing *packing, struct json_value *copy, const struct json_value *from)
{
    pack_text(packing, FIELD(copy, string), from->string);
    if (from->count == 0)
        return;
    if (from->kind == JSON_OBJECT)
        point(packing, FIELD(copy, names), pack_texts(packing, from->names, from->count));
    struct json_value *items = pack(packing, from->items, from->count * sizeof *from->items);
    point(packing, FIELD(copy, items), items);
    for (uint32_t i = 0; i < from->count; i++)
        pack_json(packing, items ? &items[i] : NULL, &from->items[i]);
}

static void pack_properties(
    struct packing *packing, struct endpoint *copy, const struct endpoint *from)
{
    struct endpoint_property *properties =
        pack(packing, from->properties, from->property_count * sizeof *from->properties);
    point(packing, FIELD(copy, properties), properties);
    for (size_t i = 0; i < from->property_count; i++) {
        struct endpoint_property *to = properties ? &properties[i] : NULL;
        struct json_value *value = pack(packing, from->properties[i].value, sizeof *value);
        point(packing, FIELD(to, value), value);
        pack_text(packing, FIELD(to, name), from->properties[i].name);
        pack_json(packing, value, from->properties[i].value);
    }
}

static void pack_endpoint(struct packing *packing, const struct endpoint *from)
{
    struct endpoint *copy = pack(packing, from, sizeof *from);
    pack_text(packing, FIELD(copy, url), from->url);
    pack_text(packing, FIELD(copy, backend), from->backend);
    pack_text(packing, FIELD(copy, refusal), from->refusal);
    if (from->auth_scheme_count)
        pack_auth_schemes(packing, copy, from);
    if (from->header_count)
        pack_headers(packing, copy, from);
    if (from->property_count)
        pack_properties(packing, copy, from);
}

bool endpoint_block_make(
    struct endpoint_block *block, const struct endpoint *from, struct arena *arena)
{
    struct packing packing = {.start = NULL};
    pack_endpoint(&packing, from);
    char *bytes = arena_alloc(arena, packing.size);
    uint32_t *pointers = arena_alloc(arena, packing.pointer_count * sizeof *pointers + 1);
    if (!bytes || !pointers || packing.size > UINT32_MAX)
        return false;
    packing = (struct packing){.start = bytes, .at = bytes, .pointers = pointers};
    pack_endpoint(&packing, from);
    *block = (struct endpoint_block){bytes, packing.size, pointers, packing.pointer_count};
    return true;
}

bool endpoint_block_copy(
    const struct endpoint_block *block, struct endpoint *to, struct arena *arena)
{
    char *copy = arena_alloc(arena, block->size);
    if (!copy)
        return false;
    memcpy(copy, block->bytes, block->size);
    for (size_t i = 0; i < block->pointer_count; i++) {
        const char *pointer;
        memcpy(&pointer, block->bytes + block->pointers[i], sizeof pointer);
        pointer = copy + (pointer - block->bytes);
        memcpy(copy + block->pointers[i], &pointer, sizeof pointer);
    }
    memcpy(to, copy, sizeof *to);
    return true;
}

bool endpoint_copy(struct endpoint *to, const struct endpoint *from, struct arena *arena)
{
    struct endpoint_block block;
    if (!endpoint_block_make(&block, from, arena))
        return false;
    memcpy(to, block.bytes, sizeof *to);
    return true;
}
