#include "retry/retry.h"

#include "test.h"

static const uint64_t ms = 1000000;
static const uint64_t second = 1000000000;

enum { WINDOW = 1000 };

/* So many are sent, of which so many of a hundred are refused. */
static void send(struct retry_trial *trial, uint32_t count, uint32_t refused_of_100)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t sample = retry_trial_sent(trial);
        if (i * 37 % 100 < refused_of_100)
            retry_trial_refused(trial, sample);
        else
            retry_trial_well(trial, sample);
    }
}

/* Before the first cut a thousand are sent in a tenth of a second, half of them in vain. */
static uint64_t come_to_after(struct retry_trial *trial)
{
    uint64_t now = second;
    retry_trial_init(trial, WINDOW, now);
    CHECK_EQ(trial->state, RETRY_TRIAL_BEFORE);
    send(trial, 1000, 50);
    CHECK(!retry_trial_may_cut(trial, WINDOW, now + 50 * ms));
    now += 100 * ms;
    CHECK_EQ(retry_trial_conclude(trial, WINDOW, now), 0);
    CHECK(retry_trial_may_cut(trial, WINDOW, now));
    CHECK_EQ(trial->state, RETRY_TRIAL_AFTER);
    return now;
}

static uint64_t come_to_vain(struct retry_trial *trial)
{
    uint64_t now = come_to_after(trial);
    send(trial, 500, 50);
    now += 100 * ms;
    CHECK_EQ(retry_trial_conclude(trial, WINDOW / 2, now), WINDOW);
    CHECK_EQ(trial->state, RETRY_TRIAL_VAIN);
    CHECK(retry_trial_is_vain(trial));
    return now;
}

TEST(where_the_same_share_of_half_as_many_is_refused_cuts_are_undone)
{
    struct retry_trial trial;
    uint64_t now = come_to_vain(&trial);
    CHECK(!retry_trial_may_cut(&trial, WINDOW, now + 2 * second));
    CHECK_EQ(trial.state, RETRY_TRIAL_VAIN);
}

TEST(where_more_of_half_as_many_is_taken_they_stay)
{
    struct retry_trial trial;
    uint64_t now = come_to_after(&trial);
    send(&trial, 500, 5);
    now += 100 * ms;
    CHECK_EQ(retry_trial_conclude(&trial, WINDOW / 2, now), 0);
    CHECK_EQ(trial.state, RETRY_TRIAL_AFTER);
    CHECK_EQ(trial.before.sent, 500); /* what comes next is compared with this */
    CHECK(retry_trial_may_cut(&trial, WINDOW / 2, now));
}

TEST(where_as_many_are_sent_as_before_nothing_is_learnt)
{
    struct retry_trial trial;
    uint64_t now = come_to_after(&trial);
    send(&trial, 1000, 50);
    CHECK_EQ(retry_trial_conclude(&trial, WINDOW / 2, now + 100 * ms), 0);
    CHECK_EQ(trial.state, RETRY_TRIAL_AFTER);
    CHECK(!retry_trial_is_vain(&trial));
    CHECK_EQ(trial.before.sent, 1000);
}

TEST(what_cannot_be_told_in_twenty_seconds_is_undone)
{
    struct retry_trial trial;
    uint64_t now = come_to_after(&trial);
    uint32_t rounds = 0;
    for (; trial.state == RETRY_TRIAL_AFTER && rounds < 1000; rounds++) {
        send(&trial, 60, 33); /* some help, but not one third of what would help alone */
        double window = retry_trial_conclude(&trial, WINDOW / 2, now += 100 * ms);
        CHECK_EQ(window, trial.state == RETRY_TRIAL_AFTER ? 0 : WINDOW);
    }
    CHECK_EQ(trial.state, RETRY_TRIAL_NONE);
    CHECK(!retry_trial_is_vain(&trial));
    CHECK(now >= 21 * second && now < 22 * second);
    CHECK_EQ(retry_trial_sent(&trial), 0);
    CHECK(!retry_trial_may_cut(&trial, WINDOW, now)); /* the next first cut waits for a sample */
    CHECK_EQ(trial.state, RETRY_TRIAL_BEFORE);
}

TEST(what_is_in_vain_is_tried_again_after_three_seconds_and_believed_until_then)
{
    struct retry_trial trial;
    uint64_t now = come_to_vain(&trial);
    CHECK(!retry_trial_may_cut(&trial, WINDOW, now + 3 * second));
    CHECK_EQ(trial.state, RETRY_TRIAL_BEFORE);
    CHECK(retry_trial_is_vain(&trial));
    send(&trial, 1000, 50);
    CHECK(retry_trial_may_cut(&trial, WINDOW, now + 4 * second));
    CHECK(!retry_trial_is_vain(&trial));
}

TEST(another_trouble_ends_what_was_believed)
{
    struct retry_trial trial;
    uint64_t now = come_to_vain(&trial);
    send(&trial, 500, 45);
    CHECK_EQ(retry_trial_conclude(&trial, WINDOW, now += 100 * ms), 0);
    CHECK(retry_trial_is_vain(&trial));
    send(&trial, 500, 90);
    CHECK_EQ(retry_trial_conclude(&trial, WINDOW, now += 100 * ms), 0);
    CHECK(!retry_trial_is_vain(&trial));
    CHECK_EQ(trial.state, RETRY_TRIAL_NONE);
}

TEST(a_first_cut_waits_no_longer_than_eight_seconds_for_something_to_compare_with)
{
    struct retry_trial trial;
    retry_trial_init(&trial, WINDOW, second);
    send(&trial, 3, 100);
    CHECK(!retry_trial_may_cut(&trial, WINDOW, 8 * second));
    CHECK(retry_trial_may_cut(&trial, WINDOW, 9 * second));
}

TEST(nothing_is_concluded_while_many_are_still_out)
{
    struct retry_trial trial;
    uint64_t now = come_to_after(&trial);
    uint32_t late[100];
    for (size_t i = 0; i < COUNT_OF(late); i++)
        late[i] = retry_trial_sent(&trial);
    send(&trial, 500, 50);
    CHECK_EQ(retry_trial_conclude(&trial, WINDOW / 2, now += 100 * ms), 0);
    CHECK_EQ(retry_trial_sent(&trial), 0); /* it is full, and waits for answers */
    for (size_t i = 0; i < COUNT_OF(late) / 2; i++)
        retry_trial_well(&trial, late[i]);
    CHECK_EQ(retry_trial_conclude(&trial, WINDOW / 2, now), 0);
    CHECK_EQ(trial.state, RETRY_TRIAL_AFTER);
    for (size_t i = COUNT_OF(late) / 2; i < COUNT_OF(late); i++)
        retry_trial_forget(&trial, late[i]); /* cancelled: nobody waits for their answers */
    CHECK_EQ(trial.after.sent, 550);
    CHECK_EQ(retry_trial_conclude(&trial, WINDOW / 2, now), WINDOW);
}

TEST(a_late_answer_is_no_other_samples)
{
    struct retry_trial trial;
    uint64_t now = come_to_after(&trial);
    uint32_t late = retry_trial_sent(&trial);
    send(&trial, 500, 50);
    CHECK_EQ(retry_trial_conclude(&trial, WINDOW / 2, now += 100 * ms), WINDOW);
    CHECK_EQ(trial.state, RETRY_TRIAL_VAIN);
    retry_trial_refused(&trial, late);
    retry_trial_well(&trial, 0);
    CHECK_EQ(trial.after.refused, 0);
    CHECK_EQ(trial.after.well, 0);
}
