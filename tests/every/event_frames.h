/* event_frames: the body of a response that is a stream of events: one of each that the model has,
 * but its exceptions. */
#ifndef EVERY_EVENT_FRAMES_H
#define EVERY_EVENT_FRAMES_H

#include "answer.h"
#include "sample.h"

/* lines gets what inia gives of it: {"Records":{"Payload":"..."}} and so on, each a JSON value of a
 * list. */
text event_frames_write(
    struct sampler *sampler, const struct model_operation *operation, enum model_protocol protocol,
    struct json_value *lines);

#endif
