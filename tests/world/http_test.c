#include "world_fixture.h"

#include <stdio.h>

enum { SEEDS = 30, MS = 1000000 };

static struct world_http_answer scripted;
static char last_method[20], last_target[100], last_body[20000], last_type[50];
static size_t last_body_size;
static bool body_was_given;

static void answer(
    const struct world_http_request *request, struct world_http_answer *reply, void *arg)
{
    (void)arg;
    snprintf(last_method, sizeof last_method, "%s", request->method);
    snprintf(last_target, sizeof last_target, "%s", request->target);
    world_http_header(request, "Content-Type", last_type, sizeof last_type);
    body_was_given = request->body;
    last_body_size = request->body_size;
    CHECK(request->body_size < sizeof last_body);
    if (request->body)
        memcpy(last_body, request->body, request->body_size + 1);
    *reply = scripted;
}

static struct world_http http;

static struct client *begin_http(uint64_t seed, const struct world_http_answer *reply)
{
    begin(seed);
    scripted = *reply;
    http = (struct world_http){.answer = answer};
    world_http_listen(&http, "10.0.0.1", 80);
    struct client *client = client_connected_to("10.0.0.1", 80);
    ring_receive(&client->socket);
    return client;
}

static void end_http(struct client *client)
{
    client_free(client);
    finish();
}

static bool heard_ends_with(const struct client *client, const char *end)
{
    size_t size = strlen(end);
    return client->heard_size >= size &&
           memcmp(client->heard + client->heard_size - size, end, size) == 0;
}

TEST(requests_are_read_and_answered_one_after_the_other)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct client *client = begin_http(
            seed, &(struct world_http_answer){
                      .status = 404,
                      .reason = "Not Found",
                      .headers = "X-A: 1\r\n",
                      .body = "no",
                      .body_size = 2,
                      .delay_ns = 3 * MS});
        client_say(
            client,
            "POST /a?b HTTP/1.1\r\nHost: x\r\ncontent-type:  text/plain\r\nContent-Length: 3\r\n"
            "\r\nabc",
            RING_SEND_QUIET);
        UNTIL(http.requests == 1);
        CHECK_TEXT(last_method, "POST");
        CHECK_TEXT(last_target, "/a?b");
        CHECK_TEXT(last_type, "text/plain");
        CHECK_BYTES(last_body, last_body_size, "abc", 3);
        UNTIL(heard_ends_with(client, "\r\n\r\nno"));
        client_say(client, "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n", RING_SEND_QUIET);
        static const char expected[] =
            "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nX-A: 1\r\n\r\nno"
            "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nX-A: 1\r\n\r\nno"
            "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nX-A: 1\r\n\r\nno";
        UNTIL(client->heard_size >= sizeof expected - 1);
        CHECK_BYTES(client->heard, client->heard_size, expected, sizeof expected - 1);
        CHECK_TEXT(last_method, "GET");
        CHECK_TEXT(last_type, "");
        CHECK_EQ(http.requests, 3);
        end_http(client);
    }
}

TEST(a_chunked_request_is_put_together)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct client *client = begin_http(seed, &(struct world_http_answer){.status = 204});
        client_say(
            client,
            "PUT / HTTP/1.1\r\nTransfer-Encoding: "
            "chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n"
            "0\r\nTrailer: 1\r\n\r\n",
            RING_SEND_QUIET);
        UNTIL(heard_ends_with(client, "\r\n\r\n"));
        CHECK_BYTES(last_body, last_body_size, "abc0123456789", 13);
        CHECK(!memmem(client->heard, client->heard_size, "Content-Length", 14));
        end_http(client);
    }
}

TEST(a_chunked_answer_has_all_its_bytes)
{
    static char body[20000];
    memset(body, 'b', sizeof body);
    struct client *client = begin_http(
        3, &(struct world_http_answer){
               .status = 200, .body = body, .body_size = sizeof body, .chunked = true});
    client_say(client, "GET / HTTP/1.1\r\n\r\n", RING_SEND_QUIET);
    UNTIL(heard_ends_with(client, "\r\n0\r\n\r\n"));
    size_t found = 0;
    for (size_t i = 0; i < client->heard_size; i++)
        found += client->heard[i] == 'b';
    CHECK(found >= sizeof body); /* and perhaps some digits of sizes */
    CHECK(memmem(client->heard, client->heard_size, "Transfer-Encoding: chunked", 26));
    end_http(client);
}

TEST(an_answer_to_head_has_a_length_and_no_body)
{
    struct client *client =
        begin_http(4, &(struct world_http_answer){.status = 200, .body = "abc", .body_size = 3});
    client_say(client, "HEAD / HTTP/1.1\r\n\r\n", RING_SEND_QUIET);
    UNTIL(heard_ends_with(client, "\r\n\r\n"));
    for (int i = 0; i < 20; i++)
        ring_turn(the_ring, MS);
    CHECK(heard_ends_with(client, "Content-Length: 3\r\n\r\n"));
    end_http(client);
}

TEST(who_expects_it_is_told_to_continue_once)
{
    struct client *client = begin_http(5, &(struct world_http_answer){.status = 200});
    client_say(
        client, "PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n",
        RING_SEND_QUIET);
    UNTIL(heard_ends_with(client, "HTTP/1.1 100 Continue\r\n\r\n"));
    CHECK_EQ(http.requests, 0);
    client_say(client, "ab", RING_SEND_REPORT);
    UNTIL(client->sent);
    client_say(client, "cd", RING_SEND_REPORT);
    UNTIL(http.requests);
    CHECK_EQ(http.continues, 1);
    CHECK_BYTES(last_body, last_body_size, "abcd", 4);
    end_http(client);
}

TEST(an_early_answer_does_not_wait_for_the_body)
{
    struct client *client = begin_http(
        6, &(struct world_http_answer){.status = 403, .reason = "Forbidden", .close = true});
    http.answers_early = true;
    client_say(client, "PUT / HTTP/1.1\r\nContent-Length: 4000000\r\n\r\nxx", RING_SEND_QUIET);
    UNTIL(client->ends);
    CHECK(!body_was_given);
    CHECK(memmem(client->heard, client->heard_size, "403 Forbidden", 13));
    end_http(client);
}

TEST(an_answer_may_end_with_the_connection_be_cut_or_never_come)
{
    struct client *client = begin_http(
        7, &(struct world_http_answer){
               .status = 200, .body = "abc", .body_size = 3, .until_close = true});
    client_say(client, "GET / HTTP/1.1\r\n\r\n", RING_SEND_QUIET);
    UNTIL(client->ends);
    CHECK(heard_ends_with(client, "\r\n\r\nabc"));
    end_http(client);

    client = begin_http(
        7, &(struct world_http_answer){
               .status = 200, .body = "abc", .body_size = 3, .cut = true, .cut_at = 1});
    client_say(client, "GET / HTTP/1.1\r\n\r\n", RING_SEND_QUIET);
    UNTIL(client->ends);
    CHECK(heard_ends_with(client, "Content-Length: 3\r\n\r\na"));
    end_http(client);

    client = begin_http(7, &(struct world_http_answer){.reset = true});
    client_say(client, "GET / HTTP/1.1\r\n\r\n", RING_SEND_QUIET);
    UNTIL(client->ends);
    CHECK_EQ(client->end_error, ECONNRESET);
    end_http(client);

    client = begin_http(7, &(struct world_http_answer){.hang = true});
    client_say(client, "GET / HTTP/1.1\r\n\r\n", RING_SEND_QUIET);
    for (int i = 0; i < 100; i++)
        ring_turn(the_ring, 100 * MS);
    CHECK_EQ(client->heard_size, 0);
    CHECK_EQ(http.requests, 1);
    end_http(client);
}

TEST(raw_bytes_are_sent_as_they_are)
{
    struct client *client =
        begin_http(8, &(struct world_http_answer){.raw = "HTTP/9 nonsense\n\n", .raw_size = 17});
    client_say(client, "GET / HTTP/1.1\r\n\r\n", RING_SEND_QUIET);
    UNTIL(client->heard_size == 17);
    CHECK(heard_ends_with(client, "HTTP/9 nonsense\n\n"));
    end_http(client);
}
