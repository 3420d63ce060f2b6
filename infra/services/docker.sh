# shellcheck shell=bash
# The same two services by infra/compose.yaml, where a Docker engine runs and the packages are absent.

docker_runs() {
  command -v docker >/dev/null && timeout 20 docker info >/dev/null 2>&1 && timeout 20 docker compose version >/dev/null 2>&1
}

docker_compose() {
  OPTIINFRA_POSTGRES_PORT=$(port_of OPTIINFRA_POSTGRES_PORT) \
    OPTIINFRA_RABBITMQ_PORT=$(port_of OPTIINFRA_RABBITMQ_PORT) \
    OPTIINFRA_RABBITMQ_MANAGEMENT_PORT=$(port_of OPTIINFRA_RABBITMQ_MANAGEMENT_PORT) \
    OPTIINFRA_POSTGRES_SUPERUSER_PASSWORD=$(secret POSTGRES_PASSWORD) \
    OPTIINFRA_RABBITMQ_PASSWORD=$(secret RABBITMQ_PASSWORD) \
    docker compose -p "optiinfra-$HASH" -f "$INFRA/compose.yaml" "$@" 9>&-
}

docker_service_runs() { # postgres or rabbitmq
  [ -n "$(docker_compose ps -q --status running "$1" 2>/dev/null)" ]
}

start_docker() {
  local services=()
  if [ "$POSTGRES_KIND" = docker ]; then services+=(postgres); fi
  if [ "$RABBITMQ_KIND" = docker ]; then services+=(rabbitmq); fi
  say "Starting ${services[*]} with Docker…"
  docker_compose up -d --wait "${services[@]}" </dev/null || fail "docker compose could not start ${services[*]}."
  if [ "$POSTGRES_KIND" = docker ]; then
    wait_until 120 "PostgreSQL" postgres_answers 127.0.0.1 "$(port_of OPTIINFRA_POSTGRES_PORT)" || fail "PostgreSQL does not answer; see: docker logs of project optiinfra-$HASH."
  fi
  if [ "$RABBITMQ_KIND" = docker ]; then
    wait_until 120 "RabbitMQ" rabbitmq_ready || fail "RabbitMQ does not answer; see: docker logs of project optiinfra-$HASH."
  fi
}

stop_docker() {
  docker_runs || fail "The services run in Docker, and Docker does not answer."
  docker_compose stop </dev/null
}
