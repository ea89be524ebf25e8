# What the scripts of this folder share; they source it. It builds the command, and goes to the repository's root.
# AMODAL, if set, is the command to call instead of the one that is built here.
set -euo pipefail
caller=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."

path() { # path NAME: as its caller means it, from where the script was called
  case $1 in /*) echo "$1" ;; *) echo "$caller/$1" ;; esac
}

if [ -z "${AMODAL:-}" ]; then
  dotnet build src/Amodal.Cli -c Release >/dev/null
fi
amodal() {
  if [ -n "${AMODAL:-}" ]; then "$AMODAL" "$@"; else dotnet src/Amodal.Cli/bin/Release/net10.0/Amodal.Cli.dll "$@"; fi
}
version=$(amodal --version)

listed() { # listed WORD...: with commas between them
  local IFS=,
  echo "$*"
}

once() { # once FILE COMMAND...: makes FILE, unless this very command of this version did; what another one made is refused
  local file=$1 now="$version: ${*:2}" before
  if [ -e "$file" ]; then
    before=$(cat "$file.made" 2>/dev/null || echo "a command that is not known")
    if [ "$before" != "$now" ]; then
      printf '%s: %s was made by another command; delete it, or name another folder\n  then: %s\n  now:  %s\n' "$0" "$file" "$before" "$now" >&2
      return 2
    fi
  else
    mkdir -p "$(dirname "$file")"
    printf '%s\n' "$now" >"$file.made"
    "${@:2}"
  fi
}

logged() { # logged LOG COMMAND...: what it says goes to LOG; if it fails its last words are shown
  local status=0
  "${@:2}" >"$1" 2>&1 || status=$?
  if [ "$status" != 0 ]; then
    printf '%s: ended with %s: %s\n' "$0" "$status" "${*:2}" >&2
    tail -n 5 "$1" >&2
  fi
  return "$status"
}

together() { # together COUNT COMMAND...: runs the commands, COUNT at a time; when one fails the others are ended, and its status is the script's
  local most=$1 running=0 command
  set -m # each is a process group of its own, all of which can be ended
  trap 'status=$?; trap - EXIT; exec 2>/dev/null; for job in $(jobs -p); do kill -- "-$job" || true; done; wait; exit "$status"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  for command in "${@:2}"; do
    if [ "$running" -ge "$most" ]; then
      wait -n
      running=$((running - 1))
    fi
    "$command" &
    running=$((running + 1))
  done
  while [ "$running" -gt 0 ]; do
    wait -n
    running=$((running - 1))
  done
}
