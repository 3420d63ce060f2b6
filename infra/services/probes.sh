# shellcheck shell=bash
# Does it really answer? Asked in each protocol's own first words, with bash alone:
# a fresh machine has neither curl nor psql.

say() { printf '%s\n' "$*"; }
fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

port_is_open() { # host port
  timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2"' _ "$1" "$2" 2>/dev/null
}

# PostgreSQL answers an SSLRequest with one letter, S or N, before any authentication
postgres_answers() { # host port
  local letter
  letter=$(timeout 5 bash -c '
    exec 3<>"/dev/tcp/$1/$2" || exit 1
    printf "\000\000\000\010\004\322\026\057" >&3
    head -c 1 <&3' _ "$1" "$2" 2>/dev/null) || return 1
  [ "$letter" = S ] || [ "$letter" = N ]
}

# RabbitMQ answers the AMQP 0-9-1 header with connection.start, which names the product
amqp_answers() { # host port
  timeout 5 bash -c '
    exec 3<>"/dev/tcp/$1/$2" || exit 1
    printf "AMQP\000\000\011\001" >&3
    head -c 256 <&3 | tr -d "\000"' _ "$1" "$2" 2>/dev/null | grep -aq 'capabilities'
}

http_status() { # host port path user:password -> the status code, or 000
  local credentials line
  credentials=$(printf %s "$4" | base64 -w0)
  line=$(timeout 10 bash -c '
    exec 3<>"/dev/tcp/$1/$2" || exit 1
    printf "GET %s HTTP/1.0\r\nHost: %s:%s\r\nAuthorization: Basic %s\r\nConnection: close\r\n\r\n" "$3" "$1" "$2" "$4" >&3
    IFS= read -r line <&3 && printf %s "$line"' _ "$1" "$2" "$3" "$credentials" 2>/dev/null) || { printf 000; return 0; }
  line=${line#* }
  printf %s "${line:0:3}"
}

management_status() { # url path
  http_status "$(url_host "$1")" "$(url_port "$1")" "$2" "$(url_credentials "$1")"
}

rabbitmq_url_answers() { # amqp url; over TLS only the port is tried
  case $1 in
    amqps://*) port_is_open "$(url_host "$1")" "$(url_port "$1")" ;;
    *) amqp_answers "$(url_host "$1")" "$(url_port "$1")" ;;
  esac
}

url_authority() { local rest=${1#*://}; printf %s "${rest%%/*}"; }
url_credentials() { local a; a=$(url_authority "$1"); case $a in *@*) printf %s "${a%@*}" ;; esac; }
url_user() { local c; c=$(url_credentials "$1"); printf %s "${c%%:*}"; }
url_host() { local a; a=$(url_authority "$1"); a=${a##*@}; printf %s "${a%%:*}"; }
url_port() {
  local a; a=$(url_authority "$1"); a=${a##*@}
  case $a in *:*) printf %s "${a##*:}"; return ;; esac
  case $1 in amqp://*) printf 5672 ;; amqps://*) printf 5671 ;; https://*) printf 443 ;; *) printf 80 ;; esac
}
url_without_user() { local a; a=$(url_authority "$1"); printf '%s://%s' "${1%%://*}" "${a##*@}"; }

connection_value() { # connection string, then the names that the value may have
  local string=$1 part key name; shift
  local IFS=';'
  for part in $string; do
    key=${part%%=*}; key=${key#"${key%%[! ]*}"}; key=${key%"${key##*[! ]}"}
    for name in "$@"; do
      if [ "${key,,}" = "$name" ]; then printf %s "${part#*=}"; return 0; fi
    done
  done
}
connection_host() { local h; h=$(connection_value "$1" host server); printf %s "${h:-localhost}"; }
connection_port() { local p; p=$(connection_value "$1" port); printf %s "${p:-5432}"; }

who_listens() { # port -> a hint in words, empty where it cannot be found out
  command -v ss >/dev/null || return 0
  { ss -Hltnp "sport = :$1" 2>/dev/null || true; } | sed -n 's/.*users:((\("[^"]*"\),pid=\([0-9]*\).*/ (by \1, process \2)/p' | head -n 1
}

# A pid file outlives its process, and the number may be another's by now
is_process_of() { # process, text that its command line must hold
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  { tr '\0' ' ' <"/proc/$1/cmdline"; } 2>/dev/null | grep -qF -- "$2"
}

wait_until() { # seconds, what, command...; the command is asked again four times a second
  local end=$((SECONDS + $1)) what=$2; shift 2
  until "$@"; do
    if [ "$SECONDS" -ge "$end" ]; then say "waited in vain for $what" >&2; return 1; fi
    sleep 0.25
  done
}
