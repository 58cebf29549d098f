#include "retry/retry.h"

#include "test.h"

TEST(what_waits_for_messages_and_tasks_is_known_by_service_and_name)
{
    CHECK(polling_is_long(TEXT("sqs"), TEXT("ReceiveMessage")));
    CHECK(polling_is_long(TEXT("stepfunctions"), TEXT("GetActivityTask")));
    CHECK(polling_is_long(TEXT("swf"), TEXT("PollForDecisionTask")));
    CHECK(!polling_is_long(TEXT("sqs"), TEXT("SendMessage")));
    CHECK(!polling_is_long(TEXT("swf"), TEXT("ReceiveMessage")));
}
