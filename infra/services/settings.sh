# shellcheck shell=bash
# What is remembered between runs: .run/ports.env (kinds and ports), .run/secrets.env (passwords, mode 600),
# and what is written for the programs: .run/services.env (mode 600).

DEFAULT_PORTS=(
  OPTIINFRA_POSTGRES_PORT=5490
  OPTIINFRA_RABBITMQ_PORT=5690
  OPTIINFRA_RABBITMQ_MANAGEMENT_PORT=15690
  OPTIINFRA_RABBITMQ_DIST_PORT=25690
  OPTIINFRA_EPMD_PORT=4390
)

prepare_run_directory() {
  if [ ! -d "$RUN" ]; then mkdir -p "$RUN" && chmod 755 "$RUN"; fi
  # root could write there, but its files would then be closed to the owner
  [ -O "$RUN" ] || fail "$RUN belongs to $(stat -c %U "$RUN"); run as that user, or set OPTIINFRA_RUN_DIR to a folder of your own."
}

# One start or stop at a time. Descriptor 9 is closed for everything that stays running.
take_lock() {
  exec 9>"$RUN/lock"
  flock -w 300 9 || fail "Another infra/services.sh has been at work in $RUN for five minutes."
}

file_value() { # file key -> the value of KEY='value'
  [ -f "$1" ] || return 0
  sed -n "s/^$2='\(.*\)'\$/\1/p" "$1" | tail -n 1
}
services_env_value() { file_value "$RUN/services.env" "$1"; }
port_of() { local name="PORT_$1"; printf %s "${!name}"; }

load_settings() {
  local entry name default given kept
  for entry in "${DEFAULT_PORTS[@]}"; do
    name=${entry%%=*}; default=${entry#*=}; given=${!name:-}; kept=$(file_value "$RUN/ports.env" "$name")
    case ${given:-0} in *[!0-9]*) fail "$name must be a port number, not '$given'." ;; esac
    printf -v "PORT_$name" %s "${given:-${kept:-$default}}"
    printf -v "KEPT_$name" %s "$kept"
    printf -v "GIVEN_$name" %s "$given"
  done
  POSTGRES_KIND=$(file_value "$RUN/ports.env" POSTGRES_KIND)
  RABBITMQ_KIND=$(file_value "$RUN/ports.env" RABBITMQ_KIND)
  POSTGRES_KIND=${POSTGRES_KIND:-private}; RABBITMQ_KIND=${RABBITMQ_KIND:-private}
  POSTGRES_HOME=$(file_value "$RUN/ports.env" POSTGRES_HOME)
  POSTGRES_HOME=${POSTGRES_HOME:-$RUN/postgres}
}

save_settings() {
  local entry name
  {
    printf "POSTGRES_KIND='%s'\nRABBITMQ_KIND='%s'\nPOSTGRES_HOME='%s'\n" "$POSTGRES_KIND" "$RABBITMQ_KIND" "$POSTGRES_HOME"
    for entry in "${DEFAULT_PORTS[@]}"; do name=${entry%%=*}; printf "%s='%s'\n" "$name" "$(port_of "$name")"; done
  } >"$RUN/ports.env.new"
  mv "$RUN/ports.env.new" "$RUN/ports.env"
}

# A shell that has read services.env still means the instances of this folder, not an outside one.
names_an_outside_one() { # variable
  local value=${!1:-}
  [ -n "$value" ] && [ "$value" != "$(services_env_value "$1")" ] && [ "$value" != "$(file_value "$RUN/given.env" "$1")" ]
}

choose_kinds() {
  local postgres_before=$POSTGRES_KIND rabbitmq_before=$RABBITMQ_KIND
  if names_an_outside_one OPTIINFRA_POSTGRES || { [ "$POSTGRES_KIND" = external ] && [ -n "${OPTIINFRA_POSTGRES:-}" ]; }; then
    POSTGRES_KIND=external
  else POSTGRES_KIND=private; fi
  if names_an_outside_one OPTIINFRA_RABBITMQ || { [ "$RABBITMQ_KIND" = external ] && [ -n "${OPTIINFRA_RABBITMQ:-}" ]; }; then
    RABBITMQ_KIND=external
  else RABBITMQ_KIND=private; fi

  local missing=()
  if [ "$POSTGRES_KIND" = private ] && ! find_postgres_binaries; then missing+=(postgresql); fi
  if [ "$RABBITMQ_KIND" = private ] && ! find_rabbitmq_binaries; then missing+=(rabbitmq-server); fi
  if [ "$postgres_before" = docker ] && [ "$POSTGRES_KIND" = private ] && docker_runs; then POSTGRES_KIND=docker; fi
  if [ "$rabbitmq_before" = docker ] && [ "$RABBITMQ_KIND" = private ] && docker_runs; then RABBITMQ_KIND=docker; fi
  if [ "${#missing[@]}" -gt 0 ] && docker_runs; then
    case " ${missing[*]} " in *" postgresql "*) POSTGRES_KIND=docker ;; esac
    case " ${missing[*]} " in *" rabbitmq-server "*) RABBITMQ_KIND=docker ;; esac
  elif [ "${#missing[@]}" -gt 0 ]; then
    install_packages "${missing[@]}"
    if [ "$POSTGRES_KIND" = private ]; then find_postgres_binaries || fail "PostgreSQL 15 or newer was not found after installing it; set OPTIINFRA_POSTGRES_BIN to the folder of pg_ctl."; fi
    if [ "$RABBITMQ_KIND" = private ]; then find_rabbitmq_binaries || fail "rabbitmq-server was not found after installing it; set OPTIINFRA_RABBITMQ_BIN to its folder."; fi
  fi
}

# Settles a port: ours already, free, or taken by something else.
choose_port() { # variable, what it is for, command that says whether this folder's own instance holds it
  local name=$1 what=$2 ours=$3 port kept="KEPT_$1" given="GIVEN_$1"
  port=$(port_of "$name")
  if "$ours"; then
    if [ -n "${!kept}" ] && [ "${!kept}" != "$port" ]; then
      fail "The port for $what is ${!kept} in the instance that runs now, and $name asks for $port. Stop it first: bash infra/services.sh stop"
    fi
    return 0
  fi
  port_is_open 127.0.0.1 "$port" || return 0
  # a port mapper that is there already will do: nodes of different folders have different names
  if [ "$name" = OPTIINFRA_EPMD_PORT ] && epmd_answers; then return 0; fi
  if [ "${CI:-}" = true ] && [ -z "${!given}" ]; then
    local next=$((port + 1))
    while port_is_open 127.0.0.1 "$next" && [ "$next" -lt $((port + 100)) ]; do next=$((next + 1)); done
    say "Port $port for $what is taken$(who_listens "$port"); using $next instead ($name chooses)."
    printf -v "PORT_$name" %s "$next"
    return 0
  fi
  fail "Port $port for $what is taken by something else$(who_listens "$port"). Choose another: $name=$((port + 1)) bash infra/services.sh start"
}

secret() { # name -> a password made once and kept
  local value
  value=$(file_value "$RUN/secrets.env" "$1")
  if [ -z "$value" ]; then
    value=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    (umask 077 && printf "%s='%s'\n" "$1" "$value" >>"$RUN/secrets.env")
  fi
  printf %s "$value"
}

write_services_env() {
  local postgres owner rabbitmq management base password
  if [ "$POSTGRES_KIND" = external ]; then
    postgres=$OPTIINFRA_POSTGRES owner=$OPTIINFRA_POSTGRES_OWNER
  else
    base="Host=127.0.0.1;Port=$(port_of OPTIINFRA_POSTGRES_PORT);Database=optiinfra"
    postgres="$base;Username=optiinfra_app;Password=$(secret APP_PASSWORD)"
    owner="$base;Username=optiinfra_owner;Password=$(secret OWNER_PASSWORD)"
  fi
  if [ "$RABBITMQ_KIND" = external ]; then
    rabbitmq=$OPTIINFRA_RABBITMQ management=$OPTIINFRA_RABBITMQ_MANAGEMENT
  else
    password=$(secret RABBITMQ_PASSWORD)
    rabbitmq="amqp://optiinfra:$password@127.0.0.1:$(port_of OPTIINFRA_RABBITMQ_PORT)/optiinfra"
    management="http://optiinfra:$password@127.0.0.1:$(port_of OPTIINFRA_RABBITMQ_MANAGEMENT_PORT)"
  fi
  case $postgres$owner$rabbitmq$management in *\'*) fail "A connection string with a single quote in it cannot be kept in services.env; choose another password." ;; esac
  (
    umask 077
    {
      printf "OPTIINFRA_POSTGRES='%s'\n" "$postgres"
      printf "OPTIINFRA_POSTGRES_OWNER='%s'\n" "$owner"
      printf "OPTIINFRA_RABBITMQ='%s'\n" "$rabbitmq"
      printf "OPTIINFRA_RABBITMQ_MANAGEMENT='%s'\n" "$management"
    } >"$RUN/services.env.new"
  )
  mv "$RUN/services.env.new" "$RUN/services.env"
  cp -p "$RUN/services.env" "$RUN/given.env"
}

report_running() {
  local postgres management
  postgres=$(services_env_value OPTIINFRA_POSTGRES)
  management=$(services_env_value OPTIINFRA_RABBITMQ_MANAGEMENT)
  say "PostgreSQL at $(connection_host "$postgres"):$(connection_port "$postgres") ($POSTGRES_KIND), RabbitMQ at $(url_host "$(services_env_value OPTIINFRA_RABBITMQ)"):$(url_port "$(services_env_value OPTIINFRA_RABBITMQ)") ($RABBITMQ_KIND)."
  say "RabbitMQ management page: $(url_without_user "$management") user $(url_user "$management"), password in $RUN/services.env"
}

check_external_postgres() {
  [ -n "${OPTIINFRA_POSTGRES_OWNER:-}" ] || fail "OPTIINFRA_POSTGRES is set but OPTIINFRA_POSTGRES_OWNER is not: set it to the same database as the role that owns the schema."
  postgres_answers "$(connection_host "$OPTIINFRA_POSTGRES")" "$(connection_port "$OPTIINFRA_POSTGRES")" ||
    fail "PostgreSQL does not answer at $(connection_host "$OPTIINFRA_POSTGRES"):$(connection_port "$OPTIINFRA_POSTGRES"), which OPTIINFRA_POSTGRES names. Start it, or unset the variable."
}

check_external_rabbitmq() {
  [ -n "${OPTIINFRA_RABBITMQ_MANAGEMENT:-}" ] || fail "OPTIINFRA_RABBITMQ is set but OPTIINFRA_RABBITMQ_MANAGEMENT is not: set it to http://user:password@host:port of its management page."
  rabbitmq_url_answers "$OPTIINFRA_RABBITMQ" ||
    fail "RabbitMQ does not answer at $(url_host "$OPTIINFRA_RABBITMQ"):$(url_port "$OPTIINFRA_RABBITMQ"), which OPTIINFRA_RABBITMQ names. Start it, or unset the variable."
  [ "$(management_status "$OPTIINFRA_RABBITMQ_MANAGEMENT" /api/overview)" = 200 ] ||
    fail "RabbitMQ's management page does not let OPTIINFRA_RABBITMQ_MANAGEMENT's user in at $(url_without_user "$OPTIINFRA_RABBITMQ_MANAGEMENT")."
}
