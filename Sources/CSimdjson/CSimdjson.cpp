#include "CSimdjson.h"

#include <charconv>
#include <simdjson.h>

struct csj_parser {
    simdjson::dom::parser parser;
};

size_t csj_padding(void) { return simdjson::SIMDJSON_PADDING; }

csj_parser *csj_new(void) { return new (std::nothrow) csj_parser(); }

void csj_free(csj_parser *parser) { delete parser; }

int csj_parse(csj_parser *parser, const char *json, size_t length) {
    return static_cast<int>(parser->parser.parse(json, length, false).error());
}

const uint64_t *csj_tape(const csj_parser *parser) { return parser->parser.doc.tape.get(); }

const uint8_t *csj_strings(const csj_parser *parser) { return parser->parser.doc.string_buf.get(); }

const char *csj_error_message(int code) {
    return simdjson::error_message(static_cast<simdjson::error_code>(code));
}

int csj_minify(const char *json, size_t length, char *destination, size_t *written) {
    return static_cast<int>(simdjson::minify(json, length, destination, *written));
}

int csj_is_utf8(const char *bytes, size_t length) { return simdjson::validate_utf8(bytes, length); }

size_t csj_format_double(double value, char *buffer) {
    return static_cast<size_t>(std::to_chars(buffer, buffer + 32, value).ptr - buffer);
}
