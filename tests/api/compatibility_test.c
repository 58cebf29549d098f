/* What goes out to AWS, and to servers that only resemble S3: signed and not sent. */
#include <inia/inia.h>

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scene {
    inia_engine *engine;
    inia_call *call;
    inia_error error;
};

static bool sign(struct scene *scene, inia_client_config config, const char *operation)
{
    static const inia_credentials credentials = {"AKID", "secret", NULL, 0};
    *scene = (struct scene){.engine = inia_engine_new(NULL, &scene->error)};
    config.service = "s3";
    config.region = "us-west-2";
    config.credentials = &credentials;
    config.no_verification = true; /* saves reading all certificates of the system */
    inia_client *client = inia_client_new(scene->engine, &config, &scene->error);
    if (!client)
        return false;
    bool deletes = strcmp(operation, "DeleteObjects") == 0;
    inia_request request = {
        .operation = inia_find_operation(client, operation, &scene->error),
        .json = deletes ? "{\"Bucket\":\"bbb\",\"Delete\":{\"Objects\":[{\"Key\":\"k\"}]}}"
                        : "{\"Bucket\":\"bbb\",\"Key\":\"k\"}",
        .body = deletes ? (inia_source){0} : inia_from_memory("x", 1),
        .goal = INIA_SIGN};
    CHECK(inia_submit(client, &request) != NULL);
    while (inia_wait(scene->engine, &scene->call, 1, 10000) == 0)
        ;
    CHECK_EQ(scene->call->status, INIA_OK);
    return true;
}

static bool has(const struct scene *scene, const char *name)
{
    const inia_signed_request *request = scene->call->signed_request;
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcmp(request->headers[i].name, name) == 0)
            return true;
    }
    return false;
}

static void check_one(inia_client_config config, bool s3_like, const char *url)
{
    struct scene scene;
    CHECK(sign(&scene, config, "PutObject"));
    CHECK_EQ(has(&scene, "x-amz-checksum-crc32"), !s3_like);
    CHECK(!has(&scene, "content-md5"));
    CHECK_TEXT(scene.call->signed_request->url, url);
    inia_engine_free(scene.engine);
    CHECK(sign(&scene, config, "DeleteObjects"));
    CHECK_EQ(has(&scene, "x-amz-checksum-crc32"), !s3_like);
    CHECK_EQ(has(&scene, "content-md5"), s3_like);
    inia_engine_free(scene.engine);
}

TEST(aws_gets_checksums_and_the_bucket_in_the_hosts_name)
{
    check_one((inia_client_config){0}, false, "https://bbb.s3.us-west-2.amazonaws.com/k");
}

TEST(an_endpoint_url_that_is_not_awss_is_taken_for_like_s3)
{
    check_one(
        (inia_client_config){.endpoint_url = "http://minio.example:9000"}, true,
        "http://minio.example:9000/bbb/k");
    check_one(
        (inia_client_config){.endpoint_url = "https://amazonaws.com.example"}, true,
        "https://amazonaws.com.example/bbb/k");
}

TEST(an_endpoint_url_of_awss_is_not)
{
    check_one(
        (inia_client_config){.endpoint_url = "https://s3.us-west-2.amazonaws.com"}, false,
        "https://s3.us-west-2.amazonaws.com/bbb/k");
}

TEST(the_program_may_say_what_the_server_is)
{
    check_one(
        (inia_client_config){
            .endpoint_url = "http://proxy.example", .compatibility = INIA_COMPATIBLE_AWS},
        false, "http://proxy.example/bbb/k");
    check_one(
        (inia_client_config){.compatibility = INIA_COMPATIBLE_S3_LIKE}, true,
        "https://s3.us-west-2.amazonaws.com/bbb/k");
}

TEST(the_environment_says_what_the_server_is_unless_the_program_does)
{
    setenv("INIA_COMPATIBILITY", "S3-like", 1);
    check_one((inia_client_config){0}, true, "https://s3.us-west-2.amazonaws.com/bbb/k");
    check_one(
        (inia_client_config){.compatibility = INIA_COMPATIBLE_AWS}, false,
        "https://bbb.s3.us-west-2.amazonaws.com/k");
    setenv("INIA_COMPATIBILITY", "aws", 1);
    check_one(
        (inia_client_config){.endpoint_url = "http://minio.example:9000"}, false,
        "http://minio.example:9000/bbb/k");
    setenv("INIA_COMPATIBILITY", "auto", 1);
    check_one(
        (inia_client_config){.endpoint_url = "http://minio.example:9000"}, true,
        "http://minio.example:9000/bbb/k");
    unsetenv("INIA_COMPATIBILITY");
}

TEST(what_is_none_of_the_choices_is_refused)
{
    struct scene scene;
    setenv("INIA_COMPATIBILITY", "minio", 1);
    CHECK(!sign(&scene, (inia_client_config){0}, "PutObject"));
    unsetenv("INIA_COMPATIBILITY");
    CHECK_TEXT(
        scene.error.detail,
        "INIA_COMPATIBILITY: inia_compatibility is 'minio': auto, aws or s3-like is wanted");
    inia_engine_free(scene.engine);
    CHECK(!sign(&scene, (inia_client_config){.compatibility = (inia_compatibility)9}, "PutObject"));
    CHECK_EQ(scene.error.status, INIA_BAD_CONFIG);
    inia_engine_free(scene.engine);
}
