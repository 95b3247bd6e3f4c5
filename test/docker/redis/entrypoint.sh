#!/bin/bash
# As the official image does it: arguments alone are those of the server, and root becomes redis.
set -euo pipefail

case "$1" in
  -* | *.conf) set -- redis-server "$@" ;;
esac
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
  chown -R redis: /data
  exec setpriv --reuid redis --regid redis --init-groups -- "$@"
fi
exec "$@"
