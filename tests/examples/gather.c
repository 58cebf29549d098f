/* Twenty ListBuckets at once, gathered: the example of boto3async's README. */
#include <inia/inia.h>
#include <stdio.h>

int main(void)
{
    inia_error error;
    inia_engine *engine = inia_engine_new(NULL, &error);
    inia_client *s3 = inia_client_new(engine, &(inia_client_config){.service = "s3"}, &error);
    if (!s3) {
        fprintf(stderr, "%s: %s\n", inia_status_name(error.status), error.detail);
        return 1;
    }

    inia_request list = {.operation = inia_find_operation(s3, "ListBuckets", &error)};
    for (size_t i = 0; i < 20; i++) {
        list.user_data = (void *)i;
        inia_submit(s3, &list);
    }

    inia_call *done[20];
    while (inia_pending(engine) > 0) {
        size_t count = inia_wait(engine, done, 20, -1);
        for (size_t i = 0; i < count; i++) {
            printf(
                "[test%zu] %s %s\n", (size_t)done[i]->user_data, inia_status_name(done[i]->status),
                done[i]->output);
            inia_release(done[i]);
        }
    }
    inia_engine_free(engine);
}
