#include "options.h"

#include "command.h"
#include "file.h"
#include "settings/settings.h"
#include "usage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETTINGS_MEMORY = 16 << 20 }; /* bytes: a limit, of which little is used */

bool options_duration_ms(const char *written, uint32_t *ms)
{
    static const struct unit {
        const char *name;
        double ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"", 1000}, {"m", 60000}, {"h", 3600000}};
    char *end;
    double number = strtod(written, &end);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        double value = number * units[i].ms;
        if (end != written && strcmp(end, units[i].name) == 0 && value >= 1 && value <= 4e9) {
            *ms = (uint32_t)value;
            return true;
        }
    }
    return false;
}

/* JSON, the name of a file with some, or "-". */
static bool read_json(struct options *options, const char *from)
{
    free(options->json);
    if (from[strspn(from, " \t\r\n")] == '{') {
        options->json = strdup(from);
        return options->json != NULL;
    }
    const char *path = strncmp(from, "file://", 7) == 0 ? from + 7 : from;
    options->json = file_read_text(path);
    if (!options->json)
        fprintf(stderr, "inia: --json: cannot read %s: %s\n", path, strerror(errno));
    return options->json != NULL;
}

static bool read_duration(const char *name, const char *value, uint32_t *ms)
{
    if (options_duration_ms(value, ms))
        return true;
    fprintf(stderr, "inia: %s: '%s' is no duration such as 5s, 250ms or 2m\n", name, value);
    return false;
}

static bool read_count(const char *name, const char *value, uint64_t most, uint64_t *count)
{
    if (text_to_u64(text_of(value), count) && *count > 0 && *count <= most)
        return true;
    fprintf(stderr, "inia: %s: '%s' is no number from 1 on\n", name, value);
    return false;
}

static bool read_small_count(const char *name, const char *value, uint32_t *count)
{
    uint64_t read = 0;
    bool good = read_count(name, value, UINT32_MAX, &read);
    *count = (uint32_t)read;
    return good;
}

static bool read_style(struct options *options, const char *name, const char *value)
{
    options->has_style = output_style_of(value, &options->output.style);
    if (options->has_style)
        return true;
    fprintf(stderr, "inia: %s: '%s' is none of json, text and table\n", name, value);
    return false;
}

static bool read_compatibility(struct options *options, const char *name, const char *value)
{
    static const char *const words[] = {
        [INIA_COMPATIBLE_AUTO] = "auto",
        [INIA_COMPATIBLE_AWS] = "aws",
        [INIA_COMPATIBLE_S3_LIKE] = "s3-like",
    };
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (strcmp(value, words[i]) == 0) {
            options->client.compatibility = (inia_compatibility)i;
            return true;
        }
    }
    fprintf(stderr, "inia: %s: '%s' is none of auto, aws and s3-like\n", name, value);
    return false;
}

static bool read_expiry(struct options *options, const char *name, const char *value)
{
    uint32_t ms;
    bool good = read_duration(name, value, &ms);
    options->expires_s = good ? ms / 1000 : 0;
    return good;
}

/* Those whose value means more than text. 1: read; 0: bad, having said so; -1: none of them. */
static int read_measured(struct options *options, const char *name, const char *value)
{
    if (strcmp(name, "--json") == 0 || strcmp(name, "--cli-input-json") == 0)
        return read_json(options, value);
    if (strcmp(name, "--output") == 0)
        return read_style(options, name, value);
    if (strcmp(name, "--compatibility") == 0)
        return read_compatibility(options, name, value);
    if (strcmp(name, "--deadline") == 0)
        return read_duration(name, value, &options->deadline_ms);
    if (strcmp(name, "--interval") == 0)
        return read_duration(name, value, &options->interval_ms);
    if (strcmp(name, "--expires") == 0)
        return read_expiry(options, name, value);
    if (strcmp(name, "--max-attempts") == 0)
        return read_small_count(name, value, &options->client.max_attempts);
    if (strcmp(name, "--max-polls") == 0)
        return read_small_count(name, value, &options->max_polls);
    if (strcmp(name, "--max-items") == 0)
        return read_count(name, value, INT64_MAX, &options->pages.max_items);
    if (strcmp(name, "--page-size") == 0)
        return read_count(name, value, INT64_MAX, &options->pages.page_size);
    return -1;
}

/* An option that takes a value. Returns false when it is unknown or bad, having said so. */
static bool read_valued(struct options *options, const char *name, const char *value)
{
    const struct field {
        const char *name, **place;
    } fields[] = {
        {"--endpoint-url", &options->client.endpoint_url},
        {"--region", &options->client.region},
        {"--profile", &options->client.profile},
        {"--body", &options->body_file},
        {"--into", &options->into_file},
        {"--ca-bundle", &options->client.ca_bundle},
        {"--protocol", &options->client.protocol},
        {"--query", &options->query},
        {"--defaults-mode", &options->client.defaults_mode},
        {"--starting-token", &options->pages.starting_token},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strcmp(name, fields[i].name) == 0) {
            *fields[i].place = value;
            return true;
        }
    }
    int measured = read_measured(options, name, value);
    if (measured < 0)
        fprintf(stderr, "inia: there is no option '%s'\n", name);
    return measured > 0;
}

static bool read_flag(struct options *options, const char *name)
{
    const struct flag {
        const char *name;
        bool *place;
    } flags[] = {
        {"--no-sign-request", &options->client.anonymous},
        {"--path-style", &options->client.path_style},
        {"--no-verify-ssl", &options->client.no_verification},
        {"--dual-stack", &options->client.dual_stack},
        {"--fips", &options->client.fips},
        {"--debug", &options->debug},
        {"--json", &options->as_json},
        {"--curl", &options->as_curl},
        {"--all-pages", &options->pages.wanted},
    };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(name, flags[i].name) == 0) {
            *flags[i].place = true;
            return true;
        }
    }
    return false;
}

static bool read_payload(struct options *options, const char *name)
{
    if (strcmp(name, "--unsigned-payload") == 0)
        options->client.payload = INIA_PAYLOAD_UNSIGNED;
    else if (strcmp(name, "--signed-payload") == 0)
        options->client.payload = INIA_PAYLOAD_SIGNED;
    else
        return false;
    return true;
}

/* What stands behind the =: itself, "@FILE", "@-", or "@@" for one that starts with @. NULL: bad,
 * having said so. */
static const char *read_value(struct options *options, const char *name, const char *written)
{
    if (written[0] != '@' || written[1] == '@')
        return written + (written[0] == '@');
    char *content = file_read_text(written + 1);
    if (!content) {
        fprintf(stderr, "inia: %s: cannot read %s: %s\n", name, written + 1, strerror(errno));
        return NULL;
    }
    options->contents[options->content_count++] = content;
    return content;
}

/* NAME=VALUE; the = is replaced by the end of the name. */
static bool read_param(struct options *options, char *argument)
{
    char *equals = strchr(argument, '=');
    if (!equals || equals == argument) {
        fprintf(stderr, "inia: '%s' is neither an option nor NAME=VALUE\n", argument);
        return false;
    }
    if (options->param_count == OPTIONS_MAX_PARAMS) {
        fprintf(stderr, "inia: more than %d parameters: use --json\n", OPTIONS_MAX_PARAMS);
        return false;
    }
    *equals = '\0';
    const char *value = read_value(options, argument, equals + 1);
    if (value)
        options->params[options->param_count++] = (inia_param){argument, value};
    return value != NULL;
}

/* Where --json means "as JSON" (sign) it takes a value only if what follows looks like one. */
static bool is_flag_json(const char *command, const char *name, const char *next)
{
    bool value_follows = next && (strchr("{[-", *next) || strncmp(next, "file:", 5) == 0);
    return strcmp(name, "--json") == 0 && strcmp(command, "call") != 0 &&
           (!value_follows || strncmp(next, "--", 2) == 0);
}

static bool read_one(struct options *options, int argc, char **argv, int *at, const char *command)
{
    char *argument = argv[*at], *next = *at + 1 < argc ? argv[*at + 1] : NULL;
    if (strncmp(argument, "--", 2) != 0)
        return read_param(options, argument);
    bool takes_value = strcmp(argument, "--json") == 0 && !is_flag_json(command, argument, next);
    if (!takes_value && (read_flag(options, argument) || read_payload(options, argument)))
        return true;
    char *equals = strchr(argument, '=');
    if (equals) {
        *equals = '\0';
        return read_valued(options, argument, equals + 1);
    }
    if (!next) {
        fprintf(stderr, "inia: option '%s' is unknown, or wants a value\n", argument);
        return false;
    }
    ++*at;
    return read_valued(options, argument, next);
}

/* The AWS CLI's setting; what it names besides these styles is for the AWS CLI alone. Files that
 * cannot be read are the client's to complain of. */
static void take_settings(struct options *options)
{
    char style[16];
    struct budget memory;
    struct buffer out;
    budget_init(&memory, SETTINGS_MEMORY);
    struct settings *settings = settings_new(
        &memory, &(struct settings_config){.profile = text_of(options->client.profile)}, NULL);
    if (!settings)
        return;
    buffer_init_fixed(&out, style, sizeof style);
    buffer_add(&out, settings_find(settings, &setting_output).value);
    const char *name = buffer_string(&out);
    if (name)
        output_style_of(name, &options->output.style);
    settings_free(settings);
}

int options_read(struct options *options, int argc, char **argv, const char *command)
{
    *options = (struct options){0};
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return usage_show(command);
    }
    if (argc < 2 || argv[0][0] == '-' || argv[1][0] == '-')
        return usage_wrong(command);
    options->output.width = output_terminal_width();
    options->client.service = argv[0];
    options->operation = argv[1];
    for (int at = 2; at < argc; at++) {
        if (!read_one(options, argc, argv, &at, command)) {
            options_release(options);
            return EXIT_USAGE;
        }
    }
    if (!options->has_style)
        take_settings(options);
    const struct options_pages *pages = &options->pages;
    options->pages.wanted |= pages->max_items || pages->page_size || pages->starting_token;
    return -1;
}

void options_release(struct options *options)
{
    free(options->json);
    options->json = NULL;
    while (options->content_count > 0)
        free(options->contents[--options->content_count]);
}
