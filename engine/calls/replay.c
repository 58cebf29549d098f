#include "replay.h"

static bool is_one_of(text name, const text *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equals(name, names[i]))
            return true;
    }
    return false;
}

static bool has_token(const struct model_operation *operation)
{
    const struct model_shape *input = operation->input;
    for (uint32_t i = 0; input && i < input->member_count; i++) {
        if (input->members[i].idempotency_token)
            return true;
    }
    return false;
}

/* Of a verb that is harmless otherwise: what they put is added to what is there, or counts. */
static bool adds_up(text name)
{
    static const text names[] = {
        TEXT_INIT("PutRecord"),        TEXT_INIT("PutRecords"),    TEXT_INIT("PutRecordBatch"),
        TEXT_INIT("PutEvents"),        TEXT_INIT("PutMetricData"), TEXT_INIT("PutLogEvents"),
        TEXT_INIT("PutTraceSegments"), TEXT_INIT("UpdateItem"),
    };
    return is_one_of(name, names, COUNT_OF(names));
}

/* Of a verb that is not: a message received twice is a message received late; an upload begun twice
 * leaves one that was never heard of; the rest read. */
static bool is_harmless_all_the_same(text name)
{
    static const text names[] = {
        TEXT_INIT("ReceiveMessage"),
        TEXT_INIT("CreateMultipartUpload"),
        TEXT_INIT("CreateSession"),
        TEXT_INIT("SelectObjectContent"),
        TEXT_INIT("TransactGetItems"),
        TEXT_INIT("ChangeMessageVisibilityBatch"),
        TEXT_INIT("GenerateDataKey"),
        TEXT_INIT("GenerateDataKeyWithoutPlaintext"),
        TEXT_INIT("DecodeAuthorizationMessage"),
    };
    return is_one_of(name, names, COUNT_OF(names));
}

/* The verb ends where the next word begins: "Put" of "PutItem", not of "Putative". */
static bool has_verb(text name, text verb)
{
    if (!text_starts_with(name, verb))
        return false;
    return name.size == verb.size || (name.data[verb.size] >= 'A' && name.data[verb.size] <= 'Z');
}

static bool has_harmless_verb(text name)
{
    static const text verbs[] = {
        /* reads */
        TEXT_INIT("Get"),
        TEXT_INIT("List"),
        TEXT_INIT("Describe"),
        TEXT_INIT("Head"),
        TEXT_INIT("BatchGet"),
        TEXT_INIT("Query"),
        TEXT_INIT("Scan"),
        TEXT_INIT("Search"),
        TEXT_INIT("Lookup"),
        TEXT_INIT("Check"),
        TEXT_INIT("Validate"),
        TEXT_INIT("Verify"),
        TEXT_INIT("Estimate"),
        TEXT_INIT("Simulate"),
        TEXT_INIT("Preview"),
        TEXT_INIT("Filter"),
        TEXT_INIT("Discover"),
        TEXT_INIT("Encrypt"),
        TEXT_INIT("Decrypt"),
        TEXT_INIT("Sign"),
        TEXT_INIT("Assume"),
        TEXT_INIT("Resolve"),
        TEXT_INIT("Test"),
        TEXT_INIT("View"),
        /* ends with the same thing gone */
        TEXT_INIT("Delete"),
        TEXT_INIT("BatchDelete"),
        TEXT_INIT("Remove"),
        TEXT_INIT("Untag"),
        TEXT_INIT("Abort"),
        TEXT_INIT("Cancel"),
        TEXT_INIT("Stop"),
        TEXT_INIT("Terminate"),
        TEXT_INIT("Deregister"),
        TEXT_INIT("Disassociate"),
        TEXT_INIT("Detach"),
        TEXT_INIT("Disable"),
        TEXT_INIT("Unsubscribe"),
        TEXT_INIT("Purge"),
        /* ends with the same value set */
        TEXT_INIT("Put"),
        TEXT_INIT("BatchWrite"),
        TEXT_INIT("Set"),
        TEXT_INIT("Tag"),
        TEXT_INIT("Update"),
        TEXT_INIT("Modify"),
        TEXT_INIT("Enable"),
        TEXT_INIT("Associate"),
        TEXT_INIT("Attach"),
        TEXT_INIT("Change"),
        TEXT_INIT("Subscribe"),
    };
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if (has_verb(name, verbs[i]))
            return true;
    }
    return false;
}

static bool has_harmless_method(text method)
{
    static const text methods[] = {
        TEXT_INIT("GET"), TEXT_INIT("HEAD"), TEXT_INIT("PUT"), TEXT_INIT("DELETE")};
    return is_one_of(method, methods, COUNT_OF(methods));
}

bool replay_is_harmless(const struct model_operation *operation)
{
    if (operation->idempotent || operation->readonly || has_token(operation))
        return true;
    if (adds_up(operation->name))
        return false;
    return is_harmless_all_the_same(operation->name) || has_harmless_method(operation->method) ||
           has_harmless_verb(operation->name);
}

bool replay_is_read(const struct model_operation *operation)
{
    static const text verbs[] = {
        TEXT_INIT("Get"),      TEXT_INIT("List"),   TEXT_INIT("Describe"),
        TEXT_INIT("Head"),     TEXT_INIT("Query"),  TEXT_INIT("Scan"),
        TEXT_INIT("BatchGet"), TEXT_INIT("Search"), TEXT_INIT("Lookup"),
    };
    bool reads = operation->readonly || text_equals(operation->method, TEXT("GET")) ||
                 text_equals(operation->method, TEXT("HEAD"));
    for (size_t i = 0; !reads && i < COUNT_OF(verbs); i++)
        reads = has_verb(operation->name, verbs[i]);
    return reads && !operation->input_stream;
}
