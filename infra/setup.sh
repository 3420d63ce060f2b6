# shellcheck shell=bash
# What demo.sh, test.sh and benchmarks/run.sh have in common: services, the SDK, the build.
# To be sourced; expects INFRA (this folder), ROOT and RUN.

# shellcheck source=infra/services/probes.sh
. "$INFRA/services/probes.sh"
# shellcheck source=infra/services/packages.sh
. "$INFRA/services/packages.sh"

require_dotnet() {
  command -v dotnet >/dev/null || fail "The .NET 10 SDK is not here (no 'dotnet' in PATH): https://dotnet.microsoft.com/download/dotnet/10.0"
  (cd "$ROOT" && dotnet --version) >/dev/null 2>&1 || fail "'dotnet' has no .NET 10 SDK (global.json wants one); it has: $(cd / && dotnet --list-sdks | cut -d' ' -f1 | tr '\n' ' ')"
  # programs that are started by their own file find the runtime through this
  export DOTNET_ROOT="${DOTNET_ROOT:-$(dirname "$(readlink -f "$(command -v dotnet)")")}"
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
}

# Starts the services where they do not run, and exports where they are
# shellcheck disable=SC2034  # test.sh reads SERVICES_RAN_BEFORE
set_up_services() {
  SERVICES_RAN_BEFORE=no
  if bash "$INFRA/services.sh" status >/dev/null 2>&1; then SERVICES_RAN_BEFORE=yes; fi
  bash "$INFRA/services.sh" start </dev/null || return 1
  set -a
  # shellcheck disable=SC1091
  . "$RUN/services.env"
  set +a
}

# Programs of Debian's that some tests run; the others do without
try_to_install() { # program, package, what follows where it is missing
  command -v "$1" >/dev/null && return 0
  mkdir -p "$RUN"
  (install_packages "$2") || say "$2 could not be installed; $3."
}

# CloudSim runs the user data of its instances below it, and the training script is written in it
try_to_install_python() {
  try_to_install python3 python3 "instances with processes and the training script will fail"
}

# Programs of other makers that a project is checked or measured with: npm packages beside it, by their lock file
install_node_packages() { # folder with a folder Node
  [ -f "$1/Node/package-lock.json" ] || return 0
  [ "$1/Node/node_modules/.package-lock.json" -nt "$1/Node/package-lock.json" ] && return 0
  command -v npm >/dev/null || fail "What is in $1 needs Node.js and npm: https://nodejs.org"
  (cd "$1/Node" && npm ci --no-audit --no-fund >"$RUN/npm.log" 2>&1 </dev/null) || fail "npm ci in $1/Node failed; its output is in $RUN/npm.log."
}

# The gateway's page /graphiql comes from npm packages; without Node.js the page says so and everything else works
bundle_graphiql() {
  local folder=$ROOT/src/Gateway/GraphiQL
  if ! command -v npm >/dev/null; then say "Node.js and npm are not here: the gateway's page /graphiql will say how to build it."; return 0; fi
  mkdir -p "$RUN"
  (install_node_packages "$folder") || { say "The gateway goes without GraphiQL."; return 0; }
  [ -n "$(find "$folder/Node" -maxdepth 1 -type f -newer "$folder/dist/explorer.js" 2>/dev/null)" ] || [ ! -f "$folder/dist/explorer.js" ] || return 0
  say "Bundling GraphiQL…"
  (cd "$folder/Node" && npm run build >"$RUN/npm.log" 2>&1 </dev/null) || say "GraphiQL could not be bundled; the output is in $RUN/npm.log. The gateway goes without."
}

# The compiler's server outlives the build and would hold this script's output open: it gets a file instead
build() { # configuration, project or solution
  local log=$RUN/build.log
  mkdir -p "$RUN"
  if ! (cd "$ROOT" && dotnet build "$2" -c "$1" -v q --nologo >"$log" 2>&1 </dev/null); then
    grep -E 'error' "$log" | sort -u | head -n 40 >&2 || true
    say "The build of $2 failed; its output is in $log." >&2
    return 1
  fi
}
