#ifndef CLIOSYNC_CSQLITE_SHIM_H
#define CLIOSYNC_CSQLITE_SHIM_H

#include <sqlite3.h>

#endif
