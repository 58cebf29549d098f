/*
 * turner: what inia makes of a page or of a waiter's look, told to a test in another language. Each
 * line of stdin is a JSON object, each line of stdout the answer to it, in the same order.
 *
 *   {"service", "operation", "params", "output"}
 *       -> {"after": "none", "more" or "unknown", "params": of the next page, "repeated"}
 *   {"service", "waiter", "http_status", "error": a code or null, "output"}
 *       -> {"state": "success", "failure", "retry", "none" or "unknown", "why"}
 */
#include "models/models.h"

#include <stdio.h>
#include <stdlib.h>

struct turner {
    struct budget budget;
    struct slab blocks;
    struct arena arena;         /* of one line */
    struct arena service_arena; /* of one service */
    struct json_parser *parser;
    text service; /* whose these are */
    struct model_paginators paginators;
    struct model_waiters waiters;
};

static void learn(struct turner *turner, text service)
{
    inia_error error = {INIA_OK, ""};
    if (text_equals(service, turner->service))
        return;
    arena_clear(&turner->service_arena);
    turner->service = arena_copy(&turner->service_arena, service);
    struct model model = {.service = turner->service};
    bool learnt =
        paginators_load(&turner->paginators, NULL, &model, &turner->service_arena, &error) &&
        waiters_load(&turner->waiters, NULL, &model, &turner->service_arena, &error);
    if (!learnt)
        fprintf(stderr, "turner: %s\n", error.detail);
    check(learnt);
}

static void turn_page(struct turner *turner, const struct json_value *line, struct buffer *out)
{
    static const char *const names[] = {
        [PAGE_NONE] = "none", [PAGE_MORE] = "more", [PAGE_UNKNOWN] = "unknown"};
    const struct model_paginator *paginator =
        paginators_find(&turner->paginators, json_text(json_member(line, TEXT("operation"))));
    const struct json_value *params = json_member(line, TEXT("params")), **tokens;
    struct jmespath_problem problem;
    check(paginator && params);
    enum page_after after =
        page_after(paginator, json_member(line, TEXT("output")), &turner->arena, &tokens, &problem);
    buffer_add_format(out, "{\"after\":\"%s\"", names[after]);
    if (after == PAGE_MORE) {
        bool repeated = page_is_repeated(paginator, params, tokens);
        const struct json_value *next = page_params(paginator, params, tokens, &turner->arena);
        check(next != NULL);
        buffer_add_format(out, ",\"repeated\":%s,\"params\":", repeated ? "true" : "false");
        json_write(out, next);
    }
    buffer_add(out, TEXT("}\n"));
}

static void look(struct turner *turner, const struct json_value *line, struct buffer *out)
{
    static const char *const names[] = {
        [WAITER_SUCCESS] = "success", [WAITER_FAILURE] = "failure", [WAITER_RETRY] = "retry"};
    const struct model_waiter *waiter =
        waiters_require(&turner->waiters, json_text(json_member(line, TEXT("waiter"))), NULL);
    struct waiter_answer answer = {
        .http_status = (int)json_i64(json_member(line, TEXT("http_status")), 0),
        .error_code = json_text(json_member(line, TEXT("error"))),
        .output = json_member(line, TEXT("output"))};
    struct jmespath_problem problem;
    check(waiter != NULL);
    const struct waiter_acceptor *acceptor =
        waiter_accepts(waiter, &answer, &turner->arena, &problem);
    const char *state = acceptor ? names[acceptor->state] : problem.what ? "unknown" : "none";
    struct buffer why;
    buffer_init(&why, &turner->arena);
    if (acceptor)
        waiter_explain(acceptor, &why);
    buffer_add_format(out, "{\"state\":\"%s\",\"why\":", state);
    json_write_string(out, problem.what ? text_of(problem.what) : buffer_text(&why));
    buffer_add(out, TEXT("}\n"));
}

static void answer(struct turner *turner, text written)
{
    struct json_problem problem;
    struct buffer out;
    const struct json_value *line = json_parse(turner->parser, written, &turner->arena, &problem);
    check(line != NULL);
    buffer_init(&out, &turner->arena);
    learn(turner, json_text(json_member(line, TEXT("service"))));
    if (json_member(line, TEXT("waiter")))
        look(turner, line, &out);
    else
        turn_page(turner, line, &out);
    check(buffer_ok(&out));
    fwrite(out.data, 1, out.size, stdout);
    fflush(stdout);
    arena_clear(&turner->arena);
}

int main(void)
{
    struct turner turner = {.parser = json_parser_new()};
    char *line = NULL;
    size_t room = 0;
    budget_init(&turner.budget, 1 << 30);
    slab_init(&turner.blocks, &turner.budget, ARENA_BLOCK_SIZE, 64);
    arena_init(&turner.arena, &turner.blocks);
    arena_init(&turner.service_arena, &turner.blocks);
    check(turner.parser != NULL);
    for (ssize_t size; (size = getline(&line, &room, stdin)) > 0;)
        answer(&turner, text_from(line, (size_t)size));
    free(line);
    json_parser_free(turner.parser);
    arena_release(&turner.arena);
    arena_release(&turner.service_arena);
    slab_release(&turner.blocks);
    return 0;
}
