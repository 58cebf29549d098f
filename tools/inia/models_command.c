#include "command.h"
#include "describe.h"
#include "plain_text.h"
#include "usage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What stands behind the name of one of these commands. */
struct words {
    const char *flag;   /* the one option it knows; NULL: none */
    size_t least, most; /* words that are no options */
    const char *words[2];
    size_t count;
    bool flagged;
};

/* -1, or the exit code to end with at once. */
static int words_read(struct words *words, int argc, char **argv, const char *command)
{
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return usage_show(command);
        if (words->flag && strcmp(argv[i], words->flag) == 0) {
            words->flagged = true;
        } else if (argv[i][0] == '-') {
            fprintf(stderr, "inia: %s has no option '%s'\n", command, argv[i]);
            return EXIT_USAGE;
        } else if (words->count == words->most) {
            fprintf(stderr, "inia: %s does not know what to do with '%s'\n", command, argv[i]);
            return EXIT_USAGE;
        } else {
            words->words[words->count++] = argv[i];
        }
    }
    return words->count >= words->least ? -1 : usage_wrong(command);
}

/* ---- services ------------------------------------------------------------------------------ */

static int list_details(const text *services, size_t count)
{
    int exit_code = EXIT_GOOD;
    for (size_t i = 0; i < count; i++) {
        inia_error error = {0};
        struct model *model = model_load(NULL, services[i], (text){NULL, 0}, &error);
        if (!model) {
            exit_code = workspace_complain(&error);
            continue;
        }
        printf(
            "%.*s\t%.*s\t%s\t%" PRIu32 "\t%.*s\n", TEXT_ARGS(services[i]),
            TEXT_ARGS(model->api_version), model_protocol_name(model->protocol),
            model->operation_count, TEXT_ARGS(model->full_name));
        model_free(model);
    }
    return exit_code;
}

static int list_services(struct workspace *workspace, bool details)
{
    text *services;
    size_t count;
    if (!models_list_services(NULL, &workspace->arena, &services, &count))
        return workspace_out_of_memory();
    if (!count) {
        fprintf(
            stderr,
            "inia: no model files found: install botocore, or name their folder in INIA_MODELS\n");
        return EXIT_FAILED;
    }
    if (details)
        return list_details(services, count);
    for (size_t i = 0; i < count; i++)
        printf("%.*s\n", TEXT_ARGS(services[i]));
    return EXIT_GOOD;
}

int command_services(int argc, char **argv)
{
    struct words words = {.flag = "--long"};
    struct workspace workspace;
    int exit_code = words_read(&words, argc, argv, "services");
    if (exit_code >= 0)
        return exit_code;
    if (!workspace_init(&workspace))
        return EXIT_FAILED;
    exit_code = list_services(&workspace, words.flagged);
    workspace_release(&workspace);
    return exit_code;
}

/* ---- operations ---------------------------------------------------------------------------- */

int command_operations(int argc, char **argv)
{
    struct words words = {.least = 1, .most = 1};
    inia_error error = {0};
    int exit_code = words_read(&words, argc, argv, "operations");
    if (exit_code >= 0)
        return exit_code;
    struct model *model = model_load(NULL, text_of(words.words[0]), (text){NULL, 0}, &error);
    if (!model)
        return workspace_complain(&error);
    for (uint32_t i = 0; i < model->operation_count; i++)
        printf("%.*s\n", TEXT_ARGS(model->operations[i].name));
    model_free(model);
    return EXIT_GOOD;
}

/* ---- waiters ------------------------------------------------------------------------------- */

int command_waiters(int argc, char **argv)
{
    struct words words = {.least = 1, .most = 1};
    struct reference reference;
    int exit_code = words_read(&words, argc, argv, "waiters");
    if (exit_code >= 0)
        return exit_code;
    bool good = reference_open(&reference, words.words[0]);
    const struct json_value *waiters = good ? reference.waiters : NULL;
    for (uint32_t i = 0; waiters && i < waiters->count; i++)
        printf("%.*s\n", TEXT_ARGS(waiters->names[i]));
    reference_release(&reference);
    return good ? EXIT_GOOD : EXIT_FAILED;
}

/* ---- describe ------------------------------------------------------------------------------ */

static int describe(struct reference *reference, const struct words *words)
{
    inia_error error = {0};
    struct buffer out;
    buffer_init(&out, &reference->workspace.arena);
    struct description description = {
        .reference = reference,
        .out = &out,
        .width = plain_text_width(),
        .brief = words->flagged,
    };
    if (words->count == 1) {
        describe_service(&description);
        return workspace_print(&out);
    }
    const struct model_operation *operation =
        model_require_operation(reference->model, text_of(words->words[1]), &error);
    if (!operation)
        return workspace_complain(&error);
    describe_operation(&description, operation);
    return workspace_print(&out);
}

int command_describe(int argc, char **argv)
{
    struct words words = {.flag = "--brief", .least = 1, .most = 2};
    struct reference reference;
    int exit_code = words_read(&words, argc, argv, "describe");
    if (exit_code >= 0)
        return exit_code;
    exit_code = EXIT_FAILED;
    if (reference_open(&reference, words.words[0]))
        exit_code = describe(&reference, &words);
    reference_release(&reference);
    return exit_code;
}
