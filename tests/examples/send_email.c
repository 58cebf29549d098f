/*
 * tornado-botocore's other example: SES's SendEmail; first as a signed request that is not sent,
 * for an HTTP client of your own, then sent: send_email FROM TO
 */
#include <inia/inia.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    inia_error error;
    inia_engine *engine = inia_engine_new(NULL, &error);
    inia_client *ses = inia_client_new(engine, &(inia_client_config){.service = "ses"}, &error);
    const inia_operation *send_email = inia_find_operation(ses, "SendEmail", &error);
    if (!send_email)
        return fprintf(stderr, "%s\n", error.detail), 1;

    char json[1024];
    snprintf(
        json, sizeof json,
        "{\"Source\":\"%s\",\"Destination\":{\"ToAddresses\":[\"%s\"]},\"Message\":{"
        "\"Subject\":{\"Data\":\"Hello\"},\"Body\":{\"Text\":{\"Data\":\"from inia\"}}}}",
        argv[1], argv[2]);
    inia_request request = {.operation = send_email, .json = json, .goal = INIA_SIGN};

    inia_call *call;
    inia_submit(ses, &request);
    inia_wait(engine, &call, 1, -1);
    const inia_signed_request *signed_request = call->signed_request;
    if (!signed_request)
        return fprintf(stderr, "%s\n", call->message), 1;
    printf("%s %s\n", signed_request->method, signed_request->url);
    for (size_t i = 0; i < signed_request->header_count; i++)
        printf("%s: %s\n", signed_request->headers[i].name, signed_request->headers[i].value);
    printf("\n%.*s\n\n", (int)signed_request->body_size, (const char *)signed_request->body);
    inia_release(call);

    request.goal = INIA_SEND;
    inia_submit(ses, &request);
    inia_wait(engine, &call, 1, -1);
    const char *id = inia_get(call, "MessageId");
    printf("%s %s\n", inia_status_name(call->status), id ? id : call->message);
    inia_release(call);
    inia_engine_free(engine);
}
