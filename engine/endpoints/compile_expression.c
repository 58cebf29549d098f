#include "compile.h"

#include "functions.h"

static const struct expression *compile_literal(
    struct compiler *compiler, const struct json_value *source)
{
    struct expression literal = {.operation = OPERATION_CONSTANT};
    if (source->kind == JSON_NUMBER) {
        int64_t number = json_i64(source, INT64_MIN);
        if (number < INT16_MIN || number > INT16_MAX)
            return rules_compile_fail(compiler, "a number out of range");
        literal.type.kind = VALUE_NUMBER;
        literal.number = (int32_t)number;
    } else {
        literal.type.kind = ENDPOINT_BOOLEAN;
        literal.constant.boolean = source->kind == JSON_TRUE;
    }
    literal.constant.kind = literal.type.kind;
    return rules_compile_made(compiler, &literal, NULL);
}

const struct expression *rules_compile_reference(struct compiler *compiler, text name)
{
    const struct known_name *known = rules_scope_find(compiler, name);
    if (!known)
        return rules_compile_fail(compiler, "\"%.*s\" is not known here", TEXT_ARGS(name));
    struct expression reference = {
        .operation = known->is_parameter ? OPERATION_PARAMETER : OPERATION_VARIABLE,
        .type = known->type,
        .number = known->slot};
    if (known->is_parameter)
        compiler->rules->parameters[known->slot].used = true;
    return rules_compile_made(compiler, &reference, NULL);
}

static const struct expression *compile_object(
    struct compiler *compiler, const struct json_value *source)
{
    static const char *const reference_members[] = {"ref", NULL};
    static const char *const function_members[] = {"fn", "argv", NULL};
    const struct json_value *reference = json_member(source, TEXT("ref"));
    if (!reference) {
        if (!rules_compile_check_members(compiler, source, function_members))
            return NULL;
        return rules_compile_function(compiler, source);
    }
    if (!rules_compile_check_members(compiler, source, reference_members))
        return NULL;
    if (!json_is(reference, JSON_STRING))
        return rules_compile_fail(compiler, "a ref that is no string");
    return rules_compile_reference(compiler, json_text(reference));
}

const struct expression *rules_compile_expression(
    struct compiler *compiler, const struct json_value *source)
{
    const struct expression *made = NULL;
    if (++compiler->depth > ENDPOINT_MAX_DEPTH)
        rules_compile_fail(compiler, "nested too deep");
    else if (!source)
        rules_compile_fail(compiler, "an expression is missing");
    else if (source->kind == JSON_STRING)
        made = rules_compile_template(compiler, source->string);
    else if (source->kind == JSON_OBJECT)
        made = compile_object(compiler, source);
    else if (source->kind == JSON_LIST || source->kind == JSON_NULL)
        rules_compile_fail(compiler, "neither a literal nor a ref nor a function");
    else
        made = compile_literal(compiler, source);
    compiler->depth--;
    return made;
}

const struct expression *rules_compile_string(
    struct compiler *compiler, const struct json_value *source)
{
    const struct expression *made = rules_compile_expression(compiler, source);
    if (made && (made->type.kind != ENDPOINT_STRING || made->type.optional))
        return rules_compile_fail(
            compiler, "%s where a string is wanted", rules_compile_type_name(made->type));
    return made;
}

/* ---- Attributes: "region", "resourceId[2]", "[-1]", "a.b" ------------------------------------ */

struct attribute {
    text name;
    uint8_t of, kind;
    uint16_t offset;
};

static const struct attribute attributes[] = {
#define PARTITION(name, kind, member)                                                              \
    {                                                                                              \
        TEXT_INIT(name), VALUE_PARTITION, kind, offsetof(struct endpoint_partition, member)        \
    }
#define ARN(name, kind, member)                                                                    \
    {                                                                                              \
        TEXT_INIT(name), VALUE_ARN, kind, offsetof(struct arn, member)                             \
    }
#define URL(name, kind, member)                                                                    \
    {                                                                                              \
        TEXT_INIT(name), VALUE_URL, kind, offsetof(struct parsed_url, member)                      \
    }
    PARTITION("name", ENDPOINT_STRING, name),
    PARTITION("dnsSuffix", ENDPOINT_STRING, dns_suffix),
    PARTITION("dualStackDnsSuffix", ENDPOINT_STRING, dual_stack_dns_suffix),
    PARTITION("implicitGlobalRegion", ENDPOINT_STRING, implicit_global_region),
    PARTITION("supportsFIPS", ENDPOINT_BOOLEAN, supports_fips),
    PARTITION("supportsDualStack", ENDPOINT_BOOLEAN, supports_dual_stack),
    ARN("partition", ENDPOINT_STRING, partition),
    ARN("service", ENDPOINT_STRING, service),
    ARN("region", ENDPOINT_STRING, region),
    ARN("accountId", ENDPOINT_STRING, account_id),
    ARN("resourceId", ENDPOINT_STRING_LIST, resource),
    URL("scheme", ENDPOINT_STRING, scheme),
    URL("authority", ENDPOINT_STRING, authority),
    URL("path", ENDPOINT_STRING, path),
    URL("normalizedPath", ENDPOINT_STRING, normalized_path),
    URL("isIp", ENDPOINT_BOOLEAN, is_ip),
#undef PARTITION
#undef ARN
#undef URL
};

static const struct expression *compile_field(
    struct compiler *compiler, const struct expression *base, text name)
{
    for (size_t i = 0; i < COUNT_OF(attributes); i++) {
        const struct attribute *attribute = &attributes[i];
        if (attribute->of == base->type.kind && text_equals(attribute->name, name)) {
            struct expression field = {
                .operation = OPERATION_FIELD,
                .count = 1,
                .type = {attribute->kind, false},
                .number = attribute->offset};
            return rules_compile_made(compiler, &field, &base);
        }
    }
    return rules_compile_fail(
        compiler, "%s has no \"%.*s\"", rules_compile_type_name(base->type), TEXT_ARGS(name));
}

/* digits is what stands between [ and ]. */
static const struct expression *compile_item(
    struct compiler *compiler, const struct expression *base, text digits)
{
    int64_t index;
    if (!text_to_i64(digits, &index) || index < INT16_MIN || index > INT16_MAX)
        return rules_compile_fail(
            compiler, "an index that is no number: [%.*s]", TEXT_ARGS(digits));
    if (base->type.kind != ENDPOINT_STRING_LIST)
        return rules_compile_fail(
            compiler, "an index into %s", rules_compile_type_name(base->type));
    struct expression item = {
        .operation = OPERATION_ITEM,
        .count = 1,
        .type = {ENDPOINT_STRING, true},
        .number = (int32_t)index};
    return rules_compile_made(compiler, &item, &base);
}

static const struct expression *compile_step(
    struct compiler *compiler, const struct expression *base, text step)
{
    size_t bracket = text_find(step, '[');
    text name = text_from(step.data, bracket);
    if (base->type.optional)
        return rules_compile_fail(compiler, "\"%.*s\" of what may be unset", TEXT_ARGS(step));
    if (step.size == 0)
        return rules_compile_fail(compiler, "a path with an empty step");
    if (name.size)
        base = compile_field(compiler, base, name);
    text rest = text_after(step, bracket);
    while (base && rest.size) {
        size_t close = text_find(rest, ']');
        if (rest.data[0] != '[' || close == rest.size || base->type.optional)
            return rules_compile_fail(
                compiler, "a path that makes no sense: %.*s", TEXT_ARGS(step));
        base = compile_item(compiler, base, text_from(rest.data + 1, close - 1));
        rest = text_after(rest, close + 1);
    }
    return base;
}

const struct expression *rules_compile_attribute(
    struct compiler *compiler, const struct expression *base, text path)
{
    text rest = path;
    do {
        base = compile_step(compiler, base, text_split(rest, '.', &rest));
    } while (base && rest.data);
    return base;
}

/* ---- Templates: "https://{Region}.{partition#dnsSuffix}" ------------------------------------- */

struct pieces {
    const struct expression *list[COMPILE_MAX_ARGUMENTS];
    size_t count;
};

static void add_piece(
    struct compiler *compiler, struct pieces *pieces, const struct expression *piece)
{
    if (!piece)
        return;
    if (pieces->count == COMPILE_MAX_ARGUMENTS)
        rules_compile_fail(compiler, "a template of more than %d pieces", COMPILE_MAX_ARGUMENTS);
    else
        pieces->list[pieces->count++] = piece;
}

static const struct expression *compile_braces(struct compiler *compiler, text inside)
{
    text path, name = text_split(inside, '#', &path);
    const struct expression *made = rules_compile_reference(compiler, name);
    if (made && path.data)
        made = rules_compile_attribute(compiler, made, path);
    if (made && (made->type.kind != ENDPOINT_STRING || made->type.optional))
        return rules_compile_fail(
            compiler, "{%.*s} is %s, not a string", TEXT_ARGS(inside),
            rules_compile_type_name(made->type));
    return made;
}

/* What is before the next brace; false: nothing. */
static bool take_plain(struct cursor *in, struct buffer *literal)
{
    const char *end = in->at;
    while (end < in->end && *end != '{' && *end != '}')
        end++;
    text plain = cursor_take(in, (size_t)(end - in->at));
    buffer_add(literal, plain);
    return plain.size > 0;
}

/* Literal text up to the next single brace, {{ and }} made one. */
static const struct expression *take_literal(struct compiler *compiler, struct cursor *in)
{
    char room[COMPILE_MAX_LITERAL];
    struct buffer literal;
    buffer_init_fixed(&literal, room, sizeof room);
    while (!cursor_is_done(in)) {
        if (cursor_skip(in, TEXT("{{")))
            buffer_add_char(&literal, '{');
        else if (cursor_skip(in, TEXT("}}")))
            buffer_add_char(&literal, '}');
        else if (!take_plain(in, &literal))
            break;
    }
    if (!buffer_ok(&literal))
        return rules_compile_fail(compiler, "a text of more than %d bytes", COMPILE_MAX_LITERAL);
    return rules_compile_constant(compiler, buffer_text(&literal));
}

const struct expression *rules_compile_template(struct compiler *compiler, text written)
{
    struct pieces pieces = {.count = 0};
    struct cursor in = cursor_of(written);
    while (!cursor_is_done(&in) && !compiler->failed) {
        const struct expression *literal = take_literal(compiler, &in);
        if (literal && literal->constant.string.size)
            add_piece(compiler, &pieces, literal);
        if (cursor_skip(&in, TEXT("{"))) {
            text inside = cursor_take_until(&in, '}');
            if (!cursor_ok(&in))
                return rules_compile_fail(compiler, "a { without its }: %.*s", TEXT_ARGS(written));
            add_piece(compiler, &pieces, compile_braces(compiler, inside));
        } else if (!cursor_is_done(&in)) {
            return rules_compile_fail(compiler, "a } without its {: %.*s", TEXT_ARGS(written));
        }
    }
    if (compiler->failed)
        return NULL;
    if (pieces.count == 0)
        return rules_compile_constant(compiler, TEXT(""));
    if (pieces.count == 1)
        return pieces.list[0];
    struct expression whole = {
        .operation = OPERATION_TEMPLATE,
        .count = (uint8_t)pieces.count,
        .type = {ENDPOINT_STRING, false}};
    return rules_compile_made(compiler, &whole, pieces.list);
}
