/* Which proof of who asks goes out with the requests of real services: by their own models and
 * endpoint rules, signed and not sent. */
#include <inia/inia.h>

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inia_engine *engine;

static inia_client *client_new(inia_client_config config)
{
    static const inia_credentials credentials = {"AKID", "secret", "TOKEN", 0};
    inia_error error = {INIA_OK, ""};
    if (!engine)
        engine = inia_engine_new(NULL, &error);
    CHECK(engine != NULL);
    if (!config.region)
        config.region = "us-west-2";
    config.credentials = &credentials;
    config.no_verification = true; /* saves reading all certificates of the system */
    inia_client *client = inia_client_new(engine, &config, &error);
    if (!client)
        FAIL("no client: %s", error.detail);
    return client;
}

static inia_call *sign(inia_client *client, const char *operation, const char *json, inia_goal goal)
{
    inia_error error = {INIA_OK, ""};
    inia_request request = {
        .operation = inia_find_operation(client, operation, &error), .json = json, .goal = goal};
    if (!request.operation)
        FAIL("%s", error.detail);
    inia_call *call = inia_submit(client, &request);
    CHECK(call != NULL);
    while (inia_wait(engine, &call, 1, 10000) == 0)
        ;
    return call;
}

static inia_call *signed_call(inia_client *client, const char *operation, const char *json)
{
    inia_call *call = sign(client, operation, json, INIA_SIGN);
    if (call->status != INIA_OK)
        FAIL("%s: %s", operation, call->message);
    return call;
}

static const char *header(const inia_call *call, const char *name)
{
    for (size_t i = 0; i < call->signed_request->header_count; i++) {
        if (strcmp(call->signed_request->headers[i].name, name) == 0)
            return call->signed_request->headers[i].value;
    }
    return "";
}

static bool holds(const char *whole, const char *part)
{
    return strstr(whole, part) != NULL;
}

static void end(inia_client *client, inia_call *call)
{
    inia_release(call);
    inia_client_free(client);
    inia_engine_free(engine);
    engine = NULL;
}

TEST(simpledb_is_signed_with_version_2_among_its_parameters)
{
    inia_client *sdb = client_new((inia_client_config){.service = "sdb", .region = "us-east-1"});
    inia_call *call = signed_call(sdb, "CreateDomain", "{\"DomainName\": \"d\"}");
    const inia_signed_request *request = call->signed_request;
    char *body = strndup(request->body, request->body_size), size[32];
    CHECK(holds(body, "&SignatureVersion=2&Signature=") && holds(body, "AWSAccessKeyId=AKID&"));
    CHECK(holds(body, "&SecurityToken=TOKEN&"));
    CHECK_TEXT(header(call, "authorization"), "");
    CHECK_TEXT(header(call, "x-amz-date"), "");
    snprintf(size, sizeof size, "%zu", request->body_size);
    CHECK_TEXT(header(call, "content-length"), size);
    free(body);
    inia_release(call);
    call = sign(sdb, "CreateDomain", "{\"DomainName\": \"d\"}", INIA_PRESIGN);
    CHECK_EQ(call->status, INIA_OK);
    CHECK_TEXT(call->signed_request->method, "GET");
    CHECK(holds(call->signed_request->url, "/?Action=CreateDomain&"));
    CHECK(holds(call->signed_request->url, "&Signature="));
    CHECK_EQ(call->signed_request->body_size, 0);
    end(sdb, call);
}

TEST(what_the_endpoint_says_counts_for_import_export)
{
    inia_client *client =
        client_new((inia_client_config){.service = "importexport", .region = "us-east-1"});
    inia_call *call = signed_call(client, "ListJobs", "{}");
    CHECK(holds(header(call, "authorization"), "/us-east-1/IngestionService/aws4_request"));
    end(client, call);
}

TEST(a_token_is_sent_where_the_service_takes_nothing_else)
{
    inia_client *client =
        client_new((inia_client_config){.service = "codecatalyst", .bearer_token = "tok"});
    inia_call *call = signed_call(client, "ListSpaces", "{}");
    CHECK_TEXT(header(call, "authorization"), "Bearer tok");
    CHECK_TEXT(header(call, "x-amz-date"), "");
    end(client, call);
}

TEST(without_a_token_the_call_says_which_variable_is_missing)
{
    unsetenv("AWS_BEARER_TOKEN_CODECATALYST");
    inia_client *client = client_new((inia_client_config){.service = "codecatalyst"});
    inia_call *call = sign(client, "ListSpaces", "{}", INIA_SIGN);
    CHECK_EQ(call->status, INIA_NO_CREDENTIALS);
    CHECK_TEXT(call->message, "no bearer token: AWS_BEARER_TOKEN_CODECATALYST is not set");
    end(client, call);
}

TEST(a_token_goes_to_no_server_over_plain_http_but_to_our_own_machine)
{
    static const char *const urls[] = {"http://10.1.2.3", "http://127.0.0.1:8000"};
    for (size_t i = 0; i < 2; i++) {
        inia_client *client = client_new((inia_client_config){
            .service = "codecatalyst", .bearer_token = "tok", .endpoint_url = urls[i]});
        inia_call *call = sign(client, "ListSpaces", "{}", INIA_SIGN);
        CHECK_EQ(call->status, i ? INIA_OK : INIA_BAD_CONFIG);
        CHECK(i || holds(call->message, "only sent over https, not to http://10.1.2.3"));
        end(client, call);
    }
}

TEST(a_token_that_would_write_headers_of_its_own_is_refused)
{
    inia_error error = {INIA_OK, ""};
    engine = inia_engine_new(NULL, &error);
    inia_client_config config = {
        .service = "codecatalyst", .region = "us-east-1", .bearer_token = "a\r\nb: c"};
    CHECK(inia_client_new(engine, &config, &error) == NULL);
    CHECK_EQ(error.status, INIA_BAD_CONFIG);
    CHECK_TEXT(error.detail, "credentials: the bearer token holds a space or a control character");
    inia_engine_free(engine);
    engine = NULL;
}

TEST(bedrock_takes_the_token_of_the_environment_unless_the_program_prefers_a_signature)
{
    for (int prefer = 0; prefer < 2; prefer++) {
        setenv("AWS_BEARER_TOKEN_BEDROCK", "envtok", 1);
        setenv("AWS_AUTH_SCHEME_PREFERENCE", "sigv4", 1);
        inia_client *client = client_new(
            (inia_client_config){.service = "bedrock", .auth_schemes = prefer ? "sigv4" : NULL});
        inia_call *call = signed_call(client, "ListFoundationModels", "{}");
        CHECK(holds(
            header(call, "authorization"),
            prefer ? "/us-west-2/bedrock/aws4_request" : "Bearer envtok"));
        end(client, call);
    }
    unsetenv("AWS_BEARER_TOKEN_BEDROCK");
    unsetenv("AWS_AUTH_SCHEME_PREFERENCE");
}

TEST(operations_for_everybody_are_not_signed)
{
    inia_client *sts = client_new((inia_client_config){.service = "sts"});
    inia_call *call = signed_call(
        sts, "AssumeRoleWithWebIdentity",
        "{\"RoleArn\": \"arn:aws:iam::123456789012:role/r\", \"RoleSessionName\": \"se\","
        " \"WebIdentityToken\": \"tttt\"}");
    CHECK_TEXT(header(call, "authorization"), "");
    CHECK_TEXT(header(call, "x-amz-security-token"), "");
    end(sts, call);
    inia_client *cognito = client_new((inia_client_config){.service = "cognito-identity"});
    call = signed_call(cognito, "GetId", "{\"IdentityPoolId\": \"us-west-2:x\"}");
    CHECK_TEXT(header(call, "authorization"), "");
    inia_release(call);
    call = signed_call(cognito, "ListIdentityPools", "{\"MaxResults\": 1}");
    CHECK(holds(header(call, "authorization"), "/cognito-identity/aws4_request"));
    end(cognito, call);
}

TEST(nothing_of_an_anonymous_client_is_signed)
{
    inia_client *s3 = client_new((inia_client_config){.service = "s3", .anonymous = true});
    inia_call *call = signed_call(s3, "GetObject", "{\"Bucket\": \"b12\", \"Key\": \"k\"}");
    CHECK_TEXT(header(call, "authorization"), "");
    inia_release(call);
    call = signed_call(s3, "GetObject", "{\"Bucket\": \"b12--usw2-az1--x-s3\", \"Key\": \"k\"}");
    CHECK_TEXT(header(call, "authorization"), "");
    end(s3, call);
}

struct regional {
    const char *service, *operation, *json, *credential, *region_set;
};

static const struct regional regional_cases[] = {
    {"s3", "GetObject",
     "{\"Bucket\": \"arn:aws:s3::123456789012:accesspoint:mfzwi23gnjvgw.mrap\", \"Key\": \"k\"}",
     "/s3/aws4_request", "*"},
    {"events", "PutEvents", "{\"EndpointId\": \"abc.def\", \"Entries\": [{}]}",
     "/events/aws4_request", "*"},
    {"cloudfront-keyvaluestore", "DescribeKeyValueStore",
     "{\"KvsARN\": \"arn:aws:cloudfront::123456789012:key-value-store/u\"}",
     "/cloudfront-keyvaluestore/aws4_request", "*"},
    {"sesv2", "SendEmail", "{\"EndpointId\": \"abc.def\", \"Content\": {}}", "/ses/aws4_request",
     "*"},
};

TEST(what_may_be_answered_in_several_regions_is_signed_for_them)
{
    for (size_t i = 0; i < sizeof regional_cases / sizeof *regional_cases; i++) {
        const struct regional *is = &regional_cases[i];
        inia_client *client = client_new((inia_client_config){.service = is->service});
        inia_call *call = signed_call(client, is->operation, is->json);
        CHECK(holds(header(call, "authorization"), "AWS4-ECDSA-P256-SHA256 Credential=AKID/"));
        CHECK(holds(header(call, "authorization"), is->credential));
        CHECK_TEXT(header(call, "x-amz-region-set"), is->region_set);
        CHECK_TEXT(header(call, "x-amz-security-token"), "TOKEN");
        inia_release(call);
        call = sign(client, is->operation, is->json, INIA_PRESIGN);
        CHECK_EQ(call->status, INIA_OK);
        CHECK(holds(call->signed_request->url, "X-Amz-Region-Set=%2A&"));
        end(client, call);
    }
}

TEST(the_user_may_say_which_scheme_and_which_regions)
{
    inia_client *client = client_new((inia_client_config){
        .service = "sts", .auth_schemes = "foo, sigv4a", .signing_regions = "us-west-2,eu-west-1"});
    inia_call *call = signed_call(client, "GetCallerIdentity", "{}");
    CHECK(holds(header(call, "authorization"), "AWS4-ECDSA-P256-SHA256 "));
    CHECK_TEXT(header(call, "x-amz-region-set"), "us-west-2,eu-west-1");
    end(client, call);
    setenv("AWS_SIGV4A_SIGNING_REGION_SET", "eu-north-1", 1);
    client = client_new((inia_client_config){.service = "events"});
    call = signed_call(client, "PutEvents", "{\"EndpointId\": \"abc.def\", \"Entries\": [{}]}");
    CHECK_TEXT(header(call, "x-amz-region-set"), "eu-north-1");
    end(client, call);
    unsetenv("AWS_SIGV4A_SIGNING_REGION_SET");
}

TEST(the_endpoint_names_the_service_that_is_signed_for)
{
    static const char *const cases[][3] = {
        {"s3",
         "arn:aws:s3-outposts:us-east-1:123456789012:outpost/op-01234567890123456/accesspoint/ap",
         "/s3-outposts/aws4_request"},
        {"s3", "arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/mybanner",
         "/us-east-1/s3-object-lambda/aws4_request"},
        {"s3", "arn:aws:s3:us-east-1:123456789012:accesspoint:ap", "/us-east-1/s3/aws4_request"},
        {"s3", "plain", "/us-west-2/s3/aws4_request"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char json[300];
        snprintf(json, sizeof json, "{\"Bucket\": \"%s\", \"Key\": \"k\"}", cases[i][1]);
        inia_client *client = client_new((inia_client_config){.service = cases[i][0]});
        inia_call *call = signed_call(client, "GetObject", json);
        CHECK(holds(header(call, "authorization"), cases[i][2]));
        end(client, call);
    }
}

TEST(a_body_that_the_model_wants_unsigned_is_said_to_be)
{
    inia_client *client = client_new((inia_client_config){.service = "lex-runtime"});
    inia_call *call = signed_call(
        client, "PostContent",
        "{\"botName\": \"b\", \"botAlias\": \"a\", \"userId\": \"us\", \"contentType\": "
        "\"text/plain\"}");
    CHECK_TEXT(header(call, "x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
    CHECK(holds(header(call, "authorization"), "SignedHeaders=content-type;host;x-amz-content-"));
    end(client, call);
}

TEST(a_presigned_form_goes_out_by_get_with_its_fields_in_the_url)
{
    inia_client *sts = client_new((inia_client_config){.service = "sts"});
    inia_call *call = sign(sts, "GetCallerIdentity", "{}", INIA_PRESIGN);
    const char *start = "https://sts.us-west-2.amazonaws.com/"
                        "?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=";
    CHECK_EQ(call->status, INIA_OK);
    CHECK_TEXT(call->signed_request->method, "GET");
    CHECK(strncmp(call->signed_request->url, start, strlen(start)) == 0);
    CHECK_TEXT(header(call, "content-type"), "");
    end(sts, call);
}

TEST(presigned_speech_goes_out_by_get_too)
{
    static const char json[] = "{\"Text\": \"a b\", \"OutputFormat\": \"mp3\", \"VoiceId\": "
                               "\"Joanna\", \"LexiconNames\": [\"x\", \"y\"]}";
    static const char start[] = "https://polly.us-west-2.amazonaws.com/v1/speech?Text=a%20b&"
                                "OutputFormat=mp3&VoiceId=Joanna&LexiconNames=x&LexiconNames=y&"
                                "X-Amz-Algorithm=";
    inia_client *polly = client_new((inia_client_config){.service = "polly"});
    inia_call *call = sign(polly, "SynthesizeSpeech", json, INIA_PRESIGN);
    CHECK_EQ(call->status, INIA_OK);
    CHECK_TEXT(call->signed_request->method, "GET");
    CHECK(strncmp(call->signed_request->url, start, strlen(start)) == 0);
    CHECK(holds(call->signed_request->url, "&X-Amz-SignedHeaders=host&"));
    CHECK_EQ(call->signed_request->body_size, 0);
    inia_release(call);
    call = signed_call(polly, "SynthesizeSpeech", json);
    CHECK_TEXT(call->signed_request->method, "POST");
    CHECK(holds(call->signed_request->body, "\"LexiconNames\""));
    end(polly, call);
}

TEST(s3_is_presigned_at_its_global_endpoint_for_the_clients_region)
{
    inia_client *s3 = client_new((inia_client_config){.service = "s3", .region = "eu-west-1"});
    inia_call *call = sign(s3, "GetObject", "{\"Bucket\": \"b12\", \"Key\": \"k\"}", INIA_PRESIGN);
    CHECK_EQ(call->status, INIA_OK);
    CHECK(holds(call->signed_request->url, "https://b12.s3.amazonaws.com/k?X-Amz-Algorithm="));
    CHECK(holds(call->signed_request->url, "%2Feu-west-1%2Fs3%2Faws4_request"));
    inia_release(call);
    call = sign(s3, "GetObject", "{\"Bucket\": \"b.1\", \"Key\": \"k\"}", INIA_PRESIGN);
    CHECK(holds(call->signed_request->url, "https://s3.eu-west-1.amazonaws.com/b.1/k?"));
    inia_release(call);
    call = signed_call(s3, "GetBucketLocation", "{\"Bucket\": \"b12\"}");
    CHECK_TEXT(call->signed_request->url, "https://s3.eu-west-1.amazonaws.com/b12?location");
    end(s3, call);
}

TEST(directory_buckets_are_signed_as_others_where_sessions_are_not_wanted)
{
    setenv("AWS_S3_DISABLE_EXPRESS_SESSION_AUTH", "true", 1);
    inia_client *s3 = client_new((inia_client_config){.service = "s3"});
    inia_call *call =
        signed_call(s3, "GetObject", "{\"Bucket\": \"b12--usw2-az1--x-s3\", \"Key\": \"k\"}");
    CHECK(holds(header(call, "authorization"), "/us-west-2/s3express/aws4_request"));
    CHECK_TEXT(header(call, "x-amz-security-token"), "TOKEN");
    end(s3, call);
    unsetenv("AWS_S3_DISABLE_EXPRESS_SESSION_AUTH");
}
