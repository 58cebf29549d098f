#include "sqs.h"

#define SQS_REFUSAL(name, code, query_code, message)                                               \
    const struct refusal refusal_##name = {                                                        \
        400, TEXT_INIT("com.amazonaws.sqs#" code), TEXT_INIT(message), TEXT_INIT(query_code)}

SQS_REFUSAL(
    no_such_queue, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue",
    "The specified queue does not exist.");
SQS_REFUSAL(
    queue_exists, "QueueNameExists", "QueueAlreadyExists",
    "A queue already exists with the same name and a different value for an attribute");
SQS_REFUSAL(
    bad_queue_name, "InvalidParameterValue", "InvalidParameterValue",
    "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
SQS_REFUSAL(
    bad_parameter, "InvalidParameterValue", "InvalidParameterValue",
    "Value for a parameter is invalid or out of range.");
SQS_REFUSAL(
    missing_parameter, "MissingRequiredParameterException", "MissingParameter",
    "The request must contain a parameter that is missing.");
SQS_REFUSAL(
    bad_receipt, "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid",
    "The input receipt handle is invalid.");
SQS_REFUSAL(
    not_in_flight, "MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight",
    "The specified message is not in flight.");
SQS_REFUSAL(
    bad_contents, "InvalidMessageContents", "InvalidMessageContents",
    "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | "
    "#xE000 to #xFFFD | #x10000 to #x10FFFF");
SQS_REFUSAL(
    message_too_long, "InvalidParameterValue", "InvalidParameterValue",
    "One or more parameters are invalid. Reason: Message must be shorter than the queue's "
    "MaximumMessageSize.");
SQS_REFUSAL(
    bad_attribute_name, "InvalidAttributeName", "InvalidAttributeName", "Unknown Attribute.");
SQS_REFUSAL(
    bad_attribute_value, "InvalidAttributeValue", "InvalidAttributeValue",
    "Invalid value for an attribute.");
SQS_REFUSAL(
    bad_json, "SerializationException", "SerializationException", "The body is not a JSON object.");
SQS_REFUSAL(
    unknown_operation, "UnknownOperationException", "InvalidAction",
    "There is no such operation here.");
SQS_REFUSAL(
    empty_batch, "EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest",
    "There should be at least one entry in the request.");
SQS_REFUSAL(
    large_batch, "TooManyEntriesInBatchRequest",
    "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    "Maximum number of entries per request are 10.");
SQS_REFUSAL(
    ids_not_distinct, "BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    "An Id is repeated.");
const struct refusal refusal_sqs_full = {
    503, TEXT_INIT("com.amazonaws.sqs#RequestThrottled"),
    TEXT_INIT("The endpoint's memory is used up; see --max-memory."),
    TEXT_INIT("ThrottlingException")};

static const struct operation operations[] = {
    {TEXT_INIT("SendMessage"), BODY_TEXT, sqs_send_message},
    {TEXT_INIT("ReceiveMessage"), BODY_TEXT, sqs_receive_message},
    {TEXT_INIT("DeleteMessage"), BODY_TEXT, sqs_delete_message},
    {TEXT_INIT("SendMessageBatch"), BODY_TEXT, sqs_send_message_batch},
    {TEXT_INIT("DeleteMessageBatch"), BODY_TEXT, sqs_delete_message_batch},
    {TEXT_INIT("ChangeMessageVisibility"), BODY_TEXT, sqs_change_visibility},
    {TEXT_INIT("ChangeMessageVisibilityBatch"), BODY_TEXT, sqs_change_visibility_batch},
    {TEXT_INIT("GetQueueUrl"), BODY_TEXT, sqs_get_queue_url},
    {TEXT_INIT("GetQueueAttributes"), BODY_TEXT, sqs_get_queue_attributes},
    {TEXT_INIT("SetQueueAttributes"), BODY_TEXT, sqs_set_queue_attributes},
    {TEXT_INIT("CreateQueue"), BODY_TEXT, sqs_create_queue},
    {TEXT_INIT("ListQueues"), BODY_TEXT, sqs_list_queues},
    {TEXT_INIT("DeleteQueue"), BODY_TEXT, sqs_delete_queue},
    {TEXT_INIT("PurgeQueue"), BODY_TEXT, sqs_purge_queue},
};

bool sqs_is_meant(const struct request *request)
{
    return text_starts_with(request_field(request, FIELD_TARGET), TEXT("AmazonSQS."));
}

void sqs_route(struct request *request)
{
    text target = request_field(request, FIELD_TARGET);
    text name = text_after(target, TEXT("AmazonSQS.").size);
    request->service = SERVICE_SQS;
    for (size_t i = 0; i < COUNT_OF(operations); i++) {
        if (text_equals(operations[i].name, name)) {
            request->operation = &operations[i];
            return;
        }
    }
    request_refuse(request, &refusal_unknown_operation, (text){0});
}

/* What SQS calls the refusals that are not its own. */
static const struct {
    const struct refusal *refusal;
    text type;
} translations[] = {
    {&refusal_invalid_access_key,
     TEXT_INIT("com.amazon.coral.service#UnrecognizedClientException")},
    {&refusal_signature, TEXT_INIT("com.amazon.coral.service#InvalidSignatureException")},
    {&refusal_time_skewed, TEXT_INIT("com.amazon.coral.service#InvalidSignatureException")},
    {&refusal_payload_mismatch, TEXT_INIT("com.amazon.coral.service#InvalidSignatureException")},
    {&refusal_access_denied,
     TEXT_INIT("com.amazon.coral.service#MissingAuthenticationTokenException")},
    {&refusal_malformed_authorization,
     TEXT_INIT("com.amazon.coral.service#IncompleteSignatureException")},
    {&refusal_slow_down, TEXT_INIT("com.amazonaws.sqs#RequestThrottled")},
    {&refusal_no_memory, TEXT_INIT("com.amazonaws.sqs#RequestThrottled")},
};

static text type_of(const struct refusal *refusal)
{
    for (size_t i = 0; i < COUNT_OF(translations); i++)
        if (translations[i].refusal == refusal)
            return translations[i].type;
    return refusal->code;
}

void sqs_write_refusal(struct request *request)
{
    const struct refusal *refusal = request->refusal;
    text type = type_of(refusal), detail = request->refusal_detail, code = refusal->query_code;
    if (!code.data)
        code = text_after(type, text_find(type, '#') < type.size ? text_find(type, '#') + 1 : 0);
    struct buffer out;
    reply_begin_text(request, &out);
    buffer_add(&out, TEXT("{\"__type\":"));
    json_write_string(&out, type);
    sqs_member(&out, TEXT("message"), detail.data ? detail : refusal->message);
    buffer_add(&out, TEXT("}"));
    reply_begin(request, refusal->status);
    reply_add_lines(request, TEXT("x-amzn-query-error: "));
    reply_add_lines(request, code);
    reply_add_lines(request, refusal->status < 500 ? TEXT(";Sender\r\n") : TEXT(";Receiver\r\n"));
    reply_end_text(request, TEXT("application/x-amz-json-1.0"), &out);
}

const struct json_value *sqs_input(struct request *request)
{
    struct json_problem problem;
    const struct json_value *input =
        json_parse(request->server->json, request->body.text, request->arena, &problem);
    if (json_is(input, JSON_OBJECT))
        return input;
    request_refuse(request, &refusal_bad_json, (text){0});
    return NULL;
}

struct queue *sqs_queue(struct request *request, const struct json_value *input)
{
    text url = json_text(json_member(input, TEXT("QueueUrl")));
    if (!input)
        return NULL;
    if (!url.size) {
        request_refuse(
            request, &refusal_missing_parameter,
            TEXT("The request must contain the parameter QueueUrl."));
        return NULL;
    }
    size_t slash = text_find_last(url, '/');
    text name = slash == url.size ? url : text_after(url, slash + 1);
    struct queue *queue = queue_find(&request->server->queues, name);
    if (!queue)
        request_refuse(request, &refusal_no_such_queue, (text){0});
    return queue;
}

void sqs_begin(struct request *request, struct buffer *out)
{
    reply_begin_text(request, out);
    buffer_add_char(out, '{');
}

void sqs_end(struct request *request, struct buffer *out)
{
    buffer_add_char(out, '}');
    reply_begin(request, 200);
    reply_end_text(request, TEXT("application/x-amz-json-1.0"), out);
}

void sqs_end_empty(struct request *request)
{
    struct buffer out;
    sqs_begin(request, &out);
    sqs_end(request, &out);
}

void sqs_member(struct buffer *out, text name, text value)
{
    if (out->size && out->data[out->size - 1] != '{')
        buffer_add_char(out, ',');
    buffer_add_char(out, '"');
    buffer_add(out, name);
    buffer_add(out, TEXT("\":"));
    json_write_string(out, value);
}

bool sqs_number(
    const struct json_value *input, text name, int64_t least, int64_t most, uint32_t *number)
{
    const struct json_value *member = json_member(input, name);
    if (!member || json_is(member, JSON_NULL))
        return true;
    int64_t value = json_i64(member, -1);
    if (value < least || value > most)
        return false;
    *number = (uint32_t)value;
    return true;
}
