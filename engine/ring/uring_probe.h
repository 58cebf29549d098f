/* probe: makes the io_uring instance, with the best the kernel offers, or says what is in the way.
 */
#ifndef RING_URING_PROBE_H
#define RING_URING_PROBE_H

#include "ring.h"

#include <liburing.h>

/* INIA_OK, or the status with error filled. */
inia_status uring_probe_open(
    struct io_uring *uring, uint32_t submissions, uint32_t completions, const struct log *log,
    inia_error *error) MUST_USE;

/* INIA_UNSUPPORTED or INIA_NO_MEMORY, with one line about why `what` failed with this errno. */
inia_status uring_probe_explain(inia_error *error, const char *what, int cause);

#endif
