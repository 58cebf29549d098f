/* SQS's messages and their MD5, in a simulated world. */
#include "journey_fixture.h"

#define SUM_OF_HI "49f68a5c8493ec2c0bf489821c21fc3b" /* of "hi" */

struct talk {
    const char *operation, *json, *answer;
    bool fits;
};

static void serve(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    const struct talk *talk = ((struct journey *)arg)->own;
    (void)request;
    answer->headers = "Content-Type: application/x-amz-json-1.0\r\n";
    answer->body = talk->answer;
    answer->body_size = strlen(talk->answer);
}

static void look(struct journey *j, inia_call *call)
{
    const struct talk *talk = j->own;
    CHECK_EQ(call->attempt_count, 1);
    CHECK_EQ(strstr(call->message, "a message is not what was sent") == NULL, talk->fits);
}

static const struct talk talks[] = {
    {"SendMessage", "{\"QueueUrl\":\"q\",\"MessageBody\":\"hi\"}",
     "{\"MessageId\":\"m\",\"MD5OfMessageBody\":\"" SUM_OF_HI "\"}", true},
    {"SendMessage", "{\"QueueUrl\":\"q\",\"MessageBody\":\"ho\"}",
     "{\"MessageId\":\"m\",\"MD5OfMessageBody\":\"" SUM_OF_HI "\"}", false},
    {"SendMessage", "{\"QueueUrl\":\"q\",\"MessageBody\":\"hi\"}", "{\"MessageId\":\"m\"}", true},
    {"SendMessageBatch",
     "{\"QueueUrl\":\"q\",\"Entries\":[{\"Id\":\"a\",\"MessageBody\":\"ho\"},"
     "{\"Id\":\"b\",\"MessageBody\":\"hi\"}]}",
     "{\"Successful\":[{\"Id\":\"b\",\"MessageId\":\"m\",\"MD5OfMessageBody\":\"" SUM_OF_HI
     "\"}],\"Failed\":[{\"Id\":\"a\",\"SenderFault\":true,\"Code\":\"c\"}]}",
     true},
    {"SendMessageBatch", "{\"QueueUrl\":\"q\",\"Entries\":[{\"Id\":\"a\",\"MessageBody\":\"ho\"}]}",
     "{\"Successful\":[{\"Id\":\"a\",\"MessageId\":\"m\",\"MD5OfMessageBody\":\"" SUM_OF_HI
     "\"}],\"Failed\":[]}",
     false},
    {"ReceiveMessage", "{\"QueueUrl\":\"q\"}",
     "{\"Messages\":[{\"Body\":\"hi\",\"MD5OfBody\":\"" SUM_OF_HI "\"},{\"Body\":\"ho\"}]}", true},
    {"ReceiveMessage", "{\"QueueUrl\":\"q\"}",
     "{\"Messages\":[{\"Body\":\"ho\",\"MD5OfBody\":\"" SUM_OF_HI "\"}]}", false},
    {"ReceiveMessage", "{\"QueueUrl\":\"q\"}", "{}", true},
};

static void check_talk(const struct talk *talk, inia_checksums wanted)
{
    struct journey j;
    struct talk said = *talk;
    said.fits |= wanted != INIA_CHECKSUMS_WHEN_SUPPORTED;
    inia_client_config config = {.service = "sqs", .response_checksums = wanted};
    journey_begin_with(&j, 1, &config, NULL, serve);
    j.own = &said;
    j.look = look;
    inia_request request = {.json = talk->json};
    CHECK(journey_submit(&j, talk->operation, NULL, &request) != NULL);
    journey_run(&j);
    CHECK_EQ(j.statuses[INIA_OK], said.fits);
    CHECK_EQ(j.statuses[INIA_BAD_RESPONSE], !said.fits);
    journey_end(&j);
}

TEST(a_message_that_was_changed_on_its_way_is_a_BAD_RESPONSE_and_not_sent_twice)
{
    for (size_t i = 0; i < sizeof talks / sizeof talks[0]; i++)
        check_talk(&talks[i], INIA_CHECKSUMS_WHEN_SUPPORTED);
}

TEST(messages_are_not_summed_up_where_responses_are_not)
{
    for (size_t i = 0; i < sizeof talks / sizeof talks[0]; i++) {
        check_talk(&talks[i], INIA_CHECKSUMS_WHEN_REQUIRED);
        check_talk(&talks[i], INIA_CHECKSUMS_AUTO); /* at an endpoint of the user's */
    }
}
