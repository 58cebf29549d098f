#include "same.h"

#include "tree.h"

#include <stdlib.h>

enum { SHOWN_MOST = 120 }; /* bytes of a value in a reason */

struct comparison {
    struct buffer *why;
    text path[160]; /* of names; an absent one stands for an item of a list */
    size_t depth;
};

static void show(struct buffer *out, const struct json_value *value)
{
    size_t start = out->size;
    if (value)
        json_write(out, value);
    else
        buffer_add(out, TEXT("nothing"));
    if (buffer_ok(out) && out->size - start > SHOWN_MOST) {
        out->size = start + SHOWN_MOST;
        buffer_add(out, TEXT("..."));
    }
}

static bool differ(
    struct comparison *comparison, const struct json_value *expected,
    const struct json_value *actual)
{
    struct buffer *out = comparison->why;
    for (size_t i = 0; i < comparison->depth; i++) {
        buffer_add(out, i ? TEXT(".") : TEXT(""));
        buffer_add(out, comparison->path[i].data ? comparison->path[i] : TEXT("[]"));
    }
    buffer_add(out, TEXT(": expected "));
    show(out, expected);
    buffer_add(out, TEXT(", got "));
    show(out, actual);
    return false;
}

static bool same_number(text expected, text actual)
{
    char one[64] = "", other[64] = "";
    if (text_equals(expected, actual))
        return true;
    bool whole =
        text_find(expected, '.') == expected.size && text_find(expected, 'e') == expected.size;
    if (whole || expected.size >= sizeof one || actual.size >= sizeof other)
        return false;
    memcpy(one, expected.data, expected.size);
    memcpy(other, actual.data, actual.size);
    double a = strtod(one, NULL), b = strtod(other, NULL);
    return !(a < b) && !(a > b);
}

static bool same_scalar(const struct json_value *expected, const struct json_value *actual)
{
    const struct instant *instant = instant_of(expected->string);
    if (instant && instant == instant_of(actual->string))
        return true;
    if (expected->kind != actual->kind)
        return false;
    if (expected->kind == JSON_NUMBER)
        return same_number(expected->string, actual->string);
    return text_equals(expected->string, actual->string);
}

static bool same(
    struct comparison *comparison, const struct json_value *expected,
    const struct json_value *actual);

static bool same_inside(
    struct comparison *comparison, text name, const struct json_value *expected,
    const struct json_value *actual)
{
    if (comparison->depth == COUNT_OF(comparison->path))
        return differ(comparison, expected, actual);
    comparison->path[comparison->depth++] = name;
    bool good = same(comparison, expected, actual);
    comparison->depth -= good;
    return good;
}

static bool same_list(
    struct comparison *comparison, const struct json_value *expected,
    const struct json_value *actual)
{
    for (size_t i = 0; i < expected->count; i++)
        if (!same_inside(comparison, (text){NULL, 0}, &expected->items[i], json_item(actual, i)))
            return false;
    return expected->count == actual->count || differ(comparison, expected, actual);
}

static bool same_object(
    struct comparison *comparison, const struct json_value *expected,
    const struct json_value *actual)
{
    for (size_t i = 0; i < expected->count; i++) {
        text name = expected->names[i];
        if (!same_inside(comparison, name, &expected->items[i], json_member(actual, name)))
            return false;
    }
    for (size_t i = 0; i < actual->count; i++) {
        text name = actual->names[i];
        if (!json_member(expected, name))
            return same_inside(comparison, name, NULL, &actual->items[i]);
    }
    return true;
}

static bool same(
    struct comparison *comparison, const struct json_value *expected,
    const struct json_value *actual)
{
    if (!expected || !actual)
        return differ(comparison, expected, actual);
    bool contains = expected->kind == JSON_LIST || expected->kind == JSON_OBJECT;
    if (!contains)
        return same_scalar(expected, actual) || differ(comparison, expected, actual);
    if (expected->kind != actual->kind)
        return differ(comparison, expected, actual);
    return expected->kind == JSON_LIST ? same_list(comparison, expected, actual)
                                       : same_object(comparison, expected, actual);
}

bool same_values(
    const struct json_value *expected, const struct json_value *actual, struct buffer *why)
{
    struct comparison comparison = {.why = why};
    return same(&comparison, expected, actual);
}
