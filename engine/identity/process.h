/*
 * process: a program that is run, and what it writes. Its standard input is empty, its standard
 * error ours. It gets its own process group and PROCESS_MOST_MS; then it is killed.
 *
 *   process.ended = ended;
 *   const char *wrong = process_start(&process, ring, arena, "/usr/local/bin/get-keys --json");
 *   // -> ended(): process->problem, or process->output
 */
#ifndef IDENTITY_PROCESS_H
#define IDENTITY_PROCESS_H

#include "ring/ring.h"

enum {
    PROCESS_OUTPUT_MOST = 64 << 10, /* bytes */
    PROCESS_MOST_MS = 60000,
};

/* Zeroed, it does not run. */
struct process {
    void (*ended)(struct process *process);
    const char *problem; /* NULL: it ended well */
    text output;         /* in the arena */

    struct ring *ring; /* NULL: it does not run */
    struct ring_watch watch;
    struct ring_timer timer;
    int pid, output_fd, pid_fd;
    char *bytes;
    char line[80]; /* of problem */
};

/* NULL, or why it cannot be started; ended() comes then never. */
const char *process_start(
    struct process *process, struct ring *ring, struct arena *arena, text command) MUST_USE;
void process_stop(struct process *process); /* kills it if it runs; ended() does not come */

#endif
