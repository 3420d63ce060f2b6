# shellcheck shell=bash
# A private PostgreSQL: TCP on 127.0.0.1 only, passwords only, no Unix socket.

find_postgres_binaries() {
  POSTGRES_BIN=
  if [ -n "${OPTIINFRA_POSTGRES_BIN:-}" ]; then
    [ -x "$OPTIINFRA_POSTGRES_BIN/initdb" ] || fail "OPTIINFRA_POSTGRES_BIN=$OPTIINFRA_POSTGRES_BIN has no initdb."
    POSTGRES_BIN=$OPTIINFRA_POSTGRES_BIN
    return 0
  fi
  local wanted=
  # an existing data directory is only read by its own major version
  if [ -f "$POSTGRES_HOME/data/PG_VERSION" ]; then wanted=$(cat "$POSTGRES_HOME/data/PG_VERSION"); fi
  local folder version best=14
  for folder in /usr/lib/postgresql/*/bin; do
    [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ] || continue
    version=${folder%/bin}; version=${version##*/}
    case $version in *[!0-9]*) continue ;; esac
    if [ -n "$wanted" ]; then
      if [ "$version" = "$wanted" ]; then POSTGRES_BIN=$folder; return 0; fi
    elif [ "$version" -gt "$best" ]; then best=$version POSTGRES_BIN=$folder; fi
  done
  [ -n "$POSTGRES_BIN" ]
}

# PostgreSQL refuses to run as root
postgres_user() {
  if [ "$(id -u)" != 0 ]; then id -un; return; fi
  if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

as_postgres() {
  if [ "$(id -u)" != 0 ]; then (cd / && exec "$@"); return; fi
  local user; user=$(postgres_user)
  (cd / && exec setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@")
}

# The process in postmaster.pid, if it is alive and serves this data directory
postgres_process() {
  local process
  process=$(head -n 1 "$POSTGRES_HOME/data/postmaster.pid" 2>/dev/null) || return 1
  is_process_of "$process" "$POSTGRES_HOME/data" || return 1
  printf %s "$process"
}

postgres_is_ours() {
  case $POSTGRES_KIND in
    docker) docker_service_runs postgres ;;
    *) postgres_process >/dev/null ;;
  esac
}

# The data directory must be reachable for PostgreSQL's user, which a project under /root is not
place_postgres_home() {
  if [ -d "$POSTGRES_HOME/data" ]; then return 0; fi
  POSTGRES_HOME=$RUN/postgres
  if [ "$(id -u)" = 0 ] && ! as_postgres test -x "$RUN"; then
    POSTGRES_HOME=/var/tmp/optiinfra-$HASH
    say "PostgreSQL's user cannot reach $RUN; its data goes to $POSTGRES_HOME."
  fi
  if [ ! -d "$POSTGRES_HOME" ]; then mkdir -m 700 "$POSTGRES_HOME"; fi
  [ ! -L "$POSTGRES_HOME" ] || fail "$POSTGRES_HOME is a link; remove it."
  if [ "$(id -u)" = 0 ]; then
    case $(stat -c %U "$POSTGRES_HOME") in
      root | "$(postgres_user)") chown "$(postgres_user)": "$POSTGRES_HOME" ;;
      *) fail "$POSTGRES_HOME belongs to $(stat -c %U "$POSTGRES_HOME"); remove it." ;;
    esac
  fi
  chmod 700 "$POSTGRES_HOME"
  save_settings
}

create_postgres_cluster() {
  say "Creating a PostgreSQL cluster in $POSTGRES_HOME…"
  # made beside and renamed, so that an interrupted initdb is never taken for a cluster
  as_postgres rm -rf "$POSTGRES_HOME/data.new"
  secret POSTGRES_PASSWORD | as_postgres bash -c 'umask 077; cat >"$1"' _ "$POSTGRES_HOME/password"
  if ! as_postgres "$POSTGRES_BIN/initdb" -D "$POSTGRES_HOME/data.new" -U postgres -E UTF8 --locale=C.UTF-8 \
    --auth=scram-sha-256 --pwfile="$POSTGRES_HOME/password" >"$RUN/initdb.log" 2>&1 </dev/null; then
    tail -n 15 "$RUN/initdb.log" >&2
    fail "initdb failed; its output is in $RUN/initdb.log."
  fi
  as_postgres rm -f "$POSTGRES_HOME/password"
  as_postgres bash -c "printf '\\ninclude_if_exists = %s\\n' \"'optiinfra.conf'\" >>\"\$1\"" _ "$POSTGRES_HOME/data.new/postgresql.conf"
  as_postgres mv "$POSTGRES_HOME/data.new" "$POSTGRES_HOME/data"
}

postgres_settings() {
  cat <<SETTINGS
listen_addresses = '127.0.0.1'
port = $(port_of OPTIINFRA_POSTGRES_PORT)
unix_socket_directories = ''
max_connections = 300
max_locks_per_transaction = 256
idle_in_transaction_session_timeout = '60s'
password_encryption = 'scram-sha-256'
fsync = on
log_line_prefix = '%m [%p] %q%u@%d '
SETTINGS
}

start_private_postgres() {
  place_postgres_home
  if postgres_process >/dev/null; then
    wait_until 60 "PostgreSQL" postgres_answers 127.0.0.1 "$(port_of OPTIINFRA_POSTGRES_PORT)" ||
      fail "PostgreSQL runs but does not answer; see $POSTGRES_HOME/postgres.log."
    return 0
  fi
  if [ ! -f "$POSTGRES_HOME/data/PG_VERSION" ]; then create_postgres_cluster; fi
  postgres_settings | as_postgres bash -c 'cat >"$1"' _ "$POSTGRES_HOME/data/optiinfra.conf"
  say "Starting PostgreSQL on port $(port_of OPTIINFRA_POSTGRES_PORT)…"
  # after a kill the old server's last processes may hold its shared memory for a moment
  local attempt
  for attempt in 1 2 3 4 5; do
    if as_postgres env -i PATH="$PATH" LANG=C.UTF-8 "$POSTGRES_BIN/pg_ctl" start -w -t 60 -s -D "$POSTGRES_HOME/data" \
      -l "$POSTGRES_HOME/postgres.log" </dev/null >>"$RUN/pg_ctl.log" 2>&1 9>&-; then break; fi
    if [ "$attempt" = 5 ]; then
      as_postgres tail -n 15 "$POSTGRES_HOME/postgres.log" >&2 || true
      fail "PostgreSQL did not start; its log is $POSTGRES_HOME/postgres.log."
    fi
    sleep 1
  done
  wait_until 60 "PostgreSQL" postgres_answers 127.0.0.1 "$(port_of OPTIINFRA_POSTGRES_PORT)" ||
    fail "PostgreSQL runs but does not answer; see $POSTGRES_HOME/postgres.log."
}

stop_private_postgres() {
  local process
  process=$(postgres_process) || return 0
  find_postgres_binaries || fail "PostgreSQL runs as process $process, but its pg_ctl is gone; stop it by hand: kill -INT $process"
  as_postgres "$POSTGRES_BIN/pg_ctl" stop -m fast -w -t 60 -s -D "$POSTGRES_HOME/data" </dev/null 9>&- ||
    fail "PostgreSQL did not stop; see $POSTGRES_HOME/postgres.log."
  say "PostgreSQL stopped."
}

run_psql() { # database; SQL on standard input, run as the superuser
  case $POSTGRES_KIND in
    docker) docker_compose exec -T -e PGPASSWORD="$(secret POSTGRES_PASSWORD)" postgres psql -h 127.0.0.1 -U postgres -d "$1" -qXAt -v ON_ERROR_STOP=1 ;;
    *) PGPASSWORD=$(secret POSTGRES_PASSWORD) PGCONNECT_TIMEOUT=10 "$POSTGRES_BIN/psql" -h 127.0.0.1 -p "$(port_of OPTIINFRA_POSTGRES_PORT)" -U postgres -d "$1" -qXAt -v ON_ERROR_STOP=1 ;;
  esac
}

create_roles_and_database() {
  run_psql postgres >/dev/null <<SQL || fail "The roles and the database could not be made. If $RUN/secrets.env was lost, stop, remove $POSTGRES_HOME and start again."
SET client_min_messages = warning;
SELECT 'CREATE ROLE optiinfra_owner' WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'optiinfra_owner') \gexec
SELECT 'CREATE ROLE optiinfra_app' WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'optiinfra_app') \gexec
ALTER ROLE optiinfra_owner LOGIN PASSWORD '$(secret OWNER_PASSWORD)';
ALTER ROLE optiinfra_app LOGIN PASSWORD '$(secret APP_PASSWORD)';
-- the owner may see and end the application's sessions
GRANT optiinfra_app TO optiinfra_owner;
SELECT 'CREATE DATABASE optiinfra OWNER optiinfra_owner' WHERE NOT EXISTS (SELECT 1 FROM pg_database WHERE datname = 'optiinfra') \gexec
REVOKE ALL ON DATABASE optiinfra FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE optiinfra TO optiinfra_app;
SQL
}
