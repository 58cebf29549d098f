#include "pages.h"

#include "compile.h"
#include "workshop.h"

/* ---- Reading --------------------------------------------------------------------------- */

/* A string or a list of strings; none if absent. */
static text *compile_some(
    struct compilation *compilation, text operation, const struct json_value *entry, text member,
    uint32_t *count)
{
    const struct json_value *value = json_member(entry, member);
    *count = 0;
    if (!value)
        return NULL;
    bool is_list = value->kind == JSON_LIST;
    if (is_list && !value->count)
        return NULL;
    uint32_t wanted = is_list ? value->count : 1;
    text *texts = compile_alloc(compilation, wanted, sizeof *texts);
    for (uint32_t i = 0; texts && i < wanted; i++) {
        const struct json_value *item = is_list ? json_item(value, i) : value;
        if (!json_is(item, JSON_STRING))
            compile_fail(compilation, operation, member, "a string, or a list of them, is wanted");
        texts[i] = compile_text(compilation, item);
    }
    *count = compilation->failed ? 0 : wanted;
    return texts;
}

static struct model_path *compile_paths(
    struct compilation *compilation, text operation, const struct json_value *entry, text member,
    uint32_t *count)
{
    text *texts = compile_some(compilation, operation, entry, member, count);
    if (!*count)
        return NULL;
    struct model_path *paths = compile_alloc(compilation, *count, sizeof *paths);
    for (uint32_t i = 0; paths && i < *count; i++) {
        if (!compile_path(compilation, operation, member, texts[i], &paths[i]))
            paths = NULL;
    }
    *count = paths ? *count : 0;
    return paths;
}

static void compile_tokens(
    struct compilation *compilation, const struct json_value *entry,
    struct model_paginator *paginator)
{
    text operation = paginator->operation;
    uint32_t outputs;
    paginator->input_tokens =
        compile_some(compilation, operation, entry, TEXT("input_token"), &paginator->token_count);
    paginator->output_tokens =
        compile_paths(compilation, operation, entry, TEXT("output_token"), &outputs);
    if (!paginator->token_count)
        compile_fail(compilation, operation, TEXT("input_token"), "is missing");
    if (outputs != paginator->token_count)
        compile_fail(
            compilation, operation, TEXT("output_token"), "%u for %u input tokens", outputs,
            paginator->token_count);
}

static void compile_paginator(
    struct compilation *compilation, const struct json_value *entry,
    struct model_paginator *paginator)
{
    text operation = paginator->operation;
    uint32_t count;
    compile_tokens(compilation, entry, paginator);
    struct model_path *more =
        compile_paths(compilation, operation, entry, TEXT("more_results"), &count);
    if (count > 1)
        compile_fail(compilation, operation, TEXT("more_results"), "one string is wanted");
    else if (count)
        paginator->more_results = *more;
    paginator->results =
        compile_paths(compilation, operation, entry, TEXT("result_key"), &paginator->result_count);
    paginator->fixed = compile_paths(
        compilation, operation, entry, TEXT("non_aggregate_keys"), &paginator->fixed_count);
    if (json_member(entry, TEXT("limit_key")))
        paginator->limit_key = compile_required(compilation, operation, entry, TEXT("limit_key"));
}

static bool compile_paginators(
    struct model_paginators *paginators, text file, const struct json_value *root,
    struct arena *arena, inia_error *error)
{
    struct compilation compilation = {.file = file, .arena = arena, .root = root, .error = error};
    const struct json_value *all = json_member(root, TEXT("pagination"));
    if (!json_is(all, JSON_OBJECT))
        return compile_fail(&compilation, TEXT("pagination"), (text){NULL, 0}, "not an object");
    for (uint32_t i = 0; i < all->count && !compilation.failed; i++) {
        text operation = all->names[i];
        if (all->items[i].kind != JSON_OBJECT)
            return compile_fail(&compilation, operation, (text){NULL, 0}, "not an object");
        struct model_paginator *paginator = compile_alloc(&compilation, 1, sizeof *paginator);
        if (!paginator)
            return false;
        paginator->operation = arena_copy(arena, operation);
        if (!paginator->operation.data ||
            !map_put(&paginators->by_operation, paginator->operation, paginator))
            return compile_fail(&compilation, operation, (text){NULL, 0}, "out of memory");
        compile_paginator(&compilation, &all->items[i], paginator);
    }
    return !compilation.failed;
}

bool paginators_parse(
    struct model_paginators *paginators, text file, text bytes, text extras, struct arena *arena,
    inia_error *error)
{
    struct workshop workshop;
    bool good = false;
    map_init(&paginators->by_operation, arena);
    if (workshop_open(&workshop)) {
        const struct json_value *root = workshop_parse(&workshop, file, bytes, extras, error);
        good = root && compile_paginators(paginators, file, root, arena, error);
    } else {
        error_set(error, INIA_NO_MEMORY, "out of memory loading paginators");
    }
    workshop_close(&workshop);
    return good;
}

bool paginators_load(
    struct model_paginators *paginators, const char *folders, const struct model *model,
    struct arena *arena, inia_error *error)
{
    struct workshop workshop;
    bool good = false;
    map_init(&paginators->by_operation, arena);
    if (workshop_open(&workshop)) {
        text path;
        struct json_value *root;
        good = workshop_read(
            &workshop, folders, model->service, model->api_version, "paginators-1", &path, &root,
            error);
        if (good && root)
            good = compile_paginators(paginators, path, root, arena, error);
    } else {
        error_set(error, INIA_NO_MEMORY, "out of memory loading paginators");
    }
    workshop_close(&workshop);
    return good;
}

const struct model_paginator *paginators_find(
    const struct model_paginators *paginators, text operation)
{
    return map_find(&paginators->by_operation, operation);
}

/* ---- From page to page ------------------------------------------------------------------- */

enum page_after page_after(
    const struct model_paginator *paginator, const struct json_value *output, struct arena *arena,
    const struct json_value ***tokens, struct jmespath_problem *problem)
{
    const struct json_value **found =
        arena_alloc(arena, paginator->token_count * sizeof(struct json_value *));
    if (!found) {
        *problem = (struct jmespath_problem){JMESPATH_NO_MEMORY, "out of memory", 0};
        return PAGE_UNKNOWN;
    }
    if (paginator->more_results.path) {
        const struct json_value *more =
            jmespath_search(paginator->more_results.path, output, arena, problem);
        if (!more || json_is_nothing(more))
            return more ? PAGE_NONE : PAGE_UNKNOWN;
    }
    enum page_after after = PAGE_NONE;
    for (uint32_t i = 0; i < paginator->token_count; i++) {
        const struct json_value *token =
            jmespath_search(paginator->output_tokens[i].path, output, arena, problem);
        if (!token)
            return PAGE_UNKNOWN;
        found[i] = json_is_nothing(token) ? NULL : token;
        if (found[i])
            after = PAGE_MORE;
        if (text_equals(json_text(found[i]), TEXT("None")))
            found[i] = NULL;
    }
    *tokens = found;
    return after;
}

bool page_is_repeated(
    const struct model_paginator *paginator, const struct json_value *params,
    const struct json_value *const *tokens)
{
    for (uint32_t i = 0; i < paginator->token_count; i++) {
        const struct json_value *old = json_member(params, paginator->input_tokens[i]);
        if (old ? !tokens[i] || !json_equal(old, tokens[i]) : tokens[i] != NULL)
            return false;
    }
    return true;
}

static bool is_token(const struct model_paginator *paginator, text name)
{
    for (uint32_t i = 0; i < paginator->token_count; i++) {
        if (text_equals(paginator->input_tokens[i], name))
            return true;
    }
    return false;
}

/* name and value copied; false: no memory. */
static bool put(
    struct json_value *object, text name, const struct json_value *value, struct arena *arena)
{
    uint32_t at = object->count;
    object->names[at] = arena_copy(arena, name);
    if (!object->names[at].data || !json_copy(&object->items[at], value, arena))
        return false;
    object->count++;
    return true;
}

struct json_value *page_params(
    const struct model_paginator *paginator, const struct json_value *params,
    const struct json_value *const *tokens, struct arena *arena)
{
    size_t most = (size_t)params->count + paginator->token_count;
    struct json_value *page = arena_alloc_zeroed(arena, sizeof *page);
    if (!page)
        return NULL;
    page->kind = JSON_OBJECT;
    page->items = arena_alloc(arena, most * sizeof *page->items);
    page->names = arena_alloc(arena, most * sizeof *page->names);
    if (!page->items || !page->names)
        return NULL;
    for (uint32_t i = 0; i < params->count; i++) {
        if (!is_token(paginator, params->names[i]) &&
            !put(page, params->names[i], &params->items[i], arena))
            return NULL;
    }
    for (uint32_t i = 0; i < paginator->token_count; i++) {
        if (tokens[i] && !put(page, paginator->input_tokens[i], tokens[i], arena))
            return NULL;
    }
    return page;
}
