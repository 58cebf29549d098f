/* SSO: the token that `aws sso login` left, renewed when it may be, and the role's credentials for
 * it. */
#include "chain.h"

enum { SSO_RENEW_S = 15 * 60 }; /* before the token's end */

static text member(const struct json_value *object, const char *name)
{
    return json_text(json_member(object, text_of(name)));
}

/* ---- The role's credentials ------------------------------------------------------------------ */

static void has_credentials(struct fetch *fetch)
{
    struct chain *chain = chain_of(fetch);
    if (!fetch->problem && (fetch->status == 401 || fetch->status == 403)) {
        chain_fail(
            chain,
            "SSO: the session is over or has no access to the role (status %d): run aws "
            "sso login",
            fetch->status);
        return;
    }
    if (fetch->problem || fetch->status != 200) {
        chain_fail_fetch(chain, "SSO");
        return;
    }
    const struct json_value *found =
        json_member(chain_read_json(chain, fetch->answer), TEXT("roleCredentials"));
    struct identity_values values = {
        .access_key_id = member(found, "accessKeyId"),
        .secret_access_key = member(found, "secretAccessKey"),
        .session_token = member(found, "sessionToken"),
        .account_id = chain->plan->sso.account_id,
        .expires_s = json_i64(json_member(found, TEXT("expiration")), 0) / 1000,
    };
    if (values.access_key_id.size && values.secret_access_key.size)
        chain_have(chain, &values);
    else
        chain_fail(chain, "SSO: the answer has no role's credentials");
}

static void give_token(struct chain *chain, int64_t expires_s)
{
    struct identity_values values = {.token = chain->token, .expires_s = expires_s};
    chain_have(chain, &values);
}

static void ask_for_credentials(struct chain *chain, int64_t expires_s)
{
    const struct plan_sso *sso = &chain->plan->sso;
    if (sso->token_only) {
        give_token(chain, expires_s);
        return;
    }
    struct buffer url;
    buffer_init(&url, &chain->work);
    buffer_add(&url, sso->portal.url);
    buffer_add(&url, TEXT("/federation/credentials?role_name="));
    buffer_add_percent(&url, sso->role_name, PERCENT_UNRESERVED);
    buffer_add(&url, TEXT("&account_id="));
    buffer_add_percent(&url, sso->account_id, PERCENT_UNRESERVED);
    if (!buffer_string(&url))
        chain_fail(chain, "no memory for the credentials");
    else if (
        chain_begin(chain, TEXT("GET"), buffer_text(&url)) &&
        chain_add(chain, TEXT("x-amz-sso_bearer_token"), chain->token))
        chain_send(chain, has_credentials);
}

/* ---- The token ------------------------------------------------------------------------------- */

static void add_member(struct buffer *out, const char *name, text value)
{
    if (!value.size)
        return;
    buffer_add_char(out, out->size ? ',' : '{');
    json_write_string(out, text_of(name));
    buffer_add_char(out, ':');
    json_write_string(out, value);
}

static void save(struct chain *chain, const struct json_value *renewed, int64_t expires_s)
{
    const struct plan_sso *sso = &chain->plan->sso;
    struct buffer out, end;
    buffer_init(&out, &chain->work);
    buffer_init(&end, &chain->work);
    date_write_iso8601(&end, (struct date){.seconds = expires_s});
    add_member(&out, "startUrl", sso->start_url);
    add_member(&out, "region", sso->region);
    add_member(&out, "accessToken", chain->token);
    add_member(&out, "expiresAt", buffer_text(&end));
    add_member(&out, "clientId", member(chain->session, "clientId"));
    add_member(&out, "clientSecret", member(chain->session, "clientSecret"));
    add_member(&out, "registrationExpiresAt", member(chain->session, "registrationExpiresAt"));
    add_member(&out, "refreshToken", member(renewed, "refreshToken"));
    buffer_add_char(&out, '}');
    if (buffer_ok(&out) && buffer_ok(&end) && token_file_write(sso->cache_file, buffer_text(&out)))
        return;
    LOG(chain->config.log, LOG_LEVEL_WARNING,
        "SSO: %s could not be written: the renewed token "
        "is forgotten at the end",
        sso->cache_file);
}

static int64_t end_of_session(const struct chain *chain)
{
    return chain_date(json_member(chain->session, TEXT("expiresAt")), 0);
}

static void fail_run_out(struct chain *chain)
{
    chain_fail(chain, "SSO: the session has run out: run aws sso login");
}

/* The old token serves as long as it lasts. */
static void has_token(struct fetch *fetch)
{
    struct chain *chain = chain_of(fetch);
    const struct json_value *renewed = NULL;
    if (!fetch->problem && fetch->status == 200)
        renewed = chain_read_json(chain, fetch->answer);
    text token = member(renewed, "accessToken");
    int64_t expires_s = end_of_session(chain);
    if (token.size) {
        chain->token = token;
        expires_s = chain->now_s + json_i64(json_member(renewed, TEXT("expiresIn")), 0);
        save(chain, renewed, expires_s);
    } else if (expires_s <= chain->now_s) {
        fail_run_out(chain);
        return;
    }
    ask_for_credentials(chain, expires_s);
}

static bool can_renew(const struct chain *chain)
{
    const struct json_value *session = chain->session;
    return chain->plan->sso.session.size && member(session, "refreshToken").size &&
           member(session, "clientId").size && member(session, "clientSecret").size &&
           chain_date(json_member(session, TEXT("registrationExpiresAt")), 0) > chain->now_s;
}

static void renew(struct chain *chain)
{
    struct buffer body, url;
    buffer_init(&body, &chain->work);
    buffer_init(&url, &chain->work);
    add_member(&body, "grantType", TEXT("refresh_token"));
    add_member(&body, "clientId", member(chain->session, "clientId"));
    add_member(&body, "clientSecret", member(chain->session, "clientSecret"));
    add_member(&body, "refreshToken", member(chain->session, "refreshToken"));
    buffer_add_char(&body, '}');
    buffer_add(&url, chain->plan->sso.oidc.url);
    buffer_add(&url, TEXT("/token"));
    if (!buffer_string(&url) || !buffer_ok(&body)) {
        chain_fail(chain, "no memory for the credentials");
        return;
    }
    if (!chain_begin(chain, TEXT("POST"), buffer_text(&url)) ||
        !chain_add(chain, TEXT("content-type"), TEXT("application/json")))
        return;
    chain->fetch.body = buffer_text(&body);
    chain_send(chain, has_token);
}

static void has_session(struct fetch *fetch)
{
    struct chain *chain = chain_of(fetch);
    const char *file = fetch->file;
    if (fetch->problem) {
        chain_fail(chain, "SSO: %.150s: %s: run aws sso login", file, fetch->problem);
        return;
    }
    chain->session = chain_read_json(chain, fetch->answer);
    chain->token = member(chain->session, "accessToken");
    int64_t ends_s = end_of_session(chain);
    if (!chain->token.size || !ends_s)
        chain_fail(chain, "SSO: %.150s holds no token: run aws sso login", file);
    else if (ends_s - chain->now_s < SSO_RENEW_S && can_renew(chain))
        renew(chain);
    else if (ends_s <= chain->now_s)
        fail_run_out(chain);
    else
        ask_for_credentials(chain, ends_s);
}

void sso_begin(struct chain *chain)
{
    chain_begin_file(chain, chain->plan->sso.cache_file);
    chain_send(chain, has_session);
}
