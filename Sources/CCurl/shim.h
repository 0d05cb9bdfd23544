#ifndef CLIOSYNC_CCURL_SHIM_H
#define CLIOSYNC_CCURL_SHIM_H

#include <curl/curl.h>

#endif
