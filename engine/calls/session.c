#include "session.h"

#include "call.h"

#include <stdio.h>

struct session {
    struct list_link link;
    inia_client *client;
    struct identity_provider *provider;
    struct inner_call inner; /* CreateSession */
    bool answering;          /* its calls are being told */
    inia_status status;      /* of the last CreateSession */
    int http_status;
    char error_code[64], message[SESSION_MESSAGE_MOST];
    size_t bucket_size;
    char bucket[];
};

static text name_of(const struct session *session)
{
    return text_from(session->bucket, session->bucket_size);
}

static struct session *find(const inia_client *client, text bucket)
{
    for (struct list_link *link = client->sessions.first; link; link = link->next) {
        struct session *session = CONTAINER_OF(link, struct session, link);
        if (text_equals(name_of(session), bucket))
            return session;
    }
    return NULL;
}

static void session_free(struct session *session)
{
    inner_forget(&session->inner);
    list_remove(&session->link);
    identity_provider_free(session->provider);
    struct budget *memory = &session->client->engine->memory;
    budget_free(memory, session, sizeof *session + session->bucket_size);
}

void sessions_release(inia_client *client)
{
    while (client->sessions.first)
        session_free(CONTAINER_OF(client->sessions.first, struct session, link));
}

/* The one that was not used for longest, of those that nobody waits for. */
static void make_place(inia_client *client)
{
    if (client->sessions.count < SESSIONS_MOST)
        return;
    for (struct list_link *link = client->sessions.first; link; link = link->next) {
        struct session *session = CONTAINER_OF(link, struct session, link);
        if (session->answering || identity_is_busy(session->provider))
            continue;
        session_free(session);
        return;
    }
}

/* ---- CreateSession --------------------------------------------------------------------------- */

static text member(const inia_call *call, const char *path)
{
    return text_of(call_get(call_of(call), path));
}

static bool read_credentials(const inia_call *call, struct identity_values *values)
{
    struct date expires;
    *values = (struct identity_values){
        .access_key_id = member(call, "Credentials.AccessKeyId"),
        .secret_access_key = member(call, "Credentials.SecretAccessKey"),
        .session_token = member(call, "Credentials.SessionToken"),
    };
    if (!date_parse_iso8601(member(call, "Credentials.Expiration"), &expires))
        return false;
    values->expires_s = expires.seconds;
    return values->access_key_id.size && values->secret_access_key.size &&
           values->session_token.size;
}

static void note_failure(
    struct session *session, inia_status status, int http_status, const char *code,
    const char *message)
{
    session->status = status;
    session->http_status = http_status;
    snprintf(session->error_code, sizeof session->error_code, "%s", code);
    snprintf(session->message, sizeof session->message, "%s", message);
}

static void answer(struct session *session, const struct identity_values *values)
{
    session->answering = true;
    identity_answer(session->provider, values, values ? NULL : session->message);
    session->answering = false;
}

static void created(struct inner_call *inner, const inia_call *call)
{
    struct session *session = CONTAINER_OF(inner, struct session, inner);
    struct identity_values values;
    if (call->status != INIA_OK)
        note_failure(session, call->status, call->http_status, call->error_code, call->message);
    else if (!read_credentials(call, &values))
        note_failure(
            session, INIA_BAD_RESPONSE, call->http_status, "",
            "the response has no complete credentials");
    else
        note_failure(session, INIA_OK, call->http_status, "", "the credentials cannot be used");
    answer(session, session->status == INIA_OK ? &values : NULL);
}

static bool submit(struct session *session, inia_error *error)
{
    inia_client *client = session->client;
    const inia_operation *operation = client_find_operation(client, TEXT("CreateSession"), error);
    char bucket[256];
    if (!operation || session->bucket_size >= sizeof bucket)
        return false;
    memcpy(bucket, session->bucket, session->bucket_size);
    bucket[session->bucket_size] = '\0';
    const inia_param params[] = {{"Bucket", bucket}, {NULL, NULL}};
    session->inner.done = created;
    return inner_submit(
        &session->inner, client, &(inia_request){.operation = operation, .params = params});
}

static void ask(void *arg, struct identity_provider *provider)
{
    struct session *session = arg;
    inia_error error = {INIA_NO_MEMORY, "no memory for it"};
    check(provider == session->provider);
    if (submit(session, &error))
        return;
    note_failure(session, error.status, 0, "", error.detail);
    answer(session, NULL);
}

/* ---- For calls ------------------------------------------------------------------------------- */

static struct session *session_new(inia_client *client, text bucket)
{
    struct budget *memory = &client->engine->memory;
    struct session *session = budget_alloc(memory, sizeof *session + bucket.size);
    if (!session)
        return NULL;
    *session = (struct session){.client = client, .bucket_size = bucket.size};
    memcpy(session->bucket, bucket.data, bucket.size);
    struct identity_config config = {
        .memory = memory,
        .source = {ask, session, "CreateSession", SESSION_REFRESH_S},
    };
    session->provider = identity_provider_new(&config, NULL);
    if (!session->provider) {
        budget_free(memory, session, sizeof *session + bucket.size);
        return NULL;
    }
    return session;
}

struct identity_provider *session_provider(inia_client *client, text bucket)
{
    struct session *session = find(client, bucket);
    if (!session) {
        make_place(client);
        session = session_new(client, bucket);
    }
    if (!session)
        return NULL;
    list_remove(&session->link);
    list_push(&client->sessions, &session->link);
    return session->provider;
}

void session_fail(struct call *call)
{
    const struct session *session = find(call->public.client, call->target.bucket);
    text bucket = call->target.bucket;
    if (!session) {
        call_fail(call, INIA_NO_MEMORY, "no memory for a session of the bucket");
        return;
    }
    const char *code = arena_string(&call->arena, text_of(session->error_code));
    inia_status status = session->status == INIA_OK ? INIA_BAD_RESPONSE : session->status;
    call_fail(
        call, status, "no session for the bucket %.*s: %s", TEXT_ARGS(bucket), session->message);
    call->public.http_status = session->http_status;
    call->public.error_code = code ? code : "";
}
