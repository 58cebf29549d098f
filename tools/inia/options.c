#include "options.h"

#include "command.h"
#include "file.h"
#include "usage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static bool read_json(struct options *options, const char *from)
{
    free(options->json);
    if (strcmp(from, "-") != 0 && strncmp(from, "file://", 7) != 0) {
        options->json = strdup(from);
        return options->json != NULL;
    }
    const char *path = *from == '-' ? from : from + 7;
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
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strcmp(name, fields[i].name) == 0) {
            *fields[i].place = value;
            return true;
        }
    }
    if (strcmp(name, "--json") == 0 || strcmp(name, "--cli-input-json") == 0)
        return read_json(options, value);
    if (strcmp(name, "--deadline") == 0)
        return read_duration(name, value, &options->deadline_ms);
    if (strcmp(name, "--expires") == 0) {
        uint32_t ms;
        bool good = read_duration(name, value, &ms);
        options->expires_s = good ? ms / 1000 : 0;
        return good;
    }
    if (strcmp(name, "--max-attempts") == 0) {
        options->client.max_attempts = (uint32_t)strtoul(value, NULL, 10);
        return true;
    }
    fprintf(stderr, "inia: there is no option '%s'\n", name);
    return false;
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
    options->params[options->param_count++] = (inia_param){argument, equals + 1};
    return true;
}

/* Where --json means "as JSON" (sign) it takes a value only if what follows looks like one. */
static bool is_flag_json(const char *command, const char *name, const char *next)
{
    bool value_follows = next && (*next == '{' || *next == '-' || strncmp(next, "file:", 5) == 0);
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

int options_read(struct options *options, int argc, char **argv, const char *command)
{
    *options = (struct options){0};
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return usage_show(command);
    }
    if (argc < 2 || argv[0][0] == '-' || argv[1][0] == '-')
        return usage_wrong(command);
    options->client.service = argv[0];
    options->operation = argv[1];
    for (int at = 2; at < argc; at++) {
        if (!read_one(options, argc, argv, &at, command)) {
            options_release(options);
            return EXIT_USAGE;
        }
    }
    return -1;
}

void options_release(struct options *options)
{
    free(options->json);
    options->json = NULL;
}
