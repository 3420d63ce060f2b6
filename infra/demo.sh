#!/usr/bin/env bash
# The main job in one command: a fleet of ten instances is analysed, voted on, approved, moved to spot
# in three phases under watch, and reported.
#
#   infra/demo.sh [options of `optiinfra demo`]
#   infra/demo.sh --live [options]   a training job instead: it is moved to a better place while it trains, and a client calls it all the time
#
# Brings up PostgreSQL and RabbitMQ (see infra/services.sh for their variables), builds, starts CloudSim
# (a cloud in a box; nothing of a real AWS account is read or touched) and runs `optiinfra demo` against it.
# The exit status is that of `optiinfra demo`. CloudSim ends with the script; PostgreSQL and RabbitMQ stay up.
#   OPTIINFRA_CLOUDSIM_URL        http://127.0.0.1:5090   where CloudSim listens
#   OPTIINFRA_GATEWAY_URL         http://127.0.0.1:5080   where optiinfra's own pages are
#   OPTIINFRA_PROXY_URL           http://127.0.0.1:5070   where training jobs are called
#   OPTIINFRA_CLOUDSIM_FLEET      infra/demo/fleet.json   the fleet, as `aws ec2 describe-instances` prints it
#   OPTIINFRA_CLOUDSIM_SCENARIO   none (--live: infra/demo/scenario-live.json)   a file that says what goes wrong, and when
#   OPTIINFRA_CLOUDSIM_SEED       1                       same seed, same run
#   OPTIINFRA_PRICES              infra/demo/on-demand-prices.csv
#   OPTIINFRA_CLOCK_ORIGIN        now                     instant at which the demo's time and the wall's agree
#   OPTIINFRA_CLOCK_SPEED         60 (--live: 150)        seconds of the demo per second of the wall
set -euo pipefail

INFRA=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(dirname "$INFRA")
RUN=${OPTIINFRA_RUN_DIR:-$ROOT/.run}
# shellcheck source=infra/setup.sh
. "$INFRA/setup.sh"

export OPTIINFRA_CLOUDSIM_URL=${OPTIINFRA_CLOUDSIM_URL:-http://127.0.0.1:5090}
export OPTIINFRA_GATEWAY_URL=${OPTIINFRA_GATEWAY_URL:-http://127.0.0.1:5080}
export OPTIINFRA_PROXY_URL=${OPTIINFRA_PROXY_URL:-http://127.0.0.1:5070}
CLOUDSIM=$INFRA/CloudSim/bin/Release/net10.0/cloudsim.dll
OPTIINFRA=$ROOT/src/Cli/bin/Release/net10.0/optiinfra.dll

is_cloudsim() { is_process_of "$1" "$CLOUDSIM"; }
# shellcheck disable=SC2317  # called through wait_until
is_gone() { ! is_cloudsim "$1"; }

stop_cloudsim() {
  local process
  process=$(cat "$RUN/cloudsim.pid" 2>/dev/null) || return 0
  if is_cloudsim "$process"; then
    kill -TERM "$process" 2>/dev/null || true
    wait_until 10 "CloudSim to end" is_gone "$process" || kill -KILL "$process" 2>/dev/null || true
  fi
  rm -f "$RUN/cloudsim.pid"
}

check_port_is_free() { # url, what listens there, variable
  local port; port=$(url_port "$1")
  if port_is_open "$(url_host "$1")" "$port"; then
    fail "Port $port, where $2 should listen, is taken$(who_listens "$port"). Stop that program, or choose another address: $3=http://127.0.0.1:$((port + 1)) bash infra/demo.sh"
  fi
}

cloudsim_answers() { [ "$(http_status "$(url_host "$OPTIINFRA_CLOUDSIM_URL")" "$(url_port "$OPTIINFRA_CLOUDSIM_URL")" /health "")" = 200 ]; }
# shellcheck disable=SC2317
cloudsim_answers_or_died() { cloudsim_answers || ! kill -0 "$CLOUDSIM_PROCESS" 2>/dev/null; }

start_cloudsim() {
  local arguments=(--url "$OPTIINFRA_CLOUDSIM_URL" --fleet "${OPTIINFRA_CLOUDSIM_FLEET:-$INFRA/demo/fleet.json}"
    --seed "${OPTIINFRA_CLOUDSIM_SEED:-1}" --clock-origin "$OPTIINFRA_CLOCK_ORIGIN" --clock-speed "$OPTIINFRA_CLOCK_SPEED"
    --access-key "$AWS_ACCESS_KEY_ID" --secret-key "$AWS_SECRET_ACCESS_KEY")
  if [ "$LIVE" = yes ]; then arguments+=(--bucket checkpoints); fi
  if [ -n "${OPTIINFRA_CLOUDSIM_SCENARIO:-}" ]; then arguments+=(--scenario "$OPTIINFRA_CLOUDSIM_SCENARIO"); fi
  # a session of its own: Ctrl-C is for optiinfra, which may still need the cloud to put things back
  setsid dotnet "$CLOUDSIM" "${arguments[@]}" >"$RUN/cloudsim.log" 2>&1 </dev/null 8>&- &
  CLOUDSIM_PROCESS=$!
  echo "$CLOUDSIM_PROCESS" >"$RUN/cloudsim.pid"
  if ! wait_until 60 "CloudSim" cloudsim_answers_or_died || ! cloudsim_answers; then
    tail -n 15 "$RUN/cloudsim.log" >&2
    fail "CloudSim did not start; its log is $RUN/cloudsim.log."
  fi
}

case ${1:-} in -h | --help) sed -n '2,21s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;; esac
LIVE=no
for argument in "$@"; do if [ "$argument" = --live ]; then LIVE=yes; fi; done
if [ "$LIVE" = yes ]; then
  try_to_install_python
  OPTIINFRA_CLOUDSIM_SCENARIO=${OPTIINFRA_CLOUDSIM_SCENARIO:-$INFRA/demo/scenario-live.json}
  OPTIINFRA_CLOCK_SPEED=${OPTIINFRA_CLOCK_SPEED:-150}
fi
require_dotnet
mkdir -p "$RUN"
exec 8>"$RUN/demo.lock"
flock -n 8 || fail "A demo is running in this folder already. Wait for it to end, or stop it with Ctrl-C where it runs."
# one that was killed may have left its cloud behind
stop_cloudsim
check_port_is_free "$OPTIINFRA_CLOUDSIM_URL" CloudSim OPTIINFRA_CLOUDSIM_URL
check_port_is_free "$OPTIINFRA_GATEWAY_URL" optiinfra OPTIINFRA_GATEWAY_URL
check_port_is_free "$OPTIINFRA_PROXY_URL" optiinfra OPTIINFRA_PROXY_URL

set_up_services 8>&- || fail "The services did not come up."
bundle_graphiql 8>&-
say "Building…"
build Release infra/CloudSim 8>&- || exit 1
build Release src/Cli 8>&- || exit 1

# nothing of the caller's own AWS set-up may leak in
unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL_EC2 AWS_ENDPOINT_URL_CLOUDWATCH AWS_IGNORE_CONFIGURED_ENDPOINT_URLS
export AWS_ACCESS_KEY_ID=demo-access-key AWS_SECRET_ACCESS_KEY=demo-secret-key AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
export AWS_ENDPOINT_URL=$OPTIINFRA_CLOUDSIM_URL AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
OPTIINFRA_CLOCK_ORIGIN=${OPTIINFRA_CLOCK_ORIGIN:-$(date -u +%Y-%m-%dT%H:%M:%SZ)}
OPTIINFRA_CLOCK_SPEED=${OPTIINFRA_CLOCK_SPEED:-60}
export OPTIINFRA_CLOCK_ORIGIN OPTIINFRA_CLOCK_SPEED
export OPTIINFRA_PRICES=${OPTIINFRA_PRICES:-$INFRA/demo/on-demand-prices.csv}
# the box serves the pages of all its instances itself
export OPTIINFRA_METRICS_URL=$OPTIINFRA_CLOUDSIM_URL/instances/{instance_id}/metrics
export OPTIINFRA_HEALTH_URL=$OPTIINFRA_CLOUDSIM_URL/instances/{instance_id}/health

trap stop_cloudsim EXIT
# without a trap of its own Ctrl-C would end the script before optiinfra has ended
trap : INT
start_cloudsim
say "CloudSim at $OPTIINFRA_CLOUDSIM_URL, its clock $OPTIINFRA_CLOCK_SPEED times as fast as the wall's; its log is $RUN/cloudsim.log."

answer=0
dotnet "$OPTIINFRA" demo "$@" 8>&- || answer=$?

say "RabbitMQ management page: $(url_without_user "$OPTIINFRA_RABBITMQ_MANAGEMENT") user $(url_user "$OPTIINFRA_RABBITMQ_MANAGEMENT"), password in $RUN/services.env"
exit "$answer"
