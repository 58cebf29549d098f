#include "http/http.h"
#include "test.h"

static struct http_chunks chunks;
static char body[256];
static size_t body_size;
static const char *problem;

static void feed(text input)
{
    while (input.size && !chunks.done && !problem) {
        text data = http_chunks_next(&chunks, &input, &problem);
        CHECK(body_size + data.size <= sizeof(body));
        if (data.size)
            memcpy(body + body_size, data.data, data.size);
        body_size += data.size;
    }
}

static void feed_in_pieces(const char *input, size_t piece)
{
    chunks = (struct http_chunks){0};
    body_size = 0;
    problem = NULL;
    text left = text_of(input);
    while (left.size && !problem) {
        size_t size = left.size < piece ? left.size : piece;
        feed((text){left.data, size});
        left = text_after(left, size);
    }
}

TEST(a_chunked_body_is_joined_whatever_the_pieces)
{
    static const char input[] = "5\r\nhello\r\n1;a=b ; c=\"d\\\"\"\r\n \r\n00A\r\n0123456789\r\n"
                                "0\r\nTrailer: value\r\nx:\n\r\n";
    for (size_t piece = 1; piece < sizeof(input); piece++) {
        feed_in_pieces(input, piece);
        CHECK_TEXT(problem, NULL);
        CHECK(chunks.done);
        CHECK_BYTES(body, body_size, "hello 0123456789", 16);
    }
}

TEST(what_follows_a_chunked_body_is_left_alone)
{
    chunks = (struct http_chunks){0};
    problem = NULL;
    text input = TEXT("0\r\n\r\nHTTP/1.1 ");
    CHECK(http_chunks_next(&chunks, &input, &problem).data == NULL);
    CHECK(chunks.done);
    CHECK_TEXT(input.data, "HTTP/1.1 ");
}

TEST(a_run_of_body_bytes_can_be_put_back)
{
    chunks = (struct http_chunks){0};
    problem = NULL;
    text input = TEXT("3\r\nabc\r\n0\r\n\r\n");
    text data = http_chunks_next(&chunks, &input, &problem);
    CHECK_BYTES(data.data, data.size, "abc", 3);
    http_chunks_put_back(&chunks, data, &input);
    CHECK_TEXT(input.data, "abc\r\n0\r\n\r\n");
    data = http_chunks_next(&chunks, &input, &problem);
    CHECK_BYTES(data.data, data.size, "abc", 3);
    CHECK(http_chunks_next(&chunks, &input, &problem).data == NULL);
    CHECK(chunks.done);
    CHECK_TEXT(problem, NULL);
}

TEST(bad_framing_is_refused_whatever_the_pieces)
{
    static const char *const cases[] = {
        "\r\n",
        "x\r\n",
        "0x1\r\na\r\n",
        "-1\r\na\r\n",
        " 1\r\na\r\n",
        "1 \r\na\r\n",
        "1 2\r\na\r\n",
        "1\na\r\n",
        "1\rXa\r\n",
        "1;\r\na\r\n",
        "1;a=\r\na\r\n",
        "1;a=\"b\r\na\r\n",
        "1;a=\"b\"c\r\na\r\n",
        "1;a b\r\na\r\n",
        "1;=b\r\na\r\n",
        "1\r\nab\r\n",
        "1\r\na\n",
        "1\r\na\rX",
        "11111111111111111\r\n",
        "0\r\n folded\r\n\r\n",
        "0\r\nno colon\r\n\r\n",
        "0\r\na: \x01\r\n\r\n",
        "0\r\na: b\rc\r\n\r\n",
        "0\r\n\rX",
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (size_t piece = 1; piece < 4; piece++) {
            feed_in_pieces(cases[i], piece);
            if (!problem)
                FAIL("was taken: %s", cases[i]);
        }
    }
}

static void feed_many(const char *start, const char *part, size_t times)
{
    feed_in_pieces(start, 100);
    for (size_t i = 0; i < times && !problem; i++)
        feed(text_of(part));
}

TEST(chunk_lines_and_trailers_have_limits)
{
    feed_many("1;a=", "b", 4000);
    CHECK_TEXT(problem, NULL);
    feed_many("1;a=", "b", 4100);
    CHECK_TEXT(problem, "a chunk line of more than 4096 bytes");
    feed_many("0\r\n", "trailer: 0123\r\n", 1000);
    CHECK_TEXT(problem, NULL);
    feed_many("0\r\n", "trailer: 0123\r\n", 1100);
    CHECK_TEXT(problem, "trailers of more than 16384 bytes");
    feed_many("", "1\r\na\r\n", 200);
    CHECK_TEXT(problem, NULL);
}

TEST(a_chunk_line_is_written_in_hexadecimal)
{
    char line[24];
    CHECK_BYTES(line, http_chunk_line(line, 4096, true), "1000\r\n", 6);
    CHECK_BYTES(line, http_chunk_line(line, 10, false), "\r\na\r\n", 5);
    CHECK_BYTES(line, http_chunk_line(line, 0, true), "0\r\n\r\n", 5);
    CHECK_BYTES(line, http_chunk_line(line, 0, false), "\r\n0\r\n\r\n", 7);
    CHECK_BYTES(line, http_chunk_line(line, UINT64_MAX, false), "\r\nffffffffffffffff\r\n", 20);
}
