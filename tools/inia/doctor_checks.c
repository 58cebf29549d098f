#include "doctor_checks.h"

#include "models/models.h"

#include <netdb.h>
#include <stdio.h>
#include <time.h>

/* ---- Which call ------------------------------------------------------------------------------ */

static bool needs_nothing(const struct model_operation *operation)
{
    for (uint32_t i = 0; operation->input && i < operation->input->member_count; i++) {
        if (operation->input->members[i].required)
            return false;
    }
    return !operation->deprecated;
}

static const struct model_operation *find_reading(const struct model *model)
{
    static const char *const starts[] = {"GetCallerIdentity", "List", "Describe", "Get"};
    for (size_t s = 0; s < COUNT_OF(starts); s++) {
        for (uint32_t i = 0; i < model->operation_count; i++) {
            const struct model_operation *operation = &model->operations[i];
            if (text_starts_with(operation->name, text_of(starts[s])) && needs_nothing(operation))
                return operation;
        }
    }
    return NULL;
}

bool doctor_find_operation(const char *service, char name[128], inia_error *error)
{
    struct model *model = model_load(NULL, text_of(service), (text){NULL, 0}, error);
    const struct model_operation *operation = model ? find_reading(model) : NULL;
    if (operation)
        snprintf(name, 128, "%.*s", TEXT_ARGS(operation->name));
    else if (model)
        (void)error_set(
            error, INIA_BAD_REQUEST,
            "%s has no operation that reads and needs no parameters: name one, with what it needs",
            service);
    model_free(model);
    return operation != NULL;
}

/* ---- Calls ----------------------------------------------------------------------------------- */

/* NULL: no memory. */
static inia_call *run(
    struct session *session, inia_client *client, const inia_operation *operation, inia_goal goal)
{
    const struct options *options = &session->options;
    inia_request request = {
        .operation = operation,
        .json = options->json,
        .params = options->params,
        .deadline_ms = options->deadline_ms ? options->deadline_ms : DOCTOR_PATIENCE_MS,
        .goal = goal,
    };
    return inia_submit(client, &request) ? session_wait(session) : NULL;
}

/* NULL: none, where there was one with credentials: no memory. */
static inia_client *anonymous_client(struct session *session)
{
    inia_client_config config = session->options.client;
    config.anonymous = true;
    config.max_attempts = 1;
    config.explain = NULL;
    return inia_client_new(session->engine, &config, NULL);
}

static double milliseconds(uint64_t ns)
{
    return (double)ns / 1e6;
}

/* ---- Credentials ----------------------------------------------------------------------------- */

/* Access keys are no secrets; still, the last four characters tell them apart. */
static void tell_signer(struct doctor_report *report, const inia_signed_request *request)
{
    static const char start[] = "Credential=";
    const char *key = NULL;
    for (size_t i = 0; i < request->header_count && !key; i++)
        key = strstr(request->headers[i].value, start);
    size_t size = key ? strcspn(key + sizeof start - 1, "/") : 0;
    if (size < 4)
        doctor_report_check(report, "credentials", NULL, "there are some");
    else
        doctor_report_check(
            report, "credentials", NULL, "an access key that ends with %.4s",
            key + sizeof start - 1 + size - 4);
}

/* The host that the request would go to, in host; false: there is no request. */
static bool check_credentials(
    struct session *session, struct doctor_report *report, char host[256], bool *is_secure)
{
    static const char advice[] = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in "
                                 "~/.aws that has some, and see that what it names can be reached";
    inia_call *call = run(session, session->client, session->operation, INIA_SIGN);
    if (!call) {
        doctor_report_check(report, "credentials", "free some memory", "out of memory");
        return false;
    }
    bool good = call->status == INIA_OK;
    if (good && session->options.client.anonymous)
        doctor_report_check(report, "credentials", NULL, "none are wanted");
    else if (good)
        tell_signer(report, call->signed_request);
    else
        doctor_report_check(
            report, call->status == INIA_NO_CREDENTIALS ? "credentials" : "request",
            call->status == INIA_NO_CREDENTIALS ? advice : "see the message", "%s", call->message);
    struct uri uri;
    bool has_host = good && !uri_parse(&uri, text_of(call->signed_request->url));
    if (has_host) {
        snprintf(host, 256, "%.*s", TEXT_ARGS(uri.host));
        *is_secure = uri.secure;
    }
    inia_release(call);
    return has_host;
}

static bool is_told(const struct doctor_report *report, const char *name)
{
    for (size_t i = 0; i < report->setting_count; i++) {
        if (strcmp(report->settings[i].name, name) == 0)
            return true;
    }
    return false;
}

/* The request for which nothing has to be fetched first; NULL: there is none. */
static inia_call *sign_at_once(
    struct session *session, inia_client *anonymous, const struct doctor_report *report)
{
    inia_error error = {0};
    if (is_told(report, "access_key_id") || session->options.client.anonymous)
        return run(session, session->client, session->operation, INIA_SIGN);
    const inia_operation *operation =
        anonymous ? inia_find_operation(anonymous, session->options.operation, &error) : NULL;
    return operation ? run(session, anonymous, operation, INIA_SIGN) : NULL;
}

void doctor_tell_endpoint(struct session *session, struct doctor_report *report)
{
    inia_client *anonymous = anonymous_client(session);
    inia_call *call = sign_at_once(session, anonymous, report);
    char url[300];
    struct uri uri;
    if (call && call->status == INIA_OK && !uri_parse(&uri, text_of(call->signed_request->url))) {
        snprintf(
            url, sizeof url, "%s://%.*s", uri.secure ? "https" : "http", TEXT_ARGS(uri.authority));
        doctor_report_setting(report, "endpoint", url, session->options.operation);
    } else if (call && call->status != INIA_OK) {
        doctor_report_check(report, "endpoint", "see the message", "%s", call->message);
    }
    if (call)
        inia_release(call);
    inia_client_free(anonymous);
}

/* ---- Names ----------------------------------------------------------------------------------- */

static void check_name(struct doctor_report *report, const char *host)
{
    struct addrinfo *found = NULL, hints = {.ai_socktype = SOCK_STREAM};
    char list[400] = "";
    int problem = getaddrinfo(host, NULL, &hints, &found);
    if (problem) {
        doctor_report_check(
            report, "name",
            "see whether the region is right, /etc/resolv.conf names a server that answers, and a "
            "VPN or a proxy (HTTPS_PROXY) is wanted",
            "%s: %s", host, gai_strerror(problem));
        return;
    }
    for (struct addrinfo *at = found; at; at = at->ai_next) {
        char address[64];
        size_t used = strlen(list);
        if (getnameinfo(
                at->ai_addr, at->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST))
            continue;
        if (used + strlen(address) + 3 < sizeof list)
            snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", address);
    }
    freeaddrinfo(found);
    doctor_report_check(report, "name", NULL, "%s is %s", host, list);
}

/* ---- The way there --------------------------------------------------------------------------- */

static const char *advice_for_connection(const char *message)
{
    if (strstr(message, "certificate"))
        return "if a proxy looks into TLS, or the server is your own, name its authority's "
               "certificates in AWS_CA_BUNDLE";
    if (strstr(message, "proxy"))
        return "see HTTPS_PROXY, HTTP_PROXY and NO_PROXY";
    return "see whether a firewall, a proxy (HTTPS_PROXY) or the endpoint's URL is in the way";
}

static void check_clock(struct doctor_report *report, const inia_call *call)
{
    struct date date;
    const char *header = inia_get_header(call, "date");
    if (!header || !date_parse_http(text_of(header), &date)) {
        doctor_report_check(report, "clock", NULL, "the server does not tell the time");
        return;
    }
    long long ahead = (long long)date.seconds - (long long)time(NULL);
    long long off = ahead < 0 ? -ahead : ahead;
    doctor_report_check(
        report, "clock",
        off <= DOCTOR_CLOCK_MOST_S ? NULL
                                   : "set this machine's clock: timedatectl set-ntp true; calls "
                                     "correct for it themselves, other programs do not",
        off <= 1 ? "as the server's" : "the server's is %lld s %s", off,
        ahead > 0 ? "ahead" : "behind");
}

/* Without credentials, so that it is the way alone that is tried. false: no answer came. */
static bool check_connection(struct session *session, struct doctor_report *report, bool is_secure)
{
    inia_error error = {0};
    inia_client *client = anonymous_client(session);
    const inia_operation *operation =
        client ? inia_find_operation(client, session->options.operation, &error) : NULL;
    inia_call *call = operation ? run(session, client, operation, INIA_SEND) : NULL;
    bool answered = call && call->http_status;
    if (!call) {
        doctor_report_check(report, "connection", "see the message", "%s", error.detail);
    } else if (!answered) {
        doctor_report_check(
            report, "connection", advice_for_connection(call->message), "%s", call->message);
    } else {
        const inia_attempt *attempt = &call->attempts[call->attempt_count - 1];
        doctor_report_check(
            report, "connection", NULL, "there in %.1f ms%s, first byte after %.1f ms",
            milliseconds(attempt->connected_ns - attempt->started_ns),
            is_secure ? ", with TLS" : ", without TLS",
            milliseconds(attempt->first_byte_ns - attempt->started_ns));
        check_clock(report, call);
    }
    if (call)
        inia_release(call);
    inia_client_free(client);
    return answered;
}

/* ---- A signed call --------------------------------------------------------------------------- */

static const char *advice_for_code(const char *code)
{
    static const struct {
        const char *part, *advice;
    } known[] = {
        {"InvalidClientTokenId",
         "the access key is unknown: see whether it is the right one, active, "
         "and of this partition"},
        {"UnrecognizedClient", "the access key is unknown, or not of this partition"},
        {"InvalidAccessKeyId",
         "the access key is unknown: see whether it is the right one, active, "
         "and of this partition"},
        {"SignatureDoesNotMatch", "the secret access key is not that of the access key"},
        {"InvalidSignature", "the secret access key is not that of the access key"},
        {"Expired", "the credentials have expired: fetch new ones (aws sso login, aws login)"},
        {"TimeTooSkewed", "set this machine's clock: timedatectl set-ntp true"},
        {"Denied", "the credentials are known, but may not do this: see their policies"},
        {"Unauthorized", "the credentials are known, but may not do this: see their policies"},
        {"Redirect", "the region is not the right one"},
    };
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (strstr(code, known[i].part))
            return known[i].advice;
    }
    return "see the service's message";
}

static void check_call(struct session *session, struct doctor_report *report)
{
    const char *name = session->options.operation;
    inia_call *call = run(session, session->client, session->operation, INIA_SEND);
    if (!call) {
        doctor_report_check(report, "signed call", "free some memory", "out of memory");
        return;
    }
    if (call->status == INIA_OK) {
        const char *arn = inia_get(call, "Arn");
        doctor_report_check(
            report, "signed call", NULL, "%s: HTTP %d in %.1f ms%s%s", name, call->http_status,
            milliseconds(call->attempts[call->attempt_count - 1].ended_ns), arn ? ", as " : "",
            arn ? arn : "");
    } else {
        bool is_said = *call->error_code != '\0';
        doctor_report_check(
            report, "signed call",
            is_said ? advice_for_code(call->error_code) : advice_for_connection(call->message),
            "%s: %s: %s", name, is_said ? call->error_code : inia_status_name(call->status),
            call->message);
    }
    inia_release(call);
}

void doctor_check_all(struct session *session, struct doctor_report *report)
{
    char host[256];
    bool is_secure = false;
    if (check_credentials(session, report, host, &is_secure))
        check_name(report, host);
    if (check_connection(session, report, is_secure) && !report->failed)
        check_call(session, report);
}
