#include "compile.h"

enum { MAX_AUTH_SCHEMES = 8, MAX_PROPERTIES = 16, MAX_HEADERS = 16 };

/* ---- Lists of expressions -------------------------------------------------------------------- */

static const struct expression *const *compile_strings(
    struct compiler *compiler, const struct json_value *list)
{
    const struct expression *made[COMPILE_MAX_ARGUMENTS];
    if (!json_is(list, JSON_LIST) || list->count > COMPILE_MAX_ARGUMENTS)
        return rules_compile_fail(
            compiler, "a list of at most %d strings is wanted", COMPILE_MAX_ARGUMENTS);
    for (uint32_t i = 0; i < list->count; i++) {
        rules_compile_enter_item(compiler, "", i);
        made[i] = rules_compile_string(compiler, &list->items[i]);
        if (!made[i])
            return NULL;
        rules_compile_leave(compiler);
    }
    return rules_compile_keep(compiler, made, list->count * sizeof *made);
}

static bool are_constant(const struct expression *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i]->operation != OPERATION_CONSTANT)
            return false;
    }
    return true;
}

static void compile_headers(
    struct compiler *compiler, struct endpoint_plan *plan, const struct json_value *source)
{
    if (!json_is(source, JSON_OBJECT) || source->count > MAX_HEADERS) {
        rules_compile_fail(compiler, "headers are no object of at most %d", MAX_HEADERS);
        return;
    }
    struct header_plan headers[MAX_HEADERS];
    for (uint32_t i = 0; !compiler->failed && i < source->count; i++) {
        rules_compile_enter_member(compiler, "headers", source->names[i]);
        headers[i].name = rules_compile_text(compiler, source->names[i]);
        headers[i].values = compile_strings(compiler, &source->items[i]);
        headers[i].count = source->items[i].count;
        rules_compile_leave(compiler);
    }
    plan->headers = rules_compile_keep(compiler, headers, source->count * sizeof *headers);
    plan->header_count = source->count;
}

/* ---- authSchemes ----------------------------------------------------------------------------- */

enum { MAX_AUTH_TEXTS = 3 * MAX_AUTH_SCHEMES };

struct auth_compiler {
    struct compiler *compiler;
    struct endpoint_auth_scheme schemes[MAX_AUTH_SCHEMES];
    struct auth_text_plan texts[MAX_AUTH_TEXTS];
    size_t text_count;
    struct auth_regions_plan regions[MAX_AUTH_SCHEMES];
    size_t regions_count;
};

static void compile_auth_text(
    struct auth_compiler *auth, size_t scheme, size_t offset, const struct json_value *source)
{
    const struct expression *made = rules_compile_string(auth->compiler, source);
    if (!made)
        return;
    if (made->operation == OPERATION_CONSTANT) {
        memcpy((char *)&auth->schemes[scheme] + offset, &made->constant.string, sizeof(text));
    } else {
        check(auth->text_count < MAX_AUTH_TEXTS);
        struct auth_text_plan *plan = &auth->texts[auth->text_count++];
        plan->scheme = (uint16_t)scheme;
        plan->offset = (uint16_t)offset;
        plan->value = made;
    }
}

static void compile_auth_regions(
    struct auth_compiler *auth, size_t scheme, const struct json_value *source)
{
    struct endpoint_auth_scheme *to = &auth->schemes[scheme];
    const struct expression *const *made = compile_strings(auth->compiler, source);
    if (!made)
        return;
    to->signing_region_count = source->count;
    if (!are_constant(made, source->count)) {
        auth->regions[auth->regions_count++] =
            (struct auth_regions_plan){scheme, made, source->count};
        return;
    }
    text *regions = rules_compile_alloc(auth->compiler, source->count, sizeof *regions);
    for (uint32_t i = 0; regions && i < source->count; i++)
        regions[i] = made[i]->constant.string;
    to->signing_regions = regions;
}

static void compile_auth_member(
    struct auth_compiler *auth, size_t scheme, text name, const struct json_value *value)
{
    struct endpoint_auth_scheme *to = &auth->schemes[scheme];
    bool *flag = NULL;
    if (text_equals(name, TEXT("name")))
        compile_auth_text(auth, scheme, offsetof(struct endpoint_auth_scheme, name), value);
    else if (text_equals(name, TEXT("signingName")))
        compile_auth_text(auth, scheme, offsetof(struct endpoint_auth_scheme, signing_name), value);
    else if (text_equals(name, TEXT("signingRegion")))
        compile_auth_text(
            auth, scheme, offsetof(struct endpoint_auth_scheme, signing_region), value);
    else if (text_equals(name, TEXT("signingRegionSet")))
        compile_auth_regions(auth, scheme, value);
    else if (text_equals(name, TEXT("disableDoubleEncoding")))
        flag = &to->disable_double_encoding;
    else if (text_equals(name, TEXT("disableNormalizePath")))
        flag = &to->disable_normalize_path;
    if (flag && value->kind != JSON_TRUE && value->kind != JSON_FALSE)
        rules_compile_fail(auth->compiler, "%.*s is no boolean", TEXT_ARGS(name));
    else if (flag)
        *flag = value->kind == JSON_TRUE;
}

static void compile_auth_scheme(
    struct auth_compiler *auth, size_t scheme, const struct json_value *source)
{
    struct compiler *compiler = auth->compiler;
    rules_compile_enter_item(compiler, "authSchemes", scheme);
    if (!json_is(json_member(source, TEXT("name")), JSON_STRING))
        rules_compile_fail(compiler, "an auth scheme without a name");
    for (uint32_t i = 0; !compiler->failed && i < source->count; i++)
        compile_auth_member(auth, scheme, source->names[i], &source->items[i]);
    if (!compiler->failed)
        rules_compile_leave(compiler);
}

static void compile_auth_schemes(
    struct compiler *compiler, struct endpoint_plan *plan, const struct json_value *list)
{
    struct auth_compiler auth;
    memset(&auth, 0, sizeof auth);
    auth.compiler = compiler;
    if (!json_is(list, JSON_LIST) || list->count > MAX_AUTH_SCHEMES) {
        rules_compile_fail(compiler, "authSchemes is no list of at most %d", MAX_AUTH_SCHEMES);
        return;
    }
    for (uint32_t i = 0; !compiler->failed && i < list->count; i++)
        compile_auth_scheme(&auth, i, &list->items[i]);
    plan->auth_scheme_count = list->count;
    plan->auth_schemes =
        rules_compile_keep(compiler, auth.schemes, list->count * sizeof *auth.schemes);
    plan->auth_text_count = auth.text_count;
    plan->auth_texts =
        rules_compile_keep(compiler, auth.texts, auth.text_count * sizeof *auth.texts);
    plan->auth_regions_count = auth.regions_count;
    plan->auth_regions =
        rules_compile_keep(compiler, auth.regions, auth.regions_count * sizeof *auth.regions);
}

/* ---- Other properties ------------------------------------------------------------------------ */

static void compile_property(
    struct compiler *compiler, struct property_plan *plan, const struct json_value *source);

static void compile_property_string(
    struct compiler *compiler, struct property_plan *plan, const struct json_value *source)
{
    const struct expression *made = rules_compile_string(compiler, source);
    struct json_value *fixed = rules_compile_alloc(compiler, 1, sizeof *fixed);
    if (!made || !fixed)
        return;
    if (made->operation == OPERATION_CONSTANT) {
        *fixed = (struct json_value){.kind = JSON_STRING, .string = made->constant.string};
        plan->fixed = fixed;
    } else {
        plan->string = made;
    }
}

static void compile_property_literal(
    struct compiler *compiler, struct property_plan *plan, const struct json_value *source)
{
    struct json_value *fixed = rules_compile_alloc(compiler, 1, sizeof *fixed);
    if (!fixed)
        return;
    fixed->kind = source->kind;
    if (source->kind == JSON_NUMBER)
        fixed->string = rules_compile_text(compiler, source->string);
    plan->fixed = fixed;
}

/* A list or an object: fixed if all its items are. */
static void compile_property_items(
    struct compiler *compiler, struct property_plan *plan, const struct json_value *source)
{
    bool is_object = source->kind == JSON_OBJECT;
    struct property_plan *items = rules_compile_alloc(compiler, source->count, sizeof *items);
    struct json_value *shape = rules_compile_alloc(compiler, 1, sizeof *shape);
    struct json_value *values = rules_compile_alloc(compiler, source->count, sizeof *values);
    text *names = is_object ? rules_compile_alloc(compiler, source->count, sizeof *names) : NULL;
    if (compiler->failed)
        return;
    bool all_fixed = true;
    for (uint32_t i = 0; i < source->count && !compiler->failed; i++) {
        compile_property(compiler, &items[i], &source->items[i]);
        if (is_object)
            names[i] = rules_compile_text(compiler, source->names[i]);
        if (items[i].fixed)
            values[i] = *items[i].fixed;
        else
            all_fixed = false;
    }
    *shape = (struct json_value){
        .kind = source->kind, .count = source->count, .items = values, .names = names};
    plan->shape = shape;
    plan->fixed = all_fixed ? shape : NULL;
    plan->items = items;
}

static void compile_property(
    struct compiler *compiler, struct property_plan *plan, const struct json_value *source)
{
    if (++compiler->depth > ENDPOINT_MAX_DEPTH) {
        rules_compile_fail(compiler, "nested too deep");
    } else if (source->kind == JSON_STRING) {
        compile_property_string(compiler, plan, source);
    } else if (source->kind == JSON_LIST || source->kind == JSON_OBJECT) {
        compile_property_items(compiler, plan, source);
    } else if (source->kind == JSON_NULL) {
        rules_compile_fail(compiler, "a null in properties");
    } else {
        compile_property_literal(compiler, plan, source);
    }
    compiler->depth--;
}

static void compile_properties(
    struct compiler *compiler, struct endpoint_plan *plan, const struct json_value *source)
{
    if (!json_is(source, JSON_OBJECT) || source->count > MAX_PROPERTIES) {
        rules_compile_fail(compiler, "properties are no object of at most %d", MAX_PROPERTIES);
        return;
    }
    text names[MAX_PROPERTIES];
    struct property_plan properties[MAX_PROPERTIES];
    memset(properties, 0, sizeof properties);
    for (uint32_t i = 0; i < source->count && !compiler->failed; i++) {
        const struct json_value *value = &source->items[i];
        rules_compile_enter_member(compiler, "properties", source->names[i]);
        if (text_equals(source->names[i], TEXT("authSchemes"))) {
            compile_auth_schemes(compiler, plan, value);
        } else if (text_equals(source->names[i], TEXT("backend"))) {
            plan->backend = rules_compile_string(compiler, value);
        } else {
            names[plan->property_count] = rules_compile_text(compiler, source->names[i]);
            compile_property(compiler, &properties[plan->property_count++], value);
        }
        if (!compiler->failed)
            rules_compile_leave(compiler);
    }
    plan->property_names =
        rules_compile_keep(compiler, names, plan->property_count * sizeof *names);
    plan->properties =
        rules_compile_keep(compiler, properties, plan->property_count * sizeof *properties);
}

const struct endpoint_plan *rules_compile_endpoint(
    struct compiler *compiler, const struct json_value *source)
{
    static const char *const members[] = {"url", "properties", "headers", NULL};
    rules_compile_enter(compiler, "endpoint");
    struct endpoint_plan plan;
    memset(&plan, 0, sizeof plan);
    if (!rules_compile_check_members(compiler, source, members))
        return NULL;
    const struct json_value *headers = json_member(source, TEXT("headers"));
    const struct json_value *properties = json_member(source, TEXT("properties"));
    plan.url = rules_compile_string(compiler, json_member(source, TEXT("url")));
    if (headers && !compiler->failed)
        compile_headers(compiler, &plan, headers);
    if (properties && !compiler->failed)
        compile_properties(compiler, &plan, properties);
    if (compiler->failed)
        return NULL;
    rules_compile_leave(compiler);
    return rules_compile_keep(compiler, &plan, sizeof plan);
}
