/* SPDX-License-Identifier: MIT */
/*
 * Which requests on the local port may go to the machine. Any web page can make this computer's
 * browser send some: to 127.0.0.1, or to a name of its own that it leads there (DNS rebinding). A
 * browser says with each which host it believes to talk to (Host), and which page asks (Origin,
 * Sec-Fetch-Site); so each must be for this port, and of no page of another origin but those that
 * the user allows. Pure.
 *
 * Sources: RFC 9110, section 7.2 "Host and :authority"; RFC 6454, section 7 "The HTTP Origin Header
 * Field"; W3C Fetch Metadata Request Headers, section 2.3 "The Sec-Fetch-Site HTTP Request Header".
 */
#ifndef MEASURE_CMD_CLIENT_GATE_H
#define MEASURE_CMD_CLIENT_GATE_H

#include "measure/cmd/cmd.h"
#include "measure/lib/http.h"

#define GATE_ORIGIN_MAX 255 /* characters of an origin that may be allowed */
#define GATE_WHY_MAX	640

struct gate {
	bool is_open;		   /* no web page reaches it: it is a Unix socket */
	uint16_t port;		   /* of 127.0.0.1 */
	struct option_list origin; /* further ones that may ask, as gate_is_origin() has it */
};

/* Whether a browser may send this as an Origin: "null", or scheme://host[:port] without the
 * scheme's own port. If not, ret_why says what it is not. */
bool gate_is_origin(const char *text, const char **ret_why);

enum gate_verdict {
	GATE_PASSES,
	GATE_REFUSED,
	GATE_PREFLIGHT /* of an allowed origin: cors.h has the answer */
};

/*
 * Judges one request, whose head was parsed. ret_origin is the allowed foreign origin that asks,
 * which its answer must name, or NULL; of the gate's own. why is set when it is refused: what is
 * wrong and what to do, one line of any characters.
 */
enum gate_verdict gate_check(const struct gate *gate, struct span head,
			     const struct http_request *request, const char **ret_origin,
			     char why[static GATE_WHY_MAX]);

/* How many fields of a parsed head have this name; *ret_value is the last one's. */
size_t gate_field(struct span head, const char *name, struct span *ret_value);

#endif
