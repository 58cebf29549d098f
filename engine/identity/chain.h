/*
 * chain: carries a plan out: fetches the base, then assumes its roles, one request at a time. Does
 * nothing while nobody asks. All it learns on the way is wiped when it is done.
 *
 * A step (imds.c, container.c, process.c, web_identity and roles in sts.c, sso.c, login.c) ends in
 * chain_have() or chain_fail().
 */
#ifndef IDENTITY_CHAIN_H
#define IDENTITY_CHAIN_H

#include "fetch.h"
#include "plan.h"
#include "process.h"
#include "protocols/protocols.h"
#include "token_file.h"

struct chain;

struct chain_config {
    struct identity_wire *wire;
    struct ring *ring; /* NULL: no processes can be run */
    struct budget *memory;
    struct slab *arena_blocks;
    struct protocol_readers *readers;
    struct net_trust *trust;
    struct http_proxies *proxies;
    const struct log *log;
    /* Asks for the code of an MFA device; chain_mfa_answer() later or within. NULL: there is no one
     * to ask. */
    void (*ask_mfa)(void *arg, const char *serial);
    void *mfa_arg;
    /* The end, in two steps, so that who is told may ask again: what came of it, to be copied (NULL
     * with problem: nothing); and then, the run being over, the time to tell others. */
    void (*take)(struct chain *chain, const struct identity_values *values, const char *problem);
    void (*tell)(struct chain *chain);
};

struct chain {
    struct chain_config config;
    const struct plan *plan;
    struct arena work; /* of one run */
    struct fetch fetch;
    struct process process;
    struct sigv4_signer signer;
    struct secret secret_key; /* of values, for signing */
    struct identity_values values;
    int64_t now_s; /* of the run's start; the servers', once one said that ours is off */
    bool clock_corrected;
    size_t role; /* the next one to assume */
    uint32_t repeats;
    bool running, wants_mfa;
    text token;                       /* IMDS: of the session; SSO: the access token */
    const struct json_value *session; /* SSO, login: the cached token */
};

void chain_init(struct chain *chain, const struct chain_config *config, const struct plan *plan);
void chain_release(struct chain *chain); /* in any state; nothing is heard any more */
/* -> take() and tell(), later or within. */
void chain_run(struct chain *chain, int64_t now_s);
void chain_mfa_answer(struct chain *chain, text code); /* absent: there is none */

/* ---- For its steps --------------------------------------------------------------------------- */

/* The base is known, or a role was assumed: on to the next role, or done. Texts stay in work. */
void chain_have(struct chain *chain, const struct identity_values *values);
/* Assumes the next role, with what is known; a person may be asked first. */
void chain_begin_role(struct chain *chain);
void chain_fail(struct chain *chain, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* false: it has failed. */
/* The fetch, with trust and proxies. */
bool chain_begin(struct chain *chain, text method, text url) MUST_USE;
/* The same for who is near by, as a container's agent: without proxies. */
bool chain_begin_near(struct chain *chain, text method, text url) MUST_USE;
/* A local file's contents, as fetch_begin_file() says; they are tokens. */
void chain_begin_file(struct chain *chain, const char *path);
bool chain_add(struct chain *chain, text name, text value) MUST_USE;
void chain_send(struct chain *chain, void (*done)(struct fetch *fetch));
struct chain *chain_of(struct fetch *fetch);
/* Answer or problem of the fetch, said in one line. */
void chain_fail_fetch(struct chain *chain, const char *what);
/* NULL: it is no JSON object; the chain has not failed. */
const struct json_value *chain_read_json(struct chain *chain, text bytes);
/* Credentials as containers, IMDS and processes write them; false: it has failed, what says of
 * what. token: what the session token is called. */
bool chain_read_credentials(
    struct chain *chain, const struct json_value *document, const char *token, const char *what,
    struct identity_values *values) MUST_USE;
/* Takes what was fetched, if it is such credentials, with the session token called Token. */
void chain_have_fetched(struct chain *chain, const char *what);
int64_t chain_date(const struct json_value *date, int64_t fallback); /* Unix seconds */

void imds_begin(struct chain *chain);
void container_begin(struct chain *chain);
void process_begin(struct chain *chain);
void sso_begin(struct chain *chain);
void login_begin(struct chain *chain);
void sts_begin_web_identity(struct chain *chain);
void sts_begin_role(struct chain *chain, const struct plan_role *role, text mfa_code);

#endif
