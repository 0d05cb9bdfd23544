#ifndef CLIOSYNC_CPACKEDROWS_H
#define CLIOSYNC_CPACKEDROWS_H

#include <sqlite3.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Rows of packed values as a table that one statement can select from: INSERT INTO t SELECT * FROM rows. For many
// columns that is a third quicker than binding, stepping and resetting a statement for each row.
//
// A row is a byte (not looked at), the length of its first values and the length of the row behind both lengths (UInt32
// each, nothing aligned), the first values, three more, and what else there is (not looked at). A value is a tag and a
// payload: 0 NULL; 1 Int64; 2 double; 3 text, an Int32 length and the bytes.

/// Which rows the next statement sees.
typedef struct {
    const uint8_t *first;
    int64_t count;
} cpr_rows;

/// Makes the table `name` with the columns c0, c1, …: `columns` first values and the three behind them. The result is
/// SQLite's; `*rows` lives as long as the connection. Text is not copied: it stays until the statement has ended.
int cpr_register(sqlite3 *db, const char *name, int columns, cpr_rows **rows);

#ifdef __cplusplus
}
#endif

#endif
