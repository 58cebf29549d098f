/*
 * AsyncBoto's example: SimpleDB's CreateDomain with a callback. And its call_async: a function of
 * several calls, then its callback.
 */
#include <inia/inia.h>
#include <stdio.h>

static inia_client *sdb;

static void on_created(inia_call *call)
{
    printf("%s: %s %s\n", (char *)call->user_data, inia_status_name(call->status), call->message);
    inia_release(call);
}

static inia_call *run(const char *operation, const char *json)
{
    inia_call *call = inia_await(inia_submit(
        sdb,
        &(inia_request){.operation = inia_find_operation(sdb, operation, NULL), .json = json}));
    if (call->status != INIA_OK)
        printf("%s: %s %s\n", operation, inia_status_name(call->status), call->message);
    return call;
}

struct score {
    char points[32];
};

static void keep_score(inia_engine *engine, void *arg)
{
    (void)engine;
    struct score *score = arg;
    inia_release(run("CreateDomain", "{\"DomainName\":\"games\"}"));
    inia_release(
        run("PutAttributes", "{\"DomainName\":\"games\",\"ItemName\":\"today\",\"Attributes\":"
                             "[{\"Name\":\"points\",\"Value\":\"42\",\"Replace\":true}]}"));
    inia_call *call = run("GetAttributes", "{\"DomainName\":\"games\",\"ItemName\":\"today\"}");
    const char *points = inia_get(call, "Attributes[0].Value");
    snprintf(score->points, sizeof score->points, "%s", points ? points : "none");
    inia_release(call);
}

static void on_score(inia_engine *engine, void *arg)
{
    (void)engine;
    printf("points: %s\n", ((struct score *)arg)->points);
}

int main(void)
{
    inia_error error;
    inia_engine *engine = inia_engine_new(NULL, &error);
    sdb = inia_client_new(engine, &(inia_client_config){.service = "sdb"}, &error);
    const inia_operation *create = inia_find_operation(sdb, "CreateDomain", &error);
    if (!create)
        return fprintf(stderr, "%s\n", error.detail), 1;

    inia_submit(
        sdb, &(inia_request){
                 .operation = create,
                 .params = (inia_param[]){{"DomainName", "test_domain"}, {0}},
                 .on_done = on_created,
                 .user_data = "test_domain"});

    struct score score = {""};
    inia_spawn_then(engine, keep_score, &score, on_score);

    while (inia_pending(engine) > 0)
        inia_wait(engine, NULL, 0, -1);
    inia_engine_free(engine);
}
