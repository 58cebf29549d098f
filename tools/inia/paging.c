#include "paging.h"

#include "call_output.h"
#include "calls/calls.h"
#include "command.h"
#include "resume_token.h"
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>

enum step { STEP_ON, STEP_END, STEP_FAILED };

/* What the pages so far have of one result. */
struct result {
    struct json_value value; /* JSON_NULL: nothing yet */
    uint32_t capacity;       /* of a list's items */
};

struct paging {
    struct session *session;
    const struct model_paginator *paginator;
    struct arena *arena;     /* of what outlives a page */
    struct arena page_arena; /* cleared after each page in the style text */
    struct result *results;
    struct json_value whole;   /* the pages put together */
    struct json_value fixed;   /* members that are the same on every page */
    struct resume_token token; /* what the page at hand was asked for with */
    text resume;               /* absent: all was seen */
    uint64_t items;            /* seen, and not skipped */
    bool is_text, has_page;
    bool failed; /* a search of the page at hand: no memory */
};

static enum step no_memory(void)
{
    workspace_out_of_memory();
    return STEP_FAILED;
}

/* NULL: there is nothing, or paging has failed. What has other kinds than the path expects holds
 * nothing. */
static const struct json_value *search(
    struct paging *paging, const struct model_path *path, const struct json_value *value)
{
    struct jmespath_problem problem;
    const struct json_value *found =
        jmespath_search(path->path, value, &paging->page_arena, &problem);
    if (!found && (problem.error == JMESPATH_NO_MEMORY || problem.error == JMESPATH_TOO_LARGE))
        paging->failed = true;
    return json_is(found, JSON_NULL) ? NULL : found;
}

/* ---- Where to start -------------------------------------------------------------------------- */

static bool add_param(struct paging *paging, text name, text value)
{
    struct options *options = &paging->session->options;
    const char *copied_name = arena_string(paging->arena, name);
    const char *copied_value = arena_string(paging->arena, value);
    if (!copied_name || !copied_value || options->param_count == OPTIONS_MAX_PARAMS)
        return false;
    options->params[options->param_count++] = (inia_param){copied_name, copied_value};
    return true;
}

static bool add_token_params(struct paging *paging)
{
    for (uint32_t i = 0; i < paging->token.count; i++) {
        const struct json_value *value = &paging->token.values[i];
        struct buffer written;
        buffer_init(&written, paging->arena);
        if (value->kind == JSON_NULL)
            continue;
        if (value->kind == JSON_STRING)
            buffer_add(&written, value->string);
        else
            json_write(&written, value);
        if (!buffer_ok(&written) ||
            !add_param(paging, paging->paginator->input_tokens[i], buffer_text(&written)))
            return false;
    }
    return true;
}

static bool start_at_token(struct paging *paging, const char *written)
{
    bool bad = false;
    if (!resume_token_read(
            &paging->token, text_of(written), paging->paginator, paging->session->workspace.parser,
            paging->arena, &bad) ||
        !add_token_params(paging)) {
        if (bad)
            fprintf(
                stderr, "inia: --starting-token: '%s' is no NextToken of this operation\n",
                written);
        else
            workspace_out_of_memory();
        return false;
    }
    return true;
}

static bool set_page_size(struct paging *paging, uint64_t size)
{
    char digits[24];
    text key = paging->paginator->limit_key;
    if (!key.data) {
        fprintf(
            stderr, "inia: --page-size: %.*s does not say how large its pages are to be\n",
            TEXT_ARGS(paging->paginator->operation));
        return false;
    }
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)size);
    if (add_param(paging, key, (text){digits, (size_t)length}))
        return true;
    workspace_out_of_memory();
    return false;
}

static bool paging_open(struct paging *paging, struct session *session)
{
    const struct options_pages *pages = &session->options.pages;
    const struct model_paginator *paginator = session->operation->paginator;
    *paging = (struct paging){
        .session = session,
        .paginator = paginator,
        .arena = &session->workspace.arena,
        .whole = {.kind = JSON_OBJECT},
        .fixed = {.kind = JSON_OBJECT},
        .is_text = session->options.output.style == OUTPUT_TEXT,
    };
    arena_init(&paging->page_arena, &session->workspace.blocks);
    size_t size = (paginator->result_count + 1) * sizeof *paging->results;
    paging->results = arena_alloc_zeroed(paging->arena, size);
    if (!paging->results || !resume_token_init(&paging->token, paginator, paging->arena)) {
        workspace_out_of_memory();
        return false;
    }
    return (!pages->starting_token || start_at_token(paging, pages->starting_token)) &&
           (!pages->page_size || set_page_size(paging, pages->page_size));
}

/* ---- A page cut at its ends ------------------------------------------------------------------ */

static size_t length_of(const struct json_value *value)
{
    if (!value || value->kind == JSON_NUMBER)
        return 0;
    if (value->kind != JSON_STRING)
        return value->count;
    size_t characters = 0;
    for (size_t i = 0; i < value->string.size; i++)
        characters += (value->string.data[i] & 0xc0) != 0x80;
    return characters;
}

static size_t offset_of(text string, size_t characters)
{
    size_t at = 0;
    while (at < string.size && characters > 0) {
        at++;
        while (at < string.size && (string.data[at] & 0xc0) == 0x80)
            at++;
        characters--;
    }
    return at;
}

/* Of a list or a string, those from first on, count of them at most; null of anything else. */
static struct json_value slice(const struct json_value *value, uint64_t first, uint64_t count)
{
    struct json_value part = {.kind = JSON_NULL};
    uint64_t length = length_of(value);
    first = first < length ? first : length;
    count = count < length - first ? count : length - first;
    if (json_is(value, JSON_LIST)) {
        part = *value;
        part.items = value->items ? value->items + first : NULL;
        part.count = (uint32_t)count;
    } else if (json_is(value, JSON_STRING)) {
        text rest = text_after(value->string, offset_of(value->string, first));
        part = *value;
        part.string = (text){rest.data, offset_of(rest, count)};
    }
    return part;
}

/* What an earlier command printed already: the primary result's first items, all of the others but
 * numbers. */
static bool skip_start(struct paging *paging, struct json_value *page)
{
    for (uint32_t i = 0; i < paging->paginator->result_count; i++) {
        const struct model_path *path = &paging->paginator->results[i];
        const struct json_value *found = search(paging, path, page);
        struct json_value rest = {.kind = JSON_NULL};
        if (i == 0)
            rest = slice(found, paging->token.skip, UINT64_MAX);
        else if (json_is(found, JSON_LIST))
            rest.kind = JSON_LIST;
        else if (json_is(found, JSON_STRING))
            rest = (struct json_value){.kind = JSON_STRING, .string = TEXT("")};
        else if (found && found->kind != JSON_OBJECT)
            rest = *found;
        if (!tree_set(page, path->written, &rest, &paging->page_arena))
            return false;
    }
    return true;
}

/* ---- Pages put together ---------------------------------------------------------------------- */

static bool append(struct result *result, const struct json_value *list, struct arena *arena)
{
    uint32_t count = result->value.count + list->count;
    if (count > result->capacity) {
        uint32_t capacity = count < UINT32_MAX / 2 ? 2 * count : count;
        size_t item = sizeof *list->items;
        struct json_value *items = arena_alloc(arena, capacity * item);
        if (!items)
            return false;
        if (result->value.count)
            memcpy(items, result->value.items, result->value.count * item);
        result->value.items = items;
        result->capacity = capacity;
    }
    if (list->count)
        memcpy(
            result->value.items + result->value.count, list->items,
            list->count * sizeof *list->items);
    result->value.count = count;
    return true;
}

static bool add_up(struct json_value *sum, const struct json_value *more, struct arena *arena)
{
    int64_t a, b, total;
    struct buffer written;
    buffer_init(&written, arena);
    if (text_to_i64(sum->string, &a) && text_to_i64(more->string, &b) &&
        !__builtin_add_overflow(a, b, &total))
        buffer_add_i64(&written, total);
    else
        buffer_add_format(
            &written, "%.17e", strtod(sum->string.data, NULL) + strtod(more->string.data, NULL));
    sum->string = text_of(buffer_string(&written));
    return sum->string.data != NULL;
}

static bool add_result(struct result *result, const struct json_value *more, struct arena *arena)
{
    struct json_value *value = &result->value;
    struct buffer joined;
    if (value->kind == JSON_NULL) {
        *value = *more;
        result->capacity = 0;
    } else if (value->kind == JSON_LIST && more->kind == JSON_LIST) {
        return append(result, more, arena);
    } else if (value->kind == JSON_NUMBER && more->kind == JSON_NUMBER) {
        return add_up(value, more, arena);
    } else if (value->kind == JSON_STRING && more->kind == JSON_STRING) {
        buffer_init(&joined, arena);
        buffer_add(&joined, value->string);
        buffer_add(&joined, more->string);
        value->string = buffer_text(&joined);
        return buffer_ok(&joined);
    }
    return true;
}

static enum step keep(struct paging *paging, const struct json_value *page)
{
    for (uint32_t i = 0; i < paging->paginator->result_count; i++) {
        const struct model_path *path = &paging->paginator->results[i];
        const struct json_value *more = search(paging, path, page);
        if (more &&
            (!add_result(&paging->results[i], more, paging->arena) ||
             !tree_set(&paging->whole, path->written, &paging->results[i].value, paging->arena)))
            return no_memory();
    }
    return paging->failed ? no_memory() : STEP_ON;
}

static enum step print_page(struct paging *paging, const struct json_value *page)
{
    static const struct json_value nothing = {.kind = JSON_NULL};
    struct arena *arena = &paging->page_arena;
    struct json_value shown = {.kind = JSON_OBJECT};
    if (!paging->has_page)
        shown = paging->fixed;
    for (uint32_t i = 0; i < paging->paginator->result_count; i++) {
        const struct model_path *path = &paging->paginator->results[i];
        const struct json_value *found = search(paging, path, page);
        if (!tree_set(&shown, path->written, found ? found : &nothing, arena))
            return no_memory();
    }
    if (paging->failed)
        return no_memory();
    const struct output *output = &paging->session->options.output;
    return output_print(output, &shown, arena) == EXIT_GOOD ? STEP_ON : STEP_FAILED;
}

static bool record_fixed(struct paging *paging, const struct json_value *page)
{
    static const struct json_value nothing = {.kind = JSON_NULL};
    for (uint32_t i = 0; i < paging->paginator->fixed_count; i++) {
        const struct model_path *path = &paging->paginator->fixed[i];
        const struct json_value *found = search(paging, path, page);
        struct json_value copy;
        if (!json_copy(&copy, found ? found : &nothing, paging->arena) ||
            !tree_set(&paging->fixed, path->written, &copy, paging->arena))
            return false;
    }
    return true;
}

/* ---- One page after another ------------------------------------------------------------------ */

static enum step remember_resume(struct paging *paging)
{
    paging->resume = resume_token_write(&paging->token, paging->paginator, paging->arena);
    return paging->resume.data ? STEP_END : no_memory();
}

static enum step take_next_token(struct paging *paging, const struct json_value *page)
{
    const struct json_value **tokens;
    struct jmespath_problem problem;
    enum page_after after =
        page_after(paging->paginator, page, &paging->page_arena, &tokens, &problem);
    if (after != PAGE_MORE) /* what cannot be told, inia_next_page() will complain about */
        return after == PAGE_NONE ? STEP_END : STEP_ON;
    paging->token.skip = 0;
    for (uint32_t i = 0; i < paging->token.count; i++) {
        struct json_value *value = &paging->token.values[i];
        *value = (struct json_value){.kind = JSON_NULL};
        if (tokens[i] && !json_copy(value, tokens[i], paging->arena))
            return no_memory();
    }
    return STEP_ON;
}

static bool prepare_first(struct paging *paging, struct json_value *page)
{
    bool starts_within = paging->session->options.pages.starting_token != NULL;
    return (!starts_within || skip_start(paging, page)) && record_fixed(paging, page);
}

/* The page ends with the first so many of its primary result; the token tells of the rest. */
static bool cut_page(
    struct paging *paging, struct json_value *page, const struct json_value *primary,
    uint64_t count)
{
    struct json_value kept = slice(primary, 0, count);
    paging->token.skip += count;
    paging->token.is_partial = true;
    return tree_set(page, paging->paginator->results[0].written, &kept, &paging->page_arena);
}

/* Keeps or prints what is wanted of the page, and looks whether another one is. */
static enum step take_page(struct paging *paging, struct json_value *page)
{
    const struct model_paginator *paginator = paging->paginator;
    uint64_t most = paging->session->options.pages.max_items;
    if (!paging->has_page && !prepare_first(paging, page))
        return no_memory();
    const struct json_value *primary =
        paginator->result_count ? search(paging, &paginator->results[0], page) : NULL;
    uint64_t length = length_of(primary);
    bool cut = most && paging->items + length > most;
    if (cut && !cut_page(paging, page, primary, most - paging->items))
        return no_memory();
    enum step step = paging->is_text ? print_page(paging, page) : keep(paging, page);
    paging->has_page = true;
    paging->items += length;
    if (step != STEP_ON || cut)
        return step == STEP_ON ? remember_resume(paging) : step;
    step = take_next_token(paging, page);
    return step == STEP_ON && most && paging->items == most ? remember_resume(paging) : step;
}

static enum step take_call(struct paging *paging, const inia_call *call)
{
    struct workspace *workspace = &paging->session->workspace;
    struct json_value *page = call_output(call, workspace, &paging->page_arena);
    enum step step = page ? take_page(paging, page) : STEP_FAILED;
    if (paging->is_text)
        arena_clear(&paging->page_arena);
    return step;
}

/* ---- The end --------------------------------------------------------------------------------- */

static int print_end(struct paging *paging)
{
    struct json_value token = {.kind = JSON_STRING, .string = paging->resume};
    struct json_value last = {.kind = JSON_OBJECT};
    const struct output *output = &paging->session->options.output;
    struct json_value *shown = paging->is_text ? &last : &paging->whole;
    text path = paging->is_text ? TEXT("NextToken.NextToken") : TEXT("NextToken");
    if (!paging->is_text && !tree_merge(&paging->whole, &paging->fixed, paging->arena))
        return workspace_out_of_memory();
    if (paging->resume.data && !tree_set(shown, path, &token, paging->arena))
        return workspace_out_of_memory();
    return paging->is_text && !paging->resume.data ? EXIT_GOOD
                                                   : output_print(output, shown, paging->arena);
}

static int send_all(struct paging *paging)
{
    struct session *session = paging->session;
    inia_request request = session_request(session);
    inia_call *call = inia_submit(session->client, &request) ? session_wait(session) : NULL;
    if (!call)
        return workspace_out_of_memory();
    int exit_code = session_judge(session, call);
    enum step step = exit_code == EXIT_GOOD ? take_call(paging, call) : STEP_FAILED;
    while (step == STEP_ON && inia_next_page(call)) {
        session_wait(session);
        exit_code = session_judge(session, call);
        step = exit_code == EXIT_GOOD ? take_call(paging, call) : STEP_FAILED;
    }
    inia_release(call);
    return step == STEP_FAILED ? EXIT_FAILED : print_end(paging);
}

int paging_run(struct session *session)
{
    struct paging paging;
    int exit_code = paging_open(&paging, session) ? send_all(&paging) : EXIT_FAILED;
    arena_release(&paging.page_arena);
    return exit_code;
}
