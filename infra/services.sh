#!/usr/bin/env bash
# PostgreSQL (15 or newer) and RabbitMQ (with its management page) for OptiInfra.
#
#   infra/services.sh start    bring both up, or find them up, and write .run/services.env
#   infra/services.sh stop     stop what `start` started
#   infra/services.sh status   say what runs where; exit status 0 only if both answer
#   infra/services.sh env      print .run/services.env
#
# Where they come from, each of the two for itself:
#   1. an existing one, named by environment variables (it is only checked to be reachable):
#        OPTIINFRA_POSTGRES              Npgsql connection string of the application's role
#        OPTIINFRA_POSTGRES_OWNER        the same database as the role that owns the schema
#        OPTIINFRA_RABBITMQ              amqp://user:password@host:port/vhost
#        OPTIINFRA_RABBITMQ_MANAGEMENT   http://user:password@host:port
#   2. a running Docker engine with infra/compose.yaml, where the Debian packages are absent
#   3. the Debian packages, installed if absent, run as private instances whose files are under .run/
#
# Ports of the instances of 2 and 3, all on 127.0.0.1 (a chosen port is remembered in .run/ports.env):
#   OPTIINFRA_POSTGRES_PORT              5490
#   OPTIINFRA_RABBITMQ_PORT              5690    AMQP
#   OPTIINFRA_RABBITMQ_MANAGEMENT_PORT   15690   management page and HTTP API
#   OPTIINFRA_RABBITMQ_DIST_PORT         25690   Erlang distribution
#   OPTIINFRA_EPMD_PORT                  4390    Erlang port mapper
# Other:
#   OPTIINFRA_RUN_DIR                    .run in the project's root
#   OPTIINFRA_POSTGRES_BIN               the folder of initdb and pg_ctl, when it is not Debian's
#   OPTIINFRA_RABBITMQ_BIN               the folder of rabbitmq-server, when it is not Debian's
# With CI=true a start whose port is taken moves to the next free one, unless the variable names it.
set -euo pipefail

INFRA=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(dirname "$INFRA")
RUN=${OPTIINFRA_RUN_DIR:-$ROOT/.run}
HASH=$(printf %s "$RUN" | sha256sum | cut -c1-10)

# shellcheck source=infra/services/probes.sh
. "$INFRA/services/probes.sh"
# shellcheck source=infra/services/settings.sh
. "$INFRA/services/settings.sh"
# shellcheck source=infra/services/packages.sh
. "$INFRA/services/packages.sh"
# shellcheck source=infra/services/postgres.sh
. "$INFRA/services/postgres.sh"
# shellcheck source=infra/services/rabbitmq.sh
. "$INFRA/services/rabbitmq.sh"
# shellcheck source=infra/services/docker.sh
. "$INFRA/services/docker.sh"

start() {
  prepare_run_directory
  take_lock
  load_settings
  choose_kinds

  case $POSTGRES_KIND in
    external) check_external_postgres ;;
    docker | private) choose_port OPTIINFRA_POSTGRES_PORT PostgreSQL postgres_is_ours ;;
  esac
  case $RABBITMQ_KIND in
    external) check_external_rabbitmq ;;
    docker | private)
      choose_port OPTIINFRA_RABBITMQ_PORT "RabbitMQ" rabbitmq_is_ours
      choose_port OPTIINFRA_RABBITMQ_MANAGEMENT_PORT "RabbitMQ's management page" rabbitmq_is_ours
      ;;
  esac
  if [ "$RABBITMQ_KIND" = private ]; then
    choose_port OPTIINFRA_RABBITMQ_DIST_PORT "RabbitMQ's Erlang distribution" rabbitmq_is_ours
    choose_port OPTIINFRA_EPMD_PORT "Erlang's port mapper" rabbitmq_is_ours
  fi
  save_settings

  if [ "$POSTGRES_KIND" = docker ] || [ "$RABBITMQ_KIND" = docker ]; then start_docker; fi
  if [ "$POSTGRES_KIND" = private ]; then start_private_postgres; fi
  if [ "$RABBITMQ_KIND" = private ]; then start_private_rabbitmq; fi
  if [ "$POSTGRES_KIND" != external ]; then create_roles_and_database; fi

  write_services_env
  report_running
}

stop() {
  [ -d "$RUN" ] || { say "Nothing to stop: $RUN does not exist."; return 0; }
  prepare_run_directory
  take_lock
  load_settings
  stop_private_rabbitmq
  stop_private_postgres
  if [ "$POSTGRES_KIND" = docker ] || [ "$RABBITMQ_KIND" = docker ]; then stop_docker; fi
  rm -f "$RUN/services.env"
}

status() {
  load_settings
  if [ ! -f "$RUN/services.env" ]; then
    say "PostgreSQL and RabbitMQ are not started. Start them: bash infra/services.sh start"
    return 3
  fi
  local answer=0 postgres rabbitmq management
  postgres=$(services_env_value OPTIINFRA_POSTGRES)
  rabbitmq=$(services_env_value OPTIINFRA_RABBITMQ)
  management=$(services_env_value OPTIINFRA_RABBITMQ_MANAGEMENT)
  if postgres_answers "$(connection_host "$postgres")" "$(connection_port "$postgres")"; then
    say "PostgreSQL  running ($POSTGRES_KIND) at $(connection_host "$postgres"):$(connection_port "$postgres")"
  else
    say "PostgreSQL  does not answer at $(connection_host "$postgres"):$(connection_port "$postgres")"; answer=3
  fi
  if rabbitmq_url_answers "$rabbitmq"; then
    say "RabbitMQ    running ($RABBITMQ_KIND) at $(url_host "$rabbitmq"):$(url_port "$rabbitmq")"
  else
    say "RabbitMQ    does not answer at $(url_host "$rabbitmq"):$(url_port "$rabbitmq")"; answer=3
  fi
  if [ "$(management_status "$management" /api/overview)" = 200 ]; then
    say "            management page $(url_without_user "$management") (user $(url_user "$management"), password in $RUN/services.env)"
  else
    say "            the management page does not answer at $(url_without_user "$management")"; answer=3
  fi
  return "$answer"
}

print_env() {
  [ -f "$RUN/services.env" ] || fail "No $RUN/services.env yet. Run: bash infra/services.sh start"
  cat "$RUN/services.env"
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  status) status ;;
  env) print_env ;;
  *) say "usage: infra/services.sh start|stop|status|env" >&2; exit 2 ;;
esac
