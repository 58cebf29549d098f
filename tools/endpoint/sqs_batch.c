#include "sqs.h"

enum { BATCH_MOST = 10 };

static const struct refusal *check_entries(const struct json_value *entries)
{
    if (!json_is(entries, JSON_LIST) || !entries->count)
        return &refusal_empty_batch;
    if (entries->count > BATCH_MOST)
        return &refusal_large_batch;
    for (size_t i = 0; i < entries->count; i++) {
        text id = json_text(json_member(json_item(entries, i), TEXT("Id")));
        if (!id.size)
            return &refusal_missing_parameter;
        for (size_t j = 0; j < i; j++)
            if (text_equals(id, json_text(json_member(json_item(entries, j), TEXT("Id")))))
                return &refusal_ids_not_distinct;
    }
    return NULL;
}

static void add_failure(struct buffer *failed, text id, const struct refusal *refusal)
{
    if (failed->size)
        buffer_add_char(failed, ',');
    buffer_add_char(failed, '{');
    sqs_member(failed, TEXT("Id"), id);
    sqs_member(failed, TEXT("Code"), refusal->query_code);
    sqs_member(failed, TEXT("Message"), refusal->message);
    buffer_add(
        failed,
        refusal->status < 500 ? TEXT(",\"SenderFault\":true}") : TEXT(",\"SenderFault\":false}"));
}

void sqs_batch(struct request *request, sqs_entry *one)
{
    const struct json_value *input = sqs_input(request);
    struct queue *queue = sqs_queue(request, input);
    if (!queue)
        return;
    const struct json_value *entries = json_member(input, TEXT("Entries"));
    const struct refusal *refusal = check_entries(entries);
    if (refusal) {
        request_refuse(request, refusal, (text){0});
        return;
    }
    struct buffer out, failed;
    sqs_begin(request, &out);
    buffer_init(&failed, request->arena);
    buffer_add(&out, TEXT("\"Successful\":["));
    bool is_first = true;
    for (size_t i = 0; i < entries->count; i++) {
        const struct json_value *entry = json_item(entries, i);
        text id = json_text(json_member(entry, TEXT("Id")));
        size_t before = out.size;
        buffer_add(&out, is_first ? TEXT("{") : TEXT(",{"));
        sqs_member(&out, TEXT("Id"), id);
        refusal = one(request, queue, entry, &out);
        buffer_add_char(&out, '}');
        is_first = is_first && refusal;
        if (!refusal)
            continue;
        out.size = before;
        add_failure(&failed, id, refusal);
    }
    buffer_add(&out, TEXT("]"));
    if (failed.size) {
        buffer_add(&out, TEXT(",\"Failed\":["));
        buffer_add(&out, buffer_text(&failed));
        buffer_add(&out, TEXT("]"));
    }
    sqs_end(request, &out);
}
