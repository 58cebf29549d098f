/* Login: the credentials that `aws login` left, renewed by AWS's sign-in when they run out. */
#include "chain.h"
#include "dpop.h"

enum { LOGIN_RENEW_S = 5 * 60 }; /* before the credentials' end */

static const struct json_value *find(const struct json_value *object, const char *name)
{
    return json_member(object, text_of(name));
}

static text member(const struct json_value *object, const char *name)
{
    return json_text(find(object, name));
}

static struct identity_values values_of(const struct json_value *token)
{
    return (struct identity_values){
        .access_key_id = member(token, "accessKeyId"),
        .secret_access_key = member(token, "secretAccessKey"),
        .session_token = member(token, "sessionToken"),
        .account_id = member(token, "accountId"),
        .expires_s = chain_date(find(token, "expiresAt"), 0),
    };
}

/* ---- Renewing -------------------------------------------------------------------------------- */

static void add_string(struct buffer *out, const char *name, text value, bool first)
{
    buffer_add_char(out, first ? '{' : ',');
    json_write_string(out, text_of(name));
    buffer_add_char(out, ':');
    json_write_string(out, value);
}

static void add_token(struct buffer *out, const struct identity_values *values)
{
    struct buffer end;
    buffer_init(&end, out->arena);
    date_write_iso8601(&end, (struct date){.seconds = values->expires_s});
    buffer_add(out, TEXT("{\"accessToken\":"));
    add_string(out, "accessKeyId", values->access_key_id, true);
    add_string(out, "secretAccessKey", values->secret_access_key, false);
    add_string(out, "sessionToken", values->session_token, false);
    add_string(out, "accountId", values->account_id, false);
    add_string(out, "expiresAt", buffer_text(&end), false);
    buffer_add_char(out, '}');
    out->failed |= end.failed;
}

/* The session's other members stay. */
static void save(struct chain *chain, const struct identity_values *values, text refresh_token)
{
    struct buffer out;
    buffer_init(&out, &chain->work);
    add_token(&out, values);
    add_string(&out, "refreshToken", refresh_token, false);
    for (uint32_t i = 0; i < chain->session->count; i++) {
        text name = chain->session->names[i];
        if (text_equals(name, TEXT("accessToken")) || text_equals(name, TEXT("refreshToken")))
            continue;
        buffer_add_char(&out, ',');
        json_write_string(&out, name);
        buffer_add_char(&out, ':');
        json_write(&out, &chain->session->items[i]);
    }
    buffer_add_char(&out, '}');
    const char *file = chain->plan->login.cache_file;
    if (!buffer_ok(&out) || !token_file_write(file, buffer_text(&out)))
        LOG(chain->config.log, LOG_LEVEL_WARNING,
            "login: %s could not be written: the renewed session is forgotten at the end", file);
}

static void has_token(struct fetch *fetch)
{
    struct chain *chain = chain_of(fetch);
    const struct json_value *answer = fetch->problem ? NULL : chain_read_json(chain, fetch->answer);
    if (!fetch->problem && fetch->status != 200 && answer) {
        text error = member(answer, "error");
        chain_fail(
            chain, "login: sign-in refused to renew the session (%.*s): run aws login",
            TEXT_ARGS(error.size ? error : TEXT("no reason given")));
        return;
    }
    if (!answer) {
        chain_fail_fetch(chain, "login");
        return;
    }
    struct identity_values values = values_of(find(answer, "accessToken"));
    values.account_id = member(find(chain->session, "accessToken"), "accountId");
    values.expires_s = chain->now_s + json_i64(find(answer, "expiresIn"), 0);
    text refresh_token = member(answer, "refreshToken");
    if (!values.access_key_id.size || !values.secret_access_key.size || !refresh_token.size) {
        chain_fail(chain, "login: sign-in's answer has no credentials: run aws login");
        return;
    }
    save(chain, &values, refresh_token);
    chain_have(chain, &values);
}

static bool write_body(struct chain *chain, struct buffer *body)
{
    buffer_init(body, &chain->work);
    add_string(body, "clientId", member(chain->session, "clientId"), true);
    add_string(body, "refreshToken", member(chain->session, "refreshToken"), false);
    add_string(body, "grantType", TEXT("refresh_token"), false);
    buffer_add_char(body, '}');
    return buffer_ok(body);
}

static text prove(struct chain *chain, text url)
{
    unsigned char key[ECDSA_SCALAR_SIZE];
    char id[36];
    random_uuid(chain->config.wire->random, id);
    text proof = {NULL, 0};
    if (dpop_read_key(key, member(chain->session, "dpopKey"), &chain->work))
        proof = dpop_write(key, url, chain->now_s, text_from(id, sizeof id), &chain->work);
    memory_wipe(key, sizeof key);
    return proof;
}

static void renew(struct chain *chain)
{
    struct buffer url, body;
    buffer_init(&url, &chain->work);
    buffer_add(&url, chain->plan->login.signin.url);
    buffer_add(&url, TEXT("/v1/token"));
    if (!buffer_string(&url) || !write_body(chain, &body)) {
        chain_fail(chain, "no memory for the credentials");
        return;
    }
    text proof = prove(chain, buffer_text(&url));
    if (!proof.size) {
        chain_fail(chain, "login: the session's key cannot be used: run aws login");
        return;
    }
    if (!chain_begin(chain, TEXT("POST"), buffer_text(&url)) ||
        !chain_add(chain, TEXT("content-type"), TEXT("application/json")) ||
        !chain_add(chain, TEXT("dpop"), proof))
        return;
    chain->fetch.body = buffer_text(&body);
    chain_send(chain, has_token);
}

static void has_session(struct fetch *fetch)
{
    struct chain *chain = chain_of(fetch);
    const char *file = fetch->file;
    if (fetch->problem) {
        chain_fail(chain, "login: %.150s: %s: run aws login", file, fetch->problem);
        return;
    }
    chain->session = chain_read_json(chain, fetch->answer);
    struct identity_values values = values_of(find(chain->session, "accessToken"));
    if (!values.access_key_id.size || !values.secret_access_key.size ||
        !member(chain->session, "refreshToken").size || !member(chain->session, "clientId").size ||
        !member(chain->session, "dpopKey").size)
        chain_fail(chain, "login: %.150s holds no session: run aws login", file);
    else if (values.expires_s - chain->now_s > LOGIN_RENEW_S)
        chain_have(chain, &values);
    else
        renew(chain);
}

void login_begin(struct chain *chain)
{
    chain_begin_file(chain, chain->plan->login.cache_file);
    chain_send(chain, has_session);
}
