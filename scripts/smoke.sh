#!/usr/bin/env bash
# Uploads a short video to a running system as a person would, and checks the frames that come back.
# Usage: scripts/smoke.sh BASE_URL [CLIP]     for instance: scripts/smoke.sh http://localhost:3000
#   SMOKE_TIMEOUT  seconds until everything must be done (120)
# Ends with 0 when it works, 1 when it does not, 2 when it was called wrongly or something it needs is missing.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
base=${1:-}
base=${base%/}
clip=${2:-$here/../test/footage/birds.mp4}
deadline=$((SECONDS + ${SMOKE_TIMEOUT:-120}))
frames=3

misuse() {
  echo "smoke: $1" >&2
  exit 2
}
[[ $base =~ ^https?:// ]] || misuse 'usage: scripts/smoke.sh BASE_URL [CLIP]'
[[ -r $clip ]] || misuse "there is no clip at $clip"
command -v curl >/dev/null || misuse 'curl is missing'
command -v unzip >/dev/null || command -v python3 >/dev/null || misuse 'unzip or python3 is missing'

work=$(mktemp -d)
token=

# The account goes whatever happens, and with it what is left of its videos.
clean_up() {
  if [[ -n $token ]]; then
    expect 202 'deleting the account' POST /me/deletion --header "$json" --data-binary @<(printf '{"password":"%s"}' "$password")
  fi
  rm -rf "$work"
}
trap 'clean_up' EXIT
trap 'exit 1' INT TERM

say() { printf '%-10s %s\n' "$1" "$2"; }
fail() {
  echo "smoke: FAILED: $1" >&2
  [[ -s $work/body ]] && head -c 500 "$work/body" >&2 && echo >&2
  exit 1
}

# request METHOD PATH [curl options]: prints the status, 000 when there is no answer; the answer is in $work/body.
request() {
  local method=$1 path=$2 left=$((deadline - SECONDS))
  shift 2
  ((left > 0)) || left=5
  : >"$work/body"
  # The token goes by a file: arguments can be read by everybody on the machine.
  printf 'header = "Authorization: Bearer %s"\n' "$token" |
    curl --silent --show-error --config - --request "$method" --connect-timeout 10 --max-time "$left" \
      --output "$work/body" --write-out '%{http_code}' "$@" "$base$path" || true
}

# expect STATUS WHAT METHOD PATH [curl options]
expect() {
  local wanted=$1 what=$2 status
  shift 2
  status=$(request "$@")
  [[ $status == "$wanted" ]] || fail "$what: $wanted was expected, the answer was $status"
}

# The first value of a string or number in the answer, by its name.
field() { grep -oE "\"$1\":(\"[^\"]*\"|[0-9]+)" "$work/body" | head -n 1 | sed -E 's/^"[^"]*":"?//; s/"$//'; }

list_archive() {
  if command -v unzip >/dev/null; then
    unzip -tqq "$1" >&2 && unzip -Z1 "$1"
  else
    python3 -c 'import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
sys.exit("damaged: " + z.testzip()) if z.testzip() else print("\n".join(z.namelist()))' "$1"
  fi
}

until [[ $(request GET /health/ready 2>/dev/null) == 200 ]]; do
  ((SECONDS < deadline)) || fail "$base is not ready"
  sleep 1
done
say ready "$base"

person="smoke-$(date +%s)-$$-$RANDOM@example.com"
password=$(head -c 24 /dev/urandom | base64 | tr -d '/+=\n')
json='Content-Type: application/json'
account() { printf '{"email":"%s","password":"%s"}' "$person" "$password"; }
expect 201 'registering' POST /register --header "$json" --data-binary @<(account)
expect 200 'logging in' POST /login --header "$json" --data-binary @<(account)
token=$(field accessToken)
[[ -n $token ]] || fail 'the login gave no token'
say account "$person"

expect 201 'uploading' POST /video --form "video=@$clip" \
  --form "recipe={\"select\":{\"mode\":\"count\",\"count\":$frames}}"
video=$(field id)
[[ -n $video ]] || fail 'the upload gave no id'
say uploaded "$video"

status=
until [[ $status == completed ]]; do
  ((SECONDS < deadline)) || fail "the video is still ${status:-unknown}"
  expect 200 'asking for the video' GET "/video/$video"
  status=$(field status)
  case $status in failed | canceled | expired) fail "the video is $status" ;; esac
  [[ $status == completed ]] || sleep 0.5
done
say completed "$(field frameCount) frames"

expect 200 'downloading' GET "/video/$video/download" --location
cp "$work/body" "$work/frames.zip"
: >"$work/body"
names=$(list_archive "$work/frames.zip") || fail 'the archive is damaged'
found=$(grep -cE '^frames/frame_[0-9]+\.jpg$' <<<"$names" || true)
[[ $found == "$frames" ]] || fail "the archive holds $found frames, $frames were expected"
grep -qx manifest.json <<<"$names" || fail 'the archive has no manifest'
say archive "$found frames and their manifest, $(wc -c <"$work/frames.zip") bytes"

expect 204 'deleting the video' DELETE "/video/$video"
expect 404 'asking for the deleted video' GET "/video/$video"
say deleted 'the video is gone'
echo "smoke: PASSED in $SECONDS s"
