/* What the log tells of a call's life at its debug level, and what it never tells. */
#include "journey_fixture.h"

#include <stdio.h>

static char lines[16384];

static void write_line(void *arg, int level, const char *line)
{
    (void)arg, (void)level;
    size_t used = strlen(lines);
    snprintf(lines + used, sizeof lines - used, "%s\n", line);
}

static const inia_engine_config all_lines = {.log = write_line, .log_level = 7};
static const inia_engine_config warnings = {.log = write_line};

static void fail_once(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    (void)request;
    size_t *asked = ((struct journey *)arg)->own;
    answer->status = (*asked)++ ? 200 : 503;
}

static void play(const inia_engine_config *engine)
{
    static const inia_param params[] = {{"Bucket", "b"}, {"Key", "a-private-key"}, {0}};
    struct journey j;
    size_t asked = 0;
    lines[0] = '\0';
    journey_begin_with(&j, 1, &(inia_client_config){.service = "s3"}, engine, fail_once);
    j.own = &asked;
    CHECK(journey_submit(&j, "GetObject", params, NULL) != NULL);
    journey_run(&j);
    CHECK_EQ(j.statuses[INIA_OK], 1);
    journey_end(&j);
}

/* Where the next line with this in it ends; fails the test if there is none. */
static const char *after(const char *from, const char *part)
{
    const char *found = strstr(from, part);
    if (!found)
        FAIL("no '%s' in:\n%s", part, from);
    return strchr(found, '\n');
}

TEST(a_calls_life_is_told_in_order)
{
    play(&all_lines);
    const char *at = after(lines, "call 1 GetObject: 0.000 ms: queued: to http://10.0.0.1");
    at = after(at, "looking for credentials");
    at = after(at, "signing: SigV4, credentials: given");
    at = after(at, "going out: attempt 1");
    at = after(at, "10.0.0.1:80: connected");
    at = after(at, "attempt 1: INIA_SERVICE_ERROR, HTTP 503, new connection at ");
    at = after(at, "attempt 1 failed (503), again in ");
    at = after(at, "backing off");
    at = after(at, "going out: attempt 2");
    at = after(at, "a connection kept for ");
    at = after(at, "attempt 2: INIA_OK, HTTP 200, kept connection at ");
    (void)after(at, "finished: INIA_OK");
}

TEST(no_secret_and_no_parameter_is_in_the_log)
{
    play(&all_lines);
    CHECK(strstr(lines, "secret") == NULL);
    CHECK(strstr(lines, "AKID") == NULL);
    CHECK(strstr(lines, "Signature") == NULL);
    CHECK(strstr(lines, "a-private-key") == NULL);
}

TEST(at_the_usual_level_nothing_is_told_of_what_went_well)
{
    play(&warnings);
    CHECK_TEXT(lines, "");
}
