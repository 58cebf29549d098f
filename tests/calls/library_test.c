/* Models and endpoint rules shared by the clients of an engine. */
#include "calls/calls.h"
#include "test.h"

#include <inia/inia.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static inia_engine *engine_with_models(void)
{
    inia_error error = {0};
    if (access(INIA_TEST_MODELS "/partitions.json", R_OK) != 0)
        SKIP("no models in " INIA_TEST_MODELS);
    setenv("INIA_MODELS", INIA_TEST_MODELS, 1);
    inia_engine *engine = inia_engine_new(NULL, &error);
    if (!engine && error.status == INIA_UNSUPPORTED)
        SKIP("%s", error.detail);
    CHECK(engine);
    return engine;
}

static inia_client *client_of(inia_engine *engine, const char *service)
{
    inia_error error = {0};
    inia_client_config config = {
        .service = service,
        .region = "us-east-1",
        .anonymous = true,
        .endpoint_url = "http://127.0.0.1:1"};
    inia_client *client = inia_client_new(engine, &config, &error);
    if (!client)
        FAIL("%s", error.detail);
    return client;
}

static size_t used(inia_engine *engine)
{
    inia_stats stats;
    inia_engine_stats(engine, &stats);
    return stats.memory_used;
}

TEST(clients_of_one_service_share_what_is_read_of_it)
{
    inia_engine *engine = engine_with_models();
    inia_client *first = client_of(engine, "sqs");
    inia_client *other = client_of(engine, "sts");
    size_t before = used(engine);
    inia_client *second = client_of(engine, "sqs");
    CHECK(used(engine) - before < 64 << 10);
    CHECK(first->model == second->model && first->rules == second->rules);
    CHECK(first->model != other->model);
    inia_client_free(other);
    inia_client_free(second);
    second = client_of(engine, "sqs");
    CHECK(inia_find_operation(second, "SendMessage", NULL));
    inia_engine_free(engine);
}

TEST(a_service_stays_for_the_next_client_until_memory_runs_short)
{
    inia_engine *engine = engine_with_models();
    inia_client *client = client_of(engine, "sqs");
    const struct model *model = client->model;
    library_trim(&engine->library);
    CHECK(inia_find_operation(client, "SendMessage", NULL));
    inia_client_free(client);
    client = client_of(engine, "sqs");
    CHECK(client->model == model);
    inia_client_free(client);
    CHECK(!list_is_empty(&engine->library.services));
    engine->memory.relieve(engine->memory.relieve_arg);
    CHECK(list_is_empty(&engine->library.services));
    client = client_of(engine, "sqs");
    CHECK(inia_find_operation(client, "SendMessage", NULL));
    inia_engine_free(engine);
}

TEST(other_models_are_read_once_the_environment_names_them)
{
    inia_error error = {0};
    inia_engine *engine = engine_with_models();
    inia_client *client = client_of(engine, "sqs");
    setenv("INIA_MODELS", "/nonexistent:" INIA_TEST_MODELS, 1);
    inia_client *other = client_of(engine, "sqs");
    CHECK(client->model != other->model);
    inia_client_config wrong = {.service = "sqss", .region = "us-east-1"};
    CHECK(!inia_client_new(engine, &wrong, &error));
    CHECK_EQ(error.status, INIA_BAD_CONFIG);
    CHECK(text_find_text(text_of(error.detail), TEXT("did you mean 'sqs'?")) != SIZE_MAX);
    setenv("INIA_MODELS", INIA_TEST_MODELS, 1);
    inia_client *again = client_of(engine, "sqs");
    CHECK(again->model == client->model);
    inia_engine_free(engine);
}

static void write_file(const char *folder, const char *name, const char *bytes)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    CHECK(file && fputs(bytes, file) >= 0 && fclose(file) == 0);
}

/* A service of this model and rule set, before the installed ones. */
struct toys {
    char folder[64], path[128];
};

static void toys_open(struct toys *toys, const char *model, const char *rules)
{
    char models[256];
    strcpy(toys->folder, "/tmp/inia-models-XXXXXX");
    CHECK(mkdtemp(toys->folder));
    snprintf(toys->path, sizeof toys->path, "%s/toys", toys->folder);
    CHECK_EQ(mkdir(toys->path, 0700), 0);
    strcat(toys->path, "/2020-01-01");
    CHECK_EQ(mkdir(toys->path, 0700), 0);
    write_file(toys->path, "service-2.json", model);
    if (rules)
        write_file(toys->path, "endpoint-rule-set-1.json", rules);
    snprintf(models, sizeof models, "%s:%s", toys->folder, INIA_TEST_MODELS);
    setenv("INIA_MODELS", models, 1);
}

static void toys_close(const struct toys *toys)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", toys->folder);
    CHECK_EQ(system(command), 0);
}

#define METADATA                                                                                   \
    "{\"metadata\":{\"apiVersion\":\"1\",\"endpointPrefix\":\"toys\",\"protocol\":\"json\","       \
    "\"serviceId\":\"Toys\",\"signatureVersion\":\"v4\"},\n"

TEST(a_model_that_is_cut_off_behind_its_metadata_has_a_client_but_no_operations)
{
    struct toys toys;
    char expected[256];
    inia_error error = {0};
    inia_engine *engine = engine_with_models();
    toys_open(
        &toys, METADATA "\"operations\":{\"PutToy\":{}",
        "{\"version\":\"1.0\",\"parameters\":{},\"rules\":[]}");
    inia_client *client = client_of(engine, "toys");
    toys_close(&toys);
    for (int i = 0; i < 2; i++) {
        CHECK(!inia_find_operation(client, "PutToy", &error));
        CHECK_EQ(error.status, INIA_BAD_CONFIG);
        snprintf(
            expected, sizeof expected, "%s/service-2.json:2:26: the text ends too early",
            toys.path);
        CHECK_TEXT(error.detail, expected);
    }
    setenv("INIA_MODELS", INIA_TEST_MODELS, 1);
    inia_engine_free(engine);
}

TEST(what_is_wrong_in_endpoint_rules_is_told_by_its_place)
{
    struct toys toys;
    inia_error error = {0};
    inia_engine *engine = engine_with_models();
    inia_client_config config = {.service = "toys", .region = "us-east-1"};
    toys_open(
        &toys, METADATA "\"operations\":{},\"shapes\":{}}",
        "{\"version\":\"\\n\\n\\n\",\n\"parameters\":{} 7,\"rules\":[]}");
    CHECK(!inia_client_new(engine, &config, &error));
    toys_close(&toys);
    CHECK_EQ(error.status, INIA_BAD_CONFIG);
    CHECK_TEXT(error.detail, "toys/endpoint-rule-set-1.json:2:17: a comma or } is missing");
    setenv("INIA_MODELS", INIA_TEST_MODELS, 1);
    inia_engine_free(engine);
}

/* As of a model that a user adds: service-2.json alone. */
static inia_call *sign(inia_engine *engine, const char *model, const char *operation)
{
    struct toys toys;
    inia_error error = {0};
    inia_client_config config = {
        .service = "toys", .region = "eu-west-1", .anonymous = true, .no_verification = true};
    toys_open(&toys, model, NULL);
    inia_client *client = inia_client_new(engine, &config, &error);
    const inia_operation *found = client ? inia_find_operation(client, operation, &error) : NULL;
    toys_close(&toys);
    setenv("INIA_MODELS", INIA_TEST_MODELS, 1);
    if (!found)
        FAIL("%s", error.detail);
    inia_call *call = inia_submit(client, &(inia_request){.operation = found, .goal = INIA_SIGN});
    CHECK(call != NULL);
    while (inia_wait(engine, &call, 1, 10000) == 0)
        ;
    return call;
}

TEST(a_service_without_endpoint_rules_is_where_most_services_are)
{
    inia_engine *engine = engine_with_models();
    inia_call *call = sign(
        engine,
        METADATA "\"operations\":{\"GetToy\":{\"http\":{\"method\":\"POST\","
                 "\"requestUri\":\"/\"}}},\"shapes\":{}}",
        "GetToy");
    CHECK_EQ(call->status, INIA_OK);
    CHECK_TEXT(call->signed_request->url, "https://toys.eu-west-1.amazonaws.com/");
    inia_release(call);
    inia_engine_free(engine);
}

TEST(a_path_with_a_label_that_no_member_fills_is_refused_with_its_place)
{
    inia_engine *engine = engine_with_models();
    inia_call *call = sign(
        engine,
        METADATA "\"operations\":{\"GetToy\":{\"http\":{\"method\":\"GET\","
                 "\"requestUri\":\"/toys/{Name}\"}}},\"shapes\":{}}",
        "GetToy");
    CHECK_EQ(call->status, INIA_BAD_CONFIG);
    CHECK(strstr(call->message, "/service-2.json: GetToy.http.requestUri: no member for '{Name}'"));
    inia_release(call);
    inia_engine_free(engine);
}
