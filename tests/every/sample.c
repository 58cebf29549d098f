#include "sample.h"

#include "crypto/crypto.h"
#include "sample_scalar.h"
#include "test.h"

#include <stdio.h>

enum {
    HEIGHT_UNKNOWN = 1000,
    DEPTH_MOST = 60, /* from there on only what is required */
    ENTRIES = 2,
    ENTRIES_MOST = 64,
};

static size_t index_of(const struct sampler *sampler, const struct model_shape *shape)
{
    return (size_t)(shape - sampler->model->shapes);
}

/* ---- The least value of a shape ------------------------------------------------------ */

static bool must_have_items(const struct sampler *sampler, const struct model_shape *shape)
{
    bool says_empty = sampler->protocol == MODEL_JSON || sampler->protocol == MODEL_REST_JSON ||
                      sampler->protocol == MODEL_CBOR;
    return !says_empty || (shape->has_min && shape->min > 0);
}

/* There, what is empty is not there. */
static bool is_form(const struct sampler *sampler)
{
    return sampler->protocol == MODEL_QUERY || sampler->protocol == MODEL_EC2;
}

static uint32_t height_now(const struct sampler *sampler, const struct model_shape *shape)
{
    const uint32_t *heights = sampler->heights;
    uint32_t height = 0, inner, least = HEIGHT_UNKNOWN;
    switch (shape->kind) {
    case MODEL_LIST:
        return must_have_items(sampler, shape) ? 1 + heights[index_of(sampler, shape->item->shape)]
                                               : 1;
    case MODEL_MAP:
        return must_have_items(sampler, shape) ? 1 + heights[index_of(sampler, shape->value->shape)]
                                               : 1;
    case MODEL_STRUCTURE:
        for (size_t i = 0; i < shape->member_count; i++) {
            inner = heights[index_of(sampler, shape->members[i].shape)];
            least = inner < least ? inner : least;
            if (shape->members[i].required && inner > height)
                height = inner;
        }
        if (shape->is_union || (height == 0 && is_form(sampler) && shape->member_count))
            height = least;
        return 1 + height;
    default:
        return 0;
    }
}

static void find_heights(struct sampler *sampler)
{
    const struct model *model = sampler->model;
    for (size_t i = 0; i < model->shape_count; i++)
        sampler->heights[i] = HEIGHT_UNKNOWN;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < model->shape_count; i++) {
            uint32_t height = height_now(sampler, &model->shapes[i]);
            if (height >= sampler->heights[i])
                continue;
            sampler->heights[i] = height;
            changed = true;
        }
    }
}

void sampler_init(
    struct sampler *sampler, const struct model *model, enum model_protocol protocol,
    struct arena *kept, struct arena *values)
{
    size_t size = model->shape_count * sizeof(uint32_t) + 1;
    *sampler = (struct sampler){.model = model, .protocol = protocol, .arena = values};
    sampler->met = arena_alloc_zeroed(kept, size);
    sampler->heights = arena_alloc_zeroed(kept, size);
    sampler->turns = arena_alloc_zeroed(kept, size);
    CHECK(sampler->met && sampler->heights && sampler->turns);
    find_heights(sampler);
}

/* ---- Containers ----------------------------------------------------------------------- */

static struct json_value *sample(struct sampler *sampler, const struct model_member *member);

/* Whether this value shows all that its shape has. */
static bool is_first(struct sampler *sampler, const struct model_shape *shape)
{
    return sampler->met[index_of(sampler, shape)]++ == 0 && sampler->depth < DEPTH_MOST;
}

static size_t entries_of(struct sampler *sampler, const struct model_shape *shape, bool full)
{
    size_t count = full ? ENTRIES : must_have_items(sampler, shape);
    if (shape->has_min && (double)count < shape->min)
        count = (size_t)shape->min;
    if (shape->has_max && (double)count > shape->max)
        count = (size_t)shape->max;
    return count < ENTRIES_MOST ? count : ENTRIES_MOST;
}

/* A list of what was met before need not show it again, and might not end. */
static bool may_fill(const struct sampler *sampler, const struct model_shape *inner)
{
    return inner->kind != MODEL_STRUCTURE || sampler->met[index_of(sampler, inner)] == 0;
}

static struct json_value *sample_list(struct sampler *sampler, const struct model_shape *shape)
{
    struct json_value *list = tree_new(sampler->arena, JSON_LIST);
    bool full = sampler->depth < DEPTH_MOST && may_fill(sampler, shape->item->shape);
    size_t count = entries_of(sampler, shape, full);
    if (full && shape->item->shape->is_union && !shape->has_max)
        count = shape->item->shape->member_count > count ? shape->item->shape->member_count : count;
    for (size_t i = 0; i < count; i++)
        tree_add(sampler->arena, list, (text){NULL, 0}, sample(sampler, shape->item));
    if (shape->sparse && full && sampler->protocol != MODEL_REST_XML)
        tree_add(sampler->arena, list, (text){NULL, 0}, tree_new(sampler->arena, JSON_NULL));
    return list;
}

static struct json_value *sample_map(struct sampler *sampler, const struct model_member *member)
{
    const struct model_shape *shape = member->shape;
    struct json_value *map = tree_new(sampler->arena, JSON_OBJECT);
    bool full = sampler->depth < DEPTH_MOST && may_fill(sampler, shape->value->shape);
    size_t count = entries_of(sampler, shape, full);
    for (size_t i = 0; i < 4 * count && map->count < count; i++) {
        text key = sample_key(sampler, member, (uint32_t)i);
        if (!tree_member(map, key))
            tree_add(sampler->arena, map, key, sample(sampler, shape->value));
    }
    return map;
}

static const struct model_member *least_member(
    const struct sampler *sampler, const struct model_shape *shape)
{
    size_t least = 0;
    for (size_t i = 1; i < shape->member_count; i++) {
        if (sampler->heights[index_of(sampler, shape->members[i].shape)] <
            sampler->heights[index_of(sampler, shape->members[least].shape)])
            least = i;
    }
    return &shape->members[least];
}

static text wire_name(const struct model_member *member)
{
    return member->location_name.data ? member->location_name : member->name;
}

const struct model_member *sample_twin(
    const struct model_shape *shape, const struct model_member *member)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct model_member *other = &shape->members[i];
        if (other != member && other->flattened && other->shape->kind == MODEL_LIST &&
            text_equals(wire_name(other), wire_name(member)))
            return other;
    }
    return NULL;
}

/* What is read of the older member is the first of the list. */
static void fill_twins(
    struct sampler *sampler, const struct model_shape *shape, struct json_value *object)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct model_member *twin = sample_twin(shape, &shape->members[i]);
        const struct json_value *list = twin ? json_member(object, twin->name) : NULL;
        if (list && list->count)
            tree_add(sampler->arena, object, shape->members[i].name, &list->items[0]);
    }
}

/* Of a union: each in turn as long as it is new. */
static const struct model_member *choose(struct sampler *sampler, const struct model_shape *shape)
{
    size_t at = index_of(sampler, shape);
    uint32_t turn = sampler->turns[at]++;
    if (sampler->met[at] <= shape->member_count && sampler->depth < DEPTH_MOST)
        return &shape->members[turn % shape->member_count];
    return least_member(sampler, shape);
}

static struct json_value *sample_structure(struct sampler *sampler, const struct model_shape *shape)
{
    struct json_value *object = tree_new(sampler->arena, JSON_OBJECT);
    bool full = is_first(sampler, shape);
    const struct model_member *chosen =
        shape->is_union && shape->member_count ? choose(sampler, shape) : NULL;
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct model_member *member = &shape->members[i];
        if (sampler->depth == 0)
            sampler->location = member->location;
        if (sampler->protocol == MODEL_REST_XML && sample_twin(shape, member))
            continue;
        if (chosen ? member == chosen : full || member->required)
            tree_add(sampler->arena, object, member->name, sample(sampler, member));
    }
    if (object->count == 0 && is_form(sampler) && shape->member_count && sampler->depth) {
        const struct model_member *least = least_member(sampler, shape);
        tree_add(sampler->arena, object, least->name, sample(sampler, least));
    }
    if (sampler->protocol == MODEL_REST_XML && sampler->output)
        fill_twins(sampler, shape, object);
    return object;
}

static struct json_value *sample_document(struct sampler *sampler)
{
    static const text written = TEXT_INIT(
        "{\"name\":\"a \\\"document\\\"\",\"list\":[1,-2.5,true,\"\\u00e9\",{\"deep\":[[]]}],"
        "\"empty\":{},\"large\":9007199254740993}");
    struct json_parser *parser = json_parser_new();
    struct json_problem problem;
    struct json_value *value = json_parse(parser, written, sampler->arena, &problem);
    json_parser_free(parser);
    CHECK(value != NULL);
    return value;
}

static struct json_value *sample(struct sampler *sampler, const struct model_member *member)
{
    const struct model_shape *shape = member->shape;
    struct json_value *value;
    if (shape->document || member->json_value) {
        struct json_value *document = sample_document(sampler);
        /* As in botocore, JSON within the JSON of a body comes back as the text that it is. */
        bool stays = member->json_value && sampler->output && member->location != MODEL_IN_HEADER;
        return stays ? tree_string(sampler->arena, tree_text(sampler->arena, document)) : document;
    }
    sampler->depth++;
    switch (shape->kind) {
    case MODEL_STRUCTURE:
        value = sample_structure(sampler, shape);
        break;
    case MODEL_LIST:
        value = sample_list(sampler, shape);
        break;
    case MODEL_MAP:
        value = sample_map(sampler, member);
        break;
    default:
        value = sample_scalar(sampler, member);
        break;
    }
    sampler->depth--;
    return value;
}

/* ---- All of an input or output --------------------------------------------------------- */

static void begin(struct sampler *sampler, const struct model_operation *operation, bool output)
{
    memset(sampler->met, 0, sampler->model->shape_count * sizeof(uint32_t));
    sampler->operation = operation;
    sampler->output = output;
    sampler->depth = 0;
}

/* What a head says of the body must be so. */
static void make_true(struct sampler *sampler, struct json_value *input, text body)
{
    const struct model_shape *shape = sampler->operation->input;
    unsigned char digest[SHA256_SIZE];
    char *hex = arena_alloc(sampler->arena, 2 * SHA256_SIZE + 24);
    CHECK(hex != NULL);
    sha256_once(digest, body);
    hex_encode(hex, digest, sizeof digest);
    int digits = snprintf(hex + 2 * SHA256_SIZE, 24, "%zu", body.size);
    for (size_t i = 0; i < shape->member_count; i++) {
        text name = shape->members[i].location_name;
        struct json_value *value = tree_member(input, shape->members[i].name);
        if (text_equals_ignoring_case(name, TEXT("content-length")) && value)
            value->string = (text){hex + 2 * SHA256_SIZE, (size_t)digits};
        if (text_equals_ignoring_case(name, TEXT("x-amz-content-sha256")) && value)
            value->string = (text){hex, 2 * SHA256_SIZE};
    }
}

struct json_value *sample_input(
    struct sampler *sampler, const struct model_operation *operation, text body)
{
    begin(sampler, operation, false);
    if (!operation->input)
        return tree_new(sampler->arena, JSON_OBJECT);
    struct json_value *input = sample_structure(sampler, operation->input);
    if (operation->input_stream)
        tree_remove(input, operation->input_stream->name);
    make_true(sampler, input, body);
    return input;
}

struct json_value *sample_output(
    struct sampler *sampler, const struct model_operation *operation,
    const struct model_shape *shape)
{
    begin(sampler, operation, true);
    if (!shape)
        return tree_new(sampler->arena, JSON_OBJECT);
    struct json_value *output = sample_structure(sampler, shape);
    if (operation->output_stream && shape == operation->output)
        tree_remove(output, operation->output_stream->name);
    return output;
}
