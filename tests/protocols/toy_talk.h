/* A service of our own that listens and answers in streams of events, for tests and fuzzing. */
#ifndef TESTS_TOY_TALK_H
#define TESTS_TOY_TALK_H

#define TALK_REST                                                                                  \
    "\"operations\":{\"Talk\":{\"http\":{\"method\":\"POST\",\"requestUri\":\"/talk\"},"           \
    "\"input\":{\"shape\":\"Talking\"},\"output\":{\"shape\":\"Talking\"}}},\"shapes\":{"          \
    "\"Talking\":{\"type\":\"structure\",\"payload\":\"Words\",\"members\":{\"Words\":{"           \
    "\"shape\":\"Words\"},\"Topic\":{\"shape\":\"S\",\"location\":\"header\",\"locationName\""     \
    ":\"x-topic\"}}},\"Words\":{\"type\":\"structure\",\"eventstream\":true,\"members\":{"         \
    "\"Heads\":{\"shape\":\"Heads\"},\"Bytes\":{\"shape\":\"Bytes\"},\"Letters\":{\"shape\":"      \
    "\"Letters\"},\"Whole\":{\"shape\":\"Whole\"},\"Mixed\":{\"shape\":\"Mixed\"},\"Empty\":{"     \
    "\"shape\":\"Empty\"},\"Lost\":{\"shape\":\"Lost\"}}},\"Heads\":{\"type\":\"structure\","      \
    "\"event\":true,\"members\":{\"Good\":{\"shape\":\"B\",\"eventheader\":true},\"Tiny\":{"       \
    "\"shape\":\"Byte\",\"eventheader\":true},\"Small\":{\"shape\":\"Short\",\"eventheader\":"     \
    "true},\"Size\":{\"shape\":\"I\",\"eventheader\":true},\"Large\":{\"shape\":\"L\","            \
    "\"eventheader\":true},\"Data\":{\"shape\":\"Blob\",\"eventheader\":true},\"Name\":{"          \
    "\"shape\":\"S\",\"eventheader\":true},\"When\":{\"shape\":\"T\",\"eventheader\":true}}},"     \
    "\"Bytes\":{\"type\":\"structure\",\"event\":true,\"members\":{\"Data\":{\"shape\":"           \
    "\"Blob\",\"eventpayload\":true}}},\"Letters\":{\"type\":\"structure\",\"event\":true,"        \
    "\"members\":{\"Text\":{\"shape\":\"S\",\"eventpayload\":true},\"Name\":{\"shape\":\"S\","     \
    "\"eventheader\":true}}},\"Whole\":{\"type\":\"structure\",\"event\":true,\"members\":{"       \
    "\"Item\":{\"shape\":\"Item\",\"eventpayload\":true}}},\"Mixed\":{\"type\":\"structure\","     \
    "\"event\":true,\"members\":{\"Name\":{\"shape\":\"S\",\"eventheader\":true},\"Size\":{"       \
    "\"shape\":\"I\"},\"Items\":{\"shape\":\"Items\"}}},\"Empty\":{\"type\":\"structure\","        \
    "\"event\":true,\"members\":{}},\"Lost\":{\"type\":\"structure\",\"exception\":true,"          \
    "\"members\":{\"message\":{\"shape\":\"S\"},\"Why\":{\"shape\":\"I\"}}},\"Items\":{"           \
    "\"type\":\"list\",\"member\":{\"shape\":\"Item\"}},\"Item\":{\"type\":\"structure\","         \
    "\"members\":{\"Key\":{\"shape\":\"S\"},\"When\":{\"shape\":\"T\"}}},\"S\":{\"type\":"         \
    "\"string\"},\"I\":{\"type\":\"integer\"},\"L\":{\"type\":\"long\"},\"Byte\":{\"type\":"       \
    "\"byte\"},\"Short\":{\"type\":\"short\"},\"B\":{\"type\":\"boolean\"},\"T\":{\"type\":"       \
    "\"timestamp\"},\"Blob\":{\"type\":\"blob\"}}}"

#define TALK_SERVICE(protocol)                                                                     \
    "{\"metadata\":{\"apiVersion\":\"2020-01-01\",\"endpointPrefix\":\"talk\","                    \
    "\"protocol\":\"" protocol "\",\"jsonVersion\":\"1.1\",\"targetPrefix\":\"Talk\","             \
    "\"serviceId\":\"Talk\"}," TALK_REST

#endif
