/* What the SigV4 vectors' tests share: one signing, with what goes in and what is looked at. */
#ifndef VECTORS_TRIAL_H
#define VECTORS_TRIAL_H

#include "signing/signing.h"

#include "request.h"
#include "vectors.h"

/* One signing: what goes in, and what is looked at. */
struct trial {
    struct bench bench;
    struct sigv4_signer signer;
    struct http_draft draft;
    text body;
    struct secret secret;
    struct signing_credentials credentials;
    struct sigv4_options options;
    struct buffer canonical, to_sign;
    int64_t now_s;
    char payload[2 * SHA256_SIZE];
};

static inline void trial_init(struct trial *trial)
{
    *trial = (struct trial){0};
    bench_init(&trial->bench);
    sigv4_signer_init(&trial->signer);
    buffer_init(&trial->canonical, &trial->bench.arena);
    buffer_init(&trial->to_sign, &trial->bench.arena);
    trial->credentials.secret_key = &trial->secret;
    trial->options.credentials = &trial->credentials;
    trial->options.canonical = &trial->canonical;
    trial->options.to_sign = &trial->to_sign;
}

static inline void trial_release(struct trial *trial)
{
    sigv4_signer_release(&trial->signer);
    bench_release(&trial->bench);
}

static inline void set_credentials(struct trial *trial, text id, text secret, text token)
{
    CHECK(secret_set(&trial->secret, secret));
    trial->credentials.access_key_id = id;
    trial->credentials.session_token = token;
}

static inline void use_body_as_payload(struct trial *trial)
{
    unsigned char digest[SHA256_SIZE];
    sha256_once(digest, trial->body);
    hex_encode(trial->payload, digest, sizeof digest);
    trial->options.payload = text_from(trial->payload, sizeof trial->payload);
}

/* 20150830T123600Z */
static inline int64_t basic_time(text written)
{
    char iso[21];
    snprintf(
        iso, sizeof iso, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", written.data, written.data + 4,
        written.data + 6, written.data + 9, written.data + 11, written.data + 13);
    struct date date;
    CHECK(date_parse_iso8601(text_of(iso), &date));
    return date.seconds;
}

static inline bool same_file(struct trial *trial, text actual, const char *path)
{
    text expected = vector_text(&trial->bench, path);
    if (text_equals(text_trim(actual), text_trim(expected)))
        return true;
    printf("%s:\n%.*s\nis not\n%.*s\n", path, TEXT_ARGS(actual), TEXT_ARGS(expected));
    return false;
}

static inline text header_of(const struct http_draft *draft, const char *name)
{
    const struct http_header *header = http_draft_find(draft, text_of(name));
    return header ? text_trim(header->value) : (text){NULL, 0};
}

static inline bool same_text(text actual, text expected)
{
    if (text_equals(text_trim(actual), text_trim(expected)))
        return true;
    printf("%.*s\nis not\n%.*s\n", TEXT_ARGS(actual), TEXT_ARGS(expected));
    return false;
}

/* All the parameters of one query are in the other, and the other way round. */
static inline bool same_parameters(text left, text right)
{
    size_t counts[2] = {0, 0}, found = 0;
    for (text a = left; a.data;) {
        text one = text_split(a, '&', &a);
        counts[0]++;
        counts[1] = 0;
        for (text b = right; b.data;) {
            found += text_equals(one, text_split(b, '&', &b));
            counts[1]++;
        }
    }
    return counts[0] == counts[1] && found >= counts[0];
}

/* The line of a canonical request, from 0. */
static inline text canonical_line(const struct trial *trial, size_t number)
{
    text rest = buffer_text(&trial->canonical), line = rest;
    for (size_t i = 0; i <= number; i++)
        line = text_split(rest, '\n', &rest);
    return line;
}

static inline text parameter(text query, text name)
{
    for (text rest = query; rest.data;) {
        text value, key = text_split(text_split(rest, '&', &rest), '=', &value);
        if (text_equals(key, name))
            return value;
    }
    return (text){NULL, 0};
}

/* A case of aws-c-auth's suite for sigv4 or sigv4a. */
static inline void read_case(struct trial *trial, const char *scheme, const char *folder)
{
    const struct json_value *context =
        vector_json(&trial->bench, vector_path("%s/suite/%s/context.json", scheme, folder));
    const struct json_value *credentials = json_member(context, TEXT("credentials"));
    set_credentials(
        trial, json_member_text(credentials, "access_key_id"),
        json_member_text(credentials, "secret_access_key"), json_member_text(credentials, "token"));
    trial->options.region = json_member_text(context, "region");
    trial->options.service = json_member_text(context, "service");
    trial->options.path_not_normalized = !json_is_true(json_member(context, TEXT("normalize")));
    trial->options.payload_header = json_is_true(json_member(context, TEXT("sign_body")));
    trial->options.token_unsigned = json_is_true(json_member(context, TEXT("omit_session_token")));
    trial->options.expires_s =
        (uint32_t)json_i64(json_member(context, TEXT("expiration_in_seconds")), 0);
    struct date date;
    CHECK(date_parse_iso8601(json_member_text(context, "timestamp"), &date));
    trial->now_s = date.seconds;
    text raw = vector_text(&trial->bench, vector_path("%s/suite/%s/request.txt", scheme, folder));
    trial->body = draft_read(&trial->draft, &trial->bench.arena, raw);
    if (trial->options.payload_header)
        use_body_as_payload(trial);
}

#endif
