#include "query.h"

text text_decode(text encoded, struct arena *arena)
{
    if (text_find(encoded, '%') == encoded.size)
        return encoded.data ? encoded : TEXT("");
    char *decoded = arena_alloc(arena, encoded.size + 1);
    if (!decoded)
        return (text){NULL, 0};
    return (text){decoded, percent_decode(decoded, encoded)};
}

static text decode_form(text encoded, struct arena *arena)
{
    if (text_find(encoded, '+') == encoded.size)
        return text_decode(encoded, arena);
    char *spaced = arena_alloc(arena, encoded.size + 1);
    if (!spaced)
        return (text){NULL, 0};
    for (size_t i = 0; i < encoded.size; i++)
        spaced[i] = encoded.data[i] == '+' ? ' ' : encoded.data[i];
    return text_decode((text){spaced, encoded.size}, arena);
}

static size_t count_parameters(text encoded)
{
    size_t count = 1;
    for (size_t i = 0; i < encoded.size; i++)
        count += encoded.data[i] == '&';
    return count;
}

bool query_parse(struct query *query, text encoded, bool is_form, struct arena *arena)
{
    *query = (struct query){0};
    if (!encoded.size)
        return true;
    size_t most = count_parameters(encoded);
    if (!is_form && most > QUERY_MOST)
        return false;
    query->parameters = arena_alloc(arena, most * sizeof *query->parameters);
    if (!query->parameters)
        return false;
    while (encoded.size) {
        text value, piece = text_split(encoded, '&', &encoded);
        if (!piece.size)
            continue;
        text name = text_split(piece, '=', &value);
        struct parameter *parameter = &query->parameters[query->count++];
        parameter->name = is_form ? decode_form(name, arena) : text_decode(name, arena);
        parameter->value = is_form ? decode_form(value, arena) : text_decode(value, arena);
        if (!parameter->name.data || !parameter->value.data)
            return false;
    }
    return true;
}

text query_value(const struct query *query, text name)
{
    for (size_t i = 0; i < query->count; i++)
        if (text_equals(query->parameters[i].name, name))
            return query->parameters[i].value;
    return (text){NULL, 0};
}
