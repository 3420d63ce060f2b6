# shellcheck shell=bash
# Debian packages, installed without their own services being started.

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_be_root() { [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }; }

POLICY=${OPTIINFRA_POLICY_RC_D:-/usr/sbin/policy-rc.d}

restore_policy() {
  if as_root test -e "$POLICY.optiinfra-kept"; then as_root mv "$POLICY.optiinfra-kept" "$POLICY"; else as_root rm -f "$POLICY"; fi
}

install_packages() { # package...
  command -v apt-get >/dev/null || fail "Neither $* nor apt-get is here. Install PostgreSQL 15+ and RabbitMQ yourself, start Docker, or name existing ones (OPTIINFRA_POSTGRES, OPTIINFRA_RABBITMQ)."
  may_be_root || fail "$* must be installed and neither root nor 'sudo -n' is at hand. Run once: sudo apt-get install $*   (or start Docker, or name existing ones by OPTIINFRA_POSTGRES and OPTIINFRA_RABBITMQ)"
  say "Installing $* (their own services stay off)…"
  local log="$RUN/apt.log" answer=0
  : >"$log"
  # invoke-rc.d asks this file before it starts a service; 101 forbids it
  if as_root test -e "$POLICY"; then as_root mv "$POLICY" "$POLICY.optiinfra-kept"; fi
  trap restore_policy EXIT
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
  as_root chmod 755 "$POLICY"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -o Acquire::http::Timeout=20 -o Acquire::Retries=1 >>"$log" 2>&1 </dev/null || say "apt-get update failed (see $log); trying with the lists that are here."
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o Acquire::http::Timeout=60 "$@" >>"$log" 2>&1 </dev/null || answer=$?
  restore_policy
  trap - EXIT
  if [ "$answer" != 0 ]; then
    tail -n 15 "$log" >&2
    fail "apt-get install $* failed; its output is in $log."
  fi
  # what was installed for this project does not start at the next boot either
  if command -v systemctl >/dev/null; then
    local package
    for package in "$@"; do
      case $package in
        postgresql) as_root systemctl disable postgresql.service >>"$log" 2>&1 || true ;;
        caddy) as_root systemctl disable caddy.service >>"$log" 2>&1 || true ;;
        rabbitmq-server) as_root systemctl disable rabbitmq-server.service epmd.service epmd.socket >>"$log" 2>&1 || true ;;
      esac
    done
  fi
}
