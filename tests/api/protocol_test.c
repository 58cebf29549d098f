/* Which of a service's protocols a client speaks. CloudWatch offers three. */
#include "rig.h"

/* The content type of a signed ListMetrics; owned by the test. */
static const char *content_type(struct rig *rig, const char *protocol)
{
    static char type[128];
    inia_error error = {0};
    inia_client *client =
        rig_client(rig, (inia_client_config){.service = "cloudwatch", .protocol = protocol});
    const inia_operation *list = inia_find_operation(client, "ListMetrics", &error);
    inia_call *call = inia_submit(client, &(inia_request){.operation = list, .goal = INIA_SIGN});
    CHECK(call == rig_next(rig));
    CHECK_EQ(call->status, INIA_OK);
    type[0] = '\0';
    for (size_t i = 0; i < call->signed_request->header_count; i++) {
        const inia_header *header = &call->signed_request->headers[i];
        if (strcmp(header->name, "content-type") == 0)
            snprintf(type, sizeof type, "%s", header->value);
    }
    inia_release(call);
    inia_client_free(client);
    return type;
}

TEST(a_client_speaks_the_protocol_that_it_was_told_to)
{
    struct rig rig;
    rig_begin(&rig);
    CHECK_TEXT(content_type(&rig, "smithy-rpc-v2-cbor"), "application/cbor");
    CHECK(strstr(content_type(&rig, "json"), "application/x-amz-json-1.") != NULL);
    CHECK(strstr(content_type(&rig, "query"), "application/x-www-form-urlencoded") != NULL);
    rig_end(&rig);
}

TEST(without_a_choice_it_speaks_what_botocore_would)
{
    struct rig rig;
    rig_begin(&rig);
    CHECK(*content_type(&rig, NULL) != '\0');
    rig_end(&rig);
}

TEST(a_protocol_that_is_not_offered_is_refused_with_those_that_are)
{
    static const char *const wrong[] = {"rest-xml", "ec2", "cbor", "", "smithy-rpc-v2-cbor "};
    struct rig rig;
    rig_begin(&rig);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        inia_error error = {0};
        inia_client_config config = {
            .service = "cloudwatch", .region = "us-east-1", .protocol = wrong[i]};
        CHECK(inia_client_new(rig.engine, &config, &error) == NULL);
        CHECK_EQ(error.status, INIA_BAD_CONFIG);
        CHECK(strstr(error.detail, wrong[i]) != NULL);
        CHECK(strstr(error.detail, "offers json, smithy-rpc-v2-cbor, query") != NULL);
    }
    rig_end(&rig);
}
