/*
 * paging: a list's pages as one output, as the AWS CLI has it by default: results of all pages put
 * together, at most so many items, and a token that tells where to go on. In the style text each
 * page is printed as it comes. Rules are those of botocore's paginate.py.
 */
#ifndef INIA_PAGING_H
#define INIA_PAGING_H

#include "session.h"

/* Of a paginated operation: sends its calls and prints. Returns an exit code. */
int paging_run(struct session *session);

#endif
