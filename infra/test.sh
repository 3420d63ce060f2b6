#!/usr/bin/env bash
# Runs every test project against the real PostgreSQL and RabbitMQ.
#
#   infra/test.sh                        all projects under tests/
#   infra/test.sh EventStore Messaging   these alone
#
# Brings the services up as the demo does (see infra/services.sh for its variables), installs awscli, Caddy and python3 where it can,
# builds, runs the projects one after the other, and ends with the line `N passed, N failed, N skipped`.
# Exit status 0 only if tests ran and none failed.
#   OPTIINFRA_TEST_TIMEOUT   seconds that one project may take before it counts as hung (1200)
#   OPTIINFRA_SHARED_DATA    folder of recorded data that some tests need (../shared/data beside the project)
# The output and the results (TRX) of each project are kept in .run/tests.
# With CI=true services that this run started are stopped at its end.
set -euo pipefail

INFRA=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(dirname "$INFRA")
RUN=${OPTIINFRA_RUN_DIR:-$ROOT/.run}
# shellcheck source=infra/setup.sh
. "$INFRA/setup.sh"

TIMEOUT=${OPTIINFRA_TEST_TIMEOUT:-1200}
PASSED=0 FAILED=0 SKIPPED=0
SERVICES_RAN_BEFORE=yes

finish() { # exit status
  if [ "${CI:-}" = true ] && [ "$SERVICES_RAN_BEFORE" = no ]; then bash "$INFRA/services.sh" stop </dev/null || true; fi
  say "$PASSED passed, $FAILED failed, $SKIPPED skipped"
  exit "$1"
}

give_up() { say "$1"; FAILED=$((FAILED + 1)); finish 1; }

# The folders tests/*.Tests that hold a project, or those of them that are named
choose_projects() {
  local project name wanted found
  for project in "$ROOT"/tests/*.Tests/*.csproj; do ALL+=("$(basename "$(dirname "$project")" .Tests)"); done
  if [ $# = 0 ]; then PROJECTS=("${ALL[@]}"); return; fi
  for wanted in "$@"; do
    found=no
    name=${wanted#OptiInfra.}
    name=${name%.Tests}
    for project in "${ALL[@]}"; do
      if [ "${project,,}" = "${name,,}" ]; then PROJECTS+=("$project"); found=yes; fi
    done
    [ "$found" = yes ] || fail "There is no test project '$wanted'. There are: ${ALL[*]}"
  done
}

# Blocks of the runner's output: the line of a test with its mark, and what is indented below it
blocks() { # mark, file, lines per block at most
  awk -v mark="$1" -v most="$3" '
    /^    [^ ].* \[(FAIL|SKIP)\]$/ || /^    \[[^D][^]]*Failure[^]]*\]/ { inside = index($0, "[" mark "]") || (mark == "FAIL" && /Failure/); shown = 0 }
    !/^     / && !/^$/ && !/^    [^ ].* \[(FAIL|SKIP)\]$/ && !/^    \[[^D][^]]*Failure[^]]*\]/ { inside = 0 }
    inside && shown++ < most' "$2"
}

run_project() { # name
  local name=$1 answer=0 began=$SECONDS log=$RUN/tests/$1.log assembly total errors failed skipped summary note=
  assembly=$(echo "$ROOT/tests/$name.Tests/bin/Debug"/*/"OptiInfra.$name.Tests.dll")
  [ -f "$assembly" ] || { say "$name: FAILED, it has no $assembly"; FAILED=$((FAILED + 1)); return; }

  (cd "$ROOT/tests/$name.Tests" && exec timeout --kill-after=20 "$TIMEOUT" \
    dotnet "$assembly" -noColor -noLogo -noAutoReporters -longRunning 240 -trx "$RUN/tests/$name.trx") \
    >"$log" 2>&1 </dev/null || answer=$?

  summary=$(grep -E '^ +OptiInfra\..* Total: [0-9]+' "$log" | tail -n 1) || true
  total=$(number_after Total "$summary") errors=$(number_after Errors "$summary")
  failed=$(number_after Failed "$summary") skipped=$(number_after Skipped "$summary")
  if [ "$answer" = 124 ] || [ "$answer" = 137 ]; then
    note="HUNG: stopped after $TIMEOUT s (OPTIINFRA_TEST_TIMEOUT)"
  elif [ -z "$summary" ]; then
    note="CRASHED with exit status $answer before it had finished"
  elif [ "$answer" != 0 ] && [ $((failed + errors)) = 0 ]; then
    note="ended with exit status $answer although no test failed"
  elif [ "$total" = 0 ]; then
    note="it has no tests"
  fi
  failed=$((failed + errors))
  PASSED=$((PASSED + total + errors - failed - skipped)) FAILED=$((FAILED + failed)) SKIPPED=$((SKIPPED + skipped))

  say "$(printf '%-14s %5d passed, %d failed, %d skipped, %d s' "$name" $((total + errors - failed - skipped)) "$failed" "$skipped" $((SECONDS - began)))${note:+   ($note)}"
  # the last line of a chaos run says more than its tests
  { grep -E '^lost [0-9]+, duplicated [0-9]+, unfinished [0-9]+, chain (ok|broken)$|^missed [0-9]+, out of order [0-9]+' "$log" || true; } | sed 's/^/    /'
  blocks FAIL "$log" 40
  blocks SKIP "$log" 6
  case $note in
    '' | 'it has no tests') ;;
    *) FAILED=$((FAILED + 1)); say "    $name.Tests [FAIL] $note; the end of $log:"; tail -n 25 "$log" | sed 's/^/      /' ;;
  esac
}

number_after() { # name, summary line
  local number; number=$(sed -n "s/.*[ ,]$1: \([0-9]*\).*/\1/p" <<<"$2"); printf %s "${number:-0}"
}

case ${1:-} in -h | --help) sed -n '2,16s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;; esac
ALL=() PROJECTS=()
choose_projects "$@"
require_dotnet
mkdir -p "$RUN"
trap 'say "Interrupted."; finish 130' INT TERM
set_up_services || give_up "The services did not come up."
try_to_install aws awscli "the tests that speak to CloudSim with the real 'aws' program will be skipped"
try_to_install caddy caddy "the tests of Caddy as the endpoint of jobs will be skipped"
for project in "${PROJECTS[@]}"; do install_node_packages "$ROOT/tests/$project.Tests"; done
bundle_graphiql
try_to_install_python

say "Building…"
if [ $# = 0 ]; then
  build Debug OptiInfra.sln || give_up "No test was run."
else
  for project in "${PROJECTS[@]}"; do build Debug "tests/$project.Tests" || give_up "No test was run."; done
fi

rm -rf "$RUN/tests"
mkdir -p "$RUN/tests"
for project in "${PROJECTS[@]}"; do run_project "$project"; done

if [ $((PASSED + FAILED)) = 0 ]; then say "No test ran."; finish 1; fi
if [ "$FAILED" != 0 ]; then finish 1; fi
finish 0
