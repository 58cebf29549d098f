#include "page_token.h"

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
