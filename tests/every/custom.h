/*
 * custom: where botocore, and so inia, sends or tells other than what the caller said or the wire
 * had, without the model saying so. Applied to a sample, it is what is expected.
 */
#ifndef EVERY_CUSTOM_H
#define EVERY_CUSTOM_H

#include "tree.h"

void custom_change_params(
    struct arena *arena, const struct model_operation *operation, struct json_value *params);
void custom_change_output(
    struct arena *arena, const struct model_operation *operation, struct json_value *output);

#endif
