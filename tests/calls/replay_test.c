#include "calls/replay.h"

#include "test.h"

#include <stdio.h>

static bool is_harmless(const char *service, const char *name)
{
    inia_error error = {INIA_OK, ""};
    struct model *model = model_load(INIA_TEST_MODELS, text_of(service), (text){NULL, 0}, &error);
    if (!model)
        FAIL("%s", error.detail);
    const struct model_operation *operation = model_find_operation(model, text_of(name));
    if (!operation)
        FAIL("%s has no %s", service, name);
    bool harmless = replay_is_harmless(operation);
    model_free(model);
    return harmless;
}

TEST(what_reads_or_ends_with_the_same_may_be_done_twice)
{
    static const char *const names[][2] = {
        {"s3", "GetObject"},
        {"s3", "PutObject"},
        {"s3", "DeleteObjects"},
        {"s3", "HeadObject"},
        {"s3", "CopyObject"},
        {"s3", "CreateMultipartUpload"},
        {"s3", "UploadPart"},
        {"dynamodb", "PutItem"},
        {"dynamodb", "BatchWriteItem"},
        {"dynamodb", "Query"},
        {"sqs", "ReceiveMessage"},
        {"sqs", "DeleteMessageBatch"},
        {"sqs", "ListQueues"},
        {"ec2", "RunInstances"},
        {"ec2", "DescribeInstances"},
        {"ec2", "TerminateInstances"},
        {"sts", "AssumeRole"},
        {"dynamodb", "TransactWriteItems"},
        {"kms", "GenerateDataKey"},
        {"lambda", "ListFunctions"},
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (!is_harmless(names[i][0], names[i][1]))
            FAIL("%s of %s", names[i][1], names[i][0]);
    }
}

TEST(what_adds_up_or_hides_its_first_success_may_not)
{
    static const char *const names[][2] = {
        {"s3", "CompleteMultipartUpload"},
        {"sqs", "SendMessage"},
        {"sqs", "SendMessageBatch"},
        {"sns", "Publish"},
        {"lambda", "Invoke"},
        {"kinesis", "PutRecord"},
        {"kinesis", "PutRecords"},
        {"dynamodb", "UpdateItem"},
        {"firehose", "PutRecordBatch"},
        {"events", "PutEvents"},
        {"iam", "CreateUser"},
        {"logs", "PutLogEvents"},
        {"sqs", "CreateQueue"},
        {"ses", "SendEmail"},
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (is_harmless(names[i][0], names[i][1]))
            FAIL("%s of %s", names[i][1], names[i][0]);
    }
}

TEST(a_verb_is_a_whole_word)
{
    struct model_operation operation = {.name = TEXT("Settle"), .method = TEXT("POST")};
    CHECK(!replay_is_harmless(&operation));
    operation.name = TEXT("SetTle");
    CHECK(replay_is_harmless(&operation));
    operation.name = TEXT("Set");
    CHECK(replay_is_harmless(&operation));
    operation.name = TEXT("Se");
    CHECK(!replay_is_harmless(&operation));
    operation.idempotent = true;
    CHECK(replay_is_harmless(&operation));
}
