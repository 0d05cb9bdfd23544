#include "CPackedRows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    cpr_rows rows;
    int columns;
} source;

typedef struct {
    sqlite3_vtab base;
    source *source;
} table;

typedef struct {
    sqlite3_vtab_cursor base;
    const uint8_t *row;
    int64_t left;
    int64_t number;
    // Columns are asked for in order: the value behind the last one is remembered.
    const uint8_t *next;
    int column;
} cursor;

enum { HEADER = 9 };

static uint32_t length_at(const uint8_t *at) {
    uint32_t length;
    memcpy(&length, at, sizeof length);
    return length;
}

static int connect_table(
    sqlite3 *db, void *context, int count, const char *const *arguments, sqlite3_vtab **result, char **message) {
    (void)count;
    (void)arguments;
    (void)message;
    source *from = context;
    sqlite3_str *sql = sqlite3_str_new(db);
    for (int column = 0; column < from->columns + 3; column++)
        sqlite3_str_appendf(sql, "%sc%d", column ? "," : "CREATE TABLE x(", column);
    sqlite3_str_appendall(sql, ")");
    char *text = sqlite3_str_finish(sql);
    if (!text) return SQLITE_NOMEM;
    int code = sqlite3_declare_vtab(db, text);
    sqlite3_free(text);
    if (code != SQLITE_OK) return code;
    table *made = calloc(1, sizeof *made);
    if (!made) return SQLITE_NOMEM;
    made->source = from;
    *result = &made->base;
    return SQLITE_OK;
}

static int disconnect_table(sqlite3_vtab *base) {
    free(base);
    return SQLITE_OK;
}

static int best_index(sqlite3_vtab *base, sqlite3_index_info *info) {
    (void)base;
    info->estimatedCost = 1000;
    info->estimatedRows = 1000;
    return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *base, sqlite3_vtab_cursor **result) {
    (void)base;
    cursor *made = calloc(1, sizeof *made);
    if (!made) return SQLITE_NOMEM;
    *result = &made->base;
    return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *base) {
    free(base);
    return SQLITE_OK;
}

static void begin_row(cursor *at) {
    at->column = 0;
    at->next = at->row + HEADER;
}

static int filter(sqlite3_vtab_cursor *base, int number, const char *name, int count, sqlite3_value **values) {
    (void)number;
    (void)name;
    (void)count;
    (void)values;
    cursor *at = (cursor *)base;
    cpr_rows rows = ((table *)base->pVtab)->source->rows;
    at->row = rows.first;
    at->left = rows.count;
    at->number = 0;
    if (at->left > 0) begin_row(at);
    return SQLITE_OK;
}

static int next_row(sqlite3_vtab_cursor *base) {
    cursor *at = (cursor *)base;
    at->number++;
    if (--at->left > 0) {
        at->row += HEADER + length_at(at->row + 5);
        begin_row(at);
    }
    return SQLITE_OK;
}

static int at_end(sqlite3_vtab_cursor *base) { return ((cursor *)base)->left <= 0; }

static int rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *result) {
    *result = ((cursor *)base)->number;
    return SQLITE_OK;
}

static const uint8_t *behind(const uint8_t *value) {
    switch (*value) {
    case 0: return value + 1;
    case 3: return value + 5 + length_at(value + 1);
    default: return value + 9;
    }
}

static int column(sqlite3_vtab_cursor *base, sqlite3_context *context, int wanted) {
    cursor *at = (cursor *)base;
    if (wanted != at->column) {
        int columns = ((table *)base->pVtab)->source->columns;
        if (wanted >= columns && at->column < columns) {
            at->next = at->row + HEADER + length_at(at->row + 1);
            at->column = columns;
        } else if (wanted < at->column) {
            begin_row(at);
        }
        for (; at->column < wanted; at->column++) at->next = behind(at->next);
    }
    const uint8_t *value = at->next;
    switch (*value) {
    case 1: {
        int64_t number;
        memcpy(&number, value + 1, sizeof number);
        sqlite3_result_int64(context, number);
        break;
    }
    case 2: {
        double number;
        memcpy(&number, value + 1, sizeof number);
        sqlite3_result_double(context, number);
        break;
    }
    case 3:
        sqlite3_result_text64(context, (const char *)value + 5, length_at(value + 1), SQLITE_STATIC, SQLITE_UTF8);
        break;
    default: break; // NULL is what there is without a call.
    }
    at->next = behind(value);
    at->column = wanted + 1;
    return SQLITE_OK;
}

// Without xCreate it exists only under its own name, and no CREATE VIRTUAL TABLE can store it.
static const sqlite3_module module = {
    .iVersion = 1,
    .xConnect = connect_table,
    .xBestIndex = best_index,
    .xDisconnect = disconnect_table,
    .xOpen = open_cursor,
    .xClose = close_cursor,
    .xFilter = filter,
    .xNext = next_row,
    .xEof = at_end,
    .xColumn = column,
    .xRowid = rowid,
};

int cpr_register(sqlite3 *db, const char *name, int columns, cpr_rows **rows) {
    source *made = calloc(1, sizeof *made);
    if (!made) return SQLITE_NOMEM;
    made->columns = columns;
    *rows = &made->rows;
    // On a failure, too, SQLite calls free.
    return sqlite3_create_module_v2(db, name, &module, made, free);
}
