#include "trial.h"

/* How much is enough to judge by. */
#define SAMPLE_LEAST_NS UINT64_C(100000000)
#define SAMPLE_WELL 50
#define SAMPLE_ANSWERS 500
#define STILL_OUT 0.05 /* of what was sent need not be answered yet */

#define BEFORE_MOST_NS UINT64_C(8000000000) /* the first cut waits no longer for answers */
#define OLD_NS UINT64_C(20000000000)        /* then a sample is none to compare with */
#define VAIN_NS UINT64_C(3000000000)

#define REFUSED_MUCH 0.1  /* of what was sent; less is hardly cut for */
#define SLOWER 0.8        /* so much slower is another rate */
#define HELPS (1.0 / 3.0) /* of what it would be if the service took so much and no more */
#define CERTAIN 2.0       /* standard deviations */

/* ---- Samples --------------------------------------------------------------------------------- */

static void sample_begin(
    struct retry_trial *trial, struct retry_sample *sample, double window, uint64_t now_ns)
{
    *sample = (struct retry_sample){
        .number = ++trial->samples, .window = window, .began_ns = now_ns, .is_open = true};
}

static void sample_end(struct retry_sample *sample, uint64_t now_ns)
{
    sample->took_ns += now_ns - sample->began_ns;
    sample->is_open = false;
}

static void sample_go_on(struct retry_sample *sample, uint64_t now_ns)
{
    sample->began_ns = now_ns;
    sample->is_open = true;
}

static bool has_enough(const struct retry_sample *sample, uint64_t now_ns)
{
    bool enough = sample->well >= SAMPLE_WELL || sample->well + sample->refused >= SAMPLE_ANSWERS;
    return now_ns - sample->began_ns >= SAMPLE_LEAST_NS && enough;
}

static bool is_answered(const struct retry_sample *sample)
{
    uint32_t still_out = sample->sent - sample->well - sample->refused;
    return !sample->is_open && still_out <= STILL_OUT * sample->sent;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double rate(const struct retry_sample *sample)
{
    return sample->sent * 1e9 / (double)sample->took_ns;
}

static double well_share(const struct retry_sample *sample)
{
    return sample->well / larger(sample->well + sample->refused, 1);
}

static double variance(const struct retry_sample *sample)
{
    double share = well_share(sample);
    return share * (1 - share) / larger(sample->well + sample->refused, 1);
}

enum effect { NO_DIFFERENCE, UNCERTAIN, NO_EFFECT, EFFECT };

/* Of sending less. More of it is well by how much, and by how much if as many are as before? */
static enum effect effect_of(const struct retry_sample *before, const struct retry_sample *after)
{
    double share = well_share(before);
    if (1 - share < REFUSED_MUCH || rate(after) > SLOWER * rate(before))
        return NO_DIFFERENCE;
    double alone = share * rate(before) / rate(after);
    double best = (alone < 1 ? alone : 1) - share;
    double beyond = well_share(after) - share - HELPS * best;
    double doubt = CERTAIN * CERTAIN * (variance(before) + variance(after));
    if (beyond * beyond <= doubt)
        return UNCERTAIN;
    return beyond > 0 ? EFFECT : NO_EFFECT;
}

/* ---- States ---------------------------------------------------------------------------------- */

static void go_to_none(struct retry_trial *trial)
{
    trial->state = RETRY_TRIAL_NONE;
    trial->before = trial->after = (struct retry_sample){0};
}

static void go_to_before(struct retry_trial *trial, double window, uint64_t now_ns)
{
    go_to_none(trial);
    trial->state = RETRY_TRIAL_BEFORE;
    sample_begin(trial, &trial->before, window, now_ns);
}

static void go_to_after(struct retry_trial *trial, double window, uint64_t now_ns)
{
    trial->state = RETRY_TRIAL_AFTER;
    trial->is_vain = false;
    sample_end(&trial->before, now_ns);
    sample_begin(trial, &trial->after, window, now_ns);
}

static void go_to_vain(struct retry_trial *trial, double window, uint64_t now_ns)
{
    trial->vain_share = 1 - well_share(&trial->before);
    go_to_none(trial);
    trial->state = RETRY_TRIAL_VAIN;
    trial->is_vain = true;
    trial->vain_until_ns = now_ns + VAIN_NS;
    sample_begin(trial, &trial->after, window, now_ns);
}

void retry_trial_init(struct retry_trial *trial, double window, uint64_t now_ns)
{
    *trial = (struct retry_trial){0};
    go_to_before(trial, window, now_ns);
}

bool retry_trial_is_vain(const struct retry_trial *trial)
{
    return trial->is_vain;
}

bool retry_trial_may_cut(struct retry_trial *trial, double window, uint64_t now_ns)
{
    struct retry_sample *before = &trial->before;
    if (trial->state == RETRY_TRIAL_AFTER)
        return true;
    if (trial->state == RETRY_TRIAL_VAIN && now_ns < trial->vain_until_ns)
        return false;
    if (trial->state != RETRY_TRIAL_BEFORE)
        go_to_before(trial, window, now_ns);
    if (!has_enough(before, now_ns) && now_ns - before->began_ns < BEFORE_MOST_NS)
        return false;
    go_to_after(trial, window, now_ns);
    return true;
}

/* ---- What is found out ----------------------------------------------------------------------- */

static double compare(struct retry_trial *trial, double window, uint64_t now_ns)
{
    double window_before = larger(window, trial->before.window);
    bool is_old = now_ns - trial->before.began_ns > OLD_NS;
    struct retry_sample after = trial->after;
    enum effect effect = effect_of(&trial->before, &after);
    if (effect == NO_EFFECT) {
        go_to_vain(trial, window_before, now_ns);
        return window_before;
    }
    if (effect == UNCERTAIN && is_old) {
        go_to_none(trial);
        return window_before;
    }
    if (effect == UNCERTAIN)
        sample_go_on(&trial->after, now_ns);
    else
        sample_begin(trial, &trial->after, window, now_ns);
    if (effect == EFFECT || (effect == NO_DIFFERENCE && is_old))
        trial->before = after;
    return 0;
}

/* Where not even half as much is well as when that was found out, it is another trouble now. */
static void look_whether_still_vain(struct retry_trial *trial, double window, uint64_t now_ns)
{
    double lack = (1 - trial->vain_share) / 2 - well_share(&trial->after);
    bool is_other = lack > 0 && lack * lack > CERTAIN * CERTAIN * variance(&trial->after);
    trial->is_vain = trial->is_vain && !is_other;
    if (is_other)
        go_to_none(trial);
    else
        sample_begin(trial, &trial->after, window, now_ns);
}

double retry_trial_conclude(struct retry_trial *trial, double window, uint64_t now_ns)
{
    struct retry_sample *after = &trial->after;
    if (after->is_open && has_enough(after, now_ns))
        sample_end(after, now_ns);
    if (!after->number || !is_answered(after))
        return 0;
    if (trial->state == RETRY_TRIAL_AFTER && is_answered(&trial->before))
        return compare(trial, window, now_ns);
    if (trial->state == RETRY_TRIAL_VAIN)
        look_whether_still_vain(trial, window, now_ns);
    return 0;
}

/* ---- Attempts -------------------------------------------------------------------------------- */

static struct retry_sample *find_sample(struct retry_trial *trial, uint32_t number)
{
    if (!number)
        return NULL;
    return number == trial->before.number  ? &trial->before
           : number == trial->after.number ? &trial->after
                                           : NULL;
}

uint32_t retry_trial_sent(struct retry_trial *trial)
{
    struct retry_sample *sample =
        trial->state == RETRY_TRIAL_BEFORE ? &trial->before : &trial->after;
    if (!sample->is_open)
        return 0;
    sample->sent++;
    return sample->number;
}

void retry_trial_well(struct retry_trial *trial, uint32_t number)
{
    struct retry_sample *sample = find_sample(trial, number);
    if (sample)
        sample->well++;
}

void retry_trial_refused(struct retry_trial *trial, uint32_t number)
{
    struct retry_sample *sample = find_sample(trial, number);
    if (sample)
        sample->refused++;
}

void retry_trial_forget(struct retry_trial *trial, uint32_t number)
{
    struct retry_sample *sample = find_sample(trial, number);
    if (sample)
        sample->sent--;
}
