/* Tasks: each reads an order, counts its invoices page by page, deletes it and tells the others:
 * order_task TOPIC ORDER... */
#include <inia/inia.h>
#include <stdio.h>
#include <string.h>

static inia_client *dynamodb, *s3, *sns;
static const char *topic;

static inia_call *start(inia_client *client, const char *operation, const char *json)
{
    inia_error error;
    return inia_submit(
        client, &(inia_request){
                    .operation = inia_find_operation(client, operation, &error),
                    .json = json,
                    .deadline_ms = 5000,
                });
}

static int count_invoices(const char *order, int *pages)
{
    char json[256];
    snprintf(
        json, sizeof json, "{\"Bucket\":\"invoices\",\"Prefix\":\"%s/\",\"MaxKeys\":2}", order);
    inia_call *page = inia_await(start(s3, "ListObjectsV2", json));
    int invoices = 0;
    for (*pages = 1;; ++*pages) {
        const char *count = inia_get(page, "KeyCount");
        int more = 0;
        if (count && sscanf(count, "%d", &more) == 1)
            invoices += more;
        if (!inia_next_page(page))
            break;
        inia_await(page);
    }
    if (page->status != INIA_OK)
        printf("order %s: %s\n", order, page->message);
    inia_release(page);
    return invoices;
}

static void close_order(inia_engine *engine, void *arg)
{
    (void)engine;
    const char *id = arg;
    char key[256], message[256];

    snprintf(key, sizeof key, "{\"TableName\":\"orders\",\"Key\":{\"id\":{\"S\":\"%s\"}}}", id);
    inia_call *order = inia_await(start(dynamodb, "GetItem", key));
    const char *state = inia_get(order, "Item.state.S");
    bool open = state && strcmp(state, "open") == 0;
    printf("order %s: %s %s\n", id, state ? state : "unknown", order->message);
    inia_release(order);
    if (!open)
        return;
    int pages, invoices = count_invoices(id, &pages);

    /* Two calls side by side: submit both, then await both. */
    snprintf(
        message, sizeof message, "{\"TopicArn\":\"%s\",\"Message\":\"order %s is closed\"}", topic,
        id);
    inia_call *both[] = {start(dynamodb, "DeleteItem", key), start(sns, "Publish", message)};
    inia_await_all(both, 2);
    bool closed = both[0]->status == INIA_OK && both[1]->status == INIA_OK;
    printf(
        "order %s: %d invoices on %d pages, %s\n", id, invoices, pages,
        closed ? "closed" : "not closed");
    inia_release(both[0]);
    inia_release(both[1]);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    inia_error error;
    inia_engine *engine = inia_engine_new(NULL, &error);
    dynamodb = inia_client_new(engine, &(inia_client_config){.service = "dynamodb"}, &error);
    s3 = inia_client_new(engine, &(inia_client_config){.service = "s3"}, &error);
    sns = inia_client_new(engine, &(inia_client_config){.service = "sns"}, &error);
    if (!dynamodb || !s3 || !sns)
        return fprintf(stderr, "%s\n", error.detail), 1;

    topic = argv[1];
    for (int i = 2; i < argc; i++)
        inia_spawn(engine, close_order, argv[i]);
    while (inia_pending(engine) > 0)
        inia_wait(engine, NULL, 0, -1);
    inia_engine_free(engine);
}
