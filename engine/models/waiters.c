#include "waiters.h"

#include "compile.h"
#include "workshop.h"

enum { LONGEST_DELAY_S = 24 * 3600, MOST_ATTEMPTS = 1000000 };

static const char *const matcher_names[] = {
    [WAITER_PATH] = "path",     [WAITER_PATH_ALL] = "pathAll", [WAITER_PATH_ANY] = "pathAny",
    [WAITER_STATUS] = "status", [WAITER_ERROR] = "error",
};
static const char *const state_names[] = {
    [WAITER_SUCCESS] = "success", [WAITER_FAILURE] = "failure", [WAITER_RETRY] = "retry"};

/* ---- Reading --------------------------------------------------------------------------- */

/* The index of the member's name among names; count, with the compilation marked, if none. */
static size_t compile_choice(
    struct compilation *compilation, text waiter, const struct json_value *acceptor, text member,
    const char *const *names, size_t count)
{
    text written = json_text(json_member(acceptor, member));
    for (size_t i = 0; i < count; i++) {
        if (text_equals(written, text_of(names[i])))
            return i;
    }
    if (written.data)
        compile_fail(compilation, waiter, member, "'%.*s' is unknown", TEXT_ARGS(written));
    else
        compile_fail(compilation, waiter, member, "a string is wanted");
    return count;
}

static bool expects_right_kind(const struct waiter_acceptor *acceptor)
{
    enum json_kind kind = acceptor->expected->kind;
    if (acceptor->matcher == WAITER_STATUS)
        return kind == JSON_NUMBER;
    if (acceptor->matcher == WAITER_ERROR)
        return kind == JSON_STRING || kind == JSON_TRUE || kind == JSON_FALSE;
    return true;
}

static void compile_acceptor(
    struct compilation *compilation, text waiter, const struct json_value *from,
    struct waiter_acceptor *acceptor)
{
    acceptor->matcher = (enum waiter_matcher)compile_choice(
        compilation, waiter, from, TEXT("matcher"), matcher_names, COUNT_OF(matcher_names));
    acceptor->state = (enum waiter_state)compile_choice(
        compilation, waiter, from, TEXT("state"), state_names, COUNT_OF(state_names));
    const struct json_value *expected = json_member(from, TEXT("expected"));
    struct json_value *kept = compile_alloc(compilation, 1, sizeof *kept);
    acceptor->expected = kept;
    if (compilation->failed)
        return;
    if (!expected)
        compile_fail(compilation, waiter, TEXT("expected"), "is missing");
    else if (!json_copy(kept, expected, compilation->arena))
        compile_fail(compilation, waiter, TEXT("expected"), "out of memory");
    else if (!expects_right_kind(acceptor))
        compile_fail(
            compilation, waiter, TEXT("expected"), "does not go with the matcher %s",
            matcher_names[acceptor->matcher]);
    if (compilation->failed || acceptor->matcher > WAITER_PATH_ANY)
        return;
    text argument = compile_required(compilation, waiter, from, TEXT("argument"));
    if (!compilation->failed)
        compile_path(compilation, waiter, TEXT("argument"), argument, &acceptor->argument);
}

static uint32_t compile_count(
    struct compilation *compilation, text waiter, const struct json_value *from, text member,
    int64_t most)
{
    int64_t number = json_i64(json_member(from, member), -1);
    if (number < 0 || number > most)
        compile_fail(
            compilation, waiter, member, "a number from 0 to %lld is wanted", (long long)most);
    return number < 0 ? 0 : (uint32_t)number;
}

static void compile_waiter(
    struct compilation *compilation, const struct json_value *from, struct model_waiter *waiter)
{
    const struct json_value *acceptors = json_member(from, TEXT("acceptors"));
    waiter->operation = compile_required(compilation, waiter->name, from, TEXT("operation"));
    waiter->delay_s =
        compile_count(compilation, waiter->name, from, TEXT("delay"), LONGEST_DELAY_S);
    waiter->max_attempts =
        compile_count(compilation, waiter->name, from, TEXT("maxAttempts"), MOST_ATTEMPTS);
    if (!json_is(acceptors, JSON_LIST)) {
        compile_fail(compilation, waiter->name, TEXT("acceptors"), "not a list");
        return;
    }
    waiter->acceptors = compile_alloc(compilation, acceptors->count, sizeof *waiter->acceptors);
    waiter->acceptor_count = acceptors->count;
    for (uint32_t i = 0; i < acceptors->count && !compilation->failed; i++)
        compile_acceptor(compilation, waiter->name, json_item(acceptors, i), &waiter->acceptors[i]);
}

static bool compile_waiters(
    struct model_waiters *waiters, text file, const struct json_value *root, struct arena *arena,
    inia_error *error)
{
    struct compilation compilation = {.file = file, .arena = arena, .root = root, .error = error};
    const text nowhere = {NULL, 0};
    const struct json_value *all = json_member(root, TEXT("waiters"));
    if (json_i64(json_member(root, TEXT("version")), 0) != 2)
        return compile_fail(&compilation, TEXT("version"), nowhere, "only 2 is known");
    if (!json_is(all, JSON_OBJECT))
        return compile_fail(&compilation, TEXT("waiters"), nowhere, "not an object");
    for (uint32_t i = 0; i < all->count && !compilation.failed; i++) {
        struct model_waiter *waiter = compile_alloc(&compilation, 1, sizeof *waiter);
        if (!waiter)
            return false;
        waiter->name = arena_copy(arena, all->names[i]);
        if (!waiter->name.data || !map_put(&waiters->by_name, waiter->name, waiter))
            return compile_fail(&compilation, all->names[i], nowhere, "out of memory");
        compile_waiter(&compilation, &all->items[i], waiter);
    }
    return !compilation.failed;
}

static bool waiters_init(struct model_waiters *waiters, text service, struct arena *arena)
{
    map_init(&waiters->by_name, arena);
    waiters->service = arena_copy(arena, service);
    return waiters->service.data != NULL;
}

bool waiters_parse(
    struct model_waiters *waiters, text service, text file, text bytes, text extras,
    struct arena *arena, inia_error *error)
{
    struct workshop workshop;
    bool good = false;
    if (workshop_open(&workshop) && waiters_init(waiters, service, arena)) {
        const struct json_value *root = workshop_parse(&workshop, file, bytes, extras, error);
        good = root && compile_waiters(waiters, file, root, arena, error);
    } else {
        error_set(error, INIA_NO_MEMORY, "out of memory loading waiters");
    }
    workshop_close(&workshop);
    return good;
}

bool waiters_load(
    struct model_waiters *waiters, const char *folders, const struct model *model,
    struct arena *arena, inia_error *error)
{
    struct workshop workshop;
    bool good = false;
    if (workshop_open(&workshop) && waiters_init(waiters, model->service, arena)) {
        text path;
        struct json_value *root;
        good = workshop_read(
            &workshop, folders, model->service, model->api_version, "waiters-2", &path, &root,
            error);
        if (good && root)
            good = compile_waiters(waiters, path, root, arena, error);
    } else {
        error_set(error, INIA_NO_MEMORY, "out of memory loading waiters");
    }
    workshop_close(&workshop);
    return good;
}

const struct model_waiter *waiters_require(
    const struct model_waiters *waiters, text name, inia_error *error)
{
    const struct model_waiter *waiter = map_find(&waiters->by_name, name);
    if (waiter)
        return waiter;
    text nearest = map_nearest(&waiters->by_name, name);
    error_set(
        error, INIA_BAD_CONFIG, "unknown waiter '%.*s' of %.*s%s%.*s%s", TEXT_ARGS(name),
        TEXT_ARGS(waiters->service), nearest.data ? ": did you mean '" : "", TEXT_ARGS(nearest),
        nearest.data ? "'?" : "");
    return NULL;
}

/* ---- Looking ------------------------------------------------------------------------------ */

static bool finds_expected(
    const struct waiter_acceptor *acceptor, const struct json_value *output, struct arena *arena,
    struct jmespath_problem *problem)
{
    const struct json_value *found =
        jmespath_search(acceptor->argument.path, output, arena, problem);
    if (!found)
        return false;
    if (acceptor->matcher == WAITER_PATH)
        return json_equal(found, acceptor->expected);
    if (found->kind != JSON_LIST || !found->count)
        return false;
    bool all = acceptor->matcher == WAITER_PATH_ALL;
    uint32_t i = 0;
    while (i < found->count && json_equal(&found->items[i], acceptor->expected) == all)
        i++;
    return (i == found->count) == all;
}

static bool is_expected_error(const struct json_value *expected, text error_code)
{
    if (expected->kind == JSON_STRING)
        return error_code.data && text_equals(error_code, expected->string);
    return (error_code.data != NULL) == (expected->kind == JSON_TRUE);
}

static bool accepts(
    const struct waiter_acceptor *acceptor, const struct waiter_answer *answer, struct arena *arena,
    struct jmespath_problem *problem)
{
    if (acceptor->matcher == WAITER_STATUS)
        return json_i64(acceptor->expected, -1) == answer->http_status;
    if (acceptor->matcher == WAITER_ERROR)
        return is_expected_error(acceptor->expected, answer->error_code);
    return !answer->error_code.data && finds_expected(acceptor, answer->output, arena, problem);
}

const struct waiter_acceptor *waiter_accepts(
    const struct model_waiter *waiter, const struct waiter_answer *answer, struct arena *arena,
    struct jmespath_problem *problem)
{
    *problem = (struct jmespath_problem){0};
    for (uint32_t i = 0; i < waiter->acceptor_count; i++) {
        bool match = accepts(&waiter->acceptors[i], answer, arena, problem);
        if (problem->what)
            return NULL;
        if (match)
            return &waiter->acceptors[i];
    }
    return NULL;
}

void waiter_explain(const struct waiter_acceptor *acceptor, struct buffer *out)
{
    const struct json_value *expected = acceptor->expected;
    if (acceptor->matcher == WAITER_ERROR && expected->kind != JSON_STRING) {
        buffer_add(out, expected->kind == JSON_TRUE ? TEXT("an error") : TEXT("no error"));
        return;
    }
    static const char *const subjects[] = {
        [WAITER_PATH] = "",
        [WAITER_PATH_ALL] = "each of ",
        [WAITER_PATH_ANY] = "one of ",
        [WAITER_STATUS] = "the HTTP status",
        [WAITER_ERROR] = "the error",
    };
    buffer_add(out, text_of(subjects[acceptor->matcher]));
    buffer_add(out, acceptor->argument.written);
    buffer_add(out, TEXT(" is "));
    if (expected->kind == JSON_STRING)
        buffer_add(out, expected->string);
    else
        json_write(out, expected);
}
