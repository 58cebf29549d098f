/*
 * stage: where a case about credentials is played: a home of its own, an environment, and a chain
 * that is run to its end.
 */
#ifndef TESTS_VECTORS_STAGE_H
#define TESTS_VECTORS_STAGE_H

#include "identity/chain.h"
#include "identity/plan.h"

#include "vectors.h"

#include <unistd.h>

struct stage {
    struct bench bench;
    struct protocol_readers readers;
    struct random_source random;
    char root[64]; /* a copy of the fixture's file system */
    char *environment[32];
    size_t variables;
};

static inline void run_command(const char *format, const char *one, const char *two)
{
    char command[16384];
    snprintf(command, sizeof command, format, one, two);
    CHECK_EQ(system(command), 0);
}

static inline void stage_init(struct stage *stage)
{
    *stage = (struct stage){.root = "/tmp/inia-chain-XXXXXX"};
    bench_init(&stage->bench);
    CHECK(protocol_readers_init(&stage->readers));
    random_init(&stage->random, 1);
    CHECK(mkdtemp(stage->root) != NULL);
}

static inline void stage_release(struct stage *stage)
{
    run_command("rm -rf '%s'%s", stage->root, "");
    protocol_readers_release(&stage->readers);
    bench_release(&stage->bench);
}

static inline void add_variable(struct stage *stage, text name, text value)
{
    struct buffer entry;
    buffer_init(&entry, &stage->bench.arena);
    buffer_add(&entry, name);
    buffer_add_char(&entry, '=');
    buffer_add(&entry, value);
    CHECK(stage->variables < COUNT_OF(stage->environment) - 1);
    stage->environment[stage->variables++] = (char *)(uintptr_t)buffer_string(&entry);
}

/* What the fixture calls /token.jwt or config is a file below our root. */
static inline text relocate(struct stage *stage, text value)
{
    char path[4096];
    bool absolute = value.size && *value.data == '/';
    snprintf(path, sizeof path, "%s%s%.*s", stage->root, absolute ? "" : "/", TEXT_ARGS(value));
    bool there = value.size && value.size < 1000 && access(path, F_OK) == 0;
    return there ? arena_copy(&stage->bench.arena, text_of(path)) : value;
}

static inline void add_environment(struct stage *stage, const struct json_value *environment)
{
    for (uint32_t i = 0; environment && i < environment->count; i++)
        add_variable(
            stage, environment->names[i], relocate(stage, json_text(&environment->items[i])));
}

static inline struct settings *settings_of(struct stage *stage, text profile)
{
    inia_error error = {0};
    struct settings *settings = settings_new(
        &stage->bench.memory,
        &(struct settings_config){.environment = stage->environment, .profile = profile}, &error);
    if (!settings)
        printf("settings: %s\n", error.detail);
    return settings;
}

static inline void write_file(const char *path, text contents)
{
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    if (contents.size)
        CHECK_EQ(fwrite(contents.data, 1, contents.size, file), contents.size);
    CHECK_EQ(fclose(file), 0);
}

static inline void write_profiles(
    struct buffer *out, const struct json_value *sections, const char *kind)
{
    for (uint32_t i = 0; sections && i < sections->count; i++) {
        buffer_add_format(out, "[%s %.*s]\n", kind, TEXT_ARGS(sections->names[i]));
        const struct json_value *section = &sections->items[i];
        for (uint32_t j = 0; j < section->count; j++)
            buffer_add_format(
                out, "%.*s = %.*s\n", TEXT_ARGS(section->names[j]),
                TEXT_ARGS(json_text(&section->items[j])));
    }
}

static inline struct settings *settings_with(
    struct stage *stage, const struct json_value *input, text profile)
{
    char path[128];
    snprintf(path, sizeof path, "%s/config", stage->root);
    struct buffer file;
    buffer_init(&file, &stage->bench.arena);
    write_profiles(&file, json_member(input, TEXT("profiles")), "profile");
    write_profiles(&file, json_member(input, TEXT("sso_sessions")), "sso-session");
    write_file(path, buffer_text(&file));
    add_variable(stage, TEXT("AWS_CONFIG_FILE"), text_of(path));
    add_variable(stage, TEXT("HOME"), text_of(stage->root));
    add_variable(stage, TEXT("AWS_PROFILE"), profile);
    return settings_of(stage, (text){NULL, 0});
}

/* The files of a fixture are files. */
static inline bool read_file(struct fetch *fetch)
{
    if (!fetch->file)
        return false;
    fetch->answer = token_file_read(fetch->file, fetch->arena);
    fetch->problem = fetch->answer.data ? NULL : "no such file";
    fetch_answered(fetch);
    return true;
}

static inline void cancel_nothing(struct identity_wire *wire, struct fetch *fetch)
{
    (void)wire, (void)fetch;
}

static struct identity_values came; /* copied into the stage's arena */
static bool has_come, has_failed;
static char problem[256];
static struct stage *the_stage;

static inline void take(struct chain *chain, const struct identity_values *values, const char *why)
{
    (void)chain;
    has_come = values != NULL;
    has_failed = !values;
    snprintf(problem, sizeof problem, "%s", why ? why : "");
    if (!values)
        return;
    struct arena *arena = &the_stage->bench.arena;
    came = *values;
    came.access_key_id = arena_copy(arena, values->access_key_id);
    came.secret_access_key = arena_copy(arena, values->secret_access_key);
    came.session_token = arena_copy(arena, values->session_token);
    came.account_id = arena_copy(arena, values->account_id);
    came.token = arena_copy(arena, values->token);
}

static inline void tell(struct chain *chain)
{
    (void)chain;
}

/* What came of it is in came, has_come, has_failed and problem. */
static inline void run_plan(
    struct stage *stage, const struct plan *plan, struct identity_wire *wire, int64_t now_s)
{
    inia_error error = {0};
    struct ring *ring = ring_new(
        &(struct ring_config){.memory = &stage->bench.memory, .sockets = 16, .receive_buffers = 16},
        &error);
    if (!ring)
        FAIL("%s", error.detail);
    struct log log = {0};
    struct chain chain;
    chain_init(
        &chain,
        &(struct chain_config){
            .wire = wire,
            .ring = ring,
            .memory = &stage->bench.memory,
            .arena_blocks = &stage->bench.blocks,
            .readers = &stage->readers,
            .log = &log,
            .take = take,
            .tell = tell},
        plan);
    the_stage = stage;
    has_come = has_failed = false;
    chain_run(&chain, now_s);
    for (int turns = 0; !has_come && !has_failed && turns < 100; turns++)
        ring_turn(ring, 100000000);
    chain_release(&chain);
    ring_free(ring);
}

#endif
