#include "page_token.h"

#include "models.h"

#include <stdio.h>

static const text blobs_name = TEXT_INIT("boto_encoded_keys");

/* ---- As Python writes JSON ------------------------------------------------------------------- */

static void write_escaped(struct buffer *out, uint32_t character)
{
    static const char short_names[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (size_t i = 0; i + 1 < sizeof short_names; i += 2) {
        if (character == (unsigned char)short_names[i]) {
            buffer_add_char(out, '\\');
            buffer_add_char(out, short_names[i + 1]);
            return;
        }
    }
    if (character >= ' ' && character <= '~')
        buffer_add_char(out, (char)character);
    else if (character < 0x10000)
        buffer_add_format(out, "\\u%04x", character);
    else
        buffer_add_format(
            out, "\\u%04x\\u%04x", 0xD800 + ((character - 0x10000) >> 10),
            0xDC00 + ((character - 0x10000) & 0x3FF));
}

static void write_string(struct buffer *out, text string)
{
    buffer_add_char(out, '"');
    while (string.size) {
        size_t size = utf8_sequence_size(string);
        write_escaped(out, size ? utf8_decode(string, size) : 0xFFFD);
        string = text_after(string, size ? size : 1);
    }
    buffer_add_char(out, '"');
}

static void write_value(struct buffer *out, const struct json_value *value);

static void write_items(struct buffer *out, const struct json_value *value)
{
    for (uint32_t i = 0; i < value->count; i++) {
        if (i)
            buffer_add(out, TEXT(", "));
        if (value->kind == JSON_OBJECT) {
            write_string(out, value->names[i]);
            buffer_add(out, TEXT(": "));
        }
        write_value(out, &value->items[i]);
    }
}

static void write_value(struct buffer *out, const struct json_value *value)
{
    if (value->kind == JSON_STRING) {
        write_string(out, value->string);
    } else if (value->kind == JSON_LIST || value->kind == JSON_OBJECT) {
        buffer_add_char(out, value->kind == JSON_LIST ? '[' : '{');
        write_items(out, value);
        buffer_add_char(out, value->kind == JSON_LIST ? ']' : '}');
    } else {
        json_write(out, value);
    }
}

void page_token_encode(
    struct buffer *out, const struct json_value *token, const struct json_value *blobs)
{
    struct buffer json;
    buffer_init(&json, out->arena);
    buffer_add_char(&json, '{');
    write_items(&json, token);
    if (blobs && blobs->count) {
        if (token->count)
            buffer_add(&json, TEXT(", "));
        write_string(&json, blobs_name);
        buffer_add(&json, TEXT(": "));
        write_value(&json, blobs);
    }
    buffer_add_char(&json, '}');
    if (buffer_ok(&json))
        buffer_add_base64(out, buffer_text(&json));
    else
        out->failed = true;
}

/* ---- Reading --------------------------------------------------------------------------------- */

struct json_value *page_token_decode(text encoded, struct json_parser *parser, struct arena *arena)
{
    struct json_problem problem;
    char *bytes = arena_alloc(arena, encoded.size + 4);
    size_t size = bytes ? base64_decode(bytes, encoded) : SIZE_MAX;
    if (size == SIZE_MAX)
        return NULL;
    struct json_value *token = json_parse(parser, text_from(bytes, size), arena, &problem);
    if (!json_is(token, JSON_OBJECT))
        return NULL;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < token->count; i++) {
        if (text_equals(token->names[i], blobs_name))
            continue;
        token->names[kept] = token->names[i];
        token->items[kept++] = token->items[i];
    }
    token->count = kept;
    return token;
}

/* ---- Where the blobs are --------------------------------------------------------------------- */

struct blob_search {
    struct arena *arena;
    struct json_value *found;
    uint32_t capacity; /* of found's items */
    bool failed;
    uint32_t depth;
    struct json_value path[JSON_MAX_DEPTH];
};

static void add_path(struct blob_search *search)
{
    struct json_value *found = search->found;
    if (found->count == search->capacity) {
        uint32_t capacity = search->capacity ? 2 * search->capacity : 4;
        struct json_value *items = arena_grow(
            search->arena, found->items, found->count * sizeof *items, capacity * sizeof *items);
        search->failed = !items;
        if (!items)
            return;
        found->items = items;
        search->capacity = capacity;
    }
    struct json_value path = {.kind = JSON_LIST, .count = search->depth, .items = search->path};
    if (json_copy(&found->items[found->count], &path, search->arena))
        found->count++;
    else
        search->failed = true;
}

static const struct model_member *member_of(const struct model_shape *shape, text name)
{
    switch (shape->kind) {
    case MODEL_STRUCTURE:
        return model_find_member(shape, name);
    case MODEL_MAP:
        return shape->value;
    case MODEL_LIST:
        return shape->item;
    default:
        return NULL;
    }
}

static void find_blobs(
    struct blob_search *search, const struct json_value *value, const struct model_shape *shape)
{
    if (shape->kind == MODEL_BLOB && value->kind == JSON_STRING)
        add_path(search);
    if (search->depth == JSON_MAX_DEPTH)
        return;
    struct json_value *step = &search->path[search->depth++];
    for (uint32_t i = 0; i < value->count && !search->failed; i++) {
        char digits[16];
        *step = (struct json_value){.kind = JSON_NUMBER};
        if (value->kind == JSON_OBJECT)
            *step = (struct json_value){.kind = JSON_STRING, .string = value->names[i]};
        else
            step->string = text_from(digits, (size_t)snprintf(digits, sizeof digits, "%u", i));
        const struct model_member *member = member_of(shape, step->string);
        if (member)
            find_blobs(search, &value->items[i], member->shape);
    }
    search->depth--;
}

const struct json_value *page_token_blobs(
    const struct json_value *token, const struct model_shape *input, struct arena *arena)
{
    struct json_value *found = arena_alloc_zeroed(arena, sizeof *found);
    if (!found)
        return NULL;
    found->kind = JSON_LIST;
    struct blob_search search = {.arena = arena, .found = found};
    find_blobs(&search, token, input);
    return search.failed ? NULL : found;
}
