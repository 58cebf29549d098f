/* Models whose operations are read when they are asked for. */
#include "models/models.h"
#include "models/source.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static const char small[] =
    "{\"metadata\":{\"apiVersion\":\"1\",\"endpointPrefix\":\"toys\",\"protocol\":\"json\","
    "\"serviceId\":\"Toys\"},\"documentation\":\"<p>\",\"clientContextParams\":{\"Loud\":{}},"
    "\"operations\":{"
    "\"PutToy\":{\"input\":{\"shape\":\"In\",\"payload\":\"Body\"},\"output\":{\"shape\":\"Out\"},"
    "\"errors\":[{\"shape\":\"Broken\"}],\"httpChecksum\":{\"requestAlgorithmMember\":\"Name\"}},"
    "\"GetToy\":{\"input\":{\"shape\":\"In\"}},\"WhereIs\":{\"endpointoperation\" : true},"
    "\"BadToy\":{\"input\":{\"shape\":\"In\"},\"output\":{\"shape\":\"Bad\"}},"
    "\"OddToy\":{\"input\":{\"shape\":\"Nowhere\"}},"
    "\"RawToy\":[1],\"CutToy\":{\"input\" 7}},"
    "\"shapes\":{"
    "\"In\":{\"type\":\"structure\",\"required\":[\"Name\"],\"members\":{\"Name\":{\"shape\":"
    "\"Name\","
    "\"documentation\":\"x\"},\"More\":{\"shape\":\"Map\"},\"Body\":{\"shape\":\"Blob\"}}},"
    "\"Out\":{\"type\":\"structure\",\"members\":{\"Again\":{\"shape\":\"Out\"},\"List\":{"
    "\"shape\":"
    "\"List\"}}},"
    "\"Bad\":{\"type\":\"structure\",\"members\":{\"In\":{\"shape\":\"In\"},\"Fresh\":{\"shape\":"
    "\"Fresh\"},\"Gone\":{\"shape\":\"Nowhere\"}}},"
    "\"Fresh\":{\"type\":\"list\",\"member\":{\"shape\":\"Name\"}},"
    "\"Broken\":{\"type\":\"structure\",\"members\":{},\"exception\":true},"
    "\"Late\":{\"type\":\"structure\",\"members\":{\"List\":{\"shape\":\"List\"}},\"exception\":"
    "true},"
    "\"List\":{\"type\":\"list\",\"member\":{\"shape\":\"Name\"},\"flattened\":true},"
    "\"Map\":{\"type\":\"map\",\"key\":{\"shape\":\"Name\"},\"value\":{\"shape\":\"List\"}},"
    "\"Name\":{\"type\":\"string\",\"min\":1,\"locationName\":\"n\"},\"Blob\":{\"type\":\"blob\"}}"
    "}";

static struct model *open_small(const char *extras)
{
    inia_error error = {0};
    struct model *model =
        model_open_bytes(TEXT("toys"), TEXT("toys.json"), text_of(small), text_of(extras), &error);
    if (!model)
        FAIL("%s", error.detail);
    return model;
}

TEST(an_operation_comes_with_all_that_it_needs)
{
    struct model *model = open_small(NULL);
    CHECK_TEXT(model->service_id.data, "Toys");
    CHECK_EQ(model->operation_count, 0);
    const struct model_operation *put = model_find_operation(model, TEXT("PutToy"));
    CHECK(put && put == model_find_operation(model, TEXT("PutToy")));
    CHECK(put->model == model);
    CHECK_TEXT(put->name.data, "PutToy");
    CHECK_TEXT(put->input->name.data, "In");
    CHECK_TEXT(put->input->payload->name.data, "Body");
    CHECK(put->checksum_algorithm == model_find_member(put->input, TEXT("Name")));
    const struct model_member *more = model_find_member(put->input, TEXT("More"));
    CHECK(more->shape->value->flattened);
    CHECK_TEXT(more->shape->key->location_name.data, "n");
    CHECK(model_find_member(put->output, TEXT("Again"))->shape == put->output);
    CHECK(put->errors[0]->exception);
    const struct model_operation *get = model_find_operation(model, TEXT("GetToy"));
    CHECK(get && get != put && get->input == put->input);
    CHECK_TEXT(model_endpoint_operation(model)->name.data, "WhereIs");
    model_free(model);
}

TEST(a_shape_that_no_operation_names_is_read_as_well)
{
    struct model *model = open_small(NULL);
    const struct model_shape *late = model_find_shape(model, TEXT("Late"));
    CHECK(late && late->exception && late == model_find_shape(model, TEXT("Late")));
    CHECK(model_find_member(late, TEXT("List"))->flattened);
    CHECK(!model_find_shape(model, TEXT("Later")));
    CHECK(!model_find_shape(model, TEXT("Bad")));
    model_free(model);
}

TEST(what_is_wrong_in_an_operation_is_told_when_it_is_asked_for)
{
    static const struct {
        const char *operation, *detail;
    } bad[] = {
        {"BadToy", "toys.json: Bad.Gone: no shape 'Nowhere'"},
        {"OddToy", "toys.json: OddToy.input: no shape 'Nowhere'"},
        {"RawToy", "toys.json: RawToy: not an object"},
        {"CutToy", "toys.json: CutToy: something right after a string"},
        {"PutTyo", "unknown operation 'PutTyo' of toys: did you mean 'PutToy'?"},
        {"Elephant", "unknown operation 'Elephant' of toys"},
    };
    struct model *model = open_small(NULL);
    for (size_t i = 0; i < 2 * COUNT_OF(bad); i++) {
        inia_error error = {0};
        const char *name = bad[i / 2].operation;
        CHECK(!model_require_operation(model, text_of(name), &error));
        CHECK_TEXT(error.detail, bad[i / 2].detail);
        CHECK_EQ(error.status, INIA_BAD_CONFIG);
        CHECK(!model_find_operation(model, text_of(name)));
    }
    const struct model_shape *fresh = model_find_shape(model, TEXT("Fresh"));
    CHECK(fresh && fresh->item && fresh->item->shape->has_min);
    CHECK(model_find_operation(model, TEXT("PutToy")));
    model_free(model);
}

TEST(extras_are_merged_into_what_is_read_later)
{
    struct model *model = open_small(
        "{\"merge\":{\"metadata\":{\"serviceId\":\"New\"},\"operations\":{\"NewToy\":{\"input\":{"
        "\"shape\":\"Fresh2\"}}},\"shapes\":{\"In\":{\"members\":{\"Extra\":{\"shape\":\"Name\"}}},"
        "\"Fresh2\":{\"type\":\"structure\",\"members\":{\"N\":{\"shape\":\"Name\"}}},"
        "\"Blob\":{\"type\":\"string\"}}}}");
    CHECK_TEXT(model->service_id.data, "New");
    const struct model_operation *get = model_find_operation(model, TEXT("GetToy"));
    CHECK(model_find_member(get->input, TEXT("Extra")));
    CHECK(model_find_member(get->input, TEXT("Name"))->required);
    CHECK_EQ(model_find_member(get->input, TEXT("Body"))->shape->kind, MODEL_STRING);
    const struct model_operation *new_one = model_find_operation(model, TEXT("NewToy"));
    CHECK(new_one && model_find_member(new_one->input, TEXT("N")));
    model_free(model);
}

/* ---- What is put off --------------------------------------------------------------------- */

static bool is_put_off(const struct model *model)
{
    return model->source->file.bytes.data != NULL;
}

TEST(nothing_but_metadata_is_read_before_an_operation_or_a_shape_is_asked_for)
{
    for (int kind = 0; kind < 4; kind++) {
        struct model *model = open_small(NULL);
        CHECK(is_put_off(model) && !model->source->operations.texts);
        CHECK_TEXT(model->service_id.data, "Toys");
        CHECK_EQ(model->client_context_count, 0);
        if (kind == 0)
            CHECK(model_find_operation(model, TEXT("PutToy")));
        else if (kind == 1)
            CHECK(model_find_shape(model, TEXT("In")));
        else if (kind == 2)
            CHECK(model_endpoint_operation(model));
        else
            CHECK(!model_find_operation(model, TEXT("NoToy")));
        CHECK(!is_put_off(model) && model->source->operations.texts);
        CHECK_EQ(model->client_context_count, 1);
        model_free(model);
    }
}

static const char rest[] =
    "\"operations\":{\"PutToy\":{}},\"shapes\":{\"Name\":{\"type\":\"string\"}}";

/* Behind so much else. */
static struct model *open_with_late_metadata(size_t size)
{
    static char written[100000];
    static const char format[] = "{%s,\"documentation\":\"%0*d\",\"metadata\":{\"apiVersion\":"
                                 "\"1\",\"endpointPrefix\":\"t\",\"protocol\":\"json\"}}";
    inia_error error = {0};
    snprintf(written, sizeof written, format, rest, (int)size, 0);
    struct model *model =
        model_open_bytes(TEXT("t"), TEXT("t"), text_of(written), (text){NULL, 0}, &error);
    if (!model)
        FAIL("%s", error.detail);
    return model;
}

TEST(metadata_is_found_wherever_it_is)
{
    static const struct {
        size_t size;
        bool put_off;
    } places[] = {{1, true}, {1000, true}, {9000, false}, {90000, false}};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct model *model = open_with_late_metadata(places[i].size);
        CHECK_EQ(is_put_off(model), places[i].put_off);
        CHECK_EQ(model->protocol, MODEL_JSON);
        CHECK_TEXT(model->api_version.data, "1");
        CHECK(model_find_operation(model, TEXT("PutToy")));
        model_free(model);
    }
}

TEST(a_file_that_is_wrong_is_told_of_as_if_all_of_it_were_read)
{
    static const struct {
        bool opens;
        const char *written;
    } bad[] = {
        {true,
         "{\n\"metadata\":{},\n\"operations\":{\"A\":{}},\"shapes\":{\"S\":{\"type\":\"string\"}}"},
        {true, "{\"metadata\":{},\"operations\":[],\"shapes\":{}}"},
        {true, "{\"metadata\":{},\"operations\":{}}"},
        {true, "{\"metadata\":{},\"operations\":{},\n\"shapes\":{}} {"},
        {true, "{\"metadata\":{},\"operations\":{},\"shapes\":{},\"x\":\"\x80\"}"},
        {true, "{\"metadata\":{},\"operations\":{},\"shapes\":{},\"metadata\":{}}"},
        {true, "{\"metadata\":{}"},
        {false, "{\"metadata\":{\"apiVersion\":\"1"},
        {false, "{\"metadata\":7,\"operations\":{},\"shapes\":{}}"},
        {false, "{\"metadata\":[],\"operations\":{},\"shapes\":{}}"},
        {false, "{\"metadata\":{\"a\" 7},\"operations\":{},\"shapes\":{}}"},
        {false, "{,\"metadata\":{},\"operations\":{},\"shapes\":{}}"},
        {false, "{\"operations\":{},\"shapes\":{}}"},
        {false, "[1]"},
        {false, ""},
    };
    text none = {NULL, 0};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        inia_error eager = {0}, later = {0}, again = {0};
        text written = text_of(bad[i].written);
        CHECK(!model_parse(TEXT("t"), TEXT("t.json"), written, none, &eager));
        struct model *model = model_open_bytes(TEXT("t"), TEXT("t.json"), written, none, &later);
        if ((model != NULL) != bad[i].opens)
            FAIL("%s: %s", bad[i].written, later.detail);
        if (model) {
            CHECK(!model_require_operation(model, TEXT("A"), &later));
            CHECK(!model_require_operation(model, TEXT("A"), &again));
            CHECK_TEXT(again.detail, later.detail);
            CHECK(!model_find_operation(model, TEXT("A")));
            CHECK(!model_find_shape(model, TEXT("S")));
            CHECK(!model_endpoint_operation(model));
        }
        CHECK_EQ(later.status, INIA_BAD_CONFIG);
        CHECK(strstr(later.detail, "t.json:"));
        CHECK_TEXT(later.detail, eager.detail);
        model_free(model);
    }
}

/* What gzip writes, of which so many bytes were lost, in a folder of its own. */
static void write_packed(char folder[64], const char *written, size_t lost)
{
    char path[128];
    strcpy(folder, "/tmp/inia-models-XXXXXX");
    CHECK(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/toys", folder);
    CHECK_EQ(mkdir(path, 0700), 0);
    strcat(path, "/2020-01-01");
    CHECK_EQ(mkdir(path, 0700), 0);
    strcat(path, "/service-2.json.gz");
    gzFile file = gzopen(path, "wb");
    CHECK(file && gzwrite(file, written, (unsigned)strlen(written)) > 0);
    CHECK_EQ(gzclose(file), Z_OK);
    struct stat about;
    CHECK_EQ(stat(path, &about), 0);
    CHECK_EQ(truncate(path, about.st_size - (off_t)lost), 0);
}

static void remove_folder(const char *folder)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    CHECK_EQ(system(command), 0);
}

TEST(a_file_that_is_gone_when_its_operations_are_asked_for_is_not_missed)
{
    char folder[64];
    inia_error error = {0};
    write_packed(folder, small, 0);
    struct model *model = model_open(folder, TEXT("toys"), (text){NULL, 0}, &error);
    remove_folder(folder);
    if (!model)
        FAIL("%s", error.detail);
    CHECK(is_put_off(model));
    const struct model_operation *put = model_require_operation(model, TEXT("PutToy"), &error);
    CHECK(put && model_find_member(put->input, TEXT("More"))->shape->value->flattened);
    model_free(model);
}

TEST(a_packed_file_that_was_cut_off_makes_a_model_but_no_operation)
{
    char folder[64];
    inia_error error = {0};
    write_packed(folder, small, 9);
    struct model *model = model_open(folder, TEXT("toys"), (text){NULL, 0}, &error);
    if (!model)
        FAIL("%s", error.detail);
    CHECK_TEXT(model->service_id.data, "Toys");
    CHECK(!model_require_operation(model, TEXT("PutToy"), &error));
    CHECK_EQ(error.status, INIA_BAD_CONFIG);
    CHECK(strstr(error.detail, "/toys/2020-01-01/service-2.json.gz: not a whole gzip file"));
    model_free(model);
    remove_folder(folder);
}

TEST(running_out_of_memory_while_opening_is_survived)
{
    size_t opened = 0;
    for (uint64_t nth = 1; nth < 16; nth++) {
        inia_error error = {0};
        budget_fail_after(nth);
        struct model *model = model_open_bytes(
            TEXT("toys"), TEXT("toys.json"), text_of(small), TEXT("{\"merge\":{}}"), &error);
        budget_fail_after(0);
        CHECK(model || error.status == INIA_NO_MEMORY);
        CHECK(!model || model_find_operation(model, TEXT("PutToy")));
        opened += model != NULL;
        model_free(model);
    }
    CHECK(opened > 0 && opened < 15);
}

TEST(running_out_of_memory_while_reading_is_survived)
{
    for (uint64_t nth = 1; nth < 24; nth++) {
        inia_error error = {0};
        struct model *model = open_small(NULL);
        budget_fail_after(nth);
        const struct model_operation *put = model_require_operation(model, TEXT("PutToy"), &error);
        budget_fail_after(0);
        CHECK(put || error.status == INIA_NO_MEMORY);
        put = model_require_operation(model, TEXT("PutToy"), &error);
        CHECK(put && model_find_member(put->input, TEXT("More"))->shape->value->flattened);
        model_free(model);
    }
}

/* ---- The same as when all is read ------------------------------------------------------------ */

struct twins {
    const struct model *whole;
    bool seen[16384]; /* of whole's shapes */
};

static bool same_text(text a, text b)
{
    return (a.data != NULL) == (b.data != NULL) && text_equals(a, b);
}

static bool same_shape(
    struct twins *twins, const struct model_shape *a, const struct model_shape *b);

static bool same_member(
    struct twins *twins, const struct model_member *a, const struct model_member *b)
{
    if (!a || !b)
        return a == b;
    return same_text(a->name, b->name) && same_text(a->location_name, b->location_name) &&
           same_text(a->query_name, b->query_name) &&
           same_text(a->context_param, b->context_param) &&
           same_text(a->xml_namespace.uri, b->xml_namespace.uri) && a->location == b->location &&
           a->time == b->time && a->required == b->required && a->flattened == b->flattened &&
           a->idempotency_token == b->idempotency_token && a->host_label == b->host_label &&
           a->xml_attribute == b->xml_attribute && a->json_value == b->json_value &&
           a->streaming == b->streaming && a->requires_length == b->requires_length &&
           a->event_payload == b->event_payload && a->event_header == b->event_header &&
           same_shape(twins, a->shape, b->shape);
}

static bool same_payload(const struct model_shape *a, const struct model_shape *b)
{
    return (a->payload != NULL) == (b->payload != NULL) &&
           (!a->payload || same_text(a->payload->name, b->payload->name));
}

static bool same_shape(
    struct twins *twins, const struct model_shape *a, const struct model_shape *b)
{
    if (!a || !b)
        return a == b;
    size_t index = (size_t)(a - twins->whole->shapes);
    if (index < COUNT_OF(twins->seen) && twins->seen[index])
        return same_text(a->name, b->name);
    if (index < COUNT_OF(twins->seen))
        twins->seen[index] = true;
    bool same =
        same_text(a->name, b->name) && same_text(a->type, b->type) && a->kind == b->kind &&
        a->time == b->time && a->member_count == b->member_count && same_payload(a, b) &&
        same_text(a->location_name, b->location_name) && a->flattened == b->flattened &&
        a->wrapper == b->wrapper && a->document == b->document && a->is_union == b->is_union &&
        a->sparse == b->sparse && a->event_stream == b->event_stream && a->event == b->event &&
        a->exception == b->exception && a->has_min == b->has_min && a->has_max == b->has_max &&
        a->enum_count == b->enum_count && same_text(a->error_code, b->error_code) &&
        a->http_status == b->http_status && same_member(twins, a->item, b->item) &&
        same_member(twins, a->key, b->key) && same_member(twins, a->value, b->value);
    for (size_t i = 0; same && i < a->member_count; i++)
        same = same_member(twins, &a->members[i], &b->members[i]);
    if (!same)
        printf("shape %.*s differs\n", TEXT_ARGS(a->name));
    return same;
}

static bool same_operation(
    struct twins *twins, const struct model_operation *a, const struct model_operation *b)
{
    bool same = same_text(a->name, b->name) && same_text(a->method, b->method) &&
                same_text(a->request_uri, b->request_uri) &&
                same_text(a->host_prefix, b->host_prefix) &&
                same_text(a->auth_type, b->auth_type) && a->error_count == b->error_count &&
                a->unsigned_payload == b->unsigned_payload &&
                a->checksum_required == b->checksum_required &&
                a->static_count == b->static_count && a->dynamic_count == b->dynamic_count &&
                (a->input_stream != NULL) == (b->input_stream != NULL) &&
                (a->output_stream != NULL) == (b->output_stream != NULL) &&
                (a->checksum_algorithm != NULL) == (b->checksum_algorithm != NULL) &&
                same_shape(twins, a->input, b->input) && same_shape(twins, a->output, b->output);
    for (size_t i = 0; same && i < a->error_count; i++)
        same = same_shape(twins, a->errors[i], b->errors[i]);
    return same;
}

TEST(every_operation_of_every_installed_model_is_the_same_as_when_all_is_read)
{
    static struct twins twins;
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    text *services;
    size_t count, operations = 0;
    inia_error error = {0};
    if (access(INIA_TEST_MODELS, R_OK) != 0)
        SKIP("no models in %s: run tools/setup", INIA_TEST_MODELS);
    budget_init(&budget, 64 << 20);
    slab_init(&blocks, &budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&arena, &blocks);
    CHECK(models_list_services(INIA_TEST_MODELS, &arena, &services, &count));
    for (size_t i = 0; i < count; i++) {
        text none = {NULL, 0};
        struct model *whole = model_load(INIA_TEST_MODELS, services[i], none, &error);
        struct model *later = model_open(INIA_TEST_MODELS, services[i], none, &error);
        if (!whole || !later || !later->source)
            FAIL("%.*s: %s", TEXT_ARGS(services[i]), error.detail);
        CHECK(whole->protocol == later->protocol);
        CHECK(same_text(whole->signing_name, later->signing_name));
        CHECK(is_put_off(later));
        twins = (struct twins){.whole = whole};
        for (size_t k = 0; k < whole->operation_count; k++) {
            const struct model_operation *one = &whole->operations[k];
            const struct model_operation *other = model_require_operation(later, one->name, &error);
            if (!other || !same_operation(&twins, one, other))
                FAIL("%.*s.%.*s differs", TEXT_ARGS(services[i]), TEXT_ARGS(one->name));
        }
        CHECK_EQ(whole->client_context_count, later->client_context_count);
        operations += whole->operation_count;
        model_free(whole);
        model_free(later);
    }
    printf("models: %zu operations are the same\n", operations);
    arena_release(&arena);
    slab_release(&blocks);
}
