#include "options.h"

#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "inia endpoint: S3 and SQS in memory on this machine, for development, benches and tests.\n"
    "\n"
    "  --port N              plain HTTP; 0: any that is free; 9090\n"
    "  --tls-port N          HTTPS too, with a certificate of its own CA; 0: any\n"
    "  --address A           where to listen; 127.0.0.1\n"
    "  --max-memory SIZE     for objects, messages and all else; 1g\n"
    "  --max-connections N   8192\n"
    "  --idle DURATION       close a connection that is unused for so long; 75s\n"
    "  --no-verify           do not check signatures\n"
    "  --echo                take requests of any service: each is answered by what was put to\n"
    "                        /_inia/echo before, else by its own description in JSON\n"
    "  --etag md5|fast       fast: a checksum that costs less than MD5 but is not MD5\n"
    "  --fault NAME=VALUE    what goes wrong on purpose, several times if need be:\n"
    "                        delay=100ms or 50ms-2s, slow=64k (bytes a second), and in percent\n"
    "                        reset, status503, truncate, corrupt, silent, garbage, endless=1%\n"
    "  --state DIR           for the CA; $XDG_STATE_HOME/inia or ~/.local/state/inia\n"
    "  --log                 a line for each request on stderr\n"
    "\n"
    "Key and secret are those of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, else test and test;\n"
    "the region is AWS_REGION, AWS_DEFAULT_REGION or us-east-1 (others are accepted as well).\n"
    "At run time, from this machine: GET /_inia/stats, GET and PUT /_inia/faults (JSON such as\n"
    "{\"delay\":\"100ms\"}; {}: none), POST /_inia/stop; PUT /_inia/echo (JSON such as\n"
    "{\"status\":200,\"headers\":{\"x-a\":\"b\"},\"body\":\"...\"}, or body_base64), GET "
    "/_inia/echo (the\n"
    "last request of --echo), DELETE /_inia/echo (descriptions again).\n";

static bool wrong(const char *option, const char *value, const char *why)
{
    fprintf(stderr, "inia endpoint: %s %s: %s\n", option, value ? value : "", why);
    return false;
}

static bool parse_port(const char *option, const char *value, uint16_t *port)
{
    uint64_t number;
    if (!text_to_u64(text_of(value), &number) || number > UINT16_MAX)
        return wrong(option, value, "not a port: 0 to 65535");
    *port = (uint16_t)number;
    return true;
}

static bool parse_etag(struct options *options, const char *option, const char *value)
{
    options->fast_etags = strcmp(value, "fast") == 0;
    return options->fast_etags || strcmp(value, "md5") == 0 ||
           wrong(option, value, "neither md5 nor fast");
}

static bool parse_fault(struct options *options, const char *option, const char *value)
{
    text amount, name = text_split(text_of(value), '=', &amount);
    const char *problem = faults_set(&options->faults, name, amount);
    return !problem || wrong(option, value, problem);
}

static bool parse_number(struct options *options, const char *option, const char *value)
{
    uint64_t number;
    if (strcmp(option, "--max-memory") == 0) {
        if (!size_parse(text_of(value), &number) || number < 16 << 20)
            return wrong(option, value, "not a size of 16m or more");
        options->memory_most = number;
    } else if (strcmp(option, "--max-connections") == 0) {
        if (!text_to_u64(text_of(value), &number) || number < 1 || number > 1000000)
            return wrong(option, value, "not a number from 1 to 1000000");
        options->connections_most = (uint32_t)number;
    } else {
        if (!duration_parse(text_of(value), &number) || number < 1000000)
            return wrong(option, value, "not a duration such as 75s");
        options->idle_ms = (uint32_t)(number / 1000000);
    }
    return true;
}

/* An option that has a value. */
static bool parse_one(struct options *options, const char *option, const char *value)
{
    if (!value)
        return wrong(option, "", "a value is missing");
    if (strcmp(option, "--port") == 0)
        return parse_port(option, value, &options->port);
    if (strcmp(option, "--tls-port") == 0) {
        options->with_tls = true;
        return parse_port(option, value, &options->tls_port);
    }
    if (strcmp(option, "--etag") == 0)
        return parse_etag(options, option, value);
    if (strcmp(option, "--fault") == 0)
        return parse_fault(options, option, value);
    if (strcmp(option, "--max-memory") == 0 || strcmp(option, "--max-connections") == 0 ||
        strcmp(option, "--idle") == 0)
        return parse_number(options, option, value);
    if (strcmp(option, "--address") == 0)
        options->address = value;
    else if (strcmp(option, "--state") == 0)
        options->state = value;
    else
        return wrong(option, "", "no such option; try --help");
    return true;
}

static bool parse_flag(struct options *options, const char *option)
{
    if (strcmp(option, "--no-verify") == 0)
        options->no_verify = true;
    else if (strcmp(option, "--echo") == 0)
        options->echo = true;
    else if (strcmp(option, "--log") == 0)
        options->log_requests = true;
    else
        return false;
    return true;
}

static text from_environment(const char *name, const char *fallback)
{
    const char *value = getenv(name);
    return text_of(value && *value ? value : fallback);
}

bool options_parse(struct options *options, int argc, char **argv, bool *help)
{
    const char *region = getenv("AWS_DEFAULT_REGION");
    *options = (struct options){
        .address = "127.0.0.1",
        .port = 9090,
        .memory_most = UINT64_C(1) << 30,
        .connections_most = 8192,
        .idle_ms = 75000,
        .region = from_environment("AWS_REGION", region && *region ? region : "us-east-1"),
        .access_key = from_environment("AWS_ACCESS_KEY_ID", "test"),
        .secret_key = from_environment("AWS_SECRET_ACCESS_KEY", "test"),
    };
    *help = false;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(usage, stdout);
            *help = true;
            return true;
        }
        if (parse_flag(options, argv[i]))
            continue;
        if (!parse_one(options, argv[i], i + 1 < argc ? argv[i + 1] : NULL))
            return false;
        i++;
    }
    return true;
}
