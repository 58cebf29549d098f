#include "models/models.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static const char small[] =
    "{\"metadata\":{\"apiVersion\":\"2020-01-01\",\"endpointPrefix\":\"toys\",\"protocol\":"
    "\"smithy-rpc-v2-cbor\",\"protocols\":[\"query\",\"smithy-rpc-v2-cbor\",\"json\"],"
    "\"jsonVersion\":\"1.1\",\"serviceId\":\"Toys\",\"signatureVersion\":\"v4\","
    "\"xmlNamespace\":\"http://toys/\",\"awsQueryCompatible\":{}},\"documentation\":\"<p>\","
    "\"operations\":{\"PutToy\":{\"name\":\"PutToy\",\"http\":{\"method\":\"PUT\",\"requestUri\":"
    "\"/{Name}\",\"responseCode\":201},\"input\":{\"shape\":\"PutToyRequest\"},\"errors\":[{"
    "\"shape\":\"Broken\"}],\"endpoint\":{\"hostPrefix\":\"{Name}.\"},\"authtype\":\"none\","
    "\"auth\":[\"smithy.api#noAuth\"],\"httpChecksum\":{\"requestAlgorithmMember\":\"Sum\","
    "\"requestChecksumRequired\":true,\"responseAlgorithms\":[\"CRC32\"]},"
    "\"staticContextParams\":{\"Quiet\":{\"value\":true},\"Mode\":{\"value\":\"x\"}},"
    "\"operationContextParams\":{\"Names\":{\"path\":\"keys(Tags)\"}},"
    "\"requestcompression\":{\"encodings\":[\"gzip\"]},\"endpointdiscovery\":{\"required\":true}}},"
    "\"shapes\":{\"PutToyRequest\":{\"type\":\"structure\",\"required\":[\"Name\"],\"members\":{"
    "\"Name\":{\"shape\":\"Name\",\"location\":\"uri\",\"locationName\":\"Name\",\"hostLabel\":"
    "true,"
    "\"contextParam\":{\"name\":\"Toy\"},\"documentation\":\"\\\"}\"},"
    "\"Sum\":{\"shape\":\"Name\",\"location\":\"header\",\"locationName\":\"x-sum\"},"
    "\"Tags\":{\"shape\":\"Tags\",\"flattened\":true},\"When\":{\"shape\":\"When\"},"
    "\"Body\":{\"shape\":\"Bytes\",\"streaming\":true}},\"payload\":\"Body\"},"
    "\"Name\":{\"type\":\"string\",\"min\":1,\"max\":9,\"enum\":[\"a\",\"b\"]},"
    "\"Bytes\":{\"type\":\"blob\"},"
    "\"When\":{\"type\":\"timestamp\",\"timestampFormat\":\"rfc822\"},"
    "\"Tags\":{\"type\":\"map\",\"key\":{\"shape\":\"Name\",\"locationName\":\"k\"},\"value\":{"
    "\"shape\":\"List\"},\"sparse\":true},"
    "\"List\":{\"type\":\"list\",\"member\":{\"shape\":\"Name\",\"locationName\":\"i\"}},"
    "\"Broken\":{\"type\":\"structure\",\"members\":{},\"exception\":true,\"error\":{\"code\":"
    "\"ToyBroken\",\"httpStatusCode\":409,\"senderFault\":true},\"retryable\":{\"throttling\":true}"
    "}"
    "}}";

static struct model *parse(const char *written, const char *extras, inia_error *error)
{
    return model_parse(TEXT("toys"), TEXT("toys.json"), text_of(written), text_of(extras), error);
}

TEST(every_trait_of_a_model_is_kept)
{
    inia_error error = {0};
    struct model *model = parse(small, NULL, &error);
    if (!model)
        FAIL("%s", error.detail);
    CHECK_EQ(model->protocol, MODEL_JSON);
    CHECK(model->protocols[MODEL_QUERY] && model->protocols[MODEL_CBOR]);
    CHECK(!model->protocols[MODEL_EC2] && model->query_compatible);
    CHECK_TEXT(model->signing_name.data, "toys");
    CHECK_TEXT(model->xml_namespace.uri.data, "http://toys/");
    const struct model_operation *put = model_find_operation(model, TEXT("PutToy"));
    CHECK_TEXT(put->method.data, "PUT");
    CHECK_EQ(put->response_code, 201);
    CHECK_TEXT(put->host_prefix.data, "{Name}.");
    CHECK_TEXT(put->auth[0].data, "smithy.api#noAuth");
    CHECK(put->checksum_required && put->discovery_required && put->discovers_endpoint);
    CHECK(put->checksum_algorithm == model_find_member(put->input, TEXT("Sum")));
    CHECK_TEXT(put->checksums[0].data, "CRC32");
    CHECK_TEXT(put->compressions[0].data, "gzip");
    CHECK_EQ(put->static_context[0].kind, JSON_TRUE);
    CHECK_TEXT(put->static_context[1].value.data, "x");
    CHECK_TEXT(put->dynamic_context[0].value.data, "keys(Tags)");
    CHECK(put->input_stream == put->input->payload && put->input->payload->streaming);
    CHECK_TEXT(put->errors[0]->error_code.data, "ToyBroken");
    CHECK(put->errors[0]->exception && put->errors[0]->throttling);
    CHECK_EQ(put->errors[0]->http_status, 409);
    const struct model_member *name = model_find_member(put->input, TEXT("Name"));
    CHECK(name->required && name->host_label && name->location == MODEL_IN_PATH);
    CHECK_TEXT(name->context_param.data, "Toy");
    CHECK(name->shape->has_min && name->shape->max > 8.5);
    CHECK_EQ(name->shape->enum_count, 2);
    const struct model_member *tags = model_find_member(put->input, TEXT("Tags"));
    CHECK(tags->flattened && tags->shape->sparse);
    CHECK_TEXT(tags->shape->key->location_name.data, "k");
    CHECK_TEXT(tags->shape->value->shape->item->location_name.data, "i");
    CHECK_EQ(model_find_member(put->input, TEXT("When"))->time, MODEL_TIME_HTTP);
    model_free(model);
}

TEST(extras_are_merged_in)
{
    inia_error error = {0};
    const char *extras =
        "{\"version\":1.0,\"merge\":{\"metadata\":{\"serviceId\":\"New\"},"
        "\"shapes\":{\"PutToyRequest\":{\"members\":{\"More\":{\"shape\":\"Name\"}}}"
        "}}}";
    struct model *model = parse(small, extras, &error);
    CHECK(model);
    CHECK_TEXT(model->service_id.data, "New");
    CHECK(model_find_member(model_find_shape(model, TEXT("PutToyRequest")), TEXT("More")));
    CHECK(model_find_member(model_find_shape(model, TEXT("PutToyRequest")), TEXT("Name")));
    model_free(model);
    CHECK(!parse(small, "[1]", &error));
    CHECK_TEXT(error.detail, "toys.json (sdk-extras):1:1: not an object");
}

TEST(a_misspelt_operation_gets_a_suggestion)
{
    inia_error error = {0};
    struct model *model = parse(small, NULL, &error);
    CHECK(model);
    CHECK(!model_require_operation(model, TEXT("PutToi"), &error));
    CHECK_TEXT(error.detail, "unknown operation 'PutToi' of toys: did you mean 'PutToy'?");
    CHECK(!model_require_operation(model, TEXT("Xxxxxxxxxxxxxxx"), &error));
    CHECK_TEXT(error.detail, "unknown operation 'Xxxxxxxxxxxxxxx' of toys");
    CHECK(model_require_operation(model, TEXT("PutToy"), &error));
    CHECK(text_equals(
        model_nearest_member(model_find_shape(model, TEXT("PutToyRequest")), TEXT("Nmae")),
        TEXT("Name")));
    model_free(model);
}

TEST(a_model_that_is_wrong_is_refused_with_file_and_place)
{
    static const struct {
        const char *written, *detail;
    } bad[] = {
        {"", "toys.json:1:1: the text is empty"},
        {"[]", "toys.json:1:1: not an object"},
        {"{\n \"metadata\": {", "toys.json:2:15: the text ends too early"},
        {"{}", "toys.json: metadata: not an object"},
        {"{\"metadata\":{}}", "toys.json: shapes: not an object"},
        {"{\"metadata\":{},\"shapes\":{}}", "toys.json: operations: not an object"},
        {"{\"metadata\":{},\"shapes\":{\"A\":{}}}", "toys.json: A: type '' is unknown"},
        {"{\"metadata\":{},\"shapes\":{\"A\":{\"type\":\"list\"}}}",
         "toys.json: A.member: is missing"},
        {"{\"metadata\":{},\"shapes\":{\"A\":{\"type\":\"structure\",\"members\":{\"B\":{\"shape\":"
         "\"C\"}}}}}",
         "toys.json: A.B: no shape 'C'"},
        {"{\"metadata\":{},\"shapes\":{\"A\":{\"type\":\"structure\",\"required\":[\"B\"]}}}",
         "toys.json: A.required: no member 'B'"},
        {"{\"metadata\":{},\"shapes\":{\"A\":{\"type\":\"string\"}},\"operations\":{\"O\":{"
         "\"input\":"
         "{\"shape\":\"A\"}}}}",
         "toys.json: O.input: 'A' is not a structure"},
        {"{\"metadata\":{},\"shapes\":{\"A\":{\"type\":\"structure\",\"members\":{\"B\":{\"shape\":"
         "\"A\",\"location\":\"moon\"}}}}}",
         "toys.json: A.B: location 'moon' is unknown"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        inia_error error = {0};
        if (parse(bad[i].written, NULL, &error))
            FAIL("taken: %s", bad[i].written);
        CHECK_TEXT(error.detail, bad[i].detail);
        CHECK_EQ(error.status, INIA_BAD_CONFIG);
    }
}

TEST(running_out_of_memory_anywhere_is_survived)
{
    for (uint64_t nth = 1; nth < 10; nth++) {
        inia_error error = {0};
        budget_fail_after(nth);
        struct model *model = parse(small, NULL, &error);
        budget_fail_after(0);
        CHECK(model || error.status == INIA_NO_MEMORY);
        model_free(model);
    }
}

/* ---- Files --------------------------------------------------------------------------- */

static void write_file(const char *folder, const char *name, const char *bytes, bool packed)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (packed) {
        gzFile file = gzopen(path, "wb");
        CHECK(file && gzwrite(file, bytes, (unsigned)strlen(bytes)) > 0);
        gzclose(file);
    } else {
        FILE *file = fopen(path, "wb");
        CHECK(file && fwrite(bytes, 1, strlen(bytes), file) == strlen(bytes));
        fclose(file);
    }
}

struct shelf {
    char folder[64], older[128], newer[128];
    struct budget budget;
    struct slab blocks;
    struct arena arena;
};

/* toys: 2019-01-01 packed, with a rule set; 2020-01-01 plain, with extras. broken: not a gzip file.
 */
static void shelf_open(struct shelf *shelf)
{
    char path[256];
    budget_init(&shelf->budget, 64 << 20);
    slab_init(&shelf->blocks, &shelf->budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&shelf->arena, &shelf->blocks);
    strcpy(shelf->folder, "/tmp/inia-models-XXXXXX");
    CHECK(mkdtemp(shelf->folder));
    snprintf(path, sizeof path, "%s/toys", shelf->folder);
    mkdir(path, 0700);
    snprintf(shelf->older, sizeof shelf->older, "%s/toys/2019-01-01", shelf->folder);
    snprintf(shelf->newer, sizeof shelf->newer, "%s/toys/2020-01-01", shelf->folder);
    mkdir(shelf->older, 0700);
    mkdir(shelf->newer, 0700);
    write_file(shelf->older, "service-2.json.gz", small, true);
    write_file(shelf->older, "endpoint-rule-set-1.json.gz", "{\"rules\":[]}", true);
    write_file(shelf->newer, "service-2.json", small, false);
    write_file(
        shelf->newer, "service-2.sdk-extras.json",
        "{\"merge\":{\"metadata\":{\"serviceId\":\"X\"}}}", false);
    write_file(shelf->folder, "partitions.json", "{}", false);
    snprintf(path, sizeof path, "%s/broken", shelf->folder);
    mkdir(path, 0700);
    strcat(path, "/2020-01-01");
    mkdir(path, 0700);
    write_file(path, "service-2.json.gz", "this is not what gzip writes, is it", false);
}

static void shelf_close(struct shelf *shelf)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", shelf->folder);
    CHECK_EQ(system(command), 0);
    arena_release(&shelf->arena);
    slab_release(&shelf->blocks);
    CHECK_EQ(shelf->budget.used, 0);
}

TEST(the_newest_version_that_has_the_file_is_taken)
{
    struct shelf shelf;
    inia_error error = {0};
    text bytes;
    shelf_open(&shelf);
    struct model *model = model_load(shelf.folder, TEXT("toys"), (text){NULL, 0}, &error);
    if (!model)
        FAIL("%s", error.detail);
    CHECK_TEXT(model->service_id.data, "X");
    model_free(model);
    model = model_load(shelf.folder, TEXT("toys"), TEXT("2019-01-01"), &error);
    CHECK(model);
    CHECK_TEXT(model->service_id.data, "Toys");
    model_free(model);
    CHECK_EQ(
        models_read_file(
            shelf.folder, TEXT("toys"), (text){NULL, 0}, TEXT("endpoint-rule-set-1.json"),
            &shelf.arena, &bytes, &error),
        INIA_OK);
    CHECK_TEXT(bytes.data, "{\"rules\":[]}");
    CHECK_EQ(
        models_read_file(
            shelf.folder, (text){NULL, 0}, (text){NULL, 0}, TEXT("partitions.json"), &shelf.arena,
            &bytes, &error),
        INIA_OK);
    CHECK_TEXT(bytes.data, "{}");
    text version =
        models_newest_version(shelf.folder, TEXT("toys"), TEXT("service-2.json"), &shelf.arena);
    CHECK_TEXT(version.data, "2020-01-01");
    shelf_close(&shelf);
}

TEST(earlier_folders_win_and_missing_ones_are_passed_over)
{
    struct shelf shelf;
    char folders[256];
    inia_error error = {0};
    text *services;
    size_t count;
    shelf_open(&shelf);
    snprintf(folders, sizeof folders, "/nonexistent::%s", shelf.folder);
    struct model *model = model_load(folders, TEXT("toys"), (text){NULL, 0}, &error);
    CHECK(model);
    model_free(model);
    CHECK(models_list_services(folders, &shelf.arena, &services, &count));
    CHECK_EQ(count, 2);
    CHECK_TEXT(services[0].data, "broken");
    CHECK_TEXT(services[1].data, "toys");
    shelf_close(&shelf);
}

TEST(what_cannot_be_found_or_read_is_said_in_one_line)
{
    static const struct {
        const char *service, *version, *name, *detail;
    } missing[] = {
        {"toy", NULL, "service-2.json", "unknown service 'toy': did you mean 'toys'?"},
        {"TOYS", NULL, "service-2.json", "unknown service 'TOYS': did you mean 'toys'?"},
        {"warehouse", NULL, "service-2.json", "unknown service 'warehouse'"},
        {"../toys", NULL, "service-2.json", "unknown service '../toys': did you mean 'toys'?"},
        {"toys", "2001-01-01", "service-2.json",
         "toys has no service-2.json in version 2001-01-01"},
        {"toys", NULL, "waiters-2.json", "toys has no waiters-2.json"},
        {NULL, NULL, "endpoints.json", "no endpoints.json among the model files"},
    };
    struct shelf shelf;
    inia_error error = {0};
    text bytes;
    shelf_open(&shelf);
    for (size_t i = 0; i < COUNT_OF(missing); i++) {
        CHECK_EQ(
            models_read_file(
                shelf.folder, text_of(missing[i].service), text_of(missing[i].version),
                text_of(missing[i].name), &shelf.arena, &bytes, &error),
            INIA_BAD_CONFIG);
        CHECK_TEXT(error.detail, missing[i].detail);
    }
    CHECK(!model_load(shelf.folder, TEXT("broken"), (text){NULL, 0}, &error));
    CHECK(strstr(error.detail, "broken/2020-01-01/service-2.json.gz: not a whole gzip file"));
    CHECK(!model_load("/nonexistent", TEXT("toys"), (text){NULL, 0}, &error));
    CHECK(strstr(error.detail, "INIA_MODELS"));
    shelf_close(&shelf);
}

TEST(all_installed_models_load)
{
    struct shelf shelf;
    inia_error error = {0};
    text *services;
    size_t count, operations = 0;
    if (access(INIA_TEST_MODELS, R_OK) != 0)
        SKIP("no models in %s: run tools/setup", INIA_TEST_MODELS);
    shelf_open(&shelf);
    CHECK(models_list_services(INIA_TEST_MODELS, &shelf.arena, &services, &count));
    CHECK(count > 300);
    for (size_t i = 0; i < count; i++) {
        struct model *model = model_load(INIA_TEST_MODELS, services[i], (text){NULL, 0}, &error);
        if (!model)
            FAIL("%s", error.detail);
        if (model->protocol == MODEL_PROTOCOL_NONE)
            FAIL("%s: no protocol", services[i].data);
        operations += model->operation_count;
        model_free(model);
    }
    printf("models: %zu services, %zu operations\n", count, operations);
    shelf_close(&shelf);
}
