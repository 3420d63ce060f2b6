# shellcheck shell=bash
# A private RabbitMQ: own node name, cookie, port mapper, configuration and data, all on 127.0.0.1.

find_rabbitmq_binaries() {
  local folder
  if [ -n "${OPTIINFRA_RABBITMQ_BIN:-}" ]; then
    [ -x "$OPTIINFRA_RABBITMQ_BIN/rabbitmq-server" ] || fail "OPTIINFRA_RABBITMQ_BIN=$OPTIINFRA_RABBITMQ_BIN has no rabbitmq-server."
    RABBITMQ_BIN=$OPTIINFRA_RABBITMQ_BIN
    return 0
  fi
  # not /usr/sbin: Debian's wrapper there switches to the machine's own instance
  for folder in /usr/lib/rabbitmq/bin /usr/lib/rabbitmq/lib/*/sbin; do
    if [ -x "$folder/rabbitmq-server" ] && command -v erl >/dev/null; then RABBITMQ_BIN=$folder; return 0; fi
  done
  return 1
}

rabbitmq_node() { printf 'optiinfra-%s@localhost' "$HASH"; }

# The node's Erlang process, if it is alive. RabbitMQ removes its own pid file early in its shutdown
# and still holds its ports then, so a copy is kept.
rabbitmq_process() {
  local file process
  for file in "$RUN/rabbitmq/rabbitmq.pid" "$RUN/rabbitmq/last.pid"; do
    process=$(cat "$file" 2>/dev/null) || continue
    if is_process_of "$process" "$RUN/rabbitmq/"; then printf %s "$process"; return 0; fi
  done
  return 1
}

rabbitmq_is_ours() {
  case $RABBITMQ_KIND in
    docker) docker_service_runs rabbitmq ;;
    *) rabbitmq_process >/dev/null ;;
  esac
}

epmd_answers() {
  local epmd
  epmd=$(find_epmd) || return 1
  ERL_EPMD_ADDRESS=127.0.0.1 timeout 5 "$epmd" -port "$(port_of OPTIINFRA_EPMD_PORT)" -names 2>/dev/null | grep -q '^epmd: up'
}

find_epmd() { command -v epmd || compgen -G '/usr/lib/erlang/erts-*/bin/epmd' | head -n 1; }

rabbitmq_settings() {
  cat <<SETTINGS
listeners.tcp.local = 127.0.0.1:$(port_of OPTIINFRA_RABBITMQ_PORT)
management.tcp.ip = 127.0.0.1
management.tcp.port = $(port_of OPTIINFRA_RABBITMQ_MANAGEMENT_PORT)
default_vhost = optiinfra
default_user = optiinfra
default_pass = $(secret RABBITMQ_PASSWORD)
default_user_tags.administrator = true
default_permissions.configure = .*
default_permissions.read = .*
default_permissions.write = .*
# the management page's counts are at most a second old
collect_statistics_interval = 1000
log.file.level = info
SETTINGS
}

start_private_rabbitmq() {
  local home=$RUN/rabbitmq log=$RUN/rabbitmq/start.log epmd
  if rabbitmq_process >/dev/null; then
    # it may be on its way up, or down
    wait_until 120 "RabbitMQ" rabbitmq_ready_or_gone || true
    if rabbitmq_ready; then return 0; fi
    if rabbitmq_process >/dev/null; then fail "RabbitMQ runs as process $(rabbitmq_process) but does not answer. See $home/log, or: bash infra/services.sh stop"; fi
  fi
  mkdir -p "$home/home" "$home/conf.d" "$home/mnesia" "$home/log" "$home/generated" "$home/plugins"
  chmod 700 "$home"
  rm -f "$home/rabbitmq.pid" "$home/last.pid"
  (umask 077 && rabbitmq_settings >"$home/rabbitmq.conf")
  printf '[rabbitmq_management].\n' >"$home/enabled_plugins"
  : >"$home/rabbitmq-env.conf"
  printf '[].\n' >"$home/advanced.config"
  if [ ! -f "$home/home/.erlang.cookie" ]; then (umask 077 && secret ERLANG_COOKIE >"$home/home/.erlang.cookie"); chmod 400 "$home/home/.erlang.cookie"; fi
  say "Starting RabbitMQ on port $(port_of OPTIINFRA_RABBITMQ_PORT), management on $(port_of OPTIINFRA_RABBITMQ_MANAGEMENT_PORT)…"

  ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
  epmd=$(find_epmd) || fail "epmd, which comes with Erlang, was not found."
  (cd / && env -i PATH="$PATH" HOME="$home/home" "$epmd" -daemon -address 127.0.0.1 -port "$(port_of OPTIINFRA_EPMD_PORT)") </dev/null >>"$log" 2>&1 9>&- || true
  wait_until 10 "Erlang's port mapper" epmd_answers || fail "epmd did not start on port $(port_of OPTIINFRA_EPMD_PORT) (OPTIINFRA_EPMD_PORT)."
  (
    cd "$home"
    exec setsid env -i PATH="$PATH" LANG=C.UTF-8 HOME="$home/home" \
      ERL_EPMD_PORT="$(port_of OPTIINFRA_EPMD_PORT)" ERL_EPMD_ADDRESS=127.0.0.1 \
      RABBITMQ_NODENAME="$(rabbitmq_node)" \
      RABBITMQ_DIST_PORT="$(port_of OPTIINFRA_RABBITMQ_DIST_PORT)" \
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}" \
      RABBITMQ_CONF_ENV_FILE="$home/rabbitmq-env.conf" \
      RABBITMQ_CONFIG_FILE="$home/rabbitmq.conf" \
      RABBITMQ_CONFIG_FILES="$home/conf.d" \
      RABBITMQ_ADVANCED_CONFIG_FILE="$home/advanced.config" \
      RABBITMQ_GENERATED_CONFIG_DIR="$home/generated" \
      RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins" \
      RABBITMQ_PLUGINS_EXPAND_DIR="$home/plugins" \
      RABBITMQ_MNESIA_BASE="$home/mnesia" \
      RABBITMQ_FEATURE_FLAGS_FILE="$home/mnesia/feature_flags" \
      RABBITMQ_LOG_BASE="$home/log" \
      RABBITMQ_PID_FILE="$home/rabbitmq.pid" \
      ERL_CRASH_DUMP="$home/log/erl_crash.dump" \
      "$RABBITMQ_BIN/rabbitmq-server"
  ) </dev/null >>"$log" 2>&1 9>&- &
  RABBITMQ_LAUNCHED=$!
  disown "$RABBITMQ_LAUNCHED"
  wait_for_rabbitmq
  cp "$home/rabbitmq.pid" "$home/last.pid"
}

rabbitmq_ready() {
  amqp_answers 127.0.0.1 "$(port_of OPTIINFRA_RABBITMQ_PORT)" &&
    [ "$(http_status 127.0.0.1 "$(port_of OPTIINFRA_RABBITMQ_MANAGEMENT_PORT)" /api/vhosts/optiinfra "optiinfra:$(secret RABBITMQ_PASSWORD)")" = 200 ]
}

rabbitmq_ready_or_dead() { rabbitmq_ready || ! kill -0 "$RABBITMQ_LAUNCHED" 2>/dev/null; }
rabbitmq_ready_or_gone() { rabbitmq_ready || rabbitmq_is_gone; }

wait_for_rabbitmq() {
  if wait_until 120 "RabbitMQ" rabbitmq_ready_or_dead && rabbitmq_ready; then return 0; fi
  tail -n 15 "$RUN/rabbitmq/start.log" >&2 || true
  fail "RabbitMQ did not come up; its logs are in $RUN/rabbitmq/log and $RUN/rabbitmq/start.log. If $RUN/secrets.env was lost, stop, remove $RUN/rabbitmq and start again."
}

rabbitmq_is_gone() { ! rabbitmq_process >/dev/null; }

stop_private_rabbitmq() {
  local process epmd
  process=$(rabbitmq_process) || return 0
  kill -TERM "$process" 2>/dev/null || fail "RabbitMQ runs as process $process of $(stat -c %U "/proc/$process"); stop it as that user."
  if ! wait_until 60 "RabbitMQ to end" rabbitmq_is_gone; then kill -KILL "$process" || true; fi
  rm -f "$RUN/rabbitmq/rabbitmq.pid" "$RUN/rabbitmq/last.pid"
  say "RabbitMQ stopped."
  # the port mapper refuses to end while another node is registered with it
  if epmd=$(find_epmd); then
    ERL_EPMD_ADDRESS=127.0.0.1 timeout 5 "$epmd" -port "$(port_of OPTIINFRA_EPMD_PORT)" -kill </dev/null >/dev/null 2>&1 || true
  fi
}
