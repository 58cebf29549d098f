/* check: parameters against their shapes, before anything is written. */
#include "writing.h"

#include <stdio.h>
#include <stdlib.h>

/* Where in the parameters: a chain back to the top. */
struct place {
    const struct place *outer;
    text name;    /* of a member or a map's key */
    size_t index; /* of a list's item, if name is absent */
};

struct checking {
    const struct protocol_plan *plan;
    const struct protocol_input *input;
    struct buffer problems;
    bool any;
};

static void write_place(struct buffer *out, const struct place *place)
{
    if (!place)
        return;
    write_place(out, place->outer);
    if (!place->name.data) {
        buffer_add_char(out, '[');
        buffer_add_u64(out, place->index);
        buffer_add_char(out, ']');
        return;
    }
    if (place->outer)
        buffer_add_char(out, '.');
    buffer_add(out, place->name);
}

/* An empty part: no place of its own. What does not fit is cut off with dots. */
static void complain(
    struct checking *checking, const struct place *place, const char *what, text detail,
    const char *end)
{
    char line[200];
    struct buffer one;
    buffer_init_fixed(&one, line, sizeof line);
    if (checking->any)
        buffer_add(&one, TEXT("; "));
    write_place(&one, place);
    buffer_add(&one, text_of(place ? ": " : ""));
    buffer_add(&one, text_of(what));
    buffer_add(&one, detail);
    buffer_add(&one, text_of(end));
    buffer_add(&checking->problems, buffer_text(&one));
    checking->any = true;
}

static const char *kind_name(enum json_kind kind)
{
    static const char *const names[] = {"null",     "false",  "true",     "a number",
                                        "a string", "a list", "an object"};
    return names[kind];
}

static bool expect(
    struct checking *checking, const struct place *place, const struct json_value *value, bool good,
    const char *wanted)
{
    if (!good)
        complain(checking, place, wanted, TEXT(" is wanted, not "), kind_name(value->kind));
    return good;
}

static size_t characters_of(text string)
{
    size_t count = 0;
    for (size_t i = 0; i < string.size; i++)
        count += ((unsigned char)string.data[i] & 0xC0) != 0x80;
    return count;
}

static void check_size(
    struct checking *checking, const struct place *place, const struct model_shape *shape,
    size_t size)
{
    char most[64];
    if (!shape->has_min || (double)size >= shape->min)
        return;
    snprintf(most, sizeof most, "length %zu is below the least, %.0f", size, shape->min);
    complain(checking, place, most, TEXT(""), "");
}

static bool is_integral(text number)
{
    return text_find(number, '.') == number.size && text_find(number, 'e') == number.size &&
           text_find(number, 'E') == number.size;
}

static void check_number(
    struct checking *checking, const struct place *place, const struct model_shape *shape,
    const struct json_value *value)
{
    char digits[64] = "", least[128];
    text written = value->string;
    bool special = shape->kind == MODEL_FLOAT && value->kind == JSON_STRING &&
                   (text_equals(written, TEXT("NaN")) || text_equals(written, TEXT("Infinity")) ||
                    text_equals(written, TEXT("-Infinity")));
    bool whole = shape->kind == MODEL_FLOAT || (value->kind == JSON_NUMBER && is_integral(written));
    if (special || !expect(checking, place, value, value->kind == JSON_NUMBER, "a number"))
        return;
    if (!whole) {
        complain(checking, place, "a whole number is wanted, not ", written, "");
        return;
    }
    if (!shape->has_min || written.size >= sizeof digits)
        return;
    memcpy(digits, written.data, written.size);
    if (strtod(digits, NULL) >= shape->min)
        return;
    snprintf(least, sizeof least, "%s is below the least, %g", digits, shape->min);
    complain(checking, place, least, TEXT(""), "");
}

static bool is_base64(text encoded)
{
    size_t size = encoded.size;
    while (size && encoded.size - size < 2 && encoded.data[size - 1] == '=')
        size--;
    for (size_t i = 0; i < size; i++) {
        char byte = encoded.data[i];
        if (!((byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
              (byte >= '0' && byte <= '9') || byte == '+' || byte == '/'))
            return false;
    }
    return size % 4 != 1 && (size == encoded.size || encoded.size % 4 == 0);
}

static void check_value(
    struct checking *checking, const struct place *place, const struct model_member *member,
    const struct json_value *value);

static void check_list(
    struct checking *checking, const struct place *place, const struct model_shape *shape,
    const struct json_value *value)
{
    if (!expect(checking, place, value, value->kind == JSON_LIST, "a list"))
        return;
    check_size(checking, place, shape, value->count);
    for (size_t i = 0; i < value->count; i++) {
        struct place inner = {place, {NULL, 0}, i};
        if (!is_absent(&value->items[i]))
            check_value(checking, &inner, shape->item, &value->items[i]);
    }
}

static void check_map(
    struct checking *checking, const struct place *place, const struct model_shape *shape,
    const struct json_value *value)
{
    if (!expect(checking, place, value, value->kind == JSON_OBJECT, "an object"))
        return;
    check_size(checking, place, shape, value->count);
    for (size_t i = 0; i < value->count; i++) {
        struct place inner = {place, value->names[i], 0};
        check_size(checking, &inner, shape->key->shape, characters_of(value->names[i]));
        if (!is_absent(&value->items[i]))
            check_value(checking, &inner, shape->value, &value->items[i]);
    }
}

static bool has_fallback(const struct protocol_plan *plan, const struct model_member *member)
{
    const struct plan_template *path = &plan->parts->path;
    for (size_t i = 0; i < path->count; i++) {
        if (path->pieces[i].label == member && path->pieces[i].fallback.data)
            return true;
    }
    return false;
}

static void check_required(
    struct checking *checking, const struct place *place, const struct model_shape *shape,
    const struct json_value *value)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct model_member *member = &shape->members[i];
        if (!member->required || !is_absent(json_member(value, member->name)))
            continue;
        bool filled = member->idempotency_token || has_fallback(checking->plan, member) ||
                      (!place && member == checking->plan->operation->input_stream);
        struct place inner = {place, member->name, 0};
        if (!filled)
            complain(checking, &inner, "is required", TEXT(""), "");
    }
}

static void check_structure(
    struct checking *checking, const struct place *place, const struct model_shape *shape,
    const struct json_value *value)
{
    if (shape->document || !expect(checking, place, value, value->kind == JSON_OBJECT, "an object"))
        return;
    size_t set = 0;
    uint32_t hint = 0;
    for (size_t i = 0; i < value->count; i++) {
        struct place inner = {place, value->names[i], 0};
        const struct model_member *member = shape_find(shape, &hint, value->names[i]);
        if (!member) {
            text nearest = model_nearest_member(shape, value->names[i]);
            complain(
                checking, &inner,
                nearest.data ? "unknown parameter: did you mean '" : "unknown parameter", nearest,
                nearest.data ? "'?" : "");
            continue;
        }
        if (is_absent(&value->items[i]))
            continue;
        set++;
        check_value(checking, &inner, member, &value->items[i]);
    }
    check_required(checking, place, shape, value);
    if (shape->is_union && set != 1)
        complain(checking, place, "exactly one member of the union is wanted", TEXT(""), "");
}

static void check_value(
    struct checking *checking, const struct place *place, const struct model_member *member,
    const struct json_value *value)
{
    const struct model_shape *shape = member->shape;
    struct date date;
    if (member->json_value)
        return;
    switch (shape->kind) {
    case MODEL_STRUCTURE:
        check_structure(checking, place, shape, value);
        break;
    case MODEL_LIST:
        check_list(checking, place, shape, value);
        break;
    case MODEL_MAP:
        check_map(checking, place, shape, value);
        break;
    case MODEL_STRING:
        if (expect(checking, place, value, value->kind == JSON_STRING, "a string") &&
            shape->has_min)
            check_size(checking, place, shape, characters_of(value->string));
        break;
    case MODEL_INTEGER:
    case MODEL_FLOAT:
        check_number(checking, place, shape, value);
        break;
    case MODEL_BOOLEAN:
        expect(
            checking, place, value, value->kind == JSON_TRUE || value->kind == JSON_FALSE,
            "true or false");
        break;
    case MODEL_BLOB:
        if (expect(checking, place, value, value->kind == JSON_STRING, "a string of base64") &&
            !checking->input->blobs_are_text && !is_base64(value->string))
            complain(checking, place, "not base64", TEXT(""), "");
        break;
    case MODEL_TIMESTAMP:
        if (!value_to_date(value, &date))
            complain(checking, place, "not a timestamp", TEXT(""), "");
        break;
    }
}

inia_status params_check(
    const struct protocol_plan *plan, const struct model_shape *shape,
    const struct protocol_input *input, const struct json_value *params, inia_error *error)
{
    static const struct model_shape nothing = {.kind = MODEL_STRUCTURE};
    char line[sizeof error->detail];
    struct checking checking = {.plan = plan, .input = input};
    buffer_init_fixed(&checking.problems, line, sizeof line - sizeof " ...");
    check_structure(&checking, NULL, shape ? shape : &nothing, params);
    if (!checking.any)
        return INIA_OK;
    return error_set(
        error, INIA_BAD_REQUEST, "%.*s%s", TEXT_ARGS(buffer_text(&checking.problems)),
        buffer_ok(&checking.problems) ? "" : " ...");
}
