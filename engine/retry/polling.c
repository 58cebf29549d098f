#include "polling.h"

bool polling_is_long(text service, text operation)
{
    static const struct {
        text service, operation;
    } long_ones[] = {
        {TEXT_INIT("sqs"), TEXT_INIT("ReceiveMessage")},
        {TEXT_INIT("stepfunctions"), TEXT_INIT("GetActivityTask")},
        {TEXT_INIT("swf"), TEXT_INIT("PollForActivityTask")},
        {TEXT_INIT("swf"), TEXT_INIT("PollForDecisionTask")},
        {TEXT_INIT("kinesis"), TEXT_INIT("ReceiveQueueRecords")},
        {TEXT_INIT("kinesis"), TEXT_INIT("ReceiveDeadLetterQueueRecords")},
    };
    for (size_t i = 0; i < COUNT_OF(long_ones); i++)
        if (text_equals(service, long_ones[i].service) &&
            text_equals(operation, long_ones[i].operation))
            return true;
    return false;
}
