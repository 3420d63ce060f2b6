#!/usr/bin/env bash
# Migrations while things go wrong: 200 over three `optiinfra run` processes, which are killed (kill -9) while PostgreSQL
# crashes, RabbitMQ is killed, connections are cut and the relay's leader is paused.
#
#   infra/chaos.sh                   the long form; keeps its figures in benchmarks/results/chaos.md
#   infra/chaos.sh --short           the form that infra/test.sh runs
#   infra/chaos.sh --log [EVENTS]    the log's reader against adversarial writers (1000000 events)
#   --seed N                         the same choices as an earlier run, which printed its seed
#   --migrations N                   another number of migrations
#   --bound MINUTES                  for slow machines: by the wall, after which what has not ended is unfinished (25; short: 6)
#
# Ends with the line `lost N, duplicated N, unfinished N, chain ok|broken`, with --log `missed N, out of order N, …`;
# exit status 0 only if all is well. PostgreSQL and RabbitMQ are private instances on free ports, never those of .run/services.env.
#   OPTIINFRA_CHAOS_DIR           .run/chaos   their folder, with the processes' logs
#   OPTIINFRA_BENCHMARK_RESULTS   another folder for the figures
set -euo pipefail

INFRA=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(dirname "$INFRA")
RUN=${OPTIINFRA_RUN_DIR:-$ROOT/.run}
# shellcheck source=infra/setup.sh
. "$INFRA/setup.sh"

case ${1:-} in -h | --help) sed -n '2,17s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;; esac
require_dotnet
say "Building…"
build Release tests/Chaos || exit 1
exec dotnet "$ROOT/tests/Chaos/bin/Release/net10.0/OptiInfra.Chaos.dll" "$@"
