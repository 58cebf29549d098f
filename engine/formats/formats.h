/*
 * formats: JSON, XML, CBOR, dates, URIs, JMESPath expressions and event stream frames: bytes in,
 * bytes out. Knows nothing of AWS's models. Values live in the caller's arena.
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
#include "event_stream.h"
#include "jmespath.h"
#include "json.h"
#include "loose_date.h"
#include "uri.h"
#include "utf8.h"
#include "xml.h"

#endif
