#!/bin/sh
# Starts the server as a container's process 1, or whatever else the container was asked to run.
#
#   docker run IMAGE --appendonly yes     a flag or a *.conf file first: arguments of the server
#   docker run IMAGE redis-cli -h cache   anything else is run as it stands
#
# Started as root, the server gives up root first, after it has made its data its own. With
# `docker run --user` there is nothing to give up. SKIP_DROP_PRIVS=1 stays root, SKIP_FIX_PERMS=1
# leaves the ownership of the data alone.
set -eu

uid=999
gid=999

# Makes the working directory the server's, but only when nothing is in it except what a redis
# server writes: a directory mounted by mistake must keep its owner.
repair_ownership() {
  stranger=$(find . -mindepth 1 -maxdepth 1 ! -name '*.rdb' ! -name appendonlydir -print -quit)
  if [ -n "$stranger" ]; then
    echo "docker-entrypoint: $(pwd) holds $stranger too, so its ownership stays as it is" >&2
    return
  fi
  # A read-only volume is no reason not to start.
  find . ! -user "$uid" -exec chown -h "$uid:$gid" {} + ||
    echo "docker-entrypoint: could not change the ownership of $(pwd)" >&2
}

if [ "$#" -eq 0 ]; then
  set -- redis-server
fi
case "$1" in
  -* | *.conf) set -- redis-server "$@" ;;
esac

# Nobody else needs to read the data. A mask that someone chose stays.
if [ "$(umask)" = 0022 ]; then
  umask 0077
fi

case "$1" in
  redis-server | respd)
    if [ "$(id -u)" = 0 ] && [ "${SKIP_DROP_PRIVS:-}" != 1 ]; then
      if [ "${SKIP_FIX_PERMS:-}" != 1 ]; then
        repair_ownership
      fi
      exec setpriv --reuid="$uid" --regid="$gid" --init-groups -- "$@"
    fi
    ;;
esac
exec "$@"
