/* Puts an object into a bucket and says what S3 answered: first_program BUCKET KEY TEXT */
#include <inia/inia.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    inia_error error;
    inia_engine *engine = inia_engine_new(NULL, &error);
    inia_client *s3 = inia_client_new(engine, &(inia_client_config){.service = "s3"}, &error);
    const inia_operation *put = inia_find_operation(s3, "PutObject", &error);
    if (!put)
        return fprintf(stderr, "%s\n", error.detail), 1;

    inia_call *call = inia_submit(
        s3, &(inia_request){
                .operation = put,
                .params = (inia_param[]){{"Bucket", argv[1]}, {"Key", argv[2]}, {0}},
                .body = inia_from_memory(argv[3], strlen(argv[3]))});
    inia_wait(engine, &call, 1, -1);
    printf("%s %s %s\n", inia_status_name(call->status), call->output, call->message);
    inia_release(call);
    inia_engine_free(engine);
}
