/* Waits until a bucket is there, then prints the keys of all of its objects, so many to a page:
 * list_objects BUCKET PAGE_SIZE */
#include <inia/inia.h>
#include <stdio.h>

static void print_keys(inia_call *page)
{
    for (int i = 0;; i++) {
        char path[64];
        snprintf(path, sizeof path, "Contents[%d].Key", i);
        const char *key = inia_get(page, path);
        if (!key)
            return;
        printf("%s\n", key);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    inia_error error;
    inia_engine *engine = inia_engine_new(NULL, &error);
    inia_client *s3 =
        inia_client_new(engine, &(inia_client_config){.service = "s3", .path_style = true}, &error);
    const inia_waiter *exists = inia_find_waiter(s3, "BucketExists", &error);
    const inia_operation *list = inia_find_operation(s3, "ListObjectsV2", &error);
    if (!exists || !list)
        return fprintf(stderr, "%s\n", error.detail), 1;

    inia_param bucket[] = {{"Bucket", argv[1]}, {0}};
    inia_call *call =
        inia_submit(s3, &(inia_request){.until = exists, .wait_s = 1, .params = bucket});
    inia_wait(engine, &call, 1, -1);
    int failed = call->status != INIA_OK;
    if (failed)
        fprintf(stderr, "%s: %s\n", inia_status_name(call->status), call->message);
    inia_release(call);

    inia_param params[] = {{"Bucket", argv[1]}, {"MaxKeys", argv[2]}, {0}};
    int pages = 0;
    call = failed ? NULL : inia_submit(s3, &(inia_request){.operation = list, .params = params});
    while (call) {
        inia_wait(engine, &call, 1, -1);
        print_keys(call);
        pages++;
        if (inia_next_page(call))
            continue;
        failed = call->status != INIA_OK;
        fprintf(stderr, "%s after %d pages\n", inia_status_name(call->status), pages);
        inia_release(call);
        call = NULL;
    }
    inia_engine_free(engine);
    return failed;
}
