#include "chain.h"

#include "formats/formats.h"

#include <stdarg.h>
#include <stdio.h>

void chain_init(struct chain *chain, const struct chain_config *config, const struct plan *plan)
{
    *chain = (struct chain){.config = *config, .plan = plan};
    arena_init(&chain->work, config->arena_blocks);
    sigv4_signer_init(&chain->signer);
}

/* Forgets what a run learnt. */
static void clean(struct chain *chain)
{
    fetch_cancel(&chain->fetch);
    process_stop(&chain->process);
    arena_wipe(&chain->work);
    arena_clear(&chain->work);
    secret_clear(&chain->secret_key);
    chain->values = (struct identity_values){0};
    chain->session = NULL;
    chain->token = (text){NULL, 0};
    chain->role = 0;
    chain->repeats = 0;
    chain->running = chain->wants_mfa = chain->clock_corrected = false;
}

void chain_release(struct chain *chain)
{
    clean(chain);
    arena_release(&chain->work);
    sigv4_signer_release(&chain->signer);
}

/* ---- Running --------------------------------------------------------------------------------- */

static void begin_base(struct chain *chain)
{
    const struct plan *plan = chain->plan;
    const struct identity_values keys = {
        .access_key_id = plan->keys.access_key_id,
        .secret_access_key = secret_text(&plan->keys.secret_key),
        .session_token = plan->keys.session_token,
        .account_id = plan->keys.account_id,
        .expires_s = plan->keys.expires_s,
    };
    switch (plan->base) {
    case PLAN_NOTHING:
        chain_fail(chain, "no credentials");
        return;
    case PLAN_KEYS:
        chain_have(chain, &keys);
        return;
    case PLAN_WEB_IDENTITY:
        sts_begin_web_identity(chain);
        return;
    case PLAN_SSO:
        sso_begin(chain);
        return;
    case PLAN_LOGIN:
        login_begin(chain);
        return;
    case PLAN_PROCESS:
        process_begin(chain);
        return;
    case PLAN_CONTAINER:
        container_begin(chain);
        return;
    case PLAN_IMDS:
        imds_begin(chain);
        return;
    }
}

void chain_run(struct chain *chain, int64_t now_s)
{
    check(!chain->running);
    chain->running = true;
    chain->now_s = now_s;
    begin_base(chain);
}

void chain_begin_role(struct chain *chain)
{
    const struct plan_role *role = &chain->plan->roles[chain->role];
    if (!role->mfa_serial.size) {
        sts_begin_role(chain, role, (text){NULL, 0});
    } else if (!chain->config.ask_mfa) {
        chain_fail(
            chain, "role %.*s wants a code of the MFA device %.*s, and there is no one to ask",
            TEXT_ARGS(role->arn), TEXT_ARGS(role->mfa_serial));
    } else {
        chain->wants_mfa = true;
        chain->config.ask_mfa(chain->config.mfa_arg, role->mfa_serial.data);
    }
}

void chain_mfa_answer(struct chain *chain, text code)
{
    check(chain->wants_mfa);
    chain->wants_mfa = false;
    const struct plan_role *role = &chain->plan->roles[chain->role];
    if (code.size)
        sts_begin_role(chain, role, code);
    else
        chain_fail(
            chain, "role %.*s wants a code of the MFA device %.*s, and none was given",
            TEXT_ARGS(role->arn), TEXT_ARGS(role->mfa_serial));
}

void chain_have(struct chain *chain, const struct identity_values *values)
{
    chain->values = *values;
    if (chain->values.expires_s && chain->values.expires_s <= chain->now_s &&
        chain->plan->base != PLAN_IMDS && chain->plan->base != PLAN_KEYS) {
        chain_fail(chain, "the credentials that came have expired already");
        return;
    }
    if (chain->role < chain->plan->role_count) {
        if (secret_set(&chain->secret_key, values->secret_access_key))
            chain_begin_role(chain);
        else
            chain_fail(chain, "the secret access key is too long to be one");
        return;
    }
    chain->config.take(chain, &chain->values, NULL);
    clean(chain);
    chain->config.tell(chain);
}

void chain_fail(struct chain *chain, const char *format, ...)
{
    char line[252];
    int start = snprintf(line, sizeof line, "%s", chain->plan->note);
    va_list args;
    va_start(args, format);
    vsnprintf(line + start, sizeof line - (size_t)start, format, args);
    va_end(args);
    clean(chain);
    chain->config.take(chain, NULL, line);
    chain->config.tell(chain);
}

/* ---- Requests -------------------------------------------------------------------------------- */

struct chain *chain_of(struct fetch *fetch)
{
    return CONTAINER_OF(fetch, struct chain, fetch);
}

bool chain_begin(struct chain *chain, text method, text url)
{
    if (!fetch_begin(&chain->fetch, chain->config.wire, &chain->work, method, url)) {
        chain_fail(chain, "%.*s: %s", TEXT_ARGS(url), chain->fetch.problem);
        return false;
    }
    chain->fetch.trust = chain->config.trust;
    chain->fetch.proxies = chain->config.proxies;
    return true;
}

bool chain_begin_near(struct chain *chain, text method, text url)
{
    if (!chain_begin(chain, method, url))
        return false;
    chain->fetch.proxies = NULL;
    return true;
}

void chain_begin_file(struct chain *chain, const char *path)
{
    fetch_begin_file(&chain->fetch, chain->config.wire, &chain->work, path);
}

bool chain_add(struct chain *chain, text name, text value)
{
    if (fetch_add(&chain->fetch, name, value))
        return true;
    chain_fail(chain, "%.*s cannot be sent: it is no header's value", TEXT_ARGS(name));
    return false;
}

void chain_send(struct chain *chain, void (*done)(struct fetch *fetch))
{
    chain->fetch.done = done;
    fetch_send(&chain->fetch);
}

void chain_fail_fetch(struct chain *chain, const char *what)
{
    const struct fetch *fetch = &chain->fetch;
    if (fetch->problem)
        chain_fail(chain, "%s: %s", what, fetch->problem);
    else
        chain_fail(
            chain, "%s: %.*s answered with status %d", what, TEXT_ARGS(fetch->host), fetch->status);
}

/* ---- Documents ------------------------------------------------------------------------------- */

const struct json_value *chain_read_json(struct chain *chain, text bytes)
{
    struct json_problem problem;
    const struct json_value *document =
        json_parse(chain->config.readers->json, bytes, &chain->work, &problem);
    return json_is(document, JSON_OBJECT) ? document : NULL;
}

int64_t chain_date(const struct json_value *date, int64_t fallback)
{
    struct date read;
    text written = json_text(date);
    return written.size && date_parse(written, &read) ? read.seconds : fallback;
}

/* Where credentials of a short life were taken for such as never end, they would be used beyond it.
 */
static bool read_end(const struct json_value *date, int64_t *seconds)
{
    struct date read;
    text written = json_text(date);
    *seconds = json_i64(date, 0);
    if (!date || json_is(date, JSON_NULL) || json_is(date, JSON_NUMBER))
        return true;
    if (!json_is(date, JSON_STRING) || !date_parse(written, &read))
        return false;
    *seconds = read.seconds;
    return true;
}

bool chain_read_credentials(
    struct chain *chain, const struct json_value *document, const char *token, const char *what,
    struct identity_values *values)
{
    *values = (struct identity_values){
        .access_key_id = json_text(json_member(document, TEXT("AccessKeyId"))),
        .secret_access_key = json_text(json_member(document, TEXT("SecretAccessKey"))),
        .session_token = json_text(json_member(document, text_of(token))),
        .account_id = json_text(json_member(document, TEXT("AccountId"))),
    };
    if (!read_end(json_member(document, TEXT("Expiration")), &values->expires_s)) {
        chain_fail(chain, "%s: the answer's Expiration is no date", what);
        return false;
    }
    if (values->access_key_id.size && values->secret_access_key.size)
        return true;
    text message = json_text(json_member(document, TEXT("Message")));
    chain_fail(
        chain, "%s: the answer has no AccessKeyId and SecretAccessKey%s%.*s", what,
        message.size ? ": " : "", message.size < 100 ? (int)message.size : 100, message.data);
    return false;
}

void chain_have_fetched(struct chain *chain, const char *what)
{
    const struct fetch *fetch = &chain->fetch;
    if (fetch->problem || fetch->status != 200) {
        chain_fail_fetch(chain, what);
        return;
    }
    const struct json_value *document = chain_read_json(chain, fetch->answer);
    struct identity_values values;
    if (!document)
        chain_fail(chain, "%s: the answer is no JSON", what);
    else if (chain_read_credentials(chain, document, "Token", what, &values))
        chain_have(chain, &values);
}
