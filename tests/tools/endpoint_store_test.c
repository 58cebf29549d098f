#include "endpoint/store.h"
#include "test.h"

#include <stdio.h>

static struct budget memory;
static struct store store;
static struct bucket *bucket;

static void start(void)
{
    budget_init(&memory, 8 << 20);
    store_init(&store, &memory, 1);
    bucket = store_add_bucket(&store, TEXT("bucket"), 1000);
    CHECK(bucket);
}

static void end(void)
{
    store_release(&store);
    CHECK_EQ(memory.used, 0);
}

static struct object *object_of(const char *bytes)
{
    struct object *object = object_new(&store.objects, 1576540098000);
    CHECK(object);
    size_t size = strlen(bytes);
    if (!size)
        return object;
    struct blob *blob = blob_new(&store.objects.blobs, size);
    CHECK(blob);
    memcpy(blob->data, bytes, size);
    object_set_blob(object, blob);
    return object;
}

static void check_bytes(const struct object *object, const char *expected)
{
    char bytes[256];
    size_t at = 0;
    while (at < object->size) {
        text run = object_bytes(object, at, object->size - at);
        CHECK(run.size > 0 && run.size <= sizeof bytes - at);
        memcpy(bytes + at, run.data, run.size);
        at += run.size;
    }
    CHECK_BYTES(bytes, at, expected, strlen(expected));
}

TEST(names_of_buckets_are_judged_as_s3_does)
{
    CHECK(bucket_name_is_good(TEXT("abc")));
    CHECK(bucket_name_is_good(TEXT("a.b-c9")));
    CHECK(!bucket_name_is_good(TEXT("ab")));
    CHECK(!bucket_name_is_good(TEXT("Abc")));
    CHECK(!bucket_name_is_good(TEXT("-abc")));
    CHECK(!bucket_name_is_good(TEXT("abc.")));
    CHECK(!bucket_name_is_good(TEXT("a/c")));
    char longest[BUCKET_NAME_MOST + 1];
    memset(longest, 'a', sizeof longest);
    CHECK(bucket_name_is_good((text){longest, BUCKET_NAME_MOST}));
    CHECK(!bucket_name_is_good((text){longest, BUCKET_NAME_MOST + 1}));
}

TEST(a_bucket_gives_back_what_was_put_last)
{
    start();
    CHECK(bucket_put(&store, bucket, TEXT("key"), object_of("one")));
    CHECK(bucket_put(&store, bucket, TEXT("key"), object_of("two")));
    CHECK_EQ(bucket->objects.count, 1);
    check_bytes(bucket_find(bucket, TEXT("key")), "two");
    CHECK(bucket_remove(&store, bucket, TEXT("key")));
    CHECK(!bucket_remove(&store, bucket, TEXT("key")));
    CHECK(bucket_find(bucket, TEXT("key")) == NULL);
    end();
}

TEST(an_object_that_is_held_outlives_its_place)
{
    start();
    CHECK(bucket_put(&store, bucket, TEXT("key"), object_of("held")));
    struct object *held = object_hold(bucket_find(bucket, TEXT("key")));
    CHECK(bucket_put(&store, bucket, TEXT("key"), object_of("other")));
    check_bytes(held, "held");
    object_drop(&store.objects, held);
    end();
}

TEST(an_object_made_of_ranges_of_others_reads_as_one)
{
    start();
    struct object *digits = object_of("0123456789");
    struct object *whole = object_new(&store.objects, 0);
    CHECK(object_append(&store.objects, whole, digits, 8, 2));
    for (size_t i = 0; i < 10; i++)
        CHECK(object_append(&store.objects, whole, digits, i, 1));
    struct object *part = object_new(&store.objects, 0);
    CHECK(object_append(&store.objects, part, whole, 1, 4));
    CHECK(object_append(&store.objects, part, whole, 11, 1));
    object_drop(&store.objects, digits);
    check_bytes(whole, "890123456789");
    check_bytes(part, "90129");
    CHECK_EQ(object_bytes(whole, 1, 5).size, 1);
    object_drop(&store.objects, whole);
    check_bytes(part, "90129");
    object_drop(&store.objects, part);
    end();
}

TEST(the_fields_of_an_object_are_written_once_near_or_apart)
{
    start();
    struct object *object = object_of("x");
    memcpy(object->etag, "abc", 3);
    object->etag_size = 3;
    char own[OBJECT_FIELDS_NEAR + 100];
    memset(own, 'a', sizeof own);
    CHECK(object_set_fields(&store.objects, object, TEXT("Content-Type: t\r\n")));
    static const char expected[] = "Last-Modified: Mon, 16 Dec 2019 23:48:18 GMT\r\n"
                                   "ETag: \"abc\"\r\nAccept-Ranges: bytes\r\n"
                                   "Content-Type: t\r\n";
    CHECK_BYTES(object->fields, object->fields_size, expected, sizeof expected - 1);
    struct object *other = object_new(&store.objects, 0);
    CHECK(object_set_fields(&store.objects, other, (text){own, sizeof own}));
    CHECK(text_equals(object_own_fields(other), (text){own, sizeof own}));
    object_drop(&store.objects, object);
    object_drop(&store.objects, other);
    end();
}

TEST(an_upload_keeps_parts_by_number_until_it_is_freed)
{
    start();
    struct upload *upload = upload_new(&store, bucket, TEXT("k"), TEXT("a: b\r\n"), 5);
    CHECK(upload);
    CHECK(upload_put_part(&store, upload, 17, object_of("a")));
    CHECK(upload_put_part(&store, upload, 17, object_of("b")));
    CHECK(upload_put_part(&store, upload, PART_NUMBER_MOST, object_of("c")));
    check_bytes(upload_part(upload, 17), "b");
    CHECK(upload_part(upload, 16) == NULL);
    CHECK(upload_part(upload, 0) == NULL);
    CHECK(upload_part(upload, UINT64_MAX) == NULL);
    CHECK(upload_find(bucket, TEXT("k"), upload_id(upload)) == upload);
    CHECK(upload_find(bucket, TEXT("l"), upload_id(upload)) == NULL);
    CHECK(upload_find(bucket, TEXT("k"), TEXT("short")) == NULL);
    struct upload *second = upload_new(&store, bucket, TEXT("k"), TEXT(""), 5);
    CHECK(second && !text_equals(upload_id(second), upload_id(upload)));
    upload_free(&store, bucket, upload);
    end();
}

TEST(each_allocation_that_fails_leaves_the_store_whole)
{
    for (uint64_t n = 1; n < 12; n++) {
        start();
        struct object *object = object_of("bytes");
        budget_fail_after(n);
        bool is_put = bucket_put(&store, bucket, TEXT("key"), object);
        struct upload *upload = upload_new(&store, bucket, TEXT("k"), TEXT("a: b\r\n"), 5);
        bool has_bucket = store_add_bucket(&store, TEXT("second"), 0) != NULL;
        budget_fail_after(0);
        if (!is_put)
            object_drop(&store.objects, object);
        CHECK_EQ(bucket->objects.count, is_put);
        CHECK_EQ(bucket->uploads.count, upload != NULL);
        CHECK_EQ(store.buckets.count, 1 + has_bucket);
        end();
    }
}

TEST(blobs_of_the_same_size_use_the_same_memory_again)
{
    start();
    struct blob *blob = blob_new(&store.objects.blobs, 3 << 20);
    CHECK(blob);
    char *data = blob->data;
    CHECK(blob_new(&store.objects.blobs, 6 << 20) == NULL);
    blob_drop(&store.objects.blobs, blob);
    blob = blob_new(&store.objects.blobs, 3 << 20);
    CHECK(blob && blob->data == data);
    blob_drop(&store.objects.blobs, blob);
    end();
}
