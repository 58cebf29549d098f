/* call_output: a call's output as a tree whose members stand in the order in which the AWS CLI
 * prints them: the model's, those outside the body first. Maps keep the service's order. */
#ifndef INIA_CALL_OUTPUT_H
#define INIA_CALL_OUTPUT_H

#include "models/models.h"
#include "workspace.h"

/* In arena. NULL with a line on stderr. */
struct json_value *call_output(
    const inia_call *call, struct workspace *workspace, struct arena *arena);

#endif
