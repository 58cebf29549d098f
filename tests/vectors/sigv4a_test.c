#include "trial.h"

#include <dirent.h>

static struct tally tally = {.group = "sigv4a"};

struct public_key {
    unsigned char x[ECDSA_SCALAR_SIZE], y[ECDSA_SCALAR_SIZE];
};

static void read_public_key(
    struct public_key *key, const struct json_value *object, const char *x, const char *y)
{
    text hex_x = json_member_text(object, x), hex_y = json_member_text(object, y);
    CHECK(hex_x.size == 2 * sizeof key->x && hex_decode(key->x, hex_x));
    CHECK(hex_y.size == 2 * sizeof key->y && hex_decode(key->y, hex_y));
}

/* signature: DER in hex. */
static bool fits(const struct public_key *key, text to_sign, text signature)
{
    unsigned char digest[SHA256_SIZE], der[ECDSA_SIGNATURE_MOST];
    if (signature.size == 0 || signature.size > 2 * sizeof der || !hex_decode(der, signature))
        return false;
    sha256_once(digest, to_sign);
    return ecdsa_verify(key->x, key->y, digest, text_from(der, signature.size / 2));
}

/* ---- aws-c-auth's suite ---------------------------------------------------------------------- */

static text authorization_part(text authorization, text name)
{
    size_t at = text_find_text(authorization, name);
    if (at == SIZE_MAX)
        return (text){NULL, 0};
    text rest;
    return text_split(text_after(authorization, at + name.size), ',', &rest);
}

/* With this value; a signature only by its name. */
static bool has_header(const struct http_draft *draft, const struct http_header *wanted)
{
    for (size_t i = 0; i < draft->header_count; i++)
        if (text_equals(draft->headers[i].name, wanted->name) &&
            (text_equals(wanted->name, TEXT("authorization")) ||
             text_equals(text_trim(draft->headers[i].value), text_trim(wanted->value))))
            return true;
    return false;
}

/* Both forms: texts as in the files; their signatures and ours fit the files' public key. */
static bool sign_case(const char *folder, bool in_query)
{
    const char *form = in_query ? "query" : "header";
    struct trial trial;
    struct sigv4a_signer signer;
    struct public_key key;
    trial_init(&trial);
    sigv4a_signer_init(&signer);
    read_case(&trial, "sigv4a", folder);
    read_public_key(
        &key, vector_json(&trial.bench, vector_path("sigv4a/suite/%s/public-key.json", folder)),
        "X", "Y");
    trial.options.asymmetric = &signer;
    inia_status status =
        in_query
            ? sigv4_presign(
                  &trial.signer, &trial.draft, &trial.bench.arena, &trial.options, trial.now_s)
            : sigv4_sign_headers(
                  &trial.signer, &trial.draft, &trial.bench.arena, &trial.options, trial.now_s);
    text authorization = header_of(&trial.draft, "authorization");
    text signature = in_query ? parameter(trial.draft.query, TEXT("X-Amz-Signature"))
                              : authorization_part(authorization, TEXT("Signature="));
    text theirs = text_trim(
        vector_text(&trial.bench, vector_path("sigv4a/suite/%s/%s-signature.txt", folder, form)));
    text to_sign = buffer_text(&trial.to_sign);
    bool good = status == INIA_OK && fits(&key, to_sign, signature) && fits(&key, to_sign, theirs);
    good &= memcmp(signer.key.public_x, key.x, sizeof key.x) == 0;
    good &= memcmp(signer.key.public_y, key.y, sizeof key.y) == 0;
    good &= same_file(
        &trial, buffer_text(&trial.canonical),
        vector_path("sigv4a/suite/%s/%s-canonical-request.txt", folder, form));
    good &= same_file(
        &trial, to_sign, vector_path("sigv4a/suite/%s/%s-string-to-sign.txt", folder, form));

    struct http_draft expected;
    draft_read(
        &expected, &trial.bench.arena,
        vector_text(
            &trial.bench, vector_path("sigv4a/suite/%s/%s-signed-request.txt", folder, form)));
    good &= expected.header_count == trial.draft.header_count;
    for (size_t i = 0; i < expected.header_count; i++)
        good &= has_header(&trial.draft, &expected.headers[i]);
    static const char *const names[] = {
        "X-Amz-Algorithm",  "X-Amz-Credential",    "X-Amz-Date",          "X-Amz-Expires",
        "X-Amz-Region-Set", "X-Amz-SignedHeaders", "X-Amz-Security-Token"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        good &= text_equals(
            parameter(trial.draft.query, text_of(names[i])),
            parameter(expected.query, text_of(names[i])));
    sigv4a_signer_release(&signer);
    trial_release(&trial);
    return good;
}

TEST(requests_of_aws_c_auth_are_signed_as_it_does)
{
    DIR *folders = opendir(vector_path("sigv4a/suite"));
    for (struct dirent *entry; folders && (entry = readdir(folders));) {
        if (entry->d_name[0] == '.')
            continue;
        text id = text_of(entry->d_name);
        tally_case(&tally, sign_case(entry->d_name, false), "suite, headers", id);
        tally_case(&tally, sign_case(entry->d_name, true), "suite, query", id);
    }
    if (folders)
        closedir(folders);
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static bool derive(const struct json_value *one)
{
    struct secret secret;
    struct sigv4a_signer signer;
    sigv4a_signer_init(&signer);
    CHECK(secret_set(&secret, json_member_text(one, "secret_access_key")));
    const struct ecdsa_key *key =
        sigv4a_key_for(&signer, json_member_text(one, "access_key_id"), &secret);
    text private_key = json_member_text(one, "private_key");
    char hex[2 * ECDSA_SCALAR_SIZE];
    bool good = key != NULL;
    if (good && private_key.size) {
        hex_encode(hex, key->private_key, sizeof key->private_key);
        good &= text_equals(private_key, text_from(hex, sizeof hex));
    }
    if (good && json_member(one, TEXT("public_x"))) {
        struct public_key expected;
        read_public_key(&expected, one, "public_x", "public_y");
        good &= memcmp(key->public_x, expected.x, sizeof expected.x) == 0 &&
                memcmp(key->public_y, expected.y, sizeof expected.y) == 0;
    }
    sigv4a_signer_release(&signer);
    return good;
}

static size_t read_number(const struct json_value *one, const char *name, unsigned char out[64])
{
    text hex = json_member_text(one, name);
    CHECK(hex.size <= 128 && hex_decode(out, hex));
    return hex.size / 2;
}

static void check_arithmetic(const struct json_value *root)
{
    const struct json_value *sums = json_member(root, TEXT("be_add_one"));
    const struct json_value *pairs = json_member(root, TEXT("be_compare"));
    unsigned char a[64], b[64];
    for (size_t i = 0; sums && i < sums->count; i++) {
        size_t size = read_number(json_item(sums, i), "in", a);
        CHECK_EQ(read_number(json_item(sums, i), "out", b), size);
        big_endian_add_one(a, size);
        text id = json_member_text(json_item(sums, i), "in");
        tally_case(&tally, memcmp(a, b, size) == 0, "add one", id);
    }
    for (size_t i = 0; pairs && i < pairs->count; i++) {
        const struct json_value *one = json_item(pairs, i);
        size_t size = read_number(one, "lhs", a);
        /* Ours takes one size for both, so that unequal sizes cannot be asked about. */
        bool good = read_number(one, "rhs", b) != size;
        if (json_is_true(json_member(one, TEXT("error"))) == false)
            good = big_endian_compare(a, b, size) == json_i64(json_member(one, TEXT("result")), -9);
        tally_case(&tally, good, "compare", json_member_text(one, "lhs"));
    }
}

TEST(keys_are_derived_from_credentials)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *root = vector_json(&bench, vector_path("sigv4a/key-derivation.json"));
    const struct json_value *cases = json_member(root, TEXT("derive"));
    for (size_t i = 0; cases && i < cases->count; i++) {
        text id = json_member_text(json_item(cases, i), "access_key_id");
        tally_case(&tally, derive(json_item(cases, i)), "derive", id);
    }
    const struct json_value *suite = json_member(root, TEXT("suite_key"));
    if (suite)
        tally_case(&tally, derive(suite), "derive", TEXT("suite_key"));
    check_arithmetic(root);
    bench_release(&bench);
}

/* ---- Streams --------------------------------------------------------------------------------- */

static void read_stream(struct trial *trial, const struct json_value *root, bool trailers)
{
    set_credentials(
        trial, json_member_text(root, "access_key_id"), json_member_text(root, "secret_access_key"),
        (text){NULL, 0});
    trial->options.region = json_member_text(root, "region_set");
    trial->options.service = json_member_text(root, "service");
    trial->options.payload = trailers ? SIGV4A_STREAMING_SIGNED_TRAILER : SIGV4A_STREAMING_SIGNED;
    trial->options.payload_header = trial->options.path_encoded_once = true;
    trial->now_s = basic_time(json_member_text(root, "date"));
    draft_read(
        &trial->draft, &trial->bench.arena,
        trailers ? TEXT("PUT /examplebucket/chunkObject.txt HTTP/1.1\nhost:s3.amazonaws.com\n"
                        "x-amz-storage-class:REDUCED_REDUNDANCY\nContent-Encoding:aws-chunked\n"
                        "x-amz-decoded-content-length:66560\nContent-Length:66824\n"
                        "x-amz-trailer:first,second,third\n\n")
                 : TEXT("PUT /examplebucket/chunkObject.txt HTTP/1.1\nhost:s3.amazonaws.com\n"
                        "x-amz-storage-class:REDUCED_REDUNDANCY\nContent-Encoding:aws-chunked\n"
                        "x-amz-decoded-content-length:66560\nContent-Length:66824\n\n"));
}

/* The string that was signed is: what precedes the signature before it, that, what follows it. */
static bool is_built(
    struct trial *trial, const struct json_value *texts, text previous, const char *start,
    const char *end)
{
    struct buffer expected;
    buffer_init(&expected, &trial->bench.arena);
    buffer_add(&expected, json_member_text(texts, start));
    buffer_add(&expected, previous);
    buffer_add(&expected, json_member_text(texts, end));
    return !json_member(texts, text_of(start)) || !json_member(texts, text_of(end)) ||
           same_text(buffer_text(&trial->to_sign), buffer_text(&expected));
}

static bool sign_piece(
    struct trial *trial, struct sigv4_chain *chain, const struct json_value *texts,
    const struct public_key *key, int chunk, const unsigned char hash[SHA256_SIZE])
{
    char previous[SIGV4A_SIGNATURE_MOST], end[64];
    size_t size = chain->previous_size;
    memcpy(previous, chain->previous, size);
    buffer_clear(&trial->to_sign);
    bool good = chunk ? sigv4_sign_chunk(chain, hash, &trial->to_sign)
                      : sigv4_sign_trailer(chain, hash, &trial->to_sign);
    snprintf(end, sizeof end, "s_chunk%d_sts_post_signature", chunk);
    good &= is_built(
        trial, texts, text_from(previous, size),
        chunk ? "s_chunk_sts_pre_signature" : "s_trailing_headers_expected_sts_pre_signature",
        chunk ? end : "s_trailing_headers_expected_sts_post_signature");
    return good &&
           fits(
               key, buffer_text(&trial->to_sign), text_from(chain->previous, chain->previous_size));
}

static bool sign_pieces(
    struct trial *trial, struct sigv4_chain *chain, const struct json_value *texts,
    const struct public_key *key, bool trailers)
{
    static char data[65536];
    static const size_t sizes[] = {65536, 1024, 0};
    unsigned char hash[SHA256_SIZE];
    bool good = true;
    memset(data, 'a', sizeof data);
    for (int i = 0; i < 3; i++) {
        sha256_once(hash, text_from(data, sizes[i]));
        good &= sign_piece(trial, chain, texts, key, i + 1, hash);
    }
    sha256_once(hash, TEXT("first:1st\nsecond:2nd\nthird:3rd\n"));
    return good && (!trailers || sign_piece(trial, chain, texts, key, 0, hash));
}

static bool sign_stream(bool trailers)
{
    struct trial trial;
    struct sigv4a_signer signer;
    struct sigv4_chain chain;
    struct public_key key;
    trial_init(&trial);
    sigv4a_signer_init(&signer);
    const struct json_value *root = vector_json(&trial.bench, vector_path("sigv4a/streaming.json"));
    const struct json_value *texts = json_member(root, TEXT("texts"));
    read_public_key(&key, root, "public_x", "public_y");
    read_stream(&trial, root, trailers);
    trial.options.asymmetric = &signer;
    trial.options.chain = &chain;
    bool good = sigv4_sign_headers(
                    &trial.signer, &trial.draft, &trial.bench.arena, &trial.options, trial.now_s) ==
                INIA_OK;
    text expected = json_member_text(
        texts, trailers ? "s_chunked_expected_trailing_headers_canonical_request_cursor"
                        : "s_chunked_expected_canonical_request_cursor");
    good &= !expected.size || same_text(buffer_text(&trial.canonical), expected);
    good &= fits(&key, buffer_text(&trial.to_sign), text_from(chain.previous, chain.previous_size));
    good = good && sign_pieces(&trial, &chain, texts, &key, trailers);
    sigv4a_signer_release(&signer);
    trial_release(&trial);
    return good;
}

TEST(streams_are_signed_piece_by_piece)
{
    (void)test_vectors();
    tally_case(&tally, sign_stream(false), "streaming", TEXT("chunked"));
    tally_case(&tally, sign_stream(true), "streaming", TEXT("chunked-trailer"));
}

TEST(a_body_in_padded_chunks_is_as_long_as_foretold)
{
    struct secret secret;
    struct sigv4a_signer signer;
    sigv4a_signer_init(&signer);
    CHECK(secret_set(&secret, TEXT("secret")));
    struct sigv4_chain chain = {.asymmetric = &signer};
    const struct ecdsa_key *key = sigv4a_key_for(&signer, TEXT("id"), &secret);
    CHECK(key != NULL);
    chain.ecdsa = *key;
    unsigned char hash[SHA256_SIZE];
    char line[SIGV4_CHUNK_LINE_MOST], end[SIGV4_CHUNK_END_MOST];
    sha256_once(hash, TEXT("hello"));
    for (int i = 0; i < 8; i++) {
        size_t size = sigv4_chunk_line(line, 5, true, &chain, hash);
        size += 5 + sigv4_chunk_end(end, false, &chain, TEXT("a"), TEXT("b"));
        CHECK_EQ(size, sigv4_chunked_size(5, 5, SIGV4A_SIGNATURE_MOST, 1, 1));
    }
    sigv4a_signer_release(&signer);
}

TEST(sigv4a_tally)
{
    (void)test_vectors();
    tally_finish(&tally, "");
}
