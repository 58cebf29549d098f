#include "signing/signing.h"

#include "test.h"

#include <stdio.h>

static struct sigv4a_signer signer;

__attribute__((destructor)) static void clean_up(void)
{
    sigv4a_signer_release(&signer);
}

static struct ecdsa_key key_of(text access_key_id)
{
    struct secret secret;
    CHECK(secret_set(&secret, TEXT("secret")));
    const struct ecdsa_key *key = sigv4a_key_for(&signer, access_key_id, &secret);
    CHECK(key != NULL);
    return *key;
}

static struct sigv4_chain chain_new(bool is_asymmetric)
{
    struct sigv4_chain chain = {.scope_size = 5};
    if (is_asymmetric) {
        chain.ecdsa = key_of(TEXT("id"));
        chain.asymmetric = &signer;
    }
    hmac_sha256_key_init(&chain.hmac, TEXT("key"));
    memcpy(chain.date, "20150830T123600Z", sizeof chain.date);
    memcpy(chain.scope, "scope", 5);
    memset(chain.previous, '0', SIGV4_SIGNATURE_SIZE);
    chain.previous_size = SIGV4_SIGNATURE_SIZE;
    return chain;
}

struct body {
    char bytes[8192];
    size_t size;
};

static void add(struct body *body, const void *bytes, size_t size)
{
    CHECK(body->size + size <= sizeof body->bytes);
    if (size)
        memcpy(body->bytes + body->size, bytes, size);
    body->size += size;
}

static void write_body(
    struct body *body, text data, size_t chunk_size, struct sigv4_chain *chain, text trailer_name,
    text trailer_value)
{
    body->size = 0;
    bool empty = data.size == 0;
    for (bool first = true; data.size; first = false) {
        size_t size = data.size < chunk_size ? data.size : chunk_size;
        unsigned char hash[SHA256_SIZE];
        char line[SIGV4_CHUNK_LINE_MOST];
        sha256_once(hash, text_from(data.data, size));
        add(body, line, sigv4_chunk_line(line, size, first, chain, hash));
        add(body, data.data, size);
        data = text_after(data, size);
    }
    char end[SIGV4_CHUNK_END_MOST];
    add(body, end, sigv4_chunk_end(end, empty, chain, trailer_name, trailer_value));
}

/* What was read in pieces of a size, or NULL with the problem. */
static const char *read_body(
    struct sigv4_chunks *chunks, const struct body *body, size_t piece, struct body *data)
{
    const char *problem = NULL;
    data->size = 0;
    for (size_t at = 0; at < body->size && !problem; at += piece) {
        size_t left = body->size - at;
        text input = text_from(body->bytes + at, left < piece ? left : piece);
        text run;
        while ((run = sigv4_chunks_next(chunks, &input, &problem)).data)
            add(data, run.data, run.size);
    }
    return problem;
}

struct form {
    text payload;
    bool is_signed, is_asymmetric;
    text trailer_name, trailer_value;
};

static const struct form forms[] = {
    {TEXT_INIT("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), true, false, {NULL, 0}, {NULL, 0}},
    {TEXT_INIT("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"), true, false,
     TEXT_INIT("x-amz-checksum-crc32"), TEXT_INIT("i9aeUg==")},
    {TEXT_INIT("STREAMING-UNSIGNED-PAYLOAD-TRAILER"), false, false,
     TEXT_INIT("x-amz-checksum-crc32"), TEXT_INIT("i9aeUg==")},
    {TEXT_INIT("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"), true, true, {NULL, 0}, {NULL, 0}},
    {TEXT_INIT("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"), true, true,
     TEXT_INIT("x-amz-checksum-crc32"), TEXT_INIT("i9aeUg==")},
};

static size_t signature_size(const struct form *form)
{
    if (!form->is_signed)
        return 0;
    return form->is_asymmetric ? SIGV4A_SIGNATURE_MOST : SIGV4_SIGNATURE_SIZE;
}

TEST(what_is_written_is_read_in_pieces_of_every_size)
{
    static const char data[] = "abcdefghijklmnopqrstuvwxyz";
    for (size_t f = 0; f < COUNT_OF(forms); f++) {
        for (size_t size = 0; size < sizeof data; size += 13) {
            for (size_t chunk = 1; chunk < 30; chunk += 7) {
                struct sigv4_chain chain = chain_new(forms[f].is_asymmetric);
                struct body body;
                write_body(
                    &body, text_from(data, size), chunk, forms[f].is_signed ? &chain : NULL,
                    forms[f].trailer_name, forms[f].trailer_value);
                CHECK_EQ(
                    body.size, sigv4_chunked_size(
                                   size, chunk, signature_size(&forms[f]),
                                   forms[f].trailer_name.size, forms[f].trailer_value.size));
                for (size_t piece = 1; piece < 200; piece += 1 + piece / 4) {
                    struct sigv4_chain start = chain_new(forms[f].is_asymmetric);
                    struct sigv4_chunks chunks;
                    struct body got;
                    CHECK(sigv4_chunks_init(&chunks, forms[f].payload, &start));
                    CHECK_TEXT(read_body(&chunks, &body, piece, &got), NULL);
                    CHECK(chunks.done);
                    CHECK_BYTES(got.bytes, got.size, data, size);
                    text trailer = sigv4_chunks_trailer(&chunks, TEXT("x-amz-checksum-crc32"));
                    CHECK(text_equals(trailer, forms[f].trailer_value));
                }
            }
        }
    }
}

TEST(a_changed_byte_anywhere_in_a_signed_body_is_noticed)
{
    for (size_t f = 0; f < COUNT_OF(forms); f++) {
        struct sigv4_chain chain = chain_new(forms[f].is_asymmetric);
        struct body body, got;
        if (!forms[f].is_signed)
            continue;
        write_body(
            &body, TEXT("abcdefghij"), 4, &chain, forms[f].trailer_name, forms[f].trailer_value);
        for (size_t i = 0; i < body.size; i++) {
            struct body changed = body;
            changed.bytes[i] ^= 1;
            struct sigv4_chain start = chain_new(forms[f].is_asymmetric);
            struct sigv4_chunks chunks;
            CHECK(sigv4_chunks_init(&chunks, forms[f].payload, &start));
            const char *problem = read_body(&chunks, &changed, sizeof changed.bytes, &got);
            CHECK(problem || !chunks.done);
        }
    }
}

TEST(a_chain_keeps_its_key_when_its_signer_has_gone_on_to_another)
{
    struct sigv4_chain chain = chain_new(true), start = chain;
    (void)key_of(TEXT("another id"));
    struct body body, got;
    write_body(&body, TEXT("abcdefghij"), 4, &chain, forms[3].trailer_name, forms[3].trailer_value);
    struct sigv4_chunks chunks;
    CHECK(sigv4_chunks_init(&chunks, forms[3].payload, &start));
    CHECK_TEXT(read_body(&chunks, &body, sizeof body.bytes, &got), NULL);
    CHECK(chunks.done);
}

TEST(a_body_that_stops_anywhere_is_not_done)
{
    for (size_t f = 0; f < COUNT_OF(forms); f++) {
        struct sigv4_chain chain = chain_new(forms[f].is_asymmetric);
        struct body body, got;
        write_body(
            &body, TEXT("abcdefghij"), 4, forms[f].is_signed ? &chain : NULL, forms[f].trailer_name,
            forms[f].trailer_value);
        for (size_t size = 0; size < body.size; size++) {
            struct body part = body;
            part.size = size;
            struct sigv4_chain start = chain_new(forms[f].is_asymmetric);
            struct sigv4_chunks chunks;
            CHECK(sigv4_chunks_init(&chunks, forms[f].payload, &start));
            (void)read_body(&chunks, &part, 5, &got);
            CHECK(!chunks.done);
        }
    }
}

TEST(what_is_not_aws_chunked_is_refused)
{
    static const char *const bodies[] = {
        "\r\n",
        "x\r\n",
        "-1\r\n",
        "1000000000000000\r\n",
        "1;chunk-signature=00\r\na\r\n",
        "1\r\nab\r\n",
        "1\r\na\r\n0\r\na:b\r\n\r\nmore",
        "0\r\nno colon\r\n\r\n",
        "0\r\n:b\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct sigv4_chain start = chain_new(false);
        struct sigv4_chunks chunks;
        struct body body = {.size = strlen(bodies[i])}, got;
        memcpy(body.bytes, bodies[i], body.size);
        bool is_signed = strstr(bodies[i], "chunk-signature") != NULL;
        CHECK(sigv4_chunks_init(&chunks, forms[is_signed ? 0 : 2].payload, &start));
        CHECK(read_body(&chunks, &body, sizeof body.bytes, &got) != NULL);
        CHECK(!chunks.done);
    }
    struct sigv4_chunks chunks;
    CHECK(!sigv4_chunks_init(&chunks, TEXT("UNSIGNED-PAYLOAD"), NULL));
}

TEST(endless_lines_and_endless_trailers_are_refused)
{
    struct sigv4_chunks chunks;
    const char *problem = NULL;
    CHECK(sigv4_chunks_init(&chunks, forms[2].payload, NULL));
    for (int i = 0; i < 1000 && !problem; i++) {
        text input = TEXT("1");
        CHECK(sigv4_chunks_next(&chunks, &input, &problem).data == NULL);
    }
    CHECK_TEXT(problem, "a line that is too long");
    CHECK(sigv4_chunks_init(&chunks, forms[2].payload, NULL));
    text start = TEXT("0\r\n");
    CHECK(sigv4_chunks_next(&chunks, &start, &problem).data == NULL);
    for (int i = 0; i < 1000 && !problem; i++) {
        text input = TEXT("a-trailer: with a value\r\n");
        CHECK(sigv4_chunks_next(&chunks, &input, &problem).data == NULL);
    }
    CHECK_TEXT(problem, "too many trailers");
}
