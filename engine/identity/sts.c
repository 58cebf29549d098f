/* STS: AssumeRole and AssumeRoleWithWebIdentity, its query protocol written and read by hand. */
#include "chain.h"

#include "crypto/crypto.h"
#include "retry/retry.h"

enum { STS_REPEATS = 3 }; /* while it throttles, or cannot reach a web identity's provider */

static void add_field(struct buffer *body, const char *name, text value)
{
    if (!value.size)
        return;
    buffer_add_char(body, '&');
    buffer_add(body, text_of(name));
    buffer_add_char(body, '=');
    buffer_add_percent(body, value, PERCENT_UNRESERVED);
}

static void begin_body(
    struct chain *chain, struct buffer *body, text action, const struct plan_role *role)
{
    buffer_init(body, &chain->work);
    buffer_add(body, TEXT("Action="));
    buffer_add(body, action);
    buffer_add(body, TEXT("&Version=2011-06-15"));
    add_field(body, "RoleArn", role->arn);
    if (role->session_name.size) {
        add_field(body, "RoleSessionName", role->session_name);
    } else {
        buffer_add(body, TEXT("&RoleSessionName=inia-"));
        buffer_add_i64(body, chain->now_s);
    }
}

static bool sign(struct chain *chain)
{
    struct signing_credentials credentials = {
        .access_key_id = chain->values.access_key_id,
        .secret_key = &chain->secret_key,
        .session_token = chain->values.session_token,
    };
    unsigned char digest[SHA256_SIZE];
    char payload[2 * SHA256_SIZE];
    sha256_once(digest, chain->fetch.body);
    hex_encode(payload, digest, sizeof digest);
    inia_status status = sigv4_sign_headers(
        &chain->signer, &chain->fetch.draft, &chain->work,
        &(struct sigv4_options){
            .credentials = &credentials,
            .region = chain->plan->sts.signing_region,
            .service = TEXT("sts"),
            .payload = text_from(payload, sizeof payload)},
        chain->now_s);
    if (status == INIA_OK)
        return true;
    chain_fail(chain, "the request to STS could not be signed: %s", inia_status_name(status));
    return false;
}

static void send_body(
    struct chain *chain, struct buffer *body, bool is_signed, void (*done)(struct fetch *fetch))
{
    if (!buffer_ok(body)) {
        chain_fail(chain, "no memory for the credentials");
        return;
    }
    struct buffer url;
    buffer_init(&url, &chain->work);
    buffer_add(&url, chain->plan->sts.url);
    buffer_add_char(&url, '/');
    if (!buffer_string(&url) || !chain_begin(chain, TEXT("POST"), buffer_text(&url)))
        return;
    chain->fetch.body = buffer_text(body);
    text type = TEXT("application/x-www-form-urlencoded; charset=utf-8");
    if (chain_add(chain, TEXT("content-type"), type) && (!is_signed || sign(chain)))
        chain_send(chain, done);
}

/* ---- Answers --------------------------------------------------------------------------------- */

static text child(const struct xml_node *node, text name)
{
    const struct xml_node *found = xml_child(node, name);
    return found ? found->value : (text){NULL, 0};
}

/* arn:aws:sts::123456789012:assumed-role/... */
static text account_of(text arn)
{
    text rest = arn;
    for (int i = 0; i < 4; i++)
        (void)text_split(rest, ':', &rest);
    return text_split(rest, ':', &rest);
}

static bool read_result(const struct xml_node *root, struct identity_values *values)
{
    const struct xml_node *result = root ? root->first_child : NULL;
    const struct xml_node *found = xml_child(result, TEXT("Credentials"));
    struct date expires;
    if (!found || !date_parse_iso8601(child(found, TEXT("Expiration")), &expires))
        return false;
    *values = (struct identity_values){
        .access_key_id = child(found, TEXT("AccessKeyId")),
        .secret_access_key = child(found, TEXT("SecretAccessKey")),
        .session_token = child(found, TEXT("SessionToken")),
        .account_id = account_of(child(xml_child(result, TEXT("AssumedRoleUser")), TEXT("Arn"))),
        .expires_s = expires.seconds,
    };
    return values->access_key_id.size && values->secret_access_key.size;
}

static void fail_refused(struct chain *chain, const char *what, const struct xml_node *root)
{
    const struct xml_node *error = xml_child(root, TEXT("Error"));
    text code = child(error, TEXT("Code")), message = child(error, TEXT("Message"));
    if (!code.size)
        chain_fail_fetch(chain, what);
    else
        chain_fail(
            chain, "%s: %.*s: %.*s", what, TEXT_ARGS(code),
            message.size < 150 ? (int)message.size : 150, message.data);
}

static bool is_worth_repeating(struct chain *chain, const struct xml_node *root)
{
    text code = child(xml_child(root, TEXT("Error")), TEXT("Code"));
    bool passes = text_equals(code, TEXT("IDPCommunicationError")) || retry_is_throttling(code);
    return passes && ++chain->repeats < STS_REPEATS;
}

/* Where it complains of the time that was signed, the rest of the run goes by its clock. */
static bool corrects_clock(struct chain *chain, const struct xml_node *root)
{
    enum { OFF_S = 240 };
    const struct fetch *fetch = &chain->fetch;
    int64_t change_s = fetch->date_s ? fetch->date_s - chain->now_s : 0;
    struct retry_attempt attempt = {
        .number = 1,
        .status = INIA_SERVICE_ERROR,
        .http_status = fetch->status,
        .error_code = child(xml_child(root, TEXT("Error")), TEXT("Code")),
        .clock_off = change_s > OFF_S || change_s < -OFF_S,
    };
    if (!attempt.clock_off || chain->clock_corrected ||
        retry_classify(RETRY_INIA, &attempt) != RETRY_SKEWED)
        return false;
    chain->now_s = fetch->date_s;
    chain->clock_corrected = true;
    return true;
}

/* roles: how many of the plan's were assumed by it. */
static void take_answer(struct chain *chain, const char *what, size_t roles)
{
    struct fetch *fetch = &chain->fetch;
    struct xml_problem problem;
    const struct xml_node *root = NULL;
    if (!fetch->problem)
        root = xml_parse(chain->config.readers->xml, fetch->answer, &chain->work, &problem);
    struct identity_values values;
    if (fetch->problem)
        chain_fail_fetch(chain, what);
    else if (fetch->status != 200 && is_worth_repeating(chain, root))
        fetch_repeat(fetch, chain->repeats);
    else if (fetch->status != 200 && roles && corrects_clock(chain, root))
        chain_begin_role(chain);
    else if (fetch->status != 200)
        fail_refused(chain, what, root);
    else if (!read_result(root, &values))
        chain_fail(chain, "%s: the answer is not STS's", what);
    else {
        chain->role += roles;
        chain->repeats = 0;
        chain_have(chain, &values);
    }
}

static void has_web_identity(struct fetch *fetch)
{
    take_answer(chain_of(fetch), "AssumeRoleWithWebIdentity", 0);
}

static void has_role(struct fetch *fetch)
{
    take_answer(chain_of(fetch), "AssumeRole", 1);
}

/* ---- Questions ------------------------------------------------------------------------------- */

static void has_web_token(struct fetch *fetch)
{
    struct chain *chain = chain_of(fetch);
    if (!fetch->answer.size) {
        chain_fail(
            chain, "the web identity token file %.150s: %s", fetch->file,
            fetch->problem ? fetch->problem : "it is empty");
        return;
    }
    struct buffer body;
    begin_body(chain, &body, TEXT("AssumeRoleWithWebIdentity"), &chain->plan->web_identity);
    add_field(&body, "WebIdentityToken", fetch->answer);
    send_body(chain, &body, false, has_web_identity);
}

void sts_begin_web_identity(struct chain *chain)
{
    chain_begin_file(chain, chain->plan->token_file);
    chain_send(chain, has_web_token);
}

void sts_begin_role(struct chain *chain, const struct plan_role *role, text mfa_code)
{
    struct buffer body;
    begin_body(chain, &body, TEXT("AssumeRole"), role);
    add_field(&body, "DurationSeconds", role->duration_s);
    add_field(&body, "ExternalId", role->external_id);
    add_field(&body, "SerialNumber", role->mfa_serial);
    add_field(&body, "TokenCode", mfa_code);
    send_body(chain, &body, true, has_role);
}
