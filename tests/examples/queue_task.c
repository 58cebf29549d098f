/*
 * AsyncAWS's examples: CreateQueue, then SendMessage, in sequence; and long polling, with a
 * callback for each message: queue_task QUEUE MESSAGE...
 */
#include <inia/inia.h>
#include <stdio.h>

struct mail {
    const char *queue;
    char **messages;
    int count, received;
};

static inia_client *sqs;

static inia_call *run(const char *operation, const inia_param *params)
{
    inia_call *call = inia_await(inia_submit(
        sqs,
        &(inia_request){.operation = inia_find_operation(sqs, operation, NULL), .params = params}));
    if (call->status != INIA_OK)
        printf("%s: %s %s\n", operation, inia_status_name(call->status), call->message);
    return call;
}

static void on_message(struct mail *mail, const char *body)
{
    mail->received++;
    printf("received: %s\n", body);
}

static void poll_queue(struct mail *mail, const char *url)
{
    while (mail->received < mail->count) {
        inia_call *call = run(
            "ReceiveMessage",
            (inia_param[]){
                {"QueueUrl", url}, {"MaxNumberOfMessages", "10"}, {"WaitTimeSeconds", "20"}, {0}});
        if (call->status != INIA_OK)
            mail->count = 0;
        char path[64];
        const char *body;
        for (int i = 0; i < 10; i++) {
            snprintf(path, sizeof path, "Messages[%d].Body", i);
            if (!(body = inia_get(call, path)))
                break;
            on_message(mail, body);
            snprintf(path, sizeof path, "Messages[%d].ReceiptHandle", i);
            inia_release(run(
                "DeleteMessage",
                (inia_param[]){{"QueueUrl", url}, {"ReceiptHandle", inia_get(call, path)}, {0}}));
        }
        inia_release(call);
    }
}

static void send_and_receive(inia_engine *engine, void *arg)
{
    (void)engine;
    struct mail *mail = arg;
    inia_call *created = run("CreateQueue", (inia_param[]){{"QueueName", mail->queue}, {0}});
    const char *url = inia_get(created, "QueueUrl");
    for (int i = 0; url && i < mail->count; i++) {
        inia_call *sent =
            run("SendMessage",
                (inia_param[]){{"QueueUrl", url}, {"MessageBody", mail->messages[i]}, {0}});
        printf("sent: %s\n", sent->status == INIA_OK ? mail->messages[i] : sent->message);
        inia_release(sent);
    }
    if (url)
        poll_queue(mail, url);
    inia_release(created);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    inia_error error;
    inia_engine *engine = inia_engine_new(NULL, &error);
    sqs = inia_client_new(engine, &(inia_client_config){.service = "sqs"}, &error);
    if (!sqs)
        return fprintf(stderr, "%s\n", error.detail), 1;

    struct mail mail = {.queue = argv[1], .messages = argv + 2, .count = argc - 2};
    inia_spawn(engine, send_and_receive, &mail);
    while (inia_pending(engine) > 0)
        inia_wait(engine, NULL, 0, -1);
    inia_engine_free(engine);
}
