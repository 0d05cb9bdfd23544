#!/usr/bin/env bash
# A login on a server without a browser: paste.sh CLIOSYNC ADDRESS address|code, in the sandbox's folder.
set -euo pipefail
export CLIO_BASE_URL=$2 CLIO_CLIENT_ID=simulator-client CLIO_CLIENT_SECRET=simulator-secret CLIO_ACCESS_TOKEN=
export HOME=$PWD/home XDG_CONFIG_HOME=$PWD/config XDG_RUNTIME_DIR=$PWD/runtime
rm -f pasted paste.out paste.err
mkfifo pasted
"$1" auth login --paste <pasted >paste.out 2>paste.err &
exec 3>pasted
url=
for _ in $(seq 200); do
    url=$(grep -o 'http://.*/oauth/authorize.*' paste.err) && break
    sleep 0.05
done
# The approval page, where the browser ends: its address is what a person sees, and the code in it.
address=$(curl -s -o /dev/null -w '%{redirect_url}' "$url")
case $3 in
address) echo "  $address  " >&3 ;;
code) echo "$address" | sed 's/.*code=\([^&]*\).*/\1/' >&3 ;;
esac
exec 3>&-
wait $! || { cat paste.err; exit 1; }
cat paste.out
