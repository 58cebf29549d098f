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

/* What an operation does that is harmless when done twice. */
enum verb {
    VERB_OTHER,
    VERB_READS,
    VERB_ANSWERS, /* reads, or computes: of no use to hurry */
    VERB_ENDS,    /* with the same thing gone */
    VERB_SETS     /* to the same value */
};

static enum verb verb_of(text operation)
{
    static const struct {
        enum verb verb;
        text name;
    } verbs[] = {
        {VERB_READS, TEXT_INIT("Get")},        {VERB_READS, TEXT_INIT("List")},
        {VERB_READS, TEXT_INIT("Describe")},   {VERB_READS, TEXT_INIT("Head")},
        {VERB_READS, TEXT_INIT("BatchGet")},   {VERB_READS, TEXT_INIT("Query")},
        {VERB_READS, TEXT_INIT("Scan")},       {VERB_READS, TEXT_INIT("Search")},
        {VERB_READS, TEXT_INIT("Lookup")},     {VERB_ANSWERS, TEXT_INIT("Check")},
        {VERB_ANSWERS, TEXT_INIT("Validate")}, {VERB_ANSWERS, TEXT_INIT("Verify")},
        {VERB_ANSWERS, TEXT_INIT("Estimate")}, {VERB_ANSWERS, TEXT_INIT("Simulate")},
        {VERB_ANSWERS, TEXT_INIT("Preview")},  {VERB_ANSWERS, TEXT_INIT("Filter")},
        {VERB_ANSWERS, TEXT_INIT("Discover")}, {VERB_ANSWERS, TEXT_INIT("Encrypt")},
        {VERB_ANSWERS, TEXT_INIT("Decrypt")},  {VERB_ANSWERS, TEXT_INIT("Sign")},
        {VERB_ANSWERS, TEXT_INIT("Assume")},   {VERB_ANSWERS, TEXT_INIT("Resolve")},
        {VERB_ANSWERS, TEXT_INIT("Test")},     {VERB_ANSWERS, TEXT_INIT("View")},
        {VERB_ENDS, TEXT_INIT("Delete")},      {VERB_ENDS, TEXT_INIT("BatchDelete")},
        {VERB_ENDS, TEXT_INIT("Remove")},      {VERB_ENDS, TEXT_INIT("Untag")},
        {VERB_ENDS, TEXT_INIT("Abort")},       {VERB_ENDS, TEXT_INIT("Cancel")},
        {VERB_ENDS, TEXT_INIT("Stop")},        {VERB_ENDS, TEXT_INIT("Terminate")},
        {VERB_ENDS, TEXT_INIT("Deregister")},  {VERB_ENDS, TEXT_INIT("Disassociate")},
        {VERB_ENDS, TEXT_INIT("Detach")},      {VERB_ENDS, TEXT_INIT("Disable")},
        {VERB_ENDS, TEXT_INIT("Unsubscribe")}, {VERB_ENDS, TEXT_INIT("Purge")},
        {VERB_SETS, TEXT_INIT("Put")},         {VERB_SETS, TEXT_INIT("BatchWrite")},
        {VERB_SETS, TEXT_INIT("Set")},         {VERB_SETS, TEXT_INIT("Tag")},
        {VERB_SETS, TEXT_INIT("Update")},      {VERB_SETS, TEXT_INIT("Modify")},
        {VERB_SETS, TEXT_INIT("Enable")},      {VERB_SETS, TEXT_INIT("Associate")},
        {VERB_SETS, TEXT_INIT("Attach")},      {VERB_SETS, TEXT_INIT("Change")},
        {VERB_SETS, TEXT_INIT("Subscribe")},
    };
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if (has_verb(operation, verbs[i].name))
            return verbs[i].verb;
    }
    return VERB_OTHER;
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
           verb_of(operation->name) != VERB_OTHER;
}

bool replay_is_read(const struct model_operation *operation)
{
    bool reads = operation->readonly || text_equals(operation->method, TEXT("GET")) ||
                 text_equals(operation->method, TEXT("HEAD")) ||
                 verb_of(operation->name) == VERB_READS;
    return reads && !operation->input_stream;
}
