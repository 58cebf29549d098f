#include "trial.h"

static struct tally tally = {.group = "sigv4"};

/* The streams' requests are in one file, where one may build on another. */
static const struct json_value *find_stream(const struct json_value *streams, text id)
{
    for (size_t i = 0; i < streams->count; i++) {
        const struct json_value *one = json_item(streams, i);
        if (text_equals(json_member_text(one, "id"), id))
            return one;
    }
    return NULL;
}

static void read_stream_request(struct trial *trial, const struct json_value *stream)
{
    const struct json_value *request = json_member(stream, TEXT("request"));
    const struct json_value *headers = json_member(request, TEXT("headers"));
    struct buffer raw;
    buffer_init(&raw, &trial->bench.arena);
    buffer_add_format(
        &raw, "%.*s %.*s HTTP/1.1\n", TEXT_ARGS(json_member_text(request, "method")),
        TEXT_ARGS(json_member_text(request, "path")));
    for (size_t i = 0; i < headers->count; i++) {
        const struct json_value *pair = json_item(headers, i);
        buffer_add_format(
            &raw, "%.*s:%.*s\n", TEXT_ARGS(json_text(json_item(pair, 0))),
            TEXT_ARGS(json_text(json_item(pair, 1))));
    }
    draft_read(&trial->draft, &trial->bench.arena, buffer_text(&raw));
}

/* The seed: signs the request, and leaves what comes next to chain. */
static bool sign_stream_request(
    struct trial *trial, const struct json_value *stream, struct sigv4_chain *chain)
{
    set_credentials(
        trial, json_member_text(stream, "access_key_id"),
        json_member_text(stream, "secret_access_key"), (text){NULL, 0});
    trial->options.region = json_member_text(stream, "region");
    trial->options.service = json_member_text(stream, "service");
    trial->options.payload = json_member_text(stream, "x_amz_content_sha256");
    trial->options.payload_header = true;
    trial->options.path_encoded_once =
        !json_is_true(json_member(stream, TEXT("double_uri_encode")));
    trial->options.path_not_normalized = !json_is_true(json_member(stream, TEXT("normalize")));
    trial->options.chain = chain;
    trial->now_s = basic_time(json_member_text(stream, "date"));
    read_stream_request(trial, stream);
    inia_status status = sigv4_sign_headers(
        &trial->signer, &trial->draft, &trial->bench.arena, &trial->options, trial->now_s);
    return status == INIA_OK &&
           same_text(
               header_of(&trial->draft, "authorization"),
               json_member_text(stream, "authorization")) &&
           same_text(
               text_from(chain->previous, chain->previous_size),
               json_member_text(stream, "seed_signature"));
}

static void hash_repeated(unsigned char hash[SHA256_SIZE], text fill, int64_t size)
{
    struct sha256 sha256;
    sha256_init(&sha256);
    for (int64_t i = 0; i < size; i++)
        sha256_add(&sha256, fill);
    sha256_finish(&sha256, hash);
}

static bool sign_chunks(struct sigv4_chain *chain, const struct json_value *chunks)
{
    bool same = true;
    for (size_t i = 0; i < chunks->count; i++) {
        const struct json_value *chunk = json_item(chunks, i);
        unsigned char hash[SHA256_SIZE];
        hash_repeated(
            hash, json_member_text(chunk, "fill"), json_i64(json_member(chunk, TEXT("length")), 0));
        same &= sigv4_sign_chunk(chain, hash, NULL);
        same &= same_text(
            text_from(chain->previous, chain->previous_size), json_member_text(chunk, "signature"));
    }
    return same;
}

static bool sign_trailers(
    struct trial *trial, struct sigv4_chain *chain, const struct json_value *stream)
{
    const struct json_value *trailers = json_member(stream, TEXT("trailers"));
    struct buffer lines, to_sign;
    buffer_init(&lines, &trial->bench.arena);
    buffer_init(&to_sign, &trial->bench.arena);
    for (size_t i = 0; i < trailers->count; i++) {
        const struct json_value *pair = json_item(trailers, i);
        buffer_add_format(
            &lines, "%.*s:%.*s\n", TEXT_ARGS(json_text(json_item(pair, 0))),
            TEXT_ARGS(json_text(json_item(pair, 1))));
    }
    unsigned char hash[SHA256_SIZE];
    sha256_once(hash, buffer_text(&lines));
    return sigv4_sign_trailer(chain, hash, &to_sign) &&
           same_text(buffer_text(&lines), json_member_text(stream, "canonical_trailers")) &&
           same_text(buffer_text(&to_sign), json_member_text(stream, "trailer_string_to_sign")) &&
           same_text(
               text_from(chain->previous, chain->previous_size),
               json_member_text(stream, "trailer_signature"));
}

static bool sign_events(
    struct trial *trial, struct sigv4_chain *chain, const struct json_value *events)
{
    bool same = true;
    for (size_t i = 0; i < events->count; i++) {
        const struct json_value *event = json_item(events, i);
        text hex = json_member_text(event, "date_header_hex");
        unsigned char headers[64], headers_hash[SHA256_SIZE], payload_hash[SHA256_SIZE];
        CHECK(hex.size / 2 <= sizeof headers && hex_decode(headers, hex));
        sha256_once(headers_hash, text_from(headers, hex.size / 2));
        sha256_once(payload_hash, json_member_text(event, "payload"));
        struct buffer to_sign;
        buffer_init(&to_sign, &trial->bench.arena);
        same &= sigv4_sign_event(
            chain, json_member_text(event, "date").data, headers_hash, payload_hash, &to_sign);
        same &= same_text(buffer_text(&to_sign), json_member_text(event, "string_to_sign"));
        same &= same_text(
            text_from(chain->previous, chain->previous_size), json_member_text(event, "signature"));
    }
    return same;
}

TEST(streams_are_signed_piece_by_piece)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *streams = vector_json(&bench, vector_path("sigv4/streaming.json"));
    for (size_t i = 0; i < streams->count; i++) {
        const struct json_value *stream = json_item(streams, i), *base = stream;
        if (json_member(stream, TEXT("base")))
            base = find_stream(streams, json_member_text(stream, "base"));
        text id = json_member_text(stream, "id");
        if (!base) {
            tally.left_out++;
            continue;
        }
        struct trial trial;
        struct sigv4_chain chain;
        trial_init(&trial);
        bool same = sign_stream_request(&trial, base, &chain);
        const struct json_value *chunks = json_member(base, TEXT("chunks"));
        const struct json_value *events = json_member(base, TEXT("events"));
        same &= !chunks || sign_chunks(&chain, chunks);
        same &= !events || sign_events(&trial, &chain, events);
        same &= !json_member(stream, TEXT("trailers")) || sign_trailers(&trial, &chain, stream);
        tally_case(&tally, same, "streaming", id);
        trial_release(&trial);
    }
    bench_release(&bench);
}

TEST(sigv4_tally)
{
    (void)test_vectors();
    tally_finish(&tally, "its base is in the other quarter");
}
