/* A service of our own whose few operations have most traits, for tests and fuzzing. */
#ifndef TESTS_TOY_SERVICE_H
#define TESTS_TOY_SERVICE_H

#define TOY_METADATA(protocol)                                                                     \
    "{\"metadata\":{\"apiVersion\":\"2020-01-01\",\"endpointPrefix\":\"toys\",\"protocol\":"       \
    "\"" protocol "\",\"jsonVersion\":\"1.0\",\"targetPrefix\":\"Toys\",\"serviceId\":\"Toys\"},"

#define TOY_REST                                                                                   \
    "\"operations\":{\"PutToy\":{\"http\":{\"method\":\"PUT\",\"requestUri\":"                     \
    "\"/{Bucket}/{Key+}?toy\"},\"input\":{\"shape\":\"In\",\"locationName\":\"PutToy\"},"          \
    "\"output\":{\"shape\":\"Out\"},\"errors\":[{\"shape\":\"Broken\"}],"                          \
    "\"endpoint\":{\"hostPrefix\":\"{Owner}.\"}},"                                                 \
    "\"GetToy\":{\"http\":{\"method\":\"GET\",\"requestUri\":\"/toy\"},"                           \
    "\"output\":{\"shape\":\"Stream\"}}},"

#define TOY_SHAPES                                                                                 \
    "\"shapes\":{\"In\":{\"type\":\"structure\",\"required\":[\"Bucket\",\"Key\",\"Items\"],"      \
    "\"members\":{\"Bucket\":{\"shape\":\"S\",\"location\":\"uri\",\"locationName\":\"Bucket\","   \
    "\"contextParam\":{\"name\":\"Bucket\"}},\"Key\":{\"shape\":\"S\",\"location\":\"uri\","       \
    "\"locationName\":\"Key\"},\"Owner\":{\"shape\":\"S\",\"hostLabel\":true,\"location\":"        \
    "\"header\",\"locationName\":\"x-owner\"},\"Limit\":{\"shape\":\"I\",\"location\":"            \
    "\"querystring\",\"locationName\":\"limit\"},\"Meta\":{\"shape\":\"Map\",\"location\":"        \
    "\"headers\",\"locationName\":\"x-meta-\"},\"Token\":{\"shape\":\"S\",\"idempotencyToken\":"   \
    "true},\"Items\":{\"shape\":\"Items\"},\"Any\":{\"shape\":\"Doc\"},\"One\":{\"shape\":\"U\"}}" \
    "},"                                                                                           \
    "\"Out\":{\"type\":\"structure\",\"members\":{\"Tag\":{\"shape\":\"S\",\"location\":"          \
    "\"header\",\"locationName\":\"ETag\"},\"Meta\":{\"shape\":\"Map\",\"location\":\"headers\","  \
    "\"locationName\":\"x-meta-\"},\"Code\":{\"shape\":\"I\",\"location\":\"statusCode\"},"        \
    "\"Items\":{\"shape\":\"Items\"},\"One\":{\"shape\":\"U\"},\"Map\":{\"shape\":\"Map\"},"       \
    "\"Any\":{\"shape\":\"Doc\"}}},"                                                               \
    "\"Stream\":{\"type\":\"structure\",\"payload\":\"Body\",\"members\":{\"Body\":{\"shape\":"    \
    "\"Blob\",\"streaming\":true},\"Size\":{\"shape\":\"I\",\"location\":\"header\","              \
    "\"locationName\":\"Content-Length\"}}},"                                                      \
    "\"Items\":{\"type\":\"list\",\"member\":{\"shape\":\"Item\",\"locationName\":\"Item\"}},"     \
    "\"Item\":{\"type\":\"structure\",\"required\":[\"Key\"],\"members\":{\"Key\":{\"shape\":"     \
    "\"S\"},\"Size\":{\"shape\":\"I\"},\"When\":{\"shape\":\"T\"},\"Data\":{\"shape\":\"Blob\"},"  \
    "\"Real\":{\"shape\":\"F\"},\"Good\":{\"shape\":\"B\"},\"More\":{\"shape\":\"Items\"}}},"      \
    "\"U\":{\"type\":\"structure\",\"union\":true,\"members\":{\"A\":{\"shape\":\"S\"},\"B\":"     \
    "{\"shape\":\"I\"}}},\"Doc\":{\"type\":\"structure\",\"document\":true,\"members\":{}},"       \
    "\"Map\":{\"type\":\"map\",\"key\":{\"shape\":\"S\"},\"value\":{\"shape\":\"S\"}},"            \
    "\"S\":{\"type\":\"string\",\"min\":1},\"I\":{\"type\":\"integer\",\"min\":0},\"F\":{"         \
    "\"type\":"                                                                                    \
    "\"double\"},\"B\":{\"type\":\"boolean\"},\"T\":{\"type\":\"timestamp\"},\"Blob\":{\"type\":"  \
    "\"blob\"},\"Broken\":{\"type\":\"structure\",\"exception\":true,\"members\":{\"Why\":"        \
    "{\"shape\":\"S\"}},\"error\":{\"httpStatusCode\":409}}}}"

#define TOY_SERVICE(protocol) TOY_METADATA(protocol) TOY_REST TOY_SHAPES

#endif
