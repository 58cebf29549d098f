#include "jmespath.h"

#include "jmespath_tree.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const struct json_value jmespath_null = {.kind = JSON_NULL};
const struct json_value jmespath_true = {.kind = JSON_TRUE};
const struct json_value jmespath_false = {.kind = JSON_FALSE};

const struct json_value *jmespath_bool(bool value)
{
    return value ? &jmespath_true : &jmespath_false;
}

bool jmespath_is_true(const struct json_value *value)
{
    switch (value->kind) {
    case JSON_NULL:
    case JSON_FALSE:
        return false;
    case JSON_STRING:
        return value->string.size > 0;
    case JSON_LIST:
    case JSON_OBJECT:
        return value->count > 0;
    default:
        return true;
    }
}

/* ---- Limits and problems --------------------------------------------------------------- */

const struct json_value *jmespath_fail(
    struct jmespath_search *search, const struct jmespath_node *node, enum jmespath_error error,
    const char *what)
{
    *search->problem = (struct jmespath_problem){error, what, node->offset};
    return NULL;
}

const struct json_value *jmespath_no_memory(
    struct jmespath_search *search, const struct jmespath_node *node)
{
    return jmespath_fail(search, node, JMESPATH_NO_MEMORY, "out of memory");
}

bool jmespath_charge(struct jmespath_search *search, const struct jmespath_node *node, size_t steps)
{
    if (steps > search->steps_left) {
        jmespath_fail(search, node, JMESPATH_TOO_LARGE, "too many values to look at or to make");
        return false;
    }
    search->steps_left -= (uint32_t)steps;
    return true;
}

bool jmespath_charge_whole(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct json_value *value)
{
    bool container = value->kind == JSON_LIST || value->kind == JSON_OBJECT;
    if (!jmespath_charge(search, node, 1 + value->string.size / JMESPATH_STEP_SIZE))
        return false;
    for (size_t i = 0; container && i < value->count; i++) {
        if (value->kind == JSON_OBJECT &&
            !jmespath_charge(search, node, value->names[i].size / JMESPATH_STEP_SIZE))
            return false;
        if (!jmespath_charge_whole(search, node, &value->items[i]))
            return false;
    }
    return true;
}

/* ---- Making values --------------------------------------------------------------------- */

static struct json_value *value_new(
    struct jmespath_search *search, const struct jmespath_node *node, enum json_kind kind)
{
    struct json_value *value = arena_alloc(search->arena, sizeof *value);
    if (value)
        *value = (struct json_value){.kind = kind};
    else
        jmespath_no_memory(search, node);
    return value;
}

struct json_value *jmespath_new_list(
    struct jmespath_search *search, const struct jmespath_node *node, size_t count)
{
    struct json_value *list = NULL;
    if (jmespath_charge(search, node, count))
        list = value_new(search, node, JSON_LIST);
    if (!list)
        return NULL;
    list->items = arena_alloc(search->arena, count * sizeof *list->items);
    if (list->items)
        return list;
    jmespath_no_memory(search, node);
    return NULL;
}

struct json_value *jmespath_new_object(
    struct jmespath_search *search, const struct jmespath_node *node, size_t count)
{
    struct json_value *object = jmespath_new_list(search, node, count);
    if (!object)
        return NULL;
    object->kind = JSON_OBJECT;
    object->names = arena_alloc(search->arena, count * sizeof *object->names);
    if (object->names)
        return object;
    jmespath_no_memory(search, node);
    return NULL;
}

const struct json_value *jmespath_new_string(
    struct jmespath_search *search, const struct jmespath_node *node, text string)
{
    struct json_value *value = value_new(search, node, JSON_STRING);
    if (value)
        value->string = string;
    return value;
}

/* Integers without an exponent, the rest as short as reads back the same. */
static void write_number(char *out, size_t size, double number)
{
    if (number == floor(number)) {
        snprintf(out, size, "%.0f", number + 0.0); /* -0 becomes 0 */
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, size, "%.*g", digits, number);
        if (strtod(out, NULL) == number)
            return;
    }
}

const struct json_value *jmespath_new_number(
    struct jmespath_search *search, const struct jmespath_node *node, double number)
{
    char written[320]; /* the largest double has 309 digits */
    if (!isfinite(number))
        return jmespath_fail(
            search, node, JMESPATH_INVALID_VALUE, "a number beyond what a double holds");
    write_number(written, sizeof written, number);
    struct json_value *value = value_new(search, node, JSON_NUMBER);
    if (!value)
        return NULL;
    value->string = arena_copy(search->arena, text_of(written));
    return value->string.data ? value : jmespath_no_memory(search, node);
}

/* ---- Comparing ------------------------------------------------------------------------- */

bool jmespath_number(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct json_value *value, double *number)
{
    char digits[64];
    const char *string = digits;
    if (value->string.size < sizeof digits) {
        memcpy(digits, value->string.data, value->string.size);
        digits[value->string.size] = '\0';
    } else {
        if (!jmespath_charge(search, node, value->string.size / JMESPATH_STEP_SIZE))
            return false;
        string = arena_string(search->arena, value->string);
    }
    if (!string) {
        jmespath_no_memory(search, node);
        return false;
    }
    *number = strtod(string, NULL);
    return true;
}

static bool equal_numbers(
    struct jmespath_search *search, const struct jmespath_node *node, const struct json_value *a,
    const struct json_value *b, bool *equal)
{
    double left, right;
    *equal = text_equals(a->string, b->string);
    if (*equal)
        return true;
    if (!jmespath_number(search, node, a, &left) || !jmespath_number(search, node, b, &right))
        return false;
    *equal = left == right;
    return true;
}

static bool equal_members(
    struct jmespath_search *search, const struct jmespath_node *node, const struct json_value *a,
    const struct json_value *b, bool *equal)
{
    for (size_t i = 0; *equal && i < a->count; i++) {
        if (!jmespath_charge(search, node, b->count))
            return false;
        const struct json_value *other = json_member(b, a->names[i]);
        *equal = other != NULL;
        if (other && !jmespath_equal(search, node, &a->items[i], other, equal))
            return false;
    }
    return true;
}

static bool equal_items(
    struct jmespath_search *search, const struct jmespath_node *node, const struct json_value *a,
    const struct json_value *b, bool *equal)
{
    for (size_t i = 0; *equal && i < a->count; i++) {
        if (!jmespath_equal(search, node, &a->items[i], &b->items[i], equal))
            return false;
    }
    return true;
}

bool jmespath_equal(
    struct jmespath_search *search, const struct jmespath_node *node, const struct json_value *a,
    const struct json_value *b, bool *equal)
{
    if (!jmespath_charge(search, node, 1 + a->string.size / JMESPATH_STEP_SIZE))
        return false;
    *equal = a->kind == b->kind;
    if (!*equal || a == b)
        return true;
    switch (a->kind) {
    case JSON_NUMBER:
        return equal_numbers(search, node, a, b, equal);
    case JSON_STRING:
        *equal = text_equals(a->string, b->string);
        return true;
    case JSON_LIST:
        *equal = a->count == b->count;
        return equal_items(search, node, a, b, equal);
    case JSON_OBJECT:
        *equal = a->count == b->count;
        return equal_members(search, node, a, b, equal);
    default:
        return true;
    }
}

static bool holds(enum jmespath_comparison comparison, double left, double right)
{
    switch (comparison) {
    case COMPARE_LESS:
        return left < right;
    case COMPARE_LESS_OR_EQUAL:
        return left <= right;
    case COMPARE_GREATER:
        return left > right;
    default:
        return left >= right;
    }
}

static const struct json_value *compare(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct json_value *current)
{
    const struct json_value *a = jmespath_evaluate(search, node->left, current);
    const struct json_value *b = a ? jmespath_evaluate(search, node->right, current) : NULL;
    if (!b)
        return NULL;
    if (node->comparison == COMPARE_EQUAL || node->comparison == COMPARE_NOT_EQUAL) {
        bool equal;
        if (!jmespath_equal(search, node, a, b, &equal))
            return NULL;
        return jmespath_bool(equal == (node->comparison == COMPARE_EQUAL));
    }
    double left, right;
    if (a->kind != JSON_NUMBER || b->kind != JSON_NUMBER)
        return &jmespath_null;
    if (!jmespath_number(search, node, a, &left) || !jmespath_number(search, node, b, &right))
        return NULL;
    return jmespath_bool(holds(node->comparison, left, right));
}

/* ---- Lists ------------------------------------------------------------------------------ */

static const struct json_value *index_into(const struct json_value *list, int64_t index)
{
    if (list->kind == JSON_LIST && index < 0)
        index += list->count;
    const struct json_value *item = index >= 0 ? json_item(list, (size_t)index) : NULL;
    return item ? item : &jmespath_null;
}

static int64_t clamp(int64_t index, int64_t count, bool backwards)
{
    int64_t least = backwards ? -1 : 0, most = backwards ? count - 1 : count;
    if (index < 0)
        index += count;
    return index < least ? least : index > most ? most : index;
}

static const struct json_value *slice_of(
    struct jmespath_search *search, const struct jmespath_node *node, const struct json_value *list)
{
    const struct jmespath_slice *slice = node->slice;
    if (list->kind != JSON_LIST)
        return &jmespath_null;
    int64_t count = list->count, step = slice->step;
    bool backwards = step < 0;
    int64_t at = backwards ? count - 1 : 0, stop = backwards ? -1 : count;
    if (slice->has_start)
        at = clamp(slice->start, count, backwards);
    if (slice->has_stop)
        stop = clamp(slice->stop, count, backwards);
    struct json_value *out = jmespath_new_list(search, node, list->count);
    if (!out)
        return NULL;
    while (backwards ? at > stop : at < stop) {
        out->items[out->count++] = list->items[at];
        if (step > count || step < -count)
            break;
        at += step;
    }
    return out;
}

static const struct json_value *flatten(
    struct jmespath_search *search, const struct jmespath_node *node, const struct json_value *list)
{
    size_t count = 0;
    if (list->kind != JSON_LIST)
        return &jmespath_null;
    for (size_t i = 0; i < list->count; i++)
        count += list->items[i].kind == JSON_LIST ? list->items[i].count : 1;
    struct json_value *out = jmespath_new_list(search, node, count);
    if (!out)
        return NULL;
    for (size_t i = 0; i < list->count; i++) {
        const struct json_value *item = &list->items[i];
        bool inner = item->kind == JSON_LIST;
        for (size_t j = 0; j < (inner ? item->count : 1); j++)
            out->items[out->count++] = inner ? item->items[j] : *item;
    }
    return out;
}

/* Whether the filter lets the item through. */
static bool passes(
    struct jmespath_search *search, const struct jmespath_node *node, const struct json_value *item,
    bool *through)
{
    if (node->kind != NODE_FILTER)
        return true;
    const struct json_value *verdict = jmespath_evaluate(search, node->condition, item);
    *through = verdict && jmespath_is_true(verdict);
    return verdict != NULL;
}

static const struct json_value *project(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct json_value *current)
{
    const struct json_value *from = jmespath_evaluate(search, node->left, current);
    enum json_kind wanted = node->kind == NODE_MEMBERS_EACH ? JSON_OBJECT : JSON_LIST;
    if (!from || from->kind != wanted)
        return from ? &jmespath_null : NULL;
    struct json_value *out = jmespath_new_list(search, node, from->count);
    for (size_t i = 0; out && i < from->count; i++) {
        const struct json_value *item = &from->items[i];
        bool through = true;
        if (!passes(search, node, item, &through))
            return NULL;
        const struct json_value *found =
            through ? jmespath_evaluate(search, node->right, item) : &jmespath_null;
        if (!found)
            return NULL;
        if (found->kind != JSON_NULL)
            out->items[out->count++] = *found;
    }
    return out;
}

static const struct json_value *select_many(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct json_value *current)
{
    bool object = node->kind == NODE_OBJECT;
    if (current->kind == JSON_NULL)
        return &jmespath_null;
    struct json_value *out = object ? jmespath_new_object(search, node, node->call.count)
                                    : jmespath_new_list(search, node, node->call.count);
    const struct jmespath_node *child = node->left;
    for (; out && child; child = child->next) {
        const struct json_value *value =
            jmespath_evaluate(search, object ? child->left : child, current);
        if (!value)
            return NULL;
        if (object)
            out->names[out->count] = child->name;
        out->items[out->count++] = *value;
    }
    return out;
}

/* ---- Evaluating -------------------------------------------------------------------------- */

static const struct json_value *field(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct json_value *current)
{
    enum { NAMES_PER_STEP = 8 };
    if (!jmespath_charge(search, node, current->count / NAMES_PER_STEP))
        return NULL;
    const struct json_value *member = json_member(current, node->name);
    return member ? member : &jmespath_null;
}

/* Those that start with what left gives. */
static const struct json_value *go_on(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct json_value *current)
{
    const struct json_value *left = jmespath_evaluate(search, node->left, current);
    if (!left)
        return NULL;
    switch (node->kind) {
    case NODE_INDEX:
        return index_into(left, node->index);
    case NODE_SLICE:
        return slice_of(search, node, left);
    case NODE_FLATTEN:
        return flatten(search, node, left);
    case NODE_NOT:
        return jmespath_bool(!jmespath_is_true(left));
    case NODE_AND:
        return jmespath_is_true(left) ? jmespath_evaluate(search, node->right, current) : left;
    case NODE_OR:
        return jmespath_is_true(left) ? left : jmespath_evaluate(search, node->right, current);
    default:
        return jmespath_evaluate(search, node->right, left);
    }
}

const struct json_value *jmespath_evaluate(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct json_value *current)
{
    if (!jmespath_charge(search, node, 1))
        return NULL;
    switch (node->kind) {
    case NODE_CURRENT:
        return current;
    case NODE_FIELD:
        return field(search, node, current);
    case NODE_LITERAL:
        return node->literal;
    case NODE_LIST_EACH:
    case NODE_MEMBERS_EACH:
    case NODE_FILTER:
        return project(search, node, current);
    case NODE_COMPARE:
        return compare(search, node, current);
    case NODE_LIST:
    case NODE_OBJECT:
        return select_many(search, node, current);
    case NODE_CALL:
        return jmespath_call(search, node, current);
    default:
        return go_on(search, node, current);
    }
}

const struct json_value *jmespath_search(
    const struct jmespath *path, const struct json_value *value, struct arena *arena,
    struct jmespath_problem *problem)
{
    struct jmespath_search search = {arena, problem, JMESPATH_MAX_STEPS};
    const struct json_value *found = jmespath_evaluate(&search, path->root, value);
    if (!found || !path->makes_values)
        return found;
    return jmespath_charge_whole(&search, path->root, found) ? found : NULL;
}
