/*
 * formats: JSON, XML, dates and URIs: bytes in, bytes out. (Also CBOR, INI, JMESPath and event
 * stream frames, each in its own file.) Knows nothing of AWS's models. Values live in the caller's
 * arena.
 *
 *   struct json_problem problem;
 *   struct json_value *root = json_parse(parser, bytes, &arena, &problem);
 *   if (!root) ... problem.what at problem.line and problem.column ...
 *   text name = json_text(json_member(root, TEXT("Name")));
 */
#ifndef FORMATS_FORMATS_H
#define FORMATS_FORMATS_H

#include "cbor.h"
#include "date.h"
#include "json.h"
#include "uri.h"
#include "xml.h"

#endif
