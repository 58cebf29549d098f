/* Design notes
 *
 * A failed check leaves its test by longjmp, so that checks work in helper functions as well. What
 * the test had allocated is then lost, which only matters when something has failed already.
 */
#include "test.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_SKIPPED = 77, BYTES_SHOWN = 32 };

enum verdict { PASSED, FAILED, SKIPPED };

static struct test *first_test;
static struct test **last_link = &first_test;
static const struct test *running;
static jmp_buf leave;

void test_register(struct test *test)
{
    *last_link = test;
    last_link = &test->next;
}

void test_fail(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%d: FAIL %s: ", file, line, running->name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    longjmp(leave, FAILED);
}

void test_skip(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("SKIP: ");
    vprintf(format, arguments);
    printf(" (%s)\n", running->name);
    va_end(arguments);
    longjmp(leave, SKIPPED);
}

void test_check_equal(
    const char *file, int line, const char *text, long long actual, long long expected)
{
    if (actual != expected)
        test_fail(file, line, "%s: got %lld, expected %lld", text, actual, expected);
}

static bool texts_are_equal(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    return strcmp(a, b) == 0;
}

void test_check_text(
    const char *file, int line, const char *text, const char *actual, const char *expected)
{
    if (!texts_are_equal(actual, expected))
        test_fail(
            file, line, "%s\n  got:      %s\n  expected: %s", text, actual ? actual : "(NULL)",
            expected ? expected : "(NULL)");
}

/* Up to BYTES_SHOWN bytes in hexadecimal, from the one before the first that differs. */
static void show_bytes(char *out, const unsigned char *bytes, size_t size, size_t from)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = from; i < size && i < from + BYTES_SHOWN; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = 0;
}

void test_check_bytes(
    const char *file, int line, const char *text, const void *actual, size_t actual_size,
    const void *expected, size_t expected_size)
{
    const unsigned char *a = actual, *b = expected;
    size_t both = actual_size < expected_size ? actual_size : expected_size;
    size_t same = 0;
    while (same < both && a[same] == b[same])
        same++;
    if (same == actual_size && same == expected_size)
        return;
    char got[2 * BYTES_SHOWN + 1], wanted[2 * BYTES_SHOWN + 1];
    show_bytes(got, a, actual_size, same);
    show_bytes(wanted, b, expected_size, same);
    test_fail(
        file, line,
        "%s: differ at byte %zu\n  got      %zu bytes, there: %s\n"
        "  expected %zu bytes, there: %s",
        text, same, actual_size, got, expected_size, wanted);
}

const char *test_vectors(void)
{
    const char *folder = getenv("INIA_VECTORS");
#ifdef INIA_VECTORS
    if (!folder || !*folder)
        folder = INIA_VECTORS;
#endif
    struct stat status;
    if (!folder || stat(folder, &status) != 0 || !S_ISDIR(status.st_mode))
        test_skip("no test vectors in %s; set INIA_VECTORS", folder ? folder : "(unset)");
    return folder;
}

char *test_read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        test_fail(__FILE__, __LINE__, "cannot open %s", path);
    size_t used = 0, capacity = 4096;
    char *bytes = malloc(capacity);
    while (bytes) {
        used += fread(bytes + used, 1, capacity - used - 1, file);
        if (used < capacity - 1)
            break;
        capacity *= 2;
        char *more = realloc(bytes, capacity);
        if (!more)
            free(bytes);
        bytes = more;
    }
    bool failed = ferror(file) != 0;
    fclose(file);
    if (!bytes || failed)
        test_fail(__FILE__, __LINE__, "cannot read %s", path);
    bytes[used] = 0;
    if (size)
        *size = used;
    return bytes;
}

/* An assertion of the engine does not say which test it ended, so that is said here. */
static void say_which_test_aborted(int signal_number)
{
    static const char before[] = "ABORTED in test ";
    ssize_t ignored = write(STDERR_FILENO, before, sizeof before - 1);
    if (running)
        ignored = write(STDERR_FILENO, running->name, strlen(running->name));
    ignored = write(STDERR_FILENO, "\n", 1);
    (void)ignored;
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static enum verdict run(const struct test *test)
{
    running = test;
    int verdict = setjmp(leave);
    if (verdict == PASSED)
        test->run();
    running = NULL;
    fflush(stdout);
    return (enum verdict)verdict;
}

static bool is_chosen(const struct test *test, int count, char **patterns)
{
    for (int i = 1; i < count; i++)
        if (strstr(test->name, patterns[i]))
            return true;
    return count < 2;
}

/* The models that tools/setup installed, unless the environment names others. */
static void offer_models(void)
{
#ifdef INIA_TEST_MODELS
    setenv("INIA_MODELS", INIA_TEST_MODELS, 0);
#endif
}

int main(int argc, char **argv)
{
    int verdicts[3] = {0};
    offer_models();
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGABRT, say_which_test_aborted);
    for (struct test *test = first_test; test; test = test->next)
        if (is_chosen(test, argc, argv))
            verdicts[run(test)]++;
    printf(
        "%d passed, %d failed, %d skipped\n", verdicts[PASSED], verdicts[FAILED],
        verdicts[SKIPPED]);
    if (verdicts[FAILED])
        return EXIT_FAILURE;
    if (!verdicts[PASSED])
        return EXIT_SKIPPED;
    return EXIT_SUCCESS;
}
