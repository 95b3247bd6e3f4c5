#!/bin/sh
# Cargo calls this in rustc's place. libflux denies warnings of its time; a newer compiler has more of them.
exec "$@" --cap-lints warn
