/*
 * client: one service in one region, with its model, endpoint rules, credentials and trust. Counted
 * by references: it goes when the user has freed it, its last call has been released, nothing that
 * was handed off to it waits for room, and the user's provider owes it no answer.
 */
#ifndef CALLS_CLIENT_H
#define CALLS_CLIENT_H

#include "auth.h"
#include "engine.h"
#include "switches.h"

/* What the calls of a client to the same host share. */
struct hedge_times;

struct destination {
    struct arena *arena; /* of what lives as long as it */
    struct retry_budget budget;
    uint32_t under_way;              /* attempts */
    bool has_answered;               /* so that one that cannot be reached may be on its way back */
    struct list gates;               /* turns.h */
    struct hedge_times *hedge_times; /* hedge.h */
    struct crowd *crowd;             /* turns.h; NULL: as many at once as there are */
};

/* Where calls with equal endpoint parameters go. */
struct client_route {
    text key; /* in the map of routes */
    struct http_origin *origin;
    struct destination *destination;
    text scheme;                             /* "https" */
    text host;                               /* as the Host header has it */
    text name;                               /* the same without a port */
    text path;                               /* goes before the operation's; no / at its end */
    const struct endpoint_auth_scheme *auth; /* what the endpoint wants; NULL: it does not say */
    text signing_name, signing_region, region_set;
    bool path_encoded_once;
    bool secure;
    bool is_asked_of_proxy; /* by a request for the whole URL */
    const struct endpoint_header *headers;
    size_t header_count;
};

/* Of one call. */
struct client_target {
    const struct client_route *route;
    struct http_origin *origin;
    enum auth_scheme auth;
    text signing_region;             /* for AUTH_SIGV4A a set of them */
    text bucket;                     /* S3's; in the call's arena */
    bool presigned;                  /* the URL alone is signed; set before it is found */
    const struct identity *identity; /* its account may be part of the endpoint; NULL: not yet
                                        known; set before it is found, and only needed then */
    bool lacks_account;              /* to be found again once there is an identity */
};

struct inia_operation {
    struct inia_client *client;
    const struct model_operation *model;
    const struct protocol_plan *plan;
    const struct endpoint_binding *binding;
    const struct model_paginator *paginator; /* NULL: no pages */
    enum auth_scheme auth;                   /* unless the endpoint knows better */
    bool repeatable;                         /* done twice is the same as done once */
    bool hedgeable;                          /* reads */
    bool polls;                              /* waits at the service, and is called in a loop */
    text resource_member;                    /* what it is about; absent: not said */
};

struct inia_waiter {
    struct inia_client *client;
    const struct model_waiter *model;
    const struct inia_operation *operation;
};

/* What the user's provider answers to; one at a time. */
struct inia_credentials_query {
    struct identity_provider *provider; /* NULL: answered */
};

struct inia_mfa_query {
    struct identity_provider *provider; /* NULL: answered */
};

struct discovery;
struct hosts;

struct inia_client {
    struct inia_engine *engine;
    struct list_link link; /* in the engine's list */
    size_t references;
    bool freed;         /* by the user */
    struct arena arena; /* of all that lives as long as the client */
    struct library_service *service;
    const struct model *model; /* the service's, as are the rules */
    const struct endpoint_rules *rules;
    enum model_protocol protocol;  /* MODEL_PROTOCOL_NONE: what botocore would take */
    struct endpoint_values values; /* the defaults and the settings: an operation adds its own */
    int account_slot;              /* of the rules, for the account's id; -1: not wanted */
    struct endpoint_memo memo;
    struct model_paginators paginators; /* once there is an operation ... */
    struct model_waiters waiters;       /* ... and a waiter */
    bool knows_pages, knows_waiters;
    struct map operations; /* by name */
    struct map found_waiters;
    struct hosts *hosts; /* what is known of those it goes to */
    const struct client_route *last_route;
    uint64_t last_route_at; /* memo.misses when it was found */
    struct net_trust *trust;
    uint32_t connect_ms;
    bool keep_alive;
    uint32_t warm_connections;
    struct http_proxies *proxies;
    struct identity_provider *identity;
    struct identity_provider *tokens; /* for AUTH_BEARER */
    struct discovery *discovery;      /* of endpoints */
    struct instance *instance;        /* asked for its region; NULL: it is of no interest */
    struct list sessions;             /* for AUTH_S3_EXPRESS; the one used last comes last */
    text auth_schemes;                /* what the user prefers; may be absent */
    text region_set;                  /* that SigV4a shall sign for; absent: as the rules say */
    void (*provider)(void *arg, inia_credentials_query *query);
    void *provider_arg;
    struct inia_credentials_query query;
    void (*mfa)(void *arg, const char *serial, inia_mfa_query *query);
    void *mfa_arg;
    struct inia_mfa_query mfa_query;
    struct sigv4_signer signer;
    struct sigv4a_signer asymmetric;
    struct retry_policy retry_policy;
    struct destination whole; /* with the SDKs' modes, which know but one */
    struct paced *paced;      /* with the adaptive mode; else NULL */
    text retry_codes;         /* the user's own, with commas between them; may be absent */
    uint32_t hedge_percent;
    bool adapts;                   /* finds out how many at once are worth it */
    uint64_t hedged_reads, hedges; /* those that may be, those that were */
    int64_t skew_s;                /* the servers' clock less ours, as far as an answer told */
    text region;
    text user_agent, first_attempt; /* headers */
    bool anonymous, is_s3, custom_endpoint;
    bool plain_endpoint;    /* a custom one, over http */
    bool fips_region;       /* its region's name says so */
    bool s3_like;           /* a server that only resembles S3 is to be expected */
    bool in_lambda;         /* traces are passed on */
    bool presigns_globally; /* S3: endpoint_settings_allow_global() */
    bool refuses_arns;      /* S3 Control: there is no accelerated endpoint for them */
    inia_payload payload;
    struct client_switches switches;
    uint32_t deadline_ms, attempt_ms, max_attempts;
};

/* configuring.c: what it goes by, but for what the next three take. */
bool client_configure(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error) MUST_USE;

/* place.c: what the mode of defaults "auto" is here, as far as it is known yet; the rest is learnt
 * while the client works. */
bool place_find_mode(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    enum defaults_mode *mode, inia_error *error) MUST_USE;

/* ways.c: whom it believes, who it is, and how it gets there. */
struct http_way client_way(const inia_client *client, bool secure, text host, uint16_t port);
bool ways_set_up(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error) MUST_USE;

/* credentials.c: where its credentials and tokens come from. */
bool credentials_set_up(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    inia_error *error) MUST_USE;
void client_answer(inia_credentials_query *query, const inia_credentials *credentials);
void client_answer_mfa(inia_mfa_query *query, const char *code);

inia_client *client_new(
    inia_engine *engine, const inia_client_config *config, inia_error *error) MUST_USE;
void client_free(inia_client *client);                        /* cancels its calls */
void client_load(const inia_client *client, inia_load *load); /* turns.c */
void client_hold(inia_client *client);
void client_let_go(inia_client *client);
void client_destroy(inia_client *client); /* at the engine's end, whoever holds it */
const inia_operation *client_find_operation(inia_client *client, text name, inia_error *error);
const inia_waiter *client_find_waiter(inia_client *client, text name, inia_error *error);

/* The route to this endpoint, made when new. prefix goes before its host name. */
inia_status client_find_route(
    inia_client *client, const struct endpoint *endpoint, text prefix, struct arena *arena,
    const struct client_route **route, inia_error *error) MUST_USE;

/* Opens what config->warm_connections asks for, where the host does not depend on the call. */
void client_warm(inia_client *client, const inia_client_config *config);

/* Where a call with these parameters goes. INIA_BAD_REQUEST in the rules' own words. */
inia_status client_find_target(
    inia_client *client, const inia_operation *operation, const struct json_value *params,
    text host_prefix, struct arena *arena, struct client_target *target,
    inia_error *error) MUST_USE;

/* The same place, but for its address: "https://host", or a host alone; its path stays. */
inia_status client_aim_at(
    inia_client *client, text address, struct arena *arena, struct client_target *target,
    inia_error *error) MUST_USE;

/* redirect.c: the region of a bucket that is elsewhere; absent: not known to be. */
text client_bucket_region(const inia_client *client, text bucket);

/* introducing.c: what its requests say about it. max_attempts is known. false: no memory. */
bool client_introduce(
    inia_client *client, const inia_client_config *config,
    const struct settings *settings) MUST_USE;

#endif
