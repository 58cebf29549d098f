#include "taken.h"

#include <stdlib.h>

/* The form's pairs, sorted by name, so that all that begin with a prefix stand together. */
struct form {
    struct taken *taken;
    struct taken_pair *pairs;
    size_t count;
    bool ec2;
};

static struct json_value *read_value(
    struct form *form, const struct model_member *member, text prefix);

static int compare_pairs(const void *a, const void *b)
{
    return text_compare(((const struct taken_pair *)a)->name, ((const struct taken_pair *)b)->name);
}

/* The first pair whose name is not before this one. */
static size_t find_place(const struct form *form, text name)
{
    size_t low = 0, high = form->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (text_compare(form->pairs[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct taken_pair *find_pair(const struct form *form, text name)
{
    size_t at = find_place(form, name);
    bool found = at < form->count && text_equals(form->pairs[at].name, name);
    return found ? &form->pairs[at] : NULL;
}

static text join(struct form *form, text prefix, text part)
{
    struct buffer name;
    buffer_init(&name, form->taken->arena);
    buffer_add(&name, prefix);
    if (prefix.size)
        buffer_add_char(&name, '.');
    buffer_add(&name, part);
    return buffer_text(&name);
}

static text join_number(struct form *form, text prefix, size_t number)
{
    struct buffer digits;
    buffer_init(&digits, form->taken->arena);
    buffer_add_u64(&digits, number);
    return join(form, prefix, buffer_text(&digits));
}

/* Whether anything is there under this name. */
static bool has(struct form *form, text name)
{
    text below = join(form, name, TEXT(""));
    size_t at = find_place(form, below);
    return find_pair(form, name) ||
           (at < form->count && text_starts_with(form->pairs[at].name, below));
}

static text member_name(struct form *form, const struct model_member *member)
{
    if (!form->ec2)
        return taken_name(member);
    if (member->query_name.data)
        return member->query_name;
    text name = arena_copy(form->taken->arena, taken_name(member));
    char *first = (char *)(uintptr_t)name.data;
    if (*first >= 'a' && *first <= 'z')
        *first = (char)(*first - 'a' + 'A');
    return name;
}

static text list_prefix(struct form *form, const struct model_member *member, text prefix)
{
    text item = member->shape->item->location_name;
    if (form->ec2)
        return prefix;
    if (!member->flattened)
        return join(form, prefix, item.data ? item : TEXT("member"));
    if (!item.data)
        return prefix;
    size_t dot = text_find_last(prefix, '.');
    return dot == prefix.size ? item : join(form, (text){prefix.data, dot}, item);
}

static struct json_value *read_list(
    struct form *form, const struct model_member *member, text prefix)
{
    struct json_value *list = tree_new(form->taken->arena, JSON_LIST);
    struct taken_pair *empty = find_pair(form, prefix);
    if (empty && empty->value.size == 0) {
        empty->used = true;
        return list;
    }
    text items = list_prefix(form, member, prefix);
    for (size_t number = 1;; number++) {
        text name = join_number(form, items, number);
        if (!has(form, name))
            return list;
        struct json_value *value = read_value(form, member->shape->item, name);
        if (!value)
            return NULL;
        tree_add(form->taken->arena, list, (text){NULL, 0}, value);
    }
}

static struct json_value *read_map(
    struct form *form, const struct model_member *member, text prefix)
{
    const struct model_member *key = member->shape->key, *value = member->shape->value;
    struct json_value *map = tree_new(form->taken->arena, JSON_OBJECT);
    text entries = member->flattened ? prefix : join(form, prefix, TEXT("entry"));
    for (size_t number = 1;; number++) {
        text entry = join_number(form, entries, number);
        struct taken_pair *name = find_pair(
            form, join(form, entry, key->location_name.data ? key->location_name : TEXT("key")));
        if (!name)
            return map;
        name->used = true;
        text below =
            join(form, entry, value->location_name.data ? value->location_name : TEXT("value"));
        struct json_value *read = read_value(form, value, below);
        if (!read)
            return NULL;
        tree_add(form->taken->arena, map, name->value, read);
    }
}

static bool read_structure(
    struct form *form, const struct model_shape *shape, text prefix, struct json_value *object)
{
    for (size_t i = 0; shape && i < shape->member_count; i++) {
        const struct model_member *member = &shape->members[i];
        text name = join(form, prefix, member_name(form, member));
        bool is_list = member->shape->kind == MODEL_LIST;
        bool there = has(form, name) || (is_list && has(form, list_prefix(form, member, name)));
        struct json_value *value = there ? read_value(form, member, name) : NULL;
        if (there && !value)
            return false;
        if (value)
            tree_add(form->taken->arena, object, member->name, value);
    }
    return true;
}

static struct json_value *read_value(
    struct form *form, const struct model_member *member, text prefix)
{
    struct json_value *object;
    struct taken_pair *pair;
    switch (member->shape->kind) {
    case MODEL_STRUCTURE:
        object = tree_new(form->taken->arena, JSON_OBJECT);
        return read_structure(form, member->shape, prefix, object) ? object : NULL;
    case MODEL_LIST:
        return read_list(form, member, prefix);
    case MODEL_MAP:
        return read_map(form, member, prefix);
    default:
        pair = find_pair(form, prefix);
        if (!pair) {
            taken_fail(form->taken, "no value", prefix);
            return NULL;
        }
        pair->used = true;
        return taken_scalar(form->taken, member, pair->value, MODEL_TIME_ISO8601);
    }
}

static bool take_fixed(struct form *form, text name, text value)
{
    struct taken_pair *pair = find_pair(form, name);
    if (!pair || !text_equals(pair->value, value))
        return taken_fail(form->taken, "another, or no", name);
    pair->used = true;
    return true;
}

/* SigV2 has its parts among the parameters. */
static bool is_of_signature(text name)
{
    static const char *const names[] = {"AWSAccessKeyId",   "Signature", "SignatureMethod",
                                        "SignatureVersion", "Timestamp", "SecurityToken"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (text_equals(name, text_of(names[i])))
            return true;
    return false;
}

bool taken_query_body(struct taken *taken)
{
    struct form form = {.taken = taken, .ec2 = taken->protocol == MODEL_EC2};
    taken_split(taken, taken->body, true, &form.pairs, &form.count);
    qsort(form.pairs, form.count, sizeof *form.pairs, compare_pairs);
    if (!take_fixed(&form, TEXT("Action"), taken->operation->name) ||
        !take_fixed(&form, TEXT("Version"), taken->operation->model->api_version) ||
        !read_structure(&form, taken->operation->input, TEXT(""), taken->params))
        return false;
    bool by_form = find_pair(&form, TEXT("SignatureVersion")) != NULL;
    for (size_t i = 0; i < form.count; i++)
        if (!form.pairs[i].used && !(by_form && is_of_signature(form.pairs[i].name)))
            return taken_fail(taken, "a pair of no member", form.pairs[i].name);
    return true;
}
