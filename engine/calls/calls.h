/*
 * calls: the life of a call, and with it engine and client. One of the two rooms that know both
 * what AWS says (pure functions over bytes) and what the kernel and the network do (the ring's
 * door). call.c is the first file to read.
 *
 *   struct inia_engine  engine.h   one ring and all that runs on it; hands finished calls out
 *   struct inia_client  client.h   a service's model, endpoint rules, credentials and trust
 *   struct call         call.h     one request on its way
 *
 * Everything belongs to one thread; only engine_wake(), engine_post() and engine_hand_off() come
 * from others.
 *
 *   inia_engine *engine = engine_new(&config, &error);
 *   inia_client *s3 = client_new(engine, &client_config, &error);
 *   request.operation = client_find_operation(s3, TEXT("GetObject"), &error);
 *   inia_call *call = call_submit(s3, &request);     // NULL: full
 *   while (engine_wait(engine, &call, 1, -1) == 0) ;
 *   call_release(call_of(call));
 */
#ifndef CALLS_CALLS_H
#define CALLS_CALLS_H

#include "call.h"

#endif
