#include "jmespath_tree.h"

#include "utf8.h"

#include <math.h>

/* ---- Numbers ----------------------------------------------------------------------------- */

static const struct json_value *new_number_text(
    struct jmespath_search *search, const struct jmespath_node *node, text written)
{
    struct json_value *value = arena_alloc(search->arena, sizeof *value);
    if (!value)
        return jmespath_no_memory(search, node);
    *value = (struct json_value){.kind = JSON_NUMBER, .string = written};
    return value;
}

static const struct json_value *call_abs(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    text written = arguments[0].value->string;
    if (!text_starts_with(written, TEXT("-")))
        return arguments[0].value;
    return new_number_text(search, node, text_after(written, 1));
}

static const struct json_value *round_to(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct json_value *value, double (*rounded)(double))
{
    double number;
    text written = value->string;
    bool integer = text_find(written, '.') == written.size &&
                   text_find(written, 'e') == written.size &&
                   text_find(written, 'E') == written.size;
    if (integer)
        return value;
    if (!jmespath_number(search, node, value, &number))
        return NULL;
    return jmespath_new_number(search, node, rounded(number));
}

static const struct json_value *call_ceil(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    return round_to(search, node, arguments[0].value, ceil);
}

static const struct json_value *call_floor(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    return round_to(search, node, arguments[0].value, floor);
}

static bool add_up(
    struct jmespath_search *search, const struct jmespath_node *node, const struct json_value *list,
    double *sum)
{
    double number;
    *sum = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (!jmespath_number(search, node, &list->items[i], &number))
            return false;
        *sum += number;
    }
    return true;
}

static const struct json_value *call_sum(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    double sum;
    if (!add_up(search, node, arguments[0].value, &sum))
        return NULL;
    return jmespath_new_number(search, node, sum);
}

static const struct json_value *call_avg(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    double sum;
    uint32_t count = arguments[0].value->count;
    if (count == 0)
        return &jmespath_null;
    if (!add_up(search, node, arguments[0].value, &sum))
        return NULL;
    return jmespath_new_number(search, node, sum / count);
}

static bool take_digits(struct cursor *cursor)
{
    const char *start = cursor->at;
    while (cursor_peek(cursor) >= '0' && cursor_peek(cursor) <= '9')
        cursor_u8(cursor);
    return cursor->at != start;
}

/* As JSON writes them (RFC 8259 section 6), and nothing else. */
static bool is_number(text written)
{
    struct cursor cursor = cursor_of(written);
    cursor_skip(&cursor, TEXT("-"));
    bool good = cursor_skip(&cursor, TEXT("0")) || take_digits(&cursor);
    if (good && cursor_skip(&cursor, TEXT(".")))
        good = take_digits(&cursor);
    if (good && (cursor_skip(&cursor, TEXT("e")) || cursor_skip(&cursor, TEXT("E")))) {
        if (!cursor_skip(&cursor, TEXT("+")))
            cursor_skip(&cursor, TEXT("-"));
        good = take_digits(&cursor);
    }
    return good && cursor_is_done(&cursor);
}

static const struct json_value *call_to_number(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    const struct json_value *value = arguments[0].value;
    if (value->kind == JSON_NUMBER)
        return value;
    if (value->kind != JSON_STRING || !is_number(value->string))
        return &jmespath_null;
    return new_number_text(search, node, value->string);
}

/* ---- Strings ------------------------------------------------------------------------------ */

static const struct json_value *call_starts_with(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    (void)search, (void)node;
    return jmespath_bool(text_starts_with(arguments[0].value->string, arguments[1].value->string));
}

static const struct json_value *call_ends_with(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    (void)search, (void)node;
    return jmespath_bool(text_ends_with(arguments[0].value->string, arguments[1].value->string));
}

static const struct json_value *finish_string(
    struct jmespath_search *search, const struct jmespath_node *node, struct buffer *buffer)
{
    const char *string = buffer_string(buffer);
    if (!string)
        return jmespath_no_memory(search, node);
    return jmespath_new_string(search, node, text_from(string, buffer->size));
}

static const struct json_value *call_join(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    const struct json_value *list = arguments[1].value;
    struct buffer joined;
    buffer_init(&joined, search->arena);
    for (size_t i = 0; i < list->count && buffer_ok(&joined); i++) {
        if (i)
            buffer_add(&joined, arguments[0].value->string);
        buffer_add(&joined, list->items[i].string);
    }
    return finish_string(search, node, &joined);
}

static const struct json_value *call_to_string(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    struct buffer written;
    if (arguments[0].value->kind == JSON_STRING)
        return arguments[0].value;
    if (!jmespath_charge_whole(search, node, arguments[0].value))
        return NULL;
    buffer_init(&written, search->arena);
    json_write(&written, arguments[0].value);
    return finish_string(search, node, &written);
}

static size_t character_size(text string)
{
    size_t size = utf8_sequence_size(string);
    return size ? size : 1;
}

static size_t count_characters(text string)
{
    size_t count = 0;
    for (; string.size; string = text_after(string, character_size(string)))
        count++;
    return count;
}

static const struct json_value *reverse_string(
    struct jmespath_search *search, const struct jmespath_node *node, text string)
{
    char *out = arena_alloc(search->arena, string.size + 1);
    if (!out)
        return jmespath_no_memory(search, node);
    size_t at = string.size, whole = string.size;
    out[at] = '\0';
    while (string.size) {
        size_t size = character_size(string);
        at -= size;
        memcpy(out + at, string.data, size);
        string = text_after(string, size);
    }
    return jmespath_new_string(search, node, text_from(out, whole));
}

/* ---- Lists and objects ----------------------------------------------------------------------- */

static const struct json_value *call_reverse(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    const struct json_value *value = arguments[0].value;
    if (value->kind == JSON_STRING)
        return reverse_string(search, node, value->string);
    struct json_value *out = jmespath_new_list(search, node, value->count);
    for (size_t i = value->count; out && i-- > 0;)
        out->items[out->count++] = value->items[i];
    return out;
}

static const struct json_value *call_length(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    const struct json_value *value = arguments[0].value;
    size_t length =
        value->kind == JSON_STRING ? count_characters(value->string) : (size_t)value->count;
    return jmespath_new_number(search, node, (double)length);
}

static const struct json_value *call_contains(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    const struct json_value *in = arguments[0].value, *wanted = arguments[1].value;
    bool found = false;
    if (in->kind == JSON_STRING) {
        found = wanted->kind == JSON_STRING &&
                (!wanted->string.size || text_find_text(in->string, wanted->string) != SIZE_MAX);
        return jmespath_bool(found);
    }
    for (size_t i = 0; !found && i < in->count; i++) {
        if (!jmespath_equal(search, node, &in->items[i], wanted, &found))
            return NULL;
    }
    return jmespath_bool(found);
}

static const struct json_value *call_map(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    const struct json_value *list = arguments[1].value;
    struct json_value *out = jmespath_new_list(search, node, list->count);
    for (size_t i = 0; out && i < list->count; i++) {
        const struct json_value *made =
            jmespath_evaluate(search, arguments[0].expression, &list->items[i]);
        if (!made)
            return NULL;
        out->items[out->count++] = *made;
    }
    return out;
}

static const struct json_value *call_to_array(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    if (arguments[0].value->kind == JSON_LIST)
        return arguments[0].value;
    struct json_value *out = jmespath_new_list(search, node, 1);
    if (out)
        out->items[out->count++] = *arguments[0].value;
    return out;
}

static const struct json_value *call_keys(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    const struct json_value *object = arguments[0].value;
    struct json_value *out = jmespath_new_list(search, node, object->count);
    for (size_t i = 0; out && i < object->count; i++)
        out->items[out->count++] =
            (struct json_value){.kind = JSON_STRING, .string = object->names[i]};
    return out;
}

static const struct json_value *call_values(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    const struct json_value *object = arguments[0].value;
    struct json_value *out = jmespath_new_list(search, node, object->count);
    for (size_t i = 0; out && i < object->count; i++)
        out->items[out->count++] = object->items[i];
    return out;
}

static const struct json_value *call_merge(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    size_t count = 0;
    for (size_t i = 0; i < node->call.count; i++)
        count += arguments[i].value->count;
    struct json_value *out = jmespath_new_object(search, node, count);
    for (size_t i = 0; out && i < node->call.count; i++) {
        const struct json_value *from = arguments[i].value;
        for (size_t j = 0; j < from->count; j++) {
            if (!jmespath_charge(search, node, out->count))
                return NULL;
            json_put(out, from->names[j], &from->items[j]);
        }
    }
    return out;
}

static const struct json_value *call_not_null(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    (void)search;
    for (size_t i = 0; i < node->call.count; i++) {
        if (arguments[i].value->kind != JSON_NULL)
            return arguments[i].value;
    }
    return &jmespath_null;
}

static const struct json_value *call_type(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments)
{
    static const text names[] = {
        [JSON_NULL] = TEXT_INIT("null"),     [JSON_FALSE] = TEXT_INIT("boolean"),
        [JSON_TRUE] = TEXT_INIT("boolean"),  [JSON_NUMBER] = TEXT_INIT("number"),
        [JSON_STRING] = TEXT_INIT("string"), [JSON_LIST] = TEXT_INIT("array"),
        [JSON_OBJECT] = TEXT_INIT("object"),
    };
    return jmespath_new_string(search, node, names[arguments[0].value->kind]);
}

/* ---- Calling --------------------------------------------------------------------------------- */

enum {
    TAKES_ORDERED = TAKES_NUMBERS | TAKES_STRINGS,
    TAKES_MANY = TAKES_STRING | TAKES_LIST,
};

static const struct jmespath_function functions[] = {
    {TEXT_INIT("abs"), 1, false, {TAKES_NUMBER}, call_abs},
    {TEXT_INIT("avg"), 1, false, {TAKES_NUMBERS}, call_avg},
    {TEXT_INIT("ceil"), 1, false, {TAKES_NUMBER}, call_ceil},
    {TEXT_INIT("contains"), 2, false, {TAKES_MANY, TAKES_ANY}, call_contains},
    {TEXT_INIT("ends_with"), 2, false, {TAKES_STRING, TAKES_STRING}, call_ends_with},
    {TEXT_INIT("floor"), 1, false, {TAKES_NUMBER}, call_floor},
    {TEXT_INIT("join"), 2, false, {TAKES_STRING, TAKES_STRINGS}, call_join},
    {TEXT_INIT("keys"), 1, false, {TAKES_OBJECT}, call_keys},
    {TEXT_INIT("length"), 1, false, {TAKES_MANY | TAKES_OBJECT}, call_length},
    {TEXT_INIT("map"), 2, false, {TAKES_EXPRESSION, TAKES_LIST}, call_map},
    {TEXT_INIT("max"), 1, false, {TAKES_ORDERED}, jmespath_call_max},
    {TEXT_INIT("max_by"), 2, false, {TAKES_LIST, TAKES_EXPRESSION}, jmespath_call_max},
    {TEXT_INIT("merge"), 1, true, {TAKES_OBJECT}, call_merge},
    {TEXT_INIT("min"), 1, false, {TAKES_ORDERED}, jmespath_call_min},
    {TEXT_INIT("min_by"), 2, false, {TAKES_LIST, TAKES_EXPRESSION}, jmespath_call_min},
    {TEXT_INIT("not_null"), 1, true, {TAKES_ANY}, call_not_null},
    {TEXT_INIT("reverse"), 1, false, {TAKES_MANY}, call_reverse},
    {TEXT_INIT("sort"), 1, false, {TAKES_ORDERED}, jmespath_call_sort},
    {TEXT_INIT("sort_by"), 2, false, {TAKES_LIST, TAKES_EXPRESSION}, jmespath_call_sort},
    {TEXT_INIT("starts_with"), 2, false, {TAKES_STRING, TAKES_STRING}, call_starts_with},
    {TEXT_INIT("sum"), 1, false, {TAKES_NUMBERS}, call_sum},
    {TEXT_INIT("to_array"), 1, false, {TAKES_ANY}, call_to_array},
    {TEXT_INIT("to_number"), 1, false, {TAKES_ANY}, call_to_number},
    {TEXT_INIT("to_string"), 1, false, {TAKES_ANY}, call_to_string},
    {TEXT_INIT("type"), 1, false, {TAKES_ANY}, call_type},
    {TEXT_INIT("values"), 1, false, {TAKES_OBJECT}, call_values},
};

const struct jmespath_function *jmespath_function_find(text name)
{
    for (size_t i = 0; i < COUNT_OF(functions); i++) {
        if (text_equals(functions[i].name, name))
            return &functions[i];
    }
    return NULL;
}

static bool holds_only(const struct json_value *value, enum json_kind kind)
{
    if (value->kind != JSON_LIST)
        return false;
    for (size_t i = 0; i < value->count; i++) {
        if (value->items[i].kind != kind)
            return false;
    }
    return true;
}

static bool fits(const struct jmespath_argument *argument, unsigned takes)
{
    static const uint8_t kinds[] = {
        [JSON_NULL] = TAKES_NULL,     [JSON_FALSE] = TAKES_BOOL,    [JSON_TRUE] = TAKES_BOOL,
        [JSON_NUMBER] = TAKES_NUMBER, [JSON_STRING] = TAKES_STRING, [JSON_LIST] = TAKES_LIST,
        [JSON_OBJECT] = TAKES_OBJECT,
    };
    if (argument->expression || takes == TAKES_EXPRESSION)
        return argument->expression && takes == TAKES_EXPRESSION;
    return (kinds[argument->value->kind] & takes) ||
           ((takes & TAKES_NUMBERS) && holds_only(argument->value, JSON_NUMBER)) ||
           ((takes & TAKES_STRINGS) && holds_only(argument->value, JSON_STRING));
}

static bool evaluate_argument(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct json_value *current, struct jmespath_argument *argument)
{
    *argument = (struct jmespath_argument){NULL, NULL};
    if (node->kind == NODE_EXPRESSION)
        argument->expression = node->left;
    else
        argument->value = jmespath_evaluate(search, node, current);
    if (!argument->value)
        return argument->expression != NULL;
    return jmespath_charge(
        search, node, argument->value->count + argument->value->string.size / JMESPATH_STEP_SIZE);
}

const struct json_value *jmespath_call(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct json_value *current)
{
    const struct jmespath_function *called = node->call.function;
    struct jmespath_argument *arguments =
        arena_alloc(search->arena, node->call.count * sizeof *arguments);
    if (!arguments)
        return jmespath_no_memory(search, node);
    const struct jmespath_node *child = node->left;
    for (size_t i = 0; child; child = child->next, i++) {
        unsigned takes = called->takes[i < called->count ? i : (size_t)called->count - 1];
        if (!evaluate_argument(search, child, current, &arguments[i]))
            return NULL;
        if (!fits(&arguments[i], takes))
            return jmespath_fail(
                search, child, JMESPATH_INVALID_TYPE, "an argument of the wrong type");
    }
    return called->call(search, node, arguments);
}
