#ifndef CLIOSYNC_CSIMDJSON_H
#define CLIOSYNC_CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One reusable simdjson DOM parser. A parse overwrites the tape and the strings of the one before.
typedef struct csj_parser csj_parser;

/// Bytes that must be readable (their value is of no matter) behind every input.
size_t csj_padding(void);

csj_parser *csj_new(void);
void csj_free(csj_parser *parser);

/// Parses one document; 0, or simdjson's error code. `json[length ..< length + csj_padding()]` must be readable.
int csj_parse(csj_parser *parser, const char *json, size_t length);

/// The tape of the last successful parse: https://github.com/simdjson/simdjson/blob/master/doc/tape.md
const uint64_t *csj_tape(const csj_parser *parser);

/// The strings the tape points into: a 4-byte length, the UTF-8 bytes, a NUL.
const uint8_t *csj_strings(const csj_parser *parser);

/// simdjson's text for one of its error codes.
const char *csj_error_message(int code);

/// Copies `json` without the white space between tokens; 0, or an error code (an unclosed string).
int csj_minify(const char *json, size_t length, char *destination, size_t *written);

/// Cuts the list that the top object has under `key` (compared as it stands in the text) into lines: each element without
/// the white space between its tokens, ended by a line feed. `json` is what the last, successful parse was given, and
/// `destination` has room for `length + csj_padding()` bytes. Returns 0 when there is no such list; `written` and
/// `elements` are valid otherwise.
int csj_cut(
    const csj_parser *parser, const char *json, size_t length, const char *key, size_t key_length, char *destination,
    size_t *written, size_t *elements);

/// Whether the bytes are valid UTF-8.
int csj_is_utf8(const char *bytes, size_t length);

/// Writes the shortest text that reads back as the same double, and not as an integer beyond 64 bits; `buffer` holds 32 bytes. Returns the length.
size_t csj_format_double(double value, char *buffer);

/// The offset of the first place where `needle` stands in `bytes`; -1 when it stands nowhere.
ptrdiff_t csj_find(const void *bytes, size_t length, const void *needle, size_t needle_length);

#ifdef __cplusplus
}
#endif

#endif
