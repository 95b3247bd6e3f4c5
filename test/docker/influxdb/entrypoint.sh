#!/bin/bash
# Sets a fresh volume up as DOCKER_INFLUXDB_INIT_* say, on another port, so that nobody meets a server half set up.
set -euo pipefail

data=/var/lib/influxdb2
export INFLUXD_BOLT_PATH=$data/influxd.bolt INFLUXD_ENGINE_PATH=$data/engine INFLUXD_SQLITE_PATH=$data/influxd.sqlite
as_influxdb=(setpriv --reuid influxdb --regid influxdb --init-groups --)
chown -R influxdb: "$data"

if [ "${DOCKER_INFLUXDB_INIT_MODE:-}" = setup ] && [ ! -e "$INFLUXD_BOLT_PATH" ]; then
  for name in USERNAME PASSWORD ORG BUCKET ADMIN_TOKEN; do
    variable=DOCKER_INFLUXDB_INIT_$name
    [ -n "${!variable:-}" ] || { echo "$variable is missing" >&2; exit 1; }
  done
  # A set-up that was cut short is no set-up: the next start begins anew.
  trap 'rm -rf "$INFLUXD_BOLT_PATH" "$INFLUXD_ENGINE_PATH" "$INFLUXD_SQLITE_PATH"' EXIT
  INFLUXD_HTTP_BIND_ADDRESS=127.0.0.1:9999 "${as_influxdb[@]}" influxd &
  server=$!
  until curl --fail --silent --output /dev/null http://127.0.0.1:9999/health; do
    kill -0 "$server"
    sleep 0.2
  done
  printf '{"username":"%s","password":"%s","org":"%s","bucket":"%s","token":"%s"}' \
    "$DOCKER_INFLUXDB_INIT_USERNAME" "$DOCKER_INFLUXDB_INIT_PASSWORD" "$DOCKER_INFLUXDB_INIT_ORG" \
    "$DOCKER_INFLUXDB_INIT_BUCKET" "$DOCKER_INFLUXDB_INIT_ADMIN_TOKEN" |
    curl --fail --silent --show-error --output /dev/null --data @- http://127.0.0.1:9999/api/v2/setup
  kill "$server"
  wait "$server" || true
  trap - EXIT
fi

exec "${as_influxdb[@]}" influxd
