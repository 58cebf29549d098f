#include "message_sums.h"

#include "call.h"

static text text_member(const struct json_value *object, const char *name)
{
    return json_text(json_member(object, text_of(name)));
}

static bool fits(struct call *call, text message, text claimed)
{
    unsigned char digest[MD5_SIZE];
    char hex[2 * MD5_SIZE];
    if (!claimed.size)
        return true;
    md5_once(digest, message);
    hex_encode(hex, digest, sizeof digest);
    if (text_equals_ignoring_case(claimed, text_from(hex, sizeof hex)))
        return true;
    call_fail(
        call, INIA_BAD_RESPONSE, "a message is not what was sent: its MD5 is %.*s, not %.*s",
        (int)sizeof hex, hex, TEXT_ARGS(claimed));
    return false;
}

static bool received_fit(struct call *call, const struct json_value *output)
{
    const struct json_value *messages = json_member(output, TEXT("Messages"));
    for (size_t i = 0; json_is(messages, JSON_LIST) && i < messages->count; i++) {
        const struct json_value *one = json_item(messages, i);
        if (!fits(call, text_member(one, "Body"), text_member(one, "MD5OfBody")))
            return false;
    }
    return true;
}

static const struct json_value *entry_of(const struct json_value *entries, text id)
{
    for (size_t i = 0; json_is(entries, JSON_LIST) && i < entries->count; i++) {
        const struct json_value *entry = json_item(entries, i);
        if (text_equals(text_member(entry, "Id"), id))
            return entry;
    }
    return NULL;
}

static bool sent_fit(
    struct call *call, const struct json_value *sent, const struct json_value *output)
{
    const struct json_value *taken = json_member(output, TEXT("Successful"));
    const struct json_value *entries = json_member(sent, TEXT("Entries"));
    for (size_t i = 0; json_is(taken, JSON_LIST) && i < taken->count; i++) {
        const struct json_value *one = json_item(taken, i);
        const struct json_value *entry = entry_of(entries, text_member(one, "Id"));
        if (entry &&
            !fits(call, text_member(entry, "MessageBody"), text_member(one, "MD5OfMessageBody")))
            return false;
    }
    const struct json_value *body = json_member(sent, TEXT("MessageBody"));
    return !body || fits(call, json_text(body), text_member(output, "MD5OfMessageBody"));
}

bool message_sums_fit(struct call *call)
{
    const inia_client *client = call->public.client;
    text name = call->operation->model->name;
    bool receives = text_equals(name, TEXT("ReceiveMessage"));
    bool sends =
        text_equals(name, TEXT("SendMessage")) || text_equals(name, TEXT("SendMessageBatch"));
    if (!client->switches.response_checksums || (!receives && !sends) ||
        !text_equals(client->model->service_id, TEXT("SQS")))
        return true;
    struct json_problem problem;
    const struct json_value *output = call_output_tree(call), *sent = NULL;
    if (sends && call->operation->plan->protocol == MODEL_JSON)
        sent = json_parse(call->engine->readers.json, call->request.body, &call->arena, &problem);
    return receives ? received_fit(call, output) : sent_fit(call, sent, output);
}
