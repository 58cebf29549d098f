/* How a client gets to its servers, as its config and profile say. */
#include "test.h"

#include "calls/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inia_engine *engine;
static char profile[64];

static void write_profile(const char *lines)
{
    snprintf(profile, sizeof profile, "/tmp/inia-ways-XXXXXX");
    int fd = mkstemp(profile);
    CHECK(fd >= 0);
    CHECK(dprintf(fd, "[default]\n%s\n", lines) > 0);
    close(fd);
    setenv("AWS_CONFIG_FILE", profile, 1);
}

static inia_client *client_with(inia_client_config config, inia_error *error)
{
    static const inia_credentials credentials = {"AKID", "secret", NULL, 0};
    config.service = "s3";
    config.region = "us-east-1";
    config.credentials = &credentials;
    config.no_verification = true;
    if (!engine)
        engine = inia_engine_new(NULL, error);
    if (!engine && error->status == INIA_UNSUPPORTED)
        SKIP("%s", error->detail);
    return inia_client_new(engine, &config, error);
}

/* What is said after the key, of the line that a client is refused with; "": it is not. */
static const char *problem_of(inia_client_config config)
{
    static inia_error error;
    error = (inia_error){INIA_OK, ""};
    inia_client *client = client_with(config, &error);
    inia_client_free(client);
    const char *at = client ? NULL : strstr(error.detail, "is '");
    return client ? "" : at ? at : error.detail;
}

static struct http_way way_of(inia_client_config config)
{
    inia_error error = {INIA_OK, ""};
    inia_client *client = client_with(config, &error);
    if (!client)
        FAIL("%s", error.detail);
    struct http_way way = client_way(client, true, TEXT("s3.example"), 443);
    inia_client_free(client);
    return way;
}

TEST(signs_of_life_are_asked_for_unless_config_or_profile_say_no)
{
    write_profile("tcp_keepalive = false");
    CHECK(!way_of((inia_client_config){0}).keep_alive);
    CHECK(way_of((inia_client_config){.tcp_keepalive = INIA_YES}).keep_alive);
    unlink(profile);
    write_profile("tcp_keepalive = true");
    CHECK(way_of((inia_client_config){0}).keep_alive);
    CHECK(!way_of((inia_client_config){.tcp_keepalive = INIA_NO}).keep_alive);
    unlink(profile);
    write_profile("");
    CHECK(way_of((inia_client_config){0}).keep_alive);
    unlink(profile);
}

TEST(a_profile_that_says_neither_yes_nor_no_is_refused)
{
    write_profile("tcp_keepalive = perhaps");
    CHECK_TEXT(problem_of((inia_client_config){0}), "is 'perhaps': true or false is wanted");
    CHECK_TEXT(problem_of((inia_client_config){.tcp_keepalive = INIA_NO}), "");
    unlink(profile);
    unsetenv("AWS_CONFIG_FILE");
}

TEST(a_connection_may_be_silent_no_longer_than_an_attempt)
{
    CHECK_EQ(way_of((inia_client_config){0}).silence_ms, 60000);
    CHECK_EQ(way_of((inia_client_config){.attempt_ms = 1234}).silence_ms, 1234);
    inia_engine_free(engine);
    engine = NULL;
}
