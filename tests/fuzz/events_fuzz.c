/* Messages of any content give an event whose line is JSON, an error, or one line of a reason; in
 * all protocols that have streams. The first byte chooses the protocol, the second says how many of
 * the others are headers. */
#include "protocols/protocols.h"
#include "protocols/toy_talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TALKS = 4 };

struct talks {
    struct budget budget;
    struct slab blocks;
    struct arena plans, call;
    struct protocol_readers readers;
    struct protocol_plan *plans_of[TALKS];
};

static struct talks *talks_new(void)
{
    static const char *const models[TALKS] = {
        TALK_SERVICE("json"), TALK_SERVICE("rest-json"), TALK_SERVICE("rest-xml"),
        TALK_SERVICE("smithy-rpc-v2-cbor")};
    static struct talks talks;
    budget_init(&talks.budget, 64 << 20);
    slab_init(&talks.blocks, &talks.budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&talks.plans, &talks.blocks);
    arena_init(&talks.call, &talks.blocks);
    check(protocol_readers_init(&talks.readers));
    for (size_t i = 0; i < TALKS; i++) {
        struct model *model =
            model_parse(TEXT("talk"), TEXT("talk.json"), text_of(models[i]), (text){NULL, 0}, NULL);
        check(model);
        talks.plans_of[i] =
            protocol_plan_new(&model->operations[0], MODEL_PROTOCOL_NONE, &talks.plans, NULL);
        check(talks.plans_of[i]);
    }
    return &talks;
}

/* Others never come out of an event_reader. */
static bool headers_are_good(text bytes)
{
    struct cursor cursor = cursor_of(bytes);
    struct event_header header;
    while (event_header_take(&cursor, &header))
        ;
    return cursor_ok(&cursor);
}

/* What is read may be written, too, or says why not: 200 as a byte. */
static void come_and_go(struct talks *talks, const struct protocol_plan *plan, text line)
{
    struct json_problem problem;
    const struct json_value *value = json_parse(talks->readers.json, line, &talks->call, &problem);
    check(value && value->kind == JSON_OBJECT && value->count == 1);
    struct buffer out;
    inia_error error = {0};
    buffer_init(&out, &talks->call);
    inia_status status = protocol_write_event(
        plan, &(struct protocol_input){.params = value}, &talks->call, &out, &error);
    check(status == INIA_OK || (status == INIA_BAD_REQUEST && error.detail[0]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct talks *talks;
    if (!talks)
        talks = talks_new();
    if (size < 2 || data[1] > size - 2)
        return 0;
    const struct protocol_plan *plan = talks->plans_of[data[0] % TALKS];
    struct event_message message = {
        .headers = text_from(data + 2, data[1]),
        .payload = text_from(data + 2 + data[1], size - 2 - data[1])};
    if (!headers_are_good(message.headers))
        return 0;
    struct protocol_event event;
    struct json_problem problem;
    inia_error error = {0};
    inia_status status =
        protocol_read_event(plan, &talks->readers, &message, &talks->call, &event, &error);
    if (status != INIA_OK)
        check(status == INIA_BAD_RESPONSE && error.detail[0]);
    else if (event.kind == PROTOCOL_EVENT)
        come_and_go(talks, plan, protocol_event_line(&event));
    else if (event.kind == PROTOCOL_EVENT_ERROR)
        check(json_parse(talks->readers.json, event.error.json, &talks->call, &problem));
    arena_clear(&talks->call);
    return 0;
}
