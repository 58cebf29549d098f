#include "trial.h"

#include <dirent.h>

static struct tally tally = {.group = "sigv4"};

/* ---- aws-c-auth's suite ---------------------------------------------------------------------- */

static bool sign_in_headers(const char *folder)
{
    struct trial trial;
    trial_init(&trial);
    read_case(&trial, "sigv4", folder);
    inia_status status = sigv4_sign_headers(
        &trial.signer, &trial.draft, &trial.bench.arena, &trial.options, trial.now_s);
    struct http_draft expected;
    text raw =
        vector_text(&trial.bench, vector_path("sigv4/suite/%s/header-signed-request.txt", folder));
    draft_read(&expected, &trial.bench.arena, raw);
    static const char *const names[] = {
        "authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"};
    bool same = status == INIA_OK && trial.draft.header_count == expected.header_count;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        same &= text_equals(header_of(&trial.draft, names[i]), header_of(&expected, names[i]));
    same &= same_file(
        &trial, buffer_text(&trial.canonical),
        vector_path("sigv4/suite/%s/header-canonical-request.txt", folder));
    same &= same_file(
        &trial, buffer_text(&trial.to_sign),
        vector_path("sigv4/suite/%s/header-string-to-sign.txt", folder));
    trial_release(&trial);
    return same;
}

static bool sign_in_query(const char *folder)
{
    struct trial trial;
    trial_init(&trial);
    read_case(&trial, "sigv4", folder);
    inia_status status =
        sigv4_presign(&trial.signer, &trial.draft, &trial.bench.arena, &trial.options, trial.now_s);
    struct http_draft expected;
    text raw =
        vector_text(&trial.bench, vector_path("sigv4/suite/%s/query-signed-request.txt", folder));
    draft_read(&expected, &trial.bench.arena, raw);
    bool same = status == INIA_OK && same_parameters(trial.draft.query, expected.query);
    if (!same)
        printf("%.*s\nis not\n%.*s\n", TEXT_ARGS(trial.draft.query), TEXT_ARGS(expected.query));
    same &= same_file(
        &trial, buffer_text(&trial.canonical),
        vector_path("sigv4/suite/%s/query-canonical-request.txt", folder));
    same &= same_file(
        &trial, buffer_text(&trial.to_sign),
        vector_path("sigv4/suite/%s/query-string-to-sign.txt", folder));
    trial_release(&trial);
    return same;
}

static void for_each_folder(const char *parent, void (*run)(const char *folder))
{
    DIR *folders = opendir(vector_path("%s", parent));
    for (struct dirent *entry; folders && (entry = readdir(folders));)
        if (entry->d_name[0] != '.')
            run(entry->d_name);
    if (folders)
        closedir(folders);
}

static void run_suite_case(const char *folder)
{
    tally_case(&tally, sign_in_headers(folder), "suite, headers", text_of(folder));
    tally_case(&tally, sign_in_query(folder), "suite, query", text_of(folder));
}

TEST(requests_of_aws_c_auth_are_signed_as_it_does)
{
    for_each_folder("sigv4/suite", run_suite_case);
}

/* ---- Two that are encoded twice -------------------------------------------------------------- */

static void run_double_encode_case(const char *folder)
{
    struct trial trial;
    trial_init(&trial);
    text raw =
        vector_text(&trial.bench, vector_path("sigv4/suite-double-encode/%s/request.txt", folder));
    trial.body = draft_read(&trial.draft, &trial.bench.arena, raw);
    text creq = vector_text(
        &trial.bench,
        vector_path("sigv4/suite-double-encode/%s/header-canonical-request.txt", folder));
    set_credentials(
        &trial, TEXT("AKIDEXAMPLE"), TEXT("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        (text){NULL, 0});
    trial.options.region = TEXT("us-east-1");
    trial.options.service = TEXT("service");
    trial.options.payload = text_after(creq, text_find_last(creq, '\n') + 1);
    /* What the signed request has and the raw one has not came from the source's own settings. */
    for (text rest = creq; rest.data;) {
        text value, name = text_split(text_split(rest, '\n', &rest), ':', &value);
        if (text_equals(name, TEXT("x-amz-date")))
            trial.now_s = basic_time(value);
        bool wanted = text_equals(name, TEXT("x-amz-content-sha256")) ||
                      text_equals(name, TEXT("x-amz-security-token"));
        if (wanted && !http_draft_find(&trial.draft, name) && value.data) {
            if (text_equals(name, TEXT("x-amz-security-token")))
                trial.credentials.session_token = value;
            else
                trial.options.payload_header = true;
        }
    }
    inia_status status = sigv4_sign_headers(
        &trial.signer, &trial.draft, &trial.bench.arena, &trial.options, trial.now_s);
    bool same = status == INIA_OK && text_equals(buffer_text(&trial.canonical), creq);
    if (!same)
        printf("%.*s\nis not\n%.*s\n", TEXT_ARGS(buffer_text(&trial.canonical)), TEXT_ARGS(creq));
    tally_case(&tally, same, "double encode", text_of(folder));
    trial_release(&trial);
}

TEST(paths_that_are_encoded_are_encoded_again)
{
    for_each_folder("sigv4/suite-double-encode", run_double_encode_case);
}

/* ---- botocore's older suite ------------------------------------------------------------------ */

static text old_suite_file(struct trial *trial, const char *folder, const char *end)
{
    const char *name = strrchr(folder, '/');
    name = name ? name + 1 : folder;
    return vector_text(
        &trial->bench, vector_path("sigv4/botocore-suite/%s/%s.%s", folder, name, end));
}

static text without_carriage_returns(struct trial *trial, text lines)
{
    struct buffer out;
    buffer_init(&out, &trial->bench.arena);
    for (size_t i = 0; i < lines.size; i++)
        if (lines.data[i] != '\r')
            buffer_add_char(&out, lines.data[i]);
    return buffer_text(&out);
}

static void run_old_case(const char *folder)
{
    struct trial trial;
    trial_init(&trial);
    trial.body =
        draft_read(&trial.draft, &trial.bench.arena, old_suite_file(&trial, folder, "req"));
    text creq = without_carriage_returns(&trial, old_suite_file(&trial, folder, "creq"));
    text token = {NULL, 0};
    for (text rest = creq; rest.data;) {
        text value, name = text_split(text_split(rest, '\n', &rest), ':', &value);
        if (text_equals(name, TEXT("x-amz-security-token")))
            token = value;
    }
    set_credentials(
        &trial, TEXT("AKIDEXAMPLE"), TEXT("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), token);
    trial.options.region = TEXT("us-east-1");
    trial.options.service = TEXT("service");
    use_body_as_payload(&trial);
    inia_status status = sigv4_sign_headers(
        &trial.signer, &trial.draft, &trial.bench.arena, &trial.options,
        basic_time(TEXT("20150830T123600Z")));
    bool same = status == INIA_OK;
    same &= same_text(buffer_text(&trial.canonical), creq);
    same &= same_text(
        buffer_text(&trial.to_sign),
        without_carriage_returns(&trial, old_suite_file(&trial, folder, "sts")));
    same &= same_text(
        header_of(&trial.draft, "authorization"), old_suite_file(&trial, folder, "authz"));
    tally_case(&tally, same, "botocore's suite", text_of(folder));
    trial_release(&trial);
}

static void run_old_folder(const char *folder)
{
    const char *name = strrchr(folder, '/');
    name = name ? name + 1 : folder;
    if (vector_exists(vector_path("sigv4/botocore-suite/%s/%s.req", folder, name))) {
        run_old_case(folder);
        return;
    }
    char inner[512];
    DIR *folders = opendir(vector_path("sigv4/botocore-suite/%s", folder));
    for (struct dirent *entry; folders && (entry = readdir(folders));) {
        snprintf(inner, sizeof inner, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.' && entry->d_type == DT_DIR)
            run_old_folder(inner);
    }
    if (folders)
        closedir(folders);
}

TEST(requests_of_botocores_suite_are_signed_as_it_does)
{
    for_each_folder("sigv4/botocore-suite", run_old_folder);
}

TEST(sigv4_tally)
{
    (void)test_vectors();
    tally_finish(&tally, "");
}
