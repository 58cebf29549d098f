/*
 * Design notes
 *
 * botocore's BUILTIN_HANDLERS, one by one, and where the same is done here. All that depends on
 * parameters, a request's bytes or a response's is in this file; the rest is named.
 *
 *   after-call.cloudformation.GetTemplate, .iam     documents, below and read_xml.c
 *   after-call.ec2.GetConsoleOutput                 CUSTOM_CONSOLE
 *   after-call.s3.GetBucketLocation                 CUSTOM_LOCATION
 *   after-call.s3.ListObject*                       CUSTOM_ENCODED_NAMES, as is what asks for it
 *   after-call.sqs, x-amzn-query-error              parse.c
 *   before-call: recursion detection, retries       calls/user_agent.c, calls/preparing.c
 *   before-call.apigateway, .glacier                extra and accountId, below
 *   before-call.glacier: checksums                  calls/payload.c
 *   before-call.ec2, .rds, .neptune, .docdb: URLs   CUSTOM_COPIES_HERE, and calls/copying.c
 *   before-call.s3: Expect                          calls/payload.c, for what is large
 *   before-call.s3: line ends in XML                CUSTOM_ESCAPED_LINES
 *   before-call: x-amz-api-version                  extra, below
 *   before-endpoint-resolution.s3                   calls/route.c
 *   before-endpoint-resolution.s3-control           CUSTOM_OUTPOSTS, and calls/route.c
 *   before-parameter-build: tokens                  build.c
 *   before-parameter-build: validation mode         calls/payload.c
 *   before-parameter-build.autoscaling, .ec2        CUSTOM_USER_DATA
 *   before-parameter-build.glacier: accountId       below
 *   before-parameter-build.route53                  CUSTOM_SHORT_IDS
 *   before-parameter-build.s3: Bucket               CUSTOM_BUCKET; plan.c takes it from the path
 *   before-parameter-build.s3: keys and sources     CUSTOM_CUSTOMER_KEY, _SOURCE_KEY, _COPY_SOURCE
 *   before-parameter-build.s3: Metadata             CUSTOM_ASCII_METADATA
 *   before-parameter-build.s3-control               plan.c
 *   before-parse.s3: Expires                        CUSTOM_EXPIRES
 *   before-parse.s3: errors in a 200                parse.c; calls/judging.c tries those again
 *   before-parse.sso-oidc                           json_take_error()
 *   before-sign.polly                               CUSTOM_URL_ALONE
 *   before-sign.s3: unsigned trailers               calls/payload.c
 *   choose-signer                                   calls/auth.c
 *   needs-retry.s3: redirects                       calls/redirect.c
 *   request-created.cloudsearchdomain.Search        CUSTOM_FORM
 *   request-created.machinelearning.Predict         CUSTOM_PREDICTOR, and calls/route.c
 *
 *   Not for us: before-sign.s3 remove_arn_from_signing_path is SigV2's for S3; getattr.*,
 *   parameter aliases and bodies made file-like serve names and objects of Python;
 *   creating-client-class.* checks Python's TLS, takes away what needs HTTP/2 (calls refuses it) or
 *   adds methods that are no operations; docs.* documents.
 */
#include "customs.h"

#include "crypto/crypto.h"

enum { CUSTOM_MOST_ADDED = 4 }; /* parameters to one request */

static const struct {
    const char *service, *operation; /* operation NULL: all of them */
    unsigned customs;
} table[] = {
    {"Auto Scaling", "CreateLaunchConfiguration", CUSTOM_USER_DATA},
    {"CloudSearch Domain", "Search", CUSTOM_FORM},
    {"DocDB", "CopyDBClusterSnapshot", CUSTOM_COPIES_HERE | CUSTOM_UNSENT_REGION},
    {"DocDB", "CreateDBCluster", CUSTOM_COPIES_HERE | CUSTOM_UNSENT_REGION},
    {"EC2", "CopySnapshot", CUSTOM_COPIES_HERE},
    {"EC2", "GetConsoleOutput", CUSTOM_CONSOLE},
    {"EC2", "RunInstances", CUSTOM_USER_DATA},
    {"Machine Learning", "Predict", CUSTOM_PREDICTOR},
    {"Neptune", "CopyDBClusterSnapshot", CUSTOM_COPIES_HERE | CUSTOM_UNSENT_REGION},
    {"Neptune", "CreateDBCluster", CUSTOM_COPIES_HERE | CUSTOM_UNSENT_REGION},
    {"Polly", "SynthesizeSpeech", CUSTOM_URL_ALONE},
    {"RDS", "CopyDBClusterSnapshot", CUSTOM_COPIES_HERE | CUSTOM_UNSENT_REGION},
    {"RDS", "CopyDBSnapshot", CUSTOM_COPIES_HERE | CUSTOM_UNSENT_REGION},
    {"RDS", "CreateDBCluster", CUSTOM_COPIES_HERE | CUSTOM_UNSENT_REGION},
    {"RDS", "CreateDBInstanceReadReplica", CUSTOM_COPIES_HERE | CUSTOM_UNSENT_REGION},
    {"RDS", "StartDBInstanceAutomatedBackupsReplication",
     CUSTOM_COPIES_HERE | CUSTOM_UNSENT_REGION},
    {"Route 53", NULL, CUSTOM_SHORT_IDS},
    {"S3", NULL, CUSTOM_BUCKET | CUSTOM_EXPIRES},
    {"S3", "CompleteMultipartUpload", CUSTOM_CUSTOMER_KEY},
    {"S3", "CopyObject",
     CUSTOM_CUSTOMER_KEY | CUSTOM_SOURCE_KEY | CUSTOM_COPY_SOURCE | CUSTOM_ASCII_METADATA},
    {"S3", "CreateMultipartUpload", CUSTOM_CUSTOMER_KEY | CUSTOM_ASCII_METADATA},
    {"S3", "DeleteObjects", CUSTOM_ESCAPED_LINES},
    {"S3", "GetBucketLocation", CUSTOM_LOCATION},
    {"S3", "GetObject", CUSTOM_CUSTOMER_KEY},
    {"S3", "HeadObject", CUSTOM_CUSTOMER_KEY},
    {"S3", "ListObjectVersions", CUSTOM_ENCODED_NAMES},
    {"S3", "ListObjects", CUSTOM_ENCODED_NAMES},
    {"S3", "ListObjectsV2", CUSTOM_ENCODED_NAMES},
    {"S3", "PutBucketLifecycleConfiguration", CUSTOM_ESCAPED_LINES},
    {"S3", "PutObject", CUSTOM_CUSTOMER_KEY | CUSTOM_ASCII_METADATA},
    {"S3", "SelectObjectContent", CUSTOM_CUSTOMER_KEY},
    {"S3", "UploadPart", CUSTOM_CUSTOMER_KEY},
    {"S3", "UploadPartCopy", CUSTOM_CUSTOMER_KEY | CUSTOM_SOURCE_KEY | CUSTOM_COPY_SOURCE},
    {"S3 Control", NULL, CUSTOM_OUTPOSTS},
};

/* ---- The plan -------------------------------------------------------------------------------- */

static void plan_glacier(struct protocol_plan *plan, struct plan_parts *parts)
{
    plan->tree_hashed = plan->streaming_input;
    parts->extra =
        (struct http_header){TEXT("x-amz-glacier-version"), plan->operation->model->api_version};
    for (size_t i = 0; i < parts->path.count; i++) {
        struct plan_piece *piece = &parts->path.pieces[i];
        if (piece->label && text_equals(piece->label->name, TEXT("accountId")))
            piece->fallback = TEXT("-"); /* the account of the credentials */
    }
}

void customs_plan(struct protocol_plan *plan, struct plan_parts *parts)
{
    const struct model_operation *operation = plan->operation;
    text id = operation->model->service_id;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        if (text_equals(id, text_of(table[i].service)) &&
            (!table[i].operation || text_equals(operation->name, text_of(table[i].operation))))
            parts->customs |= table[i].customs;
    }
    if (text_equals(id, TEXT("API Gateway")))
        parts->extra = (struct http_header){TEXT("accept"), TEXT("application/json")};
    if (operation->is_endpoint_operation)
        parts->extra =
            (struct http_header){TEXT("x-amz-api-version"), operation->model->api_version};
    if (text_equals(id, TEXT("Glacier")))
        plan_glacier(plan, parts);
    if (text_equals(id, TEXT("IAM")))
        parts->documents = (struct plan_documents){"policyDocumentType", .percent_encoded = true};
    if (text_equals(id, TEXT("CloudFormation")) &&
        text_equals(operation->name, TEXT("GetTemplate")))
        parts->documents = (struct plan_documents){.shape = "TemplateBody"};
}

/* ---- Parameters ------------------------------------------------------------------------------ */

struct change {
    struct writing *writing;
    struct json_value *own; /* the parameters with changes; NULL: there are none yet */
    inia_error *error;
    inia_status status; /* of the first problem */
};

static const struct json_value *param(const struct change *change, const char *name)
{
    const struct json_value *params = change->own ? change->own : change->writing->params;
    const struct json_value *value = json_member(params, text_of(name));
    return is_absent(value) ? NULL : value;
}

static text string_param(const struct change *change, const char *name)
{
    return json_text(param(change, name));
}

static void no_memory(struct change *change)
{
    if (change->status == INIA_OK)
        change->status =
            error_set(change->error, INIA_NO_MEMORY, "no memory for changed parameters");
}

static bool own_params(struct change *change)
{
    const struct json_value *params = change->writing->params;
    struct arena *arena = change->writing->arena;
    size_t count = params->count, room = count + CUSTOM_MOST_ADDED;
    if (change->own)
        return true;
    struct json_value *own = arena_alloc_zeroed(arena, sizeof *own);
    struct json_value *items = arena_alloc(arena, room * sizeof *items);
    text *names = arena_alloc(arena, room * sizeof *names);
    if (!own || !items || !names) {
        no_memory(change);
        return false;
    }
    if (count) {
        memcpy(items, params->items, count * sizeof *items);
        memcpy(names, params->names, count * sizeof *names);
    }
    *own = (struct json_value){JSON_OBJECT, (uint32_t)count, {NULL, 0}, items, names};
    change->own = own;
    return true;
}

/* value absent: there was no memory for it. */
static void set(struct change *change, const char *name, text value)
{
    if (!value.data || !own_params(change)) {
        no_memory(change);
        return;
    }
    struct json_value *own = change->own;
    size_t at = 0;
    while (at < own->count && !text_equals(own->names[at], text_of(name)))
        at++;
    own->names[at] = text_of(name);
    own->items[at] = (struct json_value){.kind = JSON_STRING, .string = value};
    own->count += at == own->count;
}

static void unset(struct change *change, const char *name)
{
    if (!own_params(change))
        return;
    struct json_value *own = change->own;
    for (size_t i = 0; i < own->count; i++) {
        if (text_equals(own->names[i], text_of(name)))
            own->items[i] = (struct json_value){.kind = JSON_NULL};
    }
}

static text base64_of(struct change *change, text bytes)
{
    struct buffer out;
    buffer_init(&out, change->writing->arena);
    buffer_add_base64(&out, bytes);
    const char *string = buffer_string(&out);
    return (text){string, out.size};
}

static bool is_bucket(text name)
{
    if (text_starts_with(name, TEXT("arn:")))
        return true;
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '.' || c == '-' || c == '_';
        if (!fits)
            return false;
    }
    return name.size > 0 && name.size < 256;
}

static void check_bucket(struct change *change)
{
    const struct json_value *bucket = param(change, "Bucket");
    if (json_is(bucket, JSON_STRING) && !is_bucket(bucket->string))
        change->status = error_set(
            change->error, INIA_BAD_REQUEST,
            "Bucket: '%.*s' is neither an ARN nor a bucket's name: letters, digits, '.', '-' and "
            "'_'",
            TEXT_ARGS(bucket->string));
}

/* A key as it is: in base64, and with its MD5, unless the user has done that. */
static void encode_key(struct change *change, const char *key_name, const char *md5_name)
{
    const struct json_value *key = param(change, key_name);
    unsigned char digest[MD5_SIZE];
    if (!json_is(key, JSON_STRING) || param(change, md5_name))
        return;
    md5_once(digest, key->string);
    set(change, md5_name, base64_of(change, text_from(digest, sizeof digest)));
    set(change, key_name, base64_of(change, key->string));
}

/* Where "?versionId=..." starts, which stays as it is. */
static size_t version_start(text source)
{
    size_t at = text_find_text(source, TEXT("?versionId="));
    if (at == SIZE_MAX || at + sizeof "?versionId=" - 1 == source.size)
        return source.size;
    for (size_t i = at; i < source.size; i++) {
        if (source.data[i] == ' ' || (source.data[i] >= '\t' && source.data[i] <= '\r'))
            return source.size;
    }
    return at;
}

static void write_source(struct buffer *out, const struct json_value *source)
{
    text bucket = json_text(json_member(source, TEXT("Bucket")));
    text key = json_text(json_member(source, TEXT("Key")));
    text version = json_text(json_member(source, TEXT("VersionId")));
    buffer_add_percent(out, bucket, PERCENT_PATH);
    buffer_add(out, text_starts_with(bucket, TEXT("arn:")) ? TEXT("/object/") : TEXT("/"));
    buffer_add_percent(out, key, PERCENT_PATH);
    if (version.size) {
        buffer_add(out, TEXT("?versionId="));
        buffer_add(out, version);
    }
}

static void encode_copy_source(struct change *change)
{
    const struct json_value *source = param(change, "CopySource");
    struct buffer out;
    buffer_init(&out, change->writing->arena);
    if (json_is(source, JSON_OBJECT) && json_member(source, TEXT("Bucket")) &&
        json_member(source, TEXT("Key"))) {
        write_source(&out, source);
    } else if (json_is(source, JSON_STRING)) {
        size_t end = version_start(source->string);
        buffer_add_percent(&out, text_from(source->string.data, end), PERCENT_PATH);
        buffer_add(&out, text_after(source->string, end));
    } else {
        return; /* the check of the parameters says what is wrong */
    }
    const char *string = buffer_string(&out);
    set(change, "CopySource", (text){string, out.size});
}

static bool is_ascii(text value)
{
    for (size_t i = 0; i < value.size; i++) {
        if ((unsigned char)value.data[i] >= 0x80)
            return false;
    }
    return true;
}

static void check_metadata(struct change *change)
{
    const struct json_value *metadata = param(change, "Metadata");
    for (size_t i = 0; json_is(metadata, JSON_OBJECT) && i < metadata->count; i++) {
        if (is_ascii(metadata->names[i]) && is_ascii(json_text(&metadata->items[i])))
            continue;
        change->status = error_set(
            change->error, INIA_BAD_REQUEST,
            "Metadata.%.*s: it goes into a header, which holds ASCII only",
            TEXT_ARGS(metadata->names[i]));
        return;
    }
}

static void shorten_ids(struct change *change)
{
    const struct model_shape *input = change->writing->plan->operation->input;
    for (size_t i = 0; input && i < input->member_count; i++) {
        const struct model_member *member = &input->members[i];
        bool is_id = text_equals(member->shape->name, TEXT("ResourceId")) ||
                     text_equals(member->shape->name, TEXT("DelegationSetId")) ||
                     text_equals(member->shape->name, TEXT("ChangeId"));
        text id = is_id ? string_param(change, member->name.data) : (text){NULL, 0};
        size_t slash = text_find_last(id, '/');
        if (id.size && slash < id.size)
            set(change, member->name.data, text_after(id, slash + 1));
    }
}

static void copy_from(struct change *change)
{
    bool unsent = has_custom(change->writing->plan, CUSTOM_UNSENT_REGION);
    text region = string_param(change, "SourceRegion");
    bool given = param(change, unsent ? "PreSignedUrl" : "PresignedUrl");
    if (!region.size)
        return;
    if (unsent)
        unset(change, "SourceRegion");
    if (given)
        return;
    if (param(change, "DestinationRegion"))
        unset(change, "DestinationRegion"); /* it is the client's, and goes with the URL */
    change->writing->request->source_region = arena_copy(change->writing->arena, region);
    if (!change->writing->request->source_region.data)
        no_memory(change);
}

/* ARNs are of 6 parts at least: arn:partition:service:region:account:resource. */
struct arn_parts {
    text service, region, account, resource[5]; /* the fifth is too many */
};

static bool split_arn(text written, struct arn_parts *parts)
{
    text head[5], rest = written;
    for (size_t i = 0; i < COUNT_OF(head); i++) {
        head[i] = text_split(rest, ':', &rest);
        if (!rest.data)
            return false;
    }
    *parts = (struct arn_parts){.service = head[2], .region = head[3], .account = head[4]};
    size_t start = 0, count = 0;
    for (size_t i = 0; i <= rest.size && count < COUNT_OF(parts->resource); i++) {
        if (i < rest.size && rest.data[i] != ':' && rest.data[i] != '/')
            continue;
        parts->resource[count++] = text_from(rest.data + start, i - start);
        start = i + 1;
    }
    return text_equals(head[0], TEXT("arn"));
}

/* The account of an outpost's bucket or access point is the request's. */
static void take_account(struct change *change, const char *name, const char *kind)
{
    struct arn_parts arn;
    text written = string_param(change, name), account = string_param(change, "AccountId");
    if (change->status != INIA_OK || !split_arn(written, &arn))
        return;
    bool fits = text_equals(arn.service, TEXT("s3-outposts")) &&
                text_equals(arn.resource[0], TEXT("outpost")) &&
                text_equals(arn.resource[2], text_of(kind)) && arn.resource[3].data &&
                !arn.resource[4].data;
    bool fips =
        text_starts_with(arn.region, TEXT("fips-")) || text_ends_with(arn.region, TEXT("-fips"));
    bool another = account.size && !text_equals(account, arn.account);
    if (fits && !fips && !another)
        set(change, "AccountId", arn.account);
    else
        change->status = error_set(
            change->error, INIA_BAD_REQUEST, "%s: %s, unlike '%.*s'", name,
            another && fits ? "the ARN must be of the account in AccountId"
            : fips && fits  ? "the ARN's region must be one without fips"
                            : "an ARN must be arn:PARTITION:s3-outposts:REGION:ACCOUNT:outpost/ID/"
                              "(accesspoint or bucket)/NAME",
            TEXT_ARGS(written));
}

static void change_outposts(struct change *change)
{
    text operation = change->writing->plan->operation->name;
    if (!text_equals(operation, TEXT("CreateBucket")) && /* there is no bucket yet */
        !text_equals(operation, TEXT("ListRegionalBuckets"))) {
        if (!text_equals(operation, TEXT("CreateAccessPoint"))) /* whose Name is to be its own */
            take_account(change, "Name", "accesspoint");
        take_account(change, "Bucket", "bucket");
    }
}

static void change_s3(struct change *change)
{
    const struct protocol_plan *plan = change->writing->plan;
    check_bucket(change);
    if (has_custom(plan, CUSTOM_CUSTOMER_KEY))
        encode_key(change, "SSECustomerKey", "SSECustomerKeyMD5");
    if (has_custom(plan, CUSTOM_SOURCE_KEY))
        encode_key(change, "CopySourceSSECustomerKey", "CopySourceSSECustomerKeyMD5");
    if (has_custom(plan, CUSTOM_COPY_SOURCE))
        encode_copy_source(change);
    if (has_custom(plan, CUSTOM_ASCII_METADATA) && change->status == INIA_OK)
        check_metadata(change);
    bool encodes = has_custom(plan, CUSTOM_ENCODED_NAMES) && change->writing->input->encodes_names;
    if (encodes && !param(change, "EncodingType")) {
        set(change, "EncodingType", TEXT("url"));
        change->writing->request->decodes_names = true;
    }
}

inia_status customs_apply_to_params(struct writing *writing, inia_error *error)
{
    const struct protocol_plan *plan = writing->plan;
    struct change change = {.writing = writing, .error = error, .status = INIA_OK};
    if (!plan->parts->customs)
        return INIA_OK;
    if (has_custom(plan, CUSTOM_BUCKET))
        change_s3(&change);
    if (has_custom(plan, CUSTOM_OUTPOSTS))
        change_outposts(&change);
    if (has_custom(plan, CUSTOM_USER_DATA) && json_is(param(&change, "UserData"), JSON_STRING))
        set(&change, "UserData", base64_of(&change, string_param(&change, "UserData")));
    if (has_custom(plan, CUSTOM_SHORT_IDS))
        shorten_ids(&change);
    if (has_custom(plan, CUSTOM_COPIES_HERE))
        copy_from(&change);
    if (has_custom(plan, CUSTOM_PREDICTOR))
        writing->request->endpoint = string_param(&change, "PredictEndpoint");
    if (change.own)
        writing->params = change.own;
    return change.status;
}

/* ---- Requests -------------------------------------------------------------------------------- */

static void send_as_form(struct writing *writing)
{
    struct protocol_request *request = writing->request;
    if (!request->draft.query.size)
        return;
    request->content_type = TEXT("application/x-www-form-urlencoded");
    request->draft.method = TEXT("POST");
    request->body = request->draft.query;
    request->has_body = true;
    request->draft.query = (text){NULL, 0};
    if (!http_draft_add(
            &request->draft, writing->arena, TEXT("content-type"), request->content_type))
        writing->failed = true;
}

/* So that no one takes a line end for one of the document's own. */
static void escape_lines(struct writing *writing)
{
    struct buffer out;
    text rest = writing->request->body;
    if (text_find(rest, '\n') == rest.size)
        return;
    buffer_init(&out, writing->arena);
    for (size_t end; (end = text_find(rest, '\n')) < rest.size; rest = text_after(rest, end + 1)) {
        buffer_add(&out, text_from(rest.data, end));
        buffer_add(&out, TEXT("&#xA;"));
    }
    buffer_add(&out, rest);
    writing->request->body = buffer_text(&out);
    writing->failed = writing->failed || !buffer_ok(&out);
}

void customs_apply_to_request(struct writing *writing)
{
    if (has_custom(writing->plan, CUSTOM_FORM))
        send_as_form(writing);
    if (has_custom(writing->plan, CUSTOM_ESCAPED_LINES))
        escape_lines(writing);
}

/* ---- Responses ------------------------------------------------------------------------------- */

static bool is_encoded_name(const struct model_member *member)
{
    static const text names[] = {
        TEXT_INIT("Key"),       TEXT_INIT("Prefix"),        TEXT_INIT("Delimiter"),
        TEXT_INIT("Marker"),    TEXT_INIT("NextMarker"),    TEXT_INIT("StartAfter"),
        TEXT_INIT("KeyMarker"), TEXT_INIT("NextKeyMarker"),
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (text_equals(member->name, names[i]))
            return true;
    }
    return false;
}

static bool read_encoded_name(struct reading *reading, text value)
{
    char *plain = arena_alloc(reading->arena, value.size + 1);
    if (!plain)
        return reading_fail(reading, "out of memory");
    for (size_t i = 0; i < value.size; i++)
        plain[i] = value.data[i] == '+' ? ' ' : value.data[i];
    json_write_string(
        &reading->out, text_from(plain, percent_decode(plain, text_from(plain, value.size))));
    return true;
}

static bool read_base64(struct reading *reading, text value)
{
    char *bytes = arena_alloc(reading->arena, value.size + 3);
    size_t size = bytes && value.size % 4 == 0 ? base64_decode(bytes, value) : SIZE_MAX;
    if (!bytes)
        return reading_fail(reading, "out of memory");
    json_write_string(&reading->out, size == SIZE_MAX ? value : text_from(bytes, size));
    return true;
}

void customs_look_at_body(struct reading *reading, const struct protocol_request *request)
{
    const struct xml_node *root = reading->xml;
    if (request && request->decodes_names && root) {
        const struct xml_node *encoding = xml_child(root, TEXT("EncodingType"));
        reading->decodes_names = encoding && text_equals(encoding->value, TEXT("url"));
    }
    reading->has_odd_strings = reading->decodes_names || has_custom(reading->plan, CUSTOM_CONSOLE);
}

bool customs_read_string(struct reading *reading, const struct model_member *member, text value)
{
    bool is_console = has_custom(reading->plan, CUSTOM_CONSOLE);
    if (is_console && text_equals(member->name, TEXT("Output")))
        return read_base64(reading, value);
    bool is_plain = text_find(value, '%') == value.size && text_find(value, '+') == value.size;
    if (!is_console && !is_plain && is_encoded_name(member))
        return read_encoded_name(reading, value);
    return out_scalar(reading, member, value, MODEL_TIME_ISO8601);
}

bool customs_read_expires(struct reading *reading, const struct model_member *member, text value)
{
    struct date date;
    if (!text_equals(member->name, TEXT("Expires")))
        return false;
    if (date_parse_loosely(value, &date)) {
        out_name(&reading->out, member->name);
        out_date(&reading->out, date);
    }
    out_name(&reading->out, TEXT("ExpiresString"));
    json_write_string(&reading->out, value);
    return true;
}
