/* signed_request: prints what would have been sent: as text, as JSON, as a curl command line, or as
 * a URL. */
#ifndef INIA_SIGNED_REQUEST_H
#define INIA_SIGNED_REQUEST_H

#include "options.h"

void signed_request_print(
    const inia_signed_request *request, const struct options *options, inia_goal goal);

#endif
