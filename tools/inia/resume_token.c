#include "resume_token.h"

#include <inttypes.h>
#include <stdio.h>

static const text partial_name = TEXT_INIT("boto_truncate_amount");

bool resume_token_init(
    struct resume_token *token, const struct model_paginator *paginator, struct arena *arena)
{
    size_t size = (paginator->token_count + 1) * sizeof *token->values;
    *token = (struct resume_token){.values = arena_alloc_zeroed(arena, size)};
    token->count = paginator->token_count;
    return token->values != NULL; /* zero is JSON_NULL */
}

/* ---- Reading --------------------------------------------------------------------------------- */

static void take_object(
    struct resume_token *token, const struct json_value *object,
    const struct model_paginator *paginator)
{
    for (uint32_t i = 0; i < token->count; i++) {
        const struct json_value *value = json_member(object, paginator->input_tokens[i]);
        if (value && !text_equals(json_text(value), TEXT("None")))
            token->values[i] = *value;
    }
    int64_t skip = json_i64(json_member(object, partial_name), 0);
    token->skip = skip > 0 ? (uint64_t)skip : 0;
}

/* Parts with ___ between them: one for each token, then perhaps how many items to skip. */
static bool take_parts(struct resume_token *token, text written)
{
    const text separator = TEXT("___");
    text whole = written;
    uint32_t count = 0;
    size_t at;
    uint32_t separators = 0;
    for (text rest = written; (at = text_find_text(rest, separator)) != SIZE_MAX; separators++)
        rest = text_after(rest, at + separator.size);
    if (separators == token->count) {
        size_t last = 0;
        for (text rest = written; (at = text_find_text(rest, separator)) != SIZE_MAX;) {
            last = (size_t)(rest.data - written.data) + at;
            rest = text_after(rest, at + separator.size);
        }
        if (text_to_u64(text_after(written, last + separator.size), &token->skip))
            whole.size = last;
        else
            separators = 0;
    }
    for (text rest = whole; rest.data; count++) {
        at = separators ? text_find_text(rest, separator) : SIZE_MAX;
        text part = {rest.data, at == SIZE_MAX ? rest.size : at};
        rest = at == SIZE_MAX ? (text){NULL, 0} : text_after(rest, at + separator.size);
        if (count == token->count)
            return false;
        if (!text_equals(part, TEXT("None")))
            token->values[count] = (struct json_value){.kind = JSON_STRING, .string = part};
    }
    return true;
}

bool resume_token_read(
    struct resume_token *token, text written, const struct model_paginator *paginator,
    struct json_parser *parser, struct arena *arena, bool *bad)
{
    *bad = false;
    if (!resume_token_init(token, paginator, arena))
        return false;
    const struct json_value *object = page_token_decode(written, parser, arena);
    if (object)
        take_object(token, object, paginator);
    else
        *bad = !take_parts(token, written);
    return !*bad;
}

/* ---- Writing --------------------------------------------------------------------------------- */

text resume_token_write(
    const struct resume_token *token, const struct model_paginator *paginator, struct arena *arena)
{
    char digits[24];
    uint32_t count = token->count + token->is_partial;
    text *names = arena_alloc(arena, (count + 1) * sizeof *names);
    struct json_value *items = arena_alloc(arena, (count + 1) * sizeof *items);
    if (!names || !items)
        return (text){NULL, 0};
    memcpy(names, paginator->input_tokens, token->count * sizeof *names);
    memcpy(items, token->values, token->count * sizeof *items);
    int size = snprintf(digits, sizeof digits, "%" PRIu64, token->skip);
    names[token->count] = partial_name;
    items[token->count] =
        (struct json_value){.kind = JSON_NUMBER, .string = {digits, (size_t)size}};
    const struct json_value object = {
        .kind = JSON_OBJECT, .count = count, .names = names, .items = items};
    struct buffer encoded;
    buffer_init(&encoded, arena);
    /* The AWS CLI leaves blobs as they are, so that it never has any to name. */
    page_token_encode(&encoded, &object, NULL);
    return buffer_ok(&encoded) ? buffer_text(&encoded) : (text){NULL, 0};
}
