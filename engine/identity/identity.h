/*
 * identity: who the requests are signed as. A provider is asked for an identity and answers at once
 * when it has a valid one, or later, once, to all who wait. It does not sign, and does not know
 * what a call is. Secrets are in struct secret and are wiped when the last holder lets go.
 *
 *   struct identity_config config = {.memory = &memory, .settings = settings};
 *   struct identity_provider *provider = identity_provider_new(&config, &error);
 *   query.answered = go_on;
 *   if (identity_ask(provider, &query, now_s)) go_on(&query);   // else go_on() comes later
 *   if (!query.identity) ...                                    // query.problem says why
 *   struct signing_credentials credentials = identity_credentials(query.identity);
 *   identity_forget(&query);                                    // after use, or to wait no more
 *   identity_provider_free(provider);
 *
 * Where identities come from, the first that has any: those given, a source of the user's, and
 * what the settings say (plan.h), which may take requests to other services (chain.h). They are
 * renewed IDENTITY_REFRESH_S before they expire, by one asking while the others go on with the old
 * ones. When that fails it is tried again with growing pauses; credentials of IMDS then serve
 * beyond their end, as AWS asks of its SDKs. A provider has either
 * credentials or bearer tokens.
 *
 *   instance   the region of the machine, as IMDS says                    instance.h
 *   wire       fetches over the engine's pool of connections              wire.h
 */
#ifndef IDENTITY_IDENTITY_H
#define IDENTITY_IDENTITY_H

#include "base/base.h"
#include "net/net.h"
#include "settings/settings.h"
#include "signing/signing.h"

#include "instance.h"
#include "wire.h"

struct identity_provider;
struct protocol_readers;

enum {
    IDENTITY_TOKEN_MOST = 16384, /* bytes of a session token */
    /* So long before expiry a new one is asked for; a quarter of its life before, if that is
     * between this and four times this; or as the source says. */
    IDENTITY_REFRESH_S = 300,
    IDENTITY_PAUSE_MOST_S = 30, /* between two failed attempts of a chain; the first pause is 1 s */
    IDENTITY_STALE_S = 300,     /* IMDS's credentials serve so much longer at a time, to twice it */
};

/* What a source answers with. Copied. */
struct identity_values {
    text access_key_id, secret_access_key;
    text session_token; /* absent or empty: none */
    text account_id;    /* absent or empty: unknown */
    text token;         /* a bearer's, instead of all above */
    int64_t expires_s;  /* Unix time; 0: never */
};

/* One set of credentials, or one token; never changes. Lives until the last holder lets go. */
struct identity {
    size_t references;
    struct budget *memory;
    size_t size; /* with the texts behind it */
    struct secret secret_key;
    text access_key_id, session_token, account_id;
    text token; /* a bearer's; absent: these are credentials */
    int64_t expires_s;
    uint64_t generation; /* of its provider: 1 for the first */
    const char *origin;  /* for a person: "environment", "profile dev"; behind the texts */
};

void identity_hold(struct identity *identity);
void identity_let_go(struct identity *identity); /* NULL does nothing */

/* For signing; the texts are the identity's. */
struct signing_credentials identity_credentials(const struct identity *identity);

/* Where identities come from when none is known in advance. May answer within ask() or later, with
 * identity_answer(), once for each ask(). */
struct identity_source {
    void (*ask)(void *arg, struct identity_provider *provider);
    void *arg;
    const char *origin;
    uint32_t refresh_s; /* this long before expiry; IDENTITY_REFRESH_S */
};

/* What it takes to fetch credentials; all must stay as long as the provider. */
struct identity_means {
    struct ring *ring;          /* for programs that write credentials; NULL: they are not run */
    struct identity_wire *wire; /* required */
    struct slab *arena_blocks;  /* required, as is the next */
    struct protocol_readers *readers;
    struct net_trust *trust;
    struct http_proxies *proxies; /* for who is not near by; NULL: none */
    const struct log *log;
    struct random_source *random; /* required */
    /* Asks a person for the code of an MFA device; identity_answer_mfa() within it or later. NULL:
     * there is no one to ask. */
    void (*ask_mfa)(void *arg, struct identity_provider *provider, const char *serial);
    void *mfa_arg;
    text region; /* STS is asked there; absent: us-east-1. Needed while _new() runs */
};

struct identity_config {
    struct budget *memory;
    const struct settings *settings;     /* NULL: not looked into; needed while _new() runs */
    const struct identity_means *means;  /* required with settings, but for tokens; copied */
    const struct identity_values *given; /* NULL: none */
    struct identity_source source;       /* ask NULL: none */
    text token_name; /* for tokens: the service's signing name, "bedrock"; absent: credentials */
};

/* NULL with *error: no memory, or those given cannot be. Not to have found any is no error
 * here: queries are told. */
struct identity_provider *identity_provider_new(
    const struct identity_config *config, inia_error *error) MUST_USE;

/* A query waits, or the source has yet to answer. */
bool identity_is_busy(const struct identity_provider *provider);

/* For one more owner, who frees it too. */
struct identity_provider *identity_provider_hold(struct identity_provider *provider);
/* When the last owner frees it, no query may be waiting, and a source that has yet to answer must
 * not do so any more. */
void identity_provider_free(struct identity_provider *provider);

/* Whether both would fetch the same, so that one serves. Never so with a source, or with MFA. */
bool identity_provider_equals(
    const struct identity_provider *provider, const struct identity_provider *other);

/* "role arn:... from IMDS"; for a person. */
void identity_provider_describe(const struct identity_provider *provider, struct buffer *out);

void identity_answer_mfa(struct identity_provider *provider, text code); /* absent: none */

/* One who wants an identity; the asker's memory, zeroed at first. */
struct identity_query {
    void (*answered)(struct identity_query *query); /* the asker's, set before it asks */
    struct identity *identity; /* once answered: held until identity_forget(); NULL: none */
    const char *problem;       /* then: why; lives as long as the provider or its next answer */
    struct list_link link;
};

/* true: answered at once, and answered() will not be called. */
bool identity_ask(
    struct identity_provider *provider, struct identity_query *query, int64_t now_s) MUST_USE;

/* Waits no more, and lets go of what it was given. No harm if there is neither. */
void identity_forget(struct identity_query *query);

/* The service called these credentials expired: the next query asks the source again. false: there
 * is none. */
bool identity_expired(struct identity_provider *provider, const struct identity *identity);

/* From a source: NULL with problem (copied) when there are none to be had. The queries that wait
 * are answered within this call. */
void identity_answer(
    struct identity_provider *provider, const struct identity_values *values, const char *problem);

/* The variable that holds a service's bearer token: "AWS_BEARER_TOKEN_" and its signing name in
 * capitals, - and space as _. */
void identity_token_variable(struct buffer *out, text signing_name);

/* What there is now, without asking; NULL: none. Not held for the caller. */
const struct identity *identity_current(const struct identity_provider *provider);

#endif
