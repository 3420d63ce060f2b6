#!/usr/bin/env bash
# Benchmarks under load, each beside a baseline measured in the same run.
#
#   benchmarks/run.sh          lists them
#   benchmarks/run.sh NAME     runs one; its last line is `NAME: ratio R (ours …, baseline …)`
#   benchmarks/run.sh NAME PART…   measures only these parts and keeps no figures
#
# Brings PostgreSQL and RabbitMQ up (see infra/services.sh for their variables), builds in Release, and keeps
# the figures with machine and date in benchmarks/results/NAME.md.
#   OPTIINFRA_BENCHMARK_RESULTS   another folder for the figures
set -euo pipefail

INFRA=$(cd "$(dirname "${BASH_SOURCE[0]}")/../infra" && pwd -P)
ROOT=$(dirname "$INFRA")
RUN=${OPTIINFRA_RUN_DIR:-$ROOT/.run}
# shellcheck source=infra/setup.sh
. "$INFRA/setup.sh"
# shellcheck source=infra/services/postgres.sh
. "$INFRA/services/postgres.sh"

case ${1:-} in -h | --help) sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;; esac
require_dotnet
build Release benchmarks || exit 1
PROGRAM=$ROOT/benchmarks/bin/Release/net10.0/OptiInfra.Benchmarks.dll
if [ $# = 0 ] || [ "$1" = list ]; then exec dotnet "$PROGRAM" list; fi

set_up_services || fail "The services did not come up."
# some servers that others are measured beside are Node.js's
if [ "$1" = graphql ]; then install_node_packages "$ROOT/benchmarks/GraphQL"; fi
# some baselines are pgbench's
POSTGRES_HOME=$RUN/postgres
if find_postgres_binaries; then export PATH="$PATH:$POSTGRES_BIN"; fi
exec dotnet "$PROGRAM" "$@"
