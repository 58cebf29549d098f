#include "base/base.h"
#include "test.h"

#include <pthread.h>
#include <stdlib.h>

enum { THREADS = 4, LETTERS = 20000 };

struct letter {
    int sender, number;
    void *next;
};

static struct letter *letter_of(void **link)
{
    return CONTAINER_OF(link, struct letter, next);
}

TEST(letters_come_in_the_order_they_were_posted)
{
    struct mailbox mailbox = {.oldest = NULL};
    struct letter letters[5] = {{0}};
    for (int i = 0; i < 5; i++)
        letters[i].number = i;
    CHECK(mailbox_post(&mailbox, &letters[0].next));
    CHECK(!mailbox_post(&mailbox, &letters[1].next));
    CHECK(!mailbox_post(&mailbox, &letters[2].next));
    mailbox_collect(&mailbox);
    CHECK_EQ(letter_of(mailbox_pop(&mailbox))->number, 0);
    CHECK(mailbox_post(&mailbox, &letters[3].next));
    CHECK(!mailbox_post(&mailbox, &letters[4].next));
    mailbox_collect(&mailbox);
    for (int i = 1; i < 5; i++)
        CHECK_EQ(letter_of(mailbox_pop(&mailbox))->number, i);
    CHECK(!mailbox_pop(&mailbox) && !mailbox_has_post(&mailbox));
}

TEST(what_is_posted_waits_to_be_collected)
{
    struct mailbox mailbox = {.oldest = NULL};
    struct letter first = {0}, second = {0};
    mailbox_collect(&mailbox);
    CHECK(!mailbox_first(&mailbox) && !mailbox_pop(&mailbox) && !mailbox_has_post(&mailbox));
    mailbox_post(&mailbox, &first.next);
    CHECK(!mailbox_first(&mailbox) && mailbox_has_post(&mailbox));
    mailbox_collect(&mailbox);
    CHECK(mailbox_first(&mailbox) == &first.next && !mailbox_has_post(&mailbox));
    mailbox_post(&mailbox, &second.next);
    CHECK(mailbox_pop(&mailbox) == &first.next);
    CHECK(!mailbox_pop(&mailbox) && mailbox_has_post(&mailbox));
}

TEST(what_was_collected_can_be_looked_through_and_stays)
{
    struct mailbox mailbox = {.oldest = NULL};
    struct letter letters[3] = {{0}};
    for (int i = 0; i < 3; i++)
        mailbox_post(&mailbox, &letters[i].next);
    mailbox_collect(&mailbox);
    int seen = 0;
    for (void **link = mailbox_first(&mailbox); link; link = mailbox_next(link))
        CHECK(letter_of(link) == &letters[seen++]);
    CHECK_EQ(seen, 3);
    CHECK(mailbox_first(&mailbox) == &letters[0].next);
}

TEST(a_letter_may_be_posted_again_as_soon_as_it_is_popped)
{
    struct mailbox mailbox = {.oldest = NULL};
    struct letter letter = {0};
    for (int i = 0; i < 3; i++) {
        CHECK(mailbox_post(&mailbox, &letter.next));
        mailbox_collect(&mailbox);
        CHECK(mailbox_pop(&mailbox) == &letter.next);
        CHECK(!mailbox_pop(&mailbox));
    }
}

struct sender {
    struct mailbox *mailbox;
    struct letter *letters;
    size_t told; /* how often the taker was to be woken */
    pthread_t thread;
};

static void *post_all(void *arg)
{
    struct sender *sender = arg;
    for (int i = 0; i < LETTERS; i++)
        sender->told += mailbox_post(sender->mailbox, &sender->letters[i].next);
    return NULL;
}

TEST(letters_of_many_threads_come_once_each_and_in_each_ones_order)
{
    struct mailbox mailbox = {.oldest = NULL};
    struct sender senders[THREADS] = {{0}};
    int next_number[THREADS] = {0};
    struct letter *letters = calloc((size_t)THREADS * LETTERS, sizeof *letters);
    CHECK(letters != NULL);
    for (int i = 0; i < THREADS; i++) {
        senders[i] = (struct sender){&mailbox, letters + (size_t)i * LETTERS, 0, 0};
        for (int k = 0; k < LETTERS; k++)
            senders[i].letters[k] = (struct letter){i, k, NULL};
        CHECK_EQ(pthread_create(&senders[i].thread, NULL, post_all, &senders[i]), 0);
    }
    size_t told = 0, collected = 0;
    for (int taken = 0; taken < THREADS * LETTERS;) {
        mailbox_collect(&mailbox);
        collected += mailbox_first(&mailbox) != NULL;
        for (void **link; (link = mailbox_pop(&mailbox)); taken++) {
            const struct letter *letter = letter_of(link);
            CHECK_EQ(letter->number, next_number[letter->sender]);
            next_number[letter->sender]++;
        }
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(senders[i].thread, NULL);
        told += senders[i].told;
    }
    CHECK(!mailbox_has_post(&mailbox));
    CHECK_EQ(told, collected); /* once for each collection that found something */
    free(letters);
}
