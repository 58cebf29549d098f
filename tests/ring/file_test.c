#include "ring_fixture.h"

enum { SIZE = 300000, MS_WAIT = 1000000 };

struct job {
    struct ring_file_work work;
    int done, error;
    size_t size;
};

static void job_done(struct ring_file_work *work, size_t size, int error)
{
    struct job *job = CONTAINER_OF(work, struct job, work);
    job->done++;
    job->size = size;
    job->error = error;
}

static int temporary_file(void)
{
    char path[] = "/tmp/ring_file_test_XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);
    CHECK(fd >= 0);
    unlink(path);
    return fd;
}

TEST(what_was_written_is_read_back)
{
    fixture_start();
    int fd = temporary_file();
    char *bytes = malloc(SIZE), *got = calloc(1, SIZE);
    fill_pattern(bytes, SIZE, 3);
    struct job job = {.work.done = job_done};
    ring_file_write(fixture_ring, &job.work, fd, bytes, SIZE, 1000);
    CHECK_EQ(job.done, 0);
    UNTIL(job.done);
    CHECK_EQ(job.size, SIZE);
    CHECK_EQ(job.error, 0);
    ring_file_read(fixture_ring, &job.work, fd, got, SIZE, 1000);
    UNTIL(job.done == 2);
    CHECK_EQ(job.size, SIZE);
    CHECK_BYTES(got, SIZE, bytes, SIZE);
    free(bytes);
    free(got);
    close(fd);
    fixture_end();
}

TEST(reading_past_the_end_is_short)
{
    fixture_start();
    int fd = temporary_file();
    write_all(fd, "abcdef", 6);
    char got[10] = {0};
    struct job job = {.work.done = job_done};
    ring_file_read(fixture_ring, &job.work, fd, got, sizeof got, 4);
    UNTIL(job.done);
    CHECK_EQ(job.size, 2);
    CHECK_EQ(job.error, 0);
    CHECK_BYTES(got, 2, "ef", 2);
    ring_file_read(fixture_ring, &job.work, fd, got, sizeof got, 6);
    UNTIL(job.done == 2);
    CHECK_EQ(job.size, 0);
    CHECK_EQ(job.error, 0);
    ring_file_read(fixture_ring, &job.work, fd, got, 0, 0);
    UNTIL(job.done == 3);
    CHECK_EQ(job.error, 0);
    close(fd);
    fixture_end();
}

TEST(a_file_that_cannot_be_written_tells_why)
{
    fixture_start();
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct job job = {.work.done = job_done};
    ring_file_write(fixture_ring, &job.work, fd, "x", 1, 0);
    UNTIL(job.done);
    CHECK_EQ(job.error, EBADF);
    CHECK_EQ(job.size, 0);
    close(fd);
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    ring_file_write(fixture_ring, &job.work, full, "x", 1, 0);
    UNTIL(job.done == 2);
    CHECK_EQ(job.error, ENOSPC);
    close(full);
    fixture_end();
}

TEST(a_read_of_many_parts_is_finished_before_it_is_told)
{
    /* A pipe gives what it has, so one read is never enough. */
    fixture_start();
    int ends[2];
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    char got[6] = {0};
    struct job job = {.work.done = job_done};
    ring_file_read(fixture_ring, &job.work, ends[0], got, sizeof got, 0);
    write_all(ends[1], "abc", 3);
    for (int i = 0; i < 5; i++)
        ring_turn(fixture_ring, MS_WAIT);
    CHECK_EQ(job.done, 0);
    write_all(ends[1], "def", 3);
    UNTIL(job.done);
    CHECK_BYTES(got, sizeof got, "abcdef", 6);
    close(ends[0]);
    close(ends[1]);
    fixture_end();
}

TEST(no_memory_for_one_more_file_is_told)
{
    enum { MANY = 200 };
    fixture_start_with(&(struct ring_config){.sockets = 1});
    int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    struct job *jobs = calloc(MANY, sizeof *jobs);
    char got[16];
    budget_fail_after(1);
    for (int i = 0; i < MANY; i++) {
        jobs[i].work.done = job_done;
        ring_file_read(fixture_ring, &jobs[i].work, fd, got, sizeof got, 0);
    }
    int refused = 0;
    for (int i = 0; i < MANY; i++) {
        UNTIL(jobs[i].done);
        CHECK_EQ(jobs[i].done, 1);
        CHECK(jobs[i].error == 0 || jobs[i].error == ENOMEM);
        refused += jobs[i].error == ENOMEM;
    }
    budget_fail_after(0);
    CHECK(refused > 0 && refused < MANY);
    free(jobs);
    close(fd);
    fixture_end();
}
