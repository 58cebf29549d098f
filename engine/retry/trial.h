/*
 * trial: whether it helps to send less. What was sent before a gate's window was cut, and what was
 * sent after, are two samples; which share of each was refused tells two services apart:
 *
 *   one that takes so much and no more     takes a larger share of what comes slower
 *   one that refuses by chance, because    refuses the same share however slowly it comes: to hold
 *   a part of it is broken                 calls back is in vain
 *
 * In between lies a service that others overload as well; where one third of what would help alone
 * helps, it counts as help.
 *
 *             a refusal           enough is known, or 8 s       helps, or is no slower: cut on
 *      NONE ------------> BEFORE -------------------> AFTER <------------------------------+
 *       ^ ^                  ^      the first cut       | |                                |
 *       | |                  |                          | +--------------------------------+
 *       | +------------------|--------------------------+ |
 *       |   not known in 20 s: undo                       | does not help: undo
 *       |                    |                            v
 *       |                    +-------------------------- VAIN  nothing is cut
 *       |                     a refusal, 3 s later        |
 *       +-------------------------------------------------+
 *         not even half as much is well: another trouble
 *
 * What has been found out is believed (retry_trial_is_vain()) until the next first cut, or until
 * the other trouble shows. Only attempts at the gate are in samples. A sample is judged once all
 * but a few of its attempts are answered; an attempt keeps the sample's number, so that a late
 * answer is none of another's.
 *
 * Times are in nanoseconds from any start; the same clock throughout, which does not go back.
 */
#ifndef RETRY_TRIAL_H
#define RETRY_TRIAL_H

#include "base/base.h"

/* What came of the attempts that were sent at one time. */
struct retry_sample {
    uint32_t number; /* 0: there is none */
    uint32_t sent, well, refused;
    double window; /* the gate's when it began */
    uint64_t began_ns, took_ns;
    bool is_open; /* what is sent belongs to it */
};

enum retry_trial_state {
    RETRY_TRIAL_NONE,
    RETRY_TRIAL_BEFORE,
    RETRY_TRIAL_AFTER,
    RETRY_TRIAL_VAIN
};

struct retry_trial {
    enum retry_trial_state state;
    uint32_t samples;                  /* had so far */
    struct retry_sample before, after; /* VAIN: after is what comes while nothing is cut */
    bool is_vain;
    double vain_share; /* of what was sent, refused: when that was found out */
    uint64_t vain_until_ns;
};

/* In BEFORE. window: the gate's, here and below. */
void retry_trial_init(struct retry_trial *trial, double window, uint64_t now_ns);

/* An attempt goes out. Returns the number of its sample, 0: none, which is told once what
 * becomes of it. */
uint32_t retry_trial_sent(struct retry_trial *trial);
void retry_trial_well(struct retry_trial *trial, uint32_t sample);
void retry_trial_refused(struct retry_trial *trial, uint32_t sample);
void retry_trial_forget(struct retry_trial *trial, uint32_t sample); /* no answer will come */

/* After a refusal: looks whether something is found out. Returns the window to go back to where
 * cuts are to be undone, else 0. */
double retry_trial_conclude(struct retry_trial *trial, double window, uint64_t now_ns) MUST_USE;

/* After that, whether the window may be cut now. A first cut waits for something to compare its
 * effect with. */
bool retry_trial_may_cut(struct retry_trial *trial, double window, uint64_t now_ns) MUST_USE;

/* Refusals are known not to depend on how many calls there are. */
bool retry_trial_is_vain(const struct retry_trial *trial);

#endif
