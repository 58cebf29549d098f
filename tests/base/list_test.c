#include "base/base.h"
#include "test.h"

struct item {
    int number;
    struct list_link link;
};

static int number_of(const struct list_link *link)
{
    return CONTAINER_OF(link, struct item, link)->number;
}

TEST(a_list_gives_back_in_the_order_it_was_given)
{
    struct list list = {0};
    struct item items[3] = {{.number = 1}, {.number = 2}, {.number = 3}};
    list_push(&list, &items[1].link);
    list_push(&list, &items[2].link);
    list_push_first(&list, &items[0].link);
    CHECK_EQ(list.count, 3);
    for (int i = 1; i <= 3; i++)
        CHECK_EQ(number_of(list_pop(&list)), i);
    CHECK(list_is_empty(&list) && list_pop(&list) == NULL);
}

TEST(a_link_can_be_taken_out_from_anywhere_and_twice_without_harm)
{
    struct list list = {0};
    struct item items[3] = {{.number = 1}, {.number = 2}, {.number = 3}};
    for (int i = 0; i < 3; i++)
        list_push(&list, &items[i].link);
    list_remove(&items[1].link);
    list_remove(&items[1].link);
    CHECK(!link_is_listed(&items[1].link) && link_is_listed(&items[2].link));
    CHECK_EQ(list.count, 2);
    list_remove(&items[2].link);
    CHECK(list.first == &items[0].link && list.last == &items[0].link);
}
