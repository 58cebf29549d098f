#include "describe.h"
#include "plain_text.h"

enum { INDENT = 2, DOCUMENTATION_INDENT = 4, MOST_LISTS = 16 };

static const struct model_shape *innermost(const struct model_shape *shape)
{
    for (size_t i = 0; i < MOST_LISTS; i++) {
        if (shape->kind == MODEL_LIST && shape->item)
            shape = shape->item->shape;
        else if (shape->kind == MODEL_MAP && shape->value)
            shape = shape->value->shape;
        else
            break;
    }
    return shape;
}

static void add_type(struct buffer *out, const struct model_shape *shape, size_t depth)
{
    if (depth > MOST_LISTS) {
        buffer_add(out, shape->name);
    } else if (shape->document) {
        buffer_add(out, TEXT("any JSON"));
    } else if (shape->kind == MODEL_LIST) {
        buffer_add(out, TEXT("list of "));
        add_type(out, shape->item->shape, depth + 1);
    } else if (shape->kind == MODEL_MAP) {
        buffer_add(out, TEXT("map of "));
        add_type(out, shape->key->shape, depth + 1);
        buffer_add(out, TEXT(" to "));
        add_type(out, shape->value->shape, depth + 1);
    } else if (shape->kind == MODEL_STRUCTURE) {
        const char *what = shape->event_stream ? "stream of " : shape->is_union ? "one of " : "";
        buffer_add_format(out, "%s%.*s", what, TEXT_ARGS(shape->name));
    } else {
        buffer_add(out, shape->type);
    }
}

void describe_type(struct buffer *out, const struct model_shape *shape)
{
    add_type(out, shape, 0);
}

/* ---- What is asked of a value ------------------------------------------------------------ */

static void add_limits(struct buffer *out, const struct model_shape *shape, const char *lead)
{
    const char *unit = shape->kind == MODEL_LIST || shape->kind == MODEL_MAP ? " item"
                       : shape->kind == MODEL_STRING                         ? " character"
                       : shape->kind == MODEL_BLOB                           ? " byte"
                                                                             : "";
    double last = shape->has_max ? shape->max : shape->min;
    const char *plural = *unit && last != 1 ? "s" : "";
    if (!shape->has_min && !shape->has_max)
        return;
    buffer_add_format(out, "%s", lead);
    if (shape->has_min && shape->has_max && shape->min != shape->max)
        buffer_add_format(out, "%.15g to ", shape->min);
    else if (!shape->has_min || !shape->has_max)
        buffer_add_format(out, shape->has_min ? "at least " : "at most ");
    buffer_add_format(out, "%.15g%s%s", last, unit, plural);
}

static void add_place(
    struct buffer *out, const struct model_shape *structure, const struct model_member *member)
{
    text name = member->location_name.data ? member->location_name : member->name;
    switch (member->location) {
    case MODEL_IN_PATH:
        buffer_add(out, TEXT(", in the path"));
        break;
    case MODEL_IN_QUERY:
        buffer_add_format(out, ", in the query as %.*s", TEXT_ARGS(name));
        break;
    case MODEL_IN_HEADER:
        buffer_add_format(out, ", in the header %.*s", TEXT_ARGS(name));
        break;
    case MODEL_IN_HEADERS:
        buffer_add_format(out, ", in headers that start with %.*s", TEXT_ARGS(name));
        break;
    case MODEL_IN_STATUS:
        buffer_add(out, TEXT(", the HTTP status"));
        break;
    case MODEL_IN_BODY:
        break;
    }
    if (structure->payload == member)
        buffer_add(out, member->streaming ? TEXT(", the body, streamed") : TEXT(", the body"));
}

static void add_demands(
    struct buffer *out, const struct model_shape *structure, const struct model_member *member)
{
    const struct model_shape *shape = member->shape, *inner = innermost(shape);
    if (member->required)
        buffer_add(out, TEXT(", required"));
    add_limits(out, shape, ", ");
    if (inner != shape && inner->kind != MODEL_STRUCTURE)
        add_limits(out, inner, ", each ");
    if (member->idempotency_token)
        buffer_add(out, TEXT(", filled in if absent"));
    if (member->json_value)
        buffer_add(out, TEXT(", JSON in a string"));
    if (inner->sensitive)
        buffer_add(out, TEXT(", sensitive"));
    if (member->deprecated || shape->deprecated)
        buffer_add(out, TEXT(", deprecated"));
    add_place(out, structure, member);
}

static void write_choices(
    struct description *description, const struct model_shape *shape, size_t indent)
{
    struct buffer line;
    buffer_init(&line, description->out->arena);
    if (shape->enum_count) {
        buffer_add(&line, TEXT("= "));
        for (uint32_t i = 0; i < shape->enum_count; i++) {
            buffer_add(&line, i ? TEXT(" | ") : TEXT(""));
            buffer_add(&line, shape->enum_values[i]);
        }
        plain_text_wrap(description->out, buffer_text(&line), indent, description->width);
    }
    if (shape->pattern.size) {
        buffer_clear(&line);
        buffer_add_format(&line, "~ %.*s", TEXT_ARGS(shape->pattern));
        plain_text_wrap(description->out, buffer_text(&line), indent, description->width);
    }
}

/* ---- The tree ------------------------------------------------------------------------------ */

static const struct json_value *documented_member(
    const struct description *description, const struct model_shape *structure, text member)
{
    const struct json_value *shapes = json_member(description->reference->document, TEXT("shapes"));
    return json_member(json_member(json_member(shapes, structure->name), TEXT("members")), member);
}

static void describe_member(
    struct description *description, const struct model_shape *structure,
    const struct model_member *member, size_t indent)
{
    const struct model_shape *inner = innermost(member->shape);
    bool again = inner->member_count && map_find(&description->shown, inner->name);
    struct buffer line;
    buffer_init(&line, description->out->arena);
    buffer_add_format(&line, "%.*s: ", TEXT_ARGS(member->name));
    describe_type(&line, member->shape);
    buffer_add(&line, again ? TEXT(" (as above)") : TEXT(""));
    add_demands(&line, structure, member);
    plain_text_wrap(description->out, buffer_text(&line), indent, description->width);
    write_choices(description, inner, indent + DOCUMENTATION_INDENT);
    describe_documentation(
        description, documented_member(description, structure, member->name),
        indent + DOCUMENTATION_INDENT);
    if (!again)
        describe_members(description, inner, indent + INDENT);
}

void describe_members(
    struct description *description, const struct model_shape *structure, size_t indent)
{
    enum { DEEPEST = 64 };
    if (structure->member_count == 0 || indent > DEEPEST * INDENT)
        return;
    if (!map_put(&description->shown, structure->name, description))
        description->out->failed = true;
    for (uint32_t i = 0; i < structure->member_count; i++)
        describe_member(description, structure, &structure->members[i], indent);
}
