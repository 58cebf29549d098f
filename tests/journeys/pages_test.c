/* Pages, from the public API down to a simulated network. */
#include "journey_fixture.h"

enum { MOST_PAGES = 10000 };

/* A bucket whose listing has as many pages as own says. Tokens are the page's number; the list of
 * DynamoDB has a key of several members for a token. */
struct book {
    unsigned pages;
    unsigned fails_at;   /* this page is refused; 0: none */
    unsigned repeats_at; /* this page's token is its own; 0: none */
    unsigned asked;      /* of all requests */
};

static unsigned page_asked_for(const char *target, const char *body)
{
    const char *token = strstr(target, "continuation-token=page%2B");
    unsigned page = 1;
    if (token)
        page = (unsigned)strtoul(token + strlen("continuation-token=page%2B"), NULL, 10);
    else if (body && (token = strstr(body, "\"ExclusiveStartKey\":{\"id\":{\"N\":\"")))
        page =
            (unsigned)strtoul(token + strlen("\"ExclusiveStartKey\":{\"id\":{\"N\":\""), NULL, 10);
    return page;
}

static void refuse(struct world_http_answer *answer)
{
    answer->status = 403;
    answer->body = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
    answer->body_size = strlen(answer->body);
}

static void list_objects(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    static char body[512];
    struct book *book = ((struct journey *)arg)->own;
    unsigned page = page_asked_for(request->target, NULL);
    book->asked++;
    CHECK(strstr(request->target, "prefix=a%20b") != NULL);
    if (page == book->fails_at) {
        refuse(answer);
        return;
    }
    unsigned next = page == book->repeats_at ? page : page + 1;
    int size = snprintf(
        body, sizeof body,
        "<ListBucketResult><IsTruncated>%s</IsTruncated><Contents><Key>k%u</Key></Contents>"
        "<NextContinuationToken>page+%u</NextContinuationToken></ListBucketResult>",
        page < book->pages ? "true" : "false", page, next);
    answer->status = 200;
    answer->body = body;
    answer->body_size = (size_t)size;
}

/* The last page of a scan has no key; a key of an empty object is none either. */
static void scan(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    static char body[512];
    struct book *book = ((struct journey *)arg)->own;
    unsigned page = page_asked_for(request->target, request->body);
    book->asked++;
    int size = snprintf(
        body, sizeof body,
        page < book->pages ? "{\"Items\":[{\"id\":{\"N\":\"%u\"}}],\"Count\":1,"
                             "\"LastEvaluatedKey\":{\"id\":{\"N\":\"%u\"},\"b\":{\"B\":\"AAE=\"}}}"
                           : "{\"Items\":[{\"id\":{\"N\":\"%u\"}}],\"Count\":1,"
                             "\"LastEvaluatedKey\":{}}",
        page, page + 1);
    answer->status = 200;
    answer->body = body;
    answer->body_size = (size_t)size;
}

static const inia_param list_params[] = {{"Bucket", "b"}, {"Prefix", "a b"}, {0}};

static inia_call *next_finished(struct journey *j)
{
    inia_call *call = NULL;
    for (int turns = 0; !call && turns < JOURNEY_TURNS; turns++)
        inia_wait(j->engine, &call, 1, -1);
    CHECK(call != NULL);
    return call;
}

/* The pages of a listing that all are good; returns how many. */
static unsigned turn_all(struct journey *j, inia_call *submitted, const char *path)
{
    unsigned page = 1;
    CHECK(submitted != NULL);
    for (;; page++) {
        char expected[16];
        inia_call *call = next_finished(j);
        CHECK(call == submitted);
        CHECK_EQ(call->status, INIA_OK);
        CHECK_EQ(call->attempt_count, 1);
        snprintf(expected, sizeof expected, path[0] == 'C' ? "k%u" : "%u", page);
        CHECK_TEXT(inia_get(call, path), expected);
        if (!inia_next_page(call))
            break;
        CHECK_EQ(inia_pending(j->engine), 1);
    }
    inia_release(submitted);
    j->finished++;
    return page;
}

static void begin(
    struct journey *j, uint64_t seed, const char *service, struct book *book,
    void (*answer)(const struct world_http_request *, struct world_http_answer *, void *))
{
    journey_begin_with(
        j, seed, &(inia_client_config){.service = service, .path_style = true}, NULL, answer);
    j->own = book;
}

TEST(all_pages_of_a_listing_come_one_after_the_other)
{
    for (uint64_t seed = 1; seed <= journey_seeds(10); seed++) {
        struct journey j;
        struct book book = {.pages = 1 + (unsigned)seed};
        begin(&j, seed, "s3", &book, list_objects);
        inia_call *call = journey_submit(&j, "ListObjectsV2", list_params, NULL);
        CHECK(inia_is_paginated(call->operation));
        CHECK_EQ(turn_all(&j, call, "Contents[0].Key"), book.pages);
        CHECK_EQ(book.asked, book.pages);
        inia_stats stats;
        inia_engine_stats(j.engine, &stats);
        CHECK_EQ(stats.calls_submitted, book.pages);
        CHECK_EQ(stats.calls_finished, book.pages);
        journey_end(&j);
    }
}

TEST(a_token_may_be_an_object_and_an_empty_one_ends_the_scan)
{
    static const inia_param params[] = {{"TableName", "t"}, {0}};
    struct journey j;
    struct book book = {.pages = 7};
    begin(&j, 1, "dynamodb", &book, scan);
    inia_call *call = journey_submit(&j, "Scan", params, NULL);
    CHECK_EQ(turn_all(&j, call, "Items[0].id.N"), 7);
    journey_end(&j);
}

TEST(ten_thousand_pages_need_no_more_memory_than_a_few)
{
    struct journey j;
    struct book book = {.pages = MOST_PAGES};
    inia_stats early = {0}, late;
    begin(&j, 1, "s3", &book, list_objects);
    inia_call *call = journey_submit(&j, "ListObjectsV2", list_params, NULL);
    for (unsigned page = 1; page <= MOST_PAGES; page++) {
        CHECK(next_finished(&j) == call);
        CHECK_EQ(call->status, INIA_OK);
        if (page == 100)
            inia_engine_stats(j.engine, &early);
        CHECK_EQ(inia_next_page(call), page < MOST_PAGES);
    }
    inia_engine_stats(j.engine, &late);
    CHECK_EQ(late.memory_peak, early.memory_peak);
    CHECK_EQ(late.allocations, early.allocations);
    inia_release(call);
    j.finished++;
    journey_end(&j);
}

TEST(what_has_no_further_page_says_so_and_stays_as_it_is)
{
    static const inia_param head[] = {{"Bucket", "b"}, {0}};
    static const inia_param bad[] = {{"Buckt", "b"}, {0}};
    struct journey j;
    struct book book = {.pages = 3, .fails_at = 2};
    begin(&j, 1, "s3", &book, list_objects);
    inia_call *call = journey_submit(&j, "ListObjectsV2", list_params, NULL);
    CHECK(next_finished(&j) == call && inia_next_page(call));
    CHECK(next_finished(&j) == call);
    CHECK_EQ(call->status, INIA_SERVICE_ERROR);
    CHECK_TEXT(call->error_code, "AccessDenied");
    CHECK(!inia_next_page(call));
    CHECK_TEXT(call->error_code, "AccessDenied");
    inia_release(call);
    call = journey_submit(&j, "ListObjectsV2", bad, NULL);
    CHECK(next_finished(&j) == call && !inia_next_page(call));
    inia_release(call);
    call = journey_submit(&j, "ListObjectsV2", list_params, &(inia_request){.goal = INIA_SIGN});
    CHECK(next_finished(&j) == call && !inia_next_page(call));
    CHECK(call->signed_request != NULL);
    inia_release(call);
    const inia_operation *unpaged = inia_find_operation(j.client, "HeadBucket", NULL);
    CHECK(!inia_is_paginated(unpaged) && !inia_is_paginated(NULL));
    call = inia_submit(
        j.client, &(inia_request){.operation = unpaged, .params = head, .goal = INIA_SIGN});
    CHECK(next_finished(&j) == call && !inia_next_page(call));
    inia_release(call);
    j.finished = j.accepted;
    journey_end(&j);
}

TEST(a_service_that_turns_back_to_the_same_page_is_found_out)
{
    struct journey j;
    struct book book = {.pages = 100, .repeats_at = 4};
    begin(&j, 1, "s3", &book, list_objects);
    inia_call *call = journey_submit(&j, "ListObjectsV2", list_params, NULL);
    for (int page = 1; page <= 4; page++) {
        CHECK(next_finished(&j) == call);
        CHECK_EQ(call->status, INIA_OK);
        CHECK(inia_next_page(call));
    }
    CHECK(next_finished(&j) == call);
    CHECK_EQ(call->status, INIA_BAD_RESPONSE);
    CHECK_TEXT(call->message, "no next page: the service gave the same token twice");
    CHECK_EQ(book.asked, 4);
    CHECK(!inia_next_page(call));
    inia_release(call);
    j.finished++;
    journey_end(&j);
}

static void count_page(inia_call *call)
{
    unsigned *pages = call->user_data;
    ++*pages;
    if (!inia_next_page(call))
        inia_release(call);
}

TEST(a_callback_may_turn_the_page)
{
    struct journey j;
    struct book book = {.pages = 20};
    unsigned pages = 0;
    begin(&j, 1, "s3", &book, list_objects);
    inia_request request = {
        .operation = inia_find_operation(j.client, "ListObjectsV2", NULL),
        .params = list_params,
        .on_done = count_page,
        .user_data = &pages};
    CHECK(inia_submit(j.client, &request) != NULL);
    for (int turns = 0; inia_pending(j.engine) > 0; turns++) {
        CHECK(turns < JOURNEY_TURNS);
        CHECK_EQ(inia_wait(j.engine, NULL, 0, -1), 0);
    }
    CHECK_EQ(pages, 20);
    journey_end(&j);
}

TEST(parameters_outlast_the_request_they_came_in)
{
    struct journey j;
    struct book book = {.pages = 5};
    char bucket[] = "b", prefix[] = "a b", name[] = "Prefix";
    begin(&j, 1, "s3", &book, list_objects);
    const inia_param params[] = {{"Bucket", bucket}, {name, prefix}, {0}};
    inia_call *call = journey_submit(&j, "ListObjectsV2", params, NULL);
    bucket[0] = prefix[0] = name[0] = '?';
    CHECK_EQ(turn_all(&j, call, "Contents[0].Key"), 5);
    journey_end(&j);
}

static void answer_slowly(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    list_objects(request, answer, arg);
    answer->delay_ns = 60 * 1000000u;
}

TEST(each_page_has_a_deadline_of_its_own)
{
    struct journey j;
    struct book book = {.pages = 5};
    begin(&j, 1, "s3", &book, answer_slowly);
    inia_call *call =
        journey_submit(&j, "ListObjectsV2", list_params, &(inia_request){.deadline_ms = 100});
    CHECK_EQ(turn_all(&j, call, "Contents[0].Key"), 5);
    journey_end(&j);
}

/* All of a listing, with pages counted; whatever ends it early. */
static unsigned turn_what_comes(struct journey *j, inia_call *submitted)
{
    unsigned pages = 0;
    while (submitted) {
        inia_call *call = next_finished(j);
        CHECK(call == submitted);
        pages += call->status == INIA_OK;
        if (inia_next_page(call))
            continue;
        j->statuses[call->status]++;
        inia_release(call);
        j->finished++;
        break;
    }
    return pages;
}

TEST(every_allocation_may_fail_and_no_listing_ends_early_as_if_it_were_whole)
{
    bool failed_some = false, all_well = false;
    for (uint64_t nth = 1; nth < 400 && !all_well; nth++) {
        struct journey j;
        struct book book = {.pages = 4};
        begin(&j, 1, "s3", &book, list_objects);
        CHECK(inia_find_operation(j.client, "ListObjectsV2", NULL) != NULL);
        budget_fail_after(nth);
        inia_call *call = journey_submit(&j, "ListObjectsV2", list_params, NULL);
        unsigned pages = turn_what_comes(&j, call);
        budget_fail_after(0);
        CHECK(j.statuses[INIA_OK] == 0 || pages == 4);
        all_well = j.statuses[INIA_OK] == 1;
        failed_some = failed_some || !all_well;
        journey_end(&j);
    }
    CHECK(failed_some && all_well);
}

TEST(learning_the_pages_may_run_out_of_memory_and_is_done_again)
{
    bool failed_some = false, found = false;
    for (uint64_t nth = 1; nth < 400 && !found; nth++) {
        struct journey j;
        struct book book = {.pages = 2};
        inia_error error = {INIA_OK, ""};
        begin(&j, 1, "s3", &book, list_objects);
        budget_fail_after(nth);
        found = inia_find_operation(j.client, "ListObjectsV2", &error) != NULL;
        budget_fail_after(0);
        CHECK(found || error.status == INIA_NO_MEMORY);
        failed_some = failed_some || !found;
        inia_call *call = journey_submit(&j, "ListObjectsV2", list_params, NULL);
        CHECK_EQ(turn_all(&j, call, "Contents[0].Key"), 2);
        journey_end(&j);
    }
    CHECK(failed_some && found);
}

TEST(a_listing_may_be_cancelled_in_any_turn_and_finishes_once)
{
    for (uint64_t turn = 0; turn < 40; turn++) {
        struct journey j;
        struct book book = {.pages = 4};
        begin(&j, turn + 1, "s3", &book, list_objects);
        inia_call *call = journey_submit(&j, "ListObjectsV2", list_params, NULL), *done = NULL;
        unsigned pages = 0;
        bool last = false;
        for (uint64_t i = 0; !last; i++) {
            CHECK(i < JOURNEY_TURNS);
            if (i == turn)
                inia_cancel(call);
            size_t count = inia_wait(j.engine, &done, 1, i < turn ? 0 : -1);
            pages += count && call->status == INIA_OK;
            last = count && !inia_next_page(call);
        }
        CHECK(call->status == INIA_CANCELLED || pages == 4);
        inia_release(call);
        j.finished++;
        journey_end(&j);
    }
}

TEST(the_engine_may_be_freed_in_any_turn_of_a_listing)
{
    for (uint64_t turn = 0; turn < 40; turn++) {
        struct journey j;
        struct book book = {.pages = 4};
        begin(&j, turn + 1, "s3", &book, list_objects);
        inia_call *call = journey_submit(&j, "ListObjectsV2", list_params, NULL), *done;
        for (uint64_t i = 0; i < turn; i++) {
            if (inia_wait(j.engine, &done, 1, 0))
                CHECK(done == call && (inia_next_page(call) || i > 3));
        }
        j.accepted = j.finished;
        journey_end(&j);
    }
}

static void turn_or_release(inia_call *call)
{
    if (!inia_next_page(call))
        inia_release(call);
}

TEST(a_callback_that_always_turns_the_page_does_not_keep_the_engine_from_ending)
{
    struct journey j;
    struct book book = {.pages = MOST_PAGES};
    begin(&j, 1, "s3", &book, list_objects);
    inia_request request = {.on_done = turn_or_release};
    for (int i = 0; i < 5; i++)
        journey_submit(&j, "ListObjectsV2", list_params, &request);
    for (int i = 0; i < 30; i++)
        inia_wait(j.engine, NULL, 0, 0);
    j.accepted = j.finished;
    journey_end(&j);
}

struct reader {
    inia_client *client;
    unsigned pages;
    inia_status status;
};

static void read_all(inia_engine *engine, void *arg)
{
    struct reader *reader = arg;
    (void)engine;
    inia_call *call = inia_submit(
        reader->client, &(inia_request){
                            .operation = inia_find_operation(reader->client, "ListObjectsV2", NULL),
                            .params = list_params});
    do {
        inia_await(call);
        reader->pages += call->status == INIA_OK;
        reader->status = call->status;
    } while (inia_next_page(call));
    inia_release(call);
}

static void run_tasks(struct journey *j)
{
    for (int turns = 0; inia_pending(j->engine) > 0; turns++) {
        CHECK(turns < JOURNEY_TURNS);
        inia_wait(j->engine, NULL, 0, -1);
    }
}

TEST(tasks_read_listings_page_by_page)
{
    struct journey j;
    struct book book = {.pages = 9};
    struct reader readers[20];
    begin(&j, 1, "s3", &book, list_objects);
    for (size_t i = 0; i < 20; i++) {
        readers[i] = (struct reader){.client = j.client};
        CHECK_EQ(inia_spawn(j.engine, read_all, &readers[i]), INIA_OK);
    }
    run_tasks(&j);
    for (size_t i = 0; i < 20; i++) {
        CHECK_EQ(readers[i].status, INIA_OK);
        CHECK_EQ(readers[i].pages, 9);
    }
    journey_end(&j);
}

TEST(a_task_that_is_cancelled_turns_no_further_page)
{
    for (int turn = 0; turn < 30; turn++) {
        struct journey j;
        struct book book = {.pages = MOST_PAGES};
        begin(&j, 1, "s3", &book, list_objects);
        struct reader reader = {.client = j.client};
        CHECK_EQ(inia_spawn(j.engine, read_all, &reader), INIA_OK);
        for (int i = 0; i < turn; i++)
            inia_wait(j.engine, NULL, 0, 0);
        inia_cancel_tasks(j.engine, &reader);
        run_tasks(&j);
        CHECK_EQ(reader.status, INIA_CANCELLED);
        CHECK(reader.pages <= (unsigned)turn);
        journey_end(&j);
    }
}
