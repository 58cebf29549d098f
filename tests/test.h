/*
 * The test harness: a test is a sentence.
 *
 *     #include "test.h"
 *
 *     TEST(a_list_gives_back_what_was_put_last)
 *     {
 *         CHECK(list_is_empty(&list));
 *         CHECK_EQ(list_size(&list), 0);
 *     }
 *
 * Tests register themselves and run in the order they are written. The first check that fails
 * prints its file and line, ends its test and lets the next one start; SKIP ends a test with a
 * reason. A check may stand in a helper function too, but not on another stack or thread than the
 * test's.
 *
 * An argument on the command line picks the tests whose names contain it. The exit status is 0
 * when all is well, 1 when a check failed, 77 when there was nothing but skipped tests.
 */
#ifndef TEST_H
#define TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test {
    const char *name;
    void (*run)(void);
    struct test *next;
};

void test_register(struct test *test);

_Noreturn void test_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
_Noreturn void test_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

void test_check_equal(
    const char *file, int line, const char *text, long long actual, long long expected);

/* Either text may be NULL; NULL equals only NULL. */
void test_check_text(
    const char *file, int line, const char *text, const char *actual, const char *expected);

void test_check_bytes(
    const char *file, int line, const char *text, const void *actual, size_t actual_size,
    const void *expected, size_t expected_size);

/*
 * The folder of test vectors: the environment's INIA_VECTORS, or else the one the build names.
 * Skips the test when the folder does not exist.
 */
const char *test_vectors(void);

/*
 * A whole file, with a NUL behind its last byte; *size may be NULL. The caller frees it. Fails the
 * test when the file cannot be read.
 */
char *test_read_file(const char *path, size_t *size);

#define TEST(test_name)                                                                            \
    static void test_name(void);                                                                   \
    __attribute__((constructor)) static void test_name##_registers(void)                           \
    {                                                                                              \
        static struct test self = {#test_name, test_name, NULL};                                   \
        test_register(&self);                                                                      \
    }                                                                                              \
    static void test_name(void)

#define CHECK(condition)                                                                           \
    ((condition) ? (void)0 : test_fail(__FILE__, __LINE__, "not so: %s", #condition))

#define CHECK_EQ(actual, expected)                                                                 \
    test_check_equal(                                                                              \
        __FILE__, __LINE__, #actual " == " #expected, (long long)(actual), (long long)(expected))

#define CHECK_TEXT(actual, expected)                                                               \
    test_check_text(__FILE__, __LINE__, #actual " == " #expected, (actual), (expected))

#define CHECK_BYTES(actual, actual_size, expected, expected_size)                                  \
    test_check_bytes(                                                                              \
        __FILE__, __LINE__, #actual " == " #expected, (actual), (actual_size), (expected),         \
        (expected_size))

#define FAIL(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)
#define SKIP(...) test_skip(__VA_ARGS__)

#endif
