#include "crypto/crypto.h"
#include "signing/signing.h"

#include "vectors.h"

#include <zlib.h>

static struct tally tally = {.group = "checksums"};

/* What a case hashes: text, hex, or one byte repeated. */
static void add_input(struct checksum *checksum, const struct json_value *one, struct arena *arena)
{
    const struct json_value *repeat = json_member(one, TEXT("repeat"));
    text hex = json_member_text(one, "hex");
    if (hex.size) {
        char *bytes = arena_alloc(arena, hex.size / 2);
        CHECK(hex_decode(bytes, hex));
        checksum_add(checksum, text_from(bytes, hex.size / 2));
    }
    checksum_add(checksum, json_member_text(one, "text"));
    if (!repeat)
        return;
    char block[65536];
    memset(block, (int)json_i64(json_member(repeat, TEXT("byte")), 0), sizeof block);
    for (uint64_t left = (uint64_t)json_i64(json_member(repeat, TEXT("length")), 0); left;) {
        size_t size = left < sizeof block ? (size_t)left : sizeof block;
        checksum_add(checksum, text_from(block, size));
        left -= size;
    }
}

static bool is_base64_of(text base64, const void *bytes, size_t size)
{
    char expected[2 * CHECKSUM_MOST];
    base64_encode(expected, text_from(bytes, size));
    return text_equals(base64, text_from(expected, base64_encoded_size(size)));
}

TEST(checksums_are_as_others_compute_them)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *root =
        vector_json(&bench, vector_path("checksums/known-answers.json"));
    for (size_t i = 0; i < root->count; i++) {
        const struct json_value *one = json_item(root, i);
        text name = json_member_text(one, "algorithm");
        enum checksum_algorithm algorithm = checksum_from_name(name);
        unsigned char bytes[CHECKSUM_MOST];
        struct checksum checksum;
        bool same = algorithm != CHECKSUM_NONE;
        if (same) {
            checksum_init(&checksum, algorithm);
            add_input(&checksum, one, &bench.arena);
            size_t size = checksum_finish(&checksum, bytes);
            same = is_base64_of(json_member_text(one, "base64"), bytes, size);
        }
        tally_case(&tally, same, "known answer", name);
    }
    bench_release(&bench);
}

static uint64_t crc_of(text base64)
{
    unsigned char bytes[16];
    uint64_t crc = 0;
    size_t size = base64.size <= 12 ? base64_decode(bytes, base64) : SIZE_MAX;
    CHECK(size <= 8);
    for (size_t i = 0; i < size; i++)
        crc = crc << 8 | bytes[i];
    return crc;
}

TEST(crcs_combine)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *root = vector_json(&bench, vector_path("checksums/combine.json"));
    for (size_t i = 0; i < root->count; i++) {
        const struct json_value *one = json_item(root, i);
        text name = json_member_text(one, "algorithm"), b = json_member_text(one, "b");
        uint64_t crc = crc_combine(
            checksum_from_name(name), crc_of(json_member_text(one, "a_crc")),
            crc_of(json_member_text(one, "b_crc")), b.size);
        tally_case(&tally, crc == crc_of(json_member_text(one, "ab_crc")), "combine", name);
    }
    bench_release(&bench);
}

/* ---- aws-chunked ----------------------------------------------------------------------------- */

static bool encode_chunked(const struct json_value *one, struct arena *arena)
{
    text body = json_member_text(one, "body"), trailer = json_member_text(one, "trailer");
    size_t chunk = (size_t)json_i64(json_member(one, TEXT("read_returns")), 0);
    if (!chunk)
        chunk = (size_t)json_i64(json_member(one, TEXT("chunk_size")), (int64_t)body.size);
    char value[2 * CHECKSUM_MOST] = "";
    size_t value_size = 0;
    if (trailer.size) {
        unsigned char bytes[CHECKSUM_MOST];
        size_t size =
            checksum_once(bytes, checksum_from_name(json_member_text(one, "algorithm")), body);
        base64_encode(value, text_from(bytes, size));
        value_size = base64_encoded_size(size);
    }
    struct buffer out;
    buffer_init(&out, arena);
    for (size_t at = 0; at < body.size; at += chunk) {
        char line[SIGV4_CHUNK_LINE_MOST];
        size_t left = body.size - at, size = left < chunk ? left : chunk;
        buffer_add(&out, text_from(line, sigv4_chunk_line(line, size, at == 0, NULL, NULL)));
        buffer_add(&out, text_from(body.data + at, size));
    }
    char end[SIGV4_CHUNK_END_MOST];
    size_t size = sigv4_chunk_end(end, body.size == 0, NULL, trailer, text_from(value, value_size));
    buffer_add(&out, text_from(end, size));
    uint64_t expected_size = sigv4_chunked_size(body.size, chunk, 0, trailer.size, value_size);
    return expected_size == out.size &&
           text_equals(buffer_text(&out), json_member_text(one, "encoded"));
}

TEST(bodies_are_aws_chunked_as_botocore_does)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *root = vector_json(&bench, vector_path("checksums/aws-chunked.json"));
    for (size_t i = 0; i < root->count; i++) {
        const struct json_value *one = json_item(root, i);
        tally_case(
            &tally, encode_chunked(one, &bench.arena), "aws-chunked", json_member_text(one, "id"));
    }
    bench_release(&bench);
}

/* ---- Tree hashes ----------------------------------------------------------------------------- */

TEST(tree_hashes_are_glaciers)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *root =
        vector_json(&bench, vector_path("checksums/glacier-tree-hash.json"));
    for (size_t i = 0; i < root->count; i++) {
        const struct json_value *one = json_item(root, i);
        const struct json_value *repeat = json_member(one, TEXT("repeat"));
        size_t size = (size_t)json_i64(json_member(repeat, TEXT("length")), 0);
        char *bytes = malloc(size + 1);
        CHECK(bytes != NULL);
        memset(bytes, (int)json_i64(json_member(repeat, TEXT("byte")), 0), size);
        for (size_t piece = 65537; piece <= 1 << 22; piece *= 8) {
            struct tree_hash tree;
            unsigned char hash[SHA256_SIZE];
            char hex[2 * SHA256_SIZE];
            tree_hash_init(&tree);
            for (size_t at = 0; at < size; at += piece)
                tree_hash_add(&tree, text_from(bytes + at, size - at < piece ? size - at : piece));
            tree_hash_finish(&tree, hash);
            hex_encode(hex, hash, sizeof hash);
            text expected = json_member_text(one, "sha256_tree_hash_hex");
            bool same = text_equals(expected, text_from(hex, sizeof hex));
            if (piece == 65537 || !same)
                tally_case(&tally, same, "tree hash", expected);
        }
        free(bytes);
    }
    bench_release(&bench);
}

/* ---- Headers and trailers -------------------------------------------------------------------- */

/* Every x-amz-checksum-* among these is the payload's. */
static bool fits(const struct json_value *fields, text payload, const char *only_if_wrong)
{
    bool seen = false, same = true;
    for (size_t i = 0; fields && i < fields->count; i++) {
        enum checksum_algorithm algorithm = checksum_from_header(fields->names[i]);
        if (algorithm == CHECKSUM_NONE)
            continue;
        unsigned char bytes[CHECKSUM_MOST];
        size_t size = checksum_once(bytes, algorithm, payload);
        text claimed = json_text(&fields->items[i]);
        seen = true;
        if (only_if_wrong)
            same &= !is_base64_of(claimed, bytes, size) &&
                    is_base64_of(text_of(only_if_wrong), bytes, size);
        else
            same &= is_base64_of(claimed, bytes, size);
    }
    return seen && same;
}

static text named_algorithm(const struct json_value *one)
{
    text algorithm = json_member_text(one, "algorithm");
    return algorithm.size ? algorithm : TEXT("CRC32");
}

static void run_group(
    struct bench *bench, const struct json_value *root, const char *group, const char *member)
{
    const struct json_value *cases = json_member(root, text_of(group));
    for (size_t i = 0; cases && i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        text wrong = json_member_text(one, "expected_checksum");
        const char *expected = wrong.size ? arena_string(&bench->arena, wrong) : NULL;
        bool same =
            fits(json_member(one, text_of(member)), json_member_text(one, "payload"), expected);
        text header = checksum_header(checksum_from_name(named_algorithm(one)));
        same &= json_member(json_member(one, text_of(member)), header) != NULL;
        tally_case(&tally, same, group, named_algorithm(one));
    }
}

TEST(checksums_of_requests_and_responses_fit_their_payloads)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *root =
        vector_json(&bench, vector_path("checksums/http-checksum-cases.json"));
    run_group(&bench, root, "request_checksum_calculation_cases", "expected_headers");
    run_group(&bench, root, "streaming_request_checksum_calculation_cases", "expected_trailers");
    run_group(&bench, root, "successful_response_checksum_validation_cases", "response_headers");
    run_group(&bench, root, "unsuccessful_response_checksum_validation_cases", "response_headers");
    bench_release(&bench);
}

/* ---- gzip ------------------------------------------------------------------------------------ */

TEST(a_compressed_text_is_the_text)
{
    struct bench bench;
    bench_init(&bench);
    text plain = vector_text(&bench, vector_path("checksums/gzip/gettysburg_address.txt"));
    text packed = vector_text(&bench, vector_path("checksums/gzip/gettysburg_address.txt.gz"));
    char *out = arena_alloc(&bench.arena, plain.size + 1);
    z_stream stream = {
        .next_in = (Bytef *)(uintptr_t)packed.data,
        .avail_in = (uInt)packed.size,
        .next_out = (Bytef *)out,
        .avail_out = (uInt)plain.size + 1,
    };
    CHECK_EQ(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
    int end = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    bool same = end == Z_STREAM_END && text_equals(text_from(out, stream.total_out), plain);
    tally_case(&tally, same, "gzip", TEXT("gettysburg_address"));
    bench_release(&bench);
}

TEST(checksums_tally)
{
    (void)test_vectors();
    tally_finish(&tally, "");
}
