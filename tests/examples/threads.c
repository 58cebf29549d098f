/* Four worker threads hand their lookups to the one thread that runs the engine. */
#include <inia/inia.h>
#include <pthread.h>
#include <stdio.h>

enum { WORKERS = 4, LOOKUPS = 100 };

static inia_client *dynamodb;
static const inia_operation *get_item;
static inia_handoff lookups[WORKERS][LOOKUPS];
static int answered; /* touched on the engine's thread alone */

static void on_item(inia_call *call)
{
    answered++;
    inia_release(call);
}

static void *work(void *arg)
{
    inia_handoff *mine = arg;
    for (int i = 0; i < LOOKUPS; i++) {
        mine[i] = (inia_handoff){
            .client = dynamodb,
            .request =
                {
                    .operation = get_item,
                    .json = "{\"TableName\":\"orders\",\"Key\":{\"id\":{\"S\":\"1\"}}}",
                    .on_done = on_item,
                },
        };
        inia_hand_off(&mine[i]);
    }
    return NULL;
}

int main(void)
{
    inia_error error;
    inia_engine *engine = inia_engine_new(NULL, &error);
    dynamodb = inia_client_new(engine, &(inia_client_config){.service = "dynamodb"}, &error);
    if (!dynamodb)
        return 1;
    get_item = inia_find_operation(dynamodb, "GetItem", &error);

    pthread_t threads[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&threads[i], NULL, work, lookups[i]);
    while (answered < WORKERS * LOOKUPS)
        inia_wait(engine, NULL, 0, -1);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    printf("%d answered\n", answered);
    inia_engine_free(engine);
}
