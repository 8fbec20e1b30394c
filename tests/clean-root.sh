# shellcheck shell=bash
# A clean Debian in a directory, and commands in it, in namespaces of their own; sourced after common.sh, never run.
# A script calls make_run, find_mirrors, start_root, await_root and enter_root, which calls it again, in the namespaces,
# with --inside: it sets `root` there, and calls prepare, in_root and check.
# shellcheck disable=SC2154 # LIMIT_SECONDS is that of the script

tried=0 failed=0

# check WORDS COMMAND...: runs it; shows what it says only if it fails.
check() {
  local what=$1 output status=0 start=$SECONDS
  shift
  tried=$((tried + 1))
  output=$("$@" 2>&1 </dev/null) || status=$?
  if [ "$status" = 0 ]; then
    printf 'ok      %s (%d s)\n' "$what" $((SECONDS - start))
  else
    failed=$((failed + 1))
    printf 'FAILED  %s: %s ended with %d\n' "$what" "$1" "$status"
    tail -n 40 <<<"$output" | sed 's/^/        /'
  fi
}

# refuses TEXT COMMAND...: it must fail, and say so.
refuses() {
  local output text=$1
  shift
  ! output=$("$@" 2>&1) || { echo "it did not fail: $output"; return 1; }
  [[ $output == *"$text"* ]] || { echo "it does not say '$text': $output"; return 1; }
}

# says TEXT COMMAND...: it must not fail, and say so.
says() {
  local output text=$1
  shift
  output=$("$@" 2>&1) || { echo "it failed: $output"; return 1; }
  [[ $output == *"$text"* ]] || { echo "it does not say '$text': $output"; return 1; }
}

# ---- in the namespaces, but in this machine's root -----------------------------------------------------------------

root=''
in_root() {
  chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive TERM=dumb "$@"
}

bash_in_root() {
  in_root /bin/bash -euc -o pipefail "$@"
}

apt_in_root() {
  in_root apt-get -q -y -o Dpkg::Use-Pty=0 "$@"
}

step() {
  printf '\n== %s (after %d s)\n' "$*" $((SECONDS))
}

# prepare: mounts that end with the namespace.
prepare() {
  mount --make-rprivate /
  # So that nothing in the root leads out of it, and it ends with the namespace.
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount -t tmpfs -o mode=755 tmpfs "$root/dev"
  mkdir "$root"/dev/{shm,pts}
  for node in null zero full random urandom tty fuse; do
    : >"$root/dev/$node"
    mount --bind "/dev/$node" "$root/dev/$node"
  done
  ln -s /proc/self/fd "$root/dev/fd"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
  # The new processes are those of the namespace.
  mount -t proc proc /proc
}

# ---- outside -------------------------------------------------------------------------------------------------------

# make_run NAME: sets `run` to a new directory, which is removed with all that was started when the script ends.
make_run() {
  local parent=${TMPDIR:-/var/tmp}
  walk_of_root "$parent" new || die "$parent is not for root: $stranger; name another directory by TMPDIR"
  [ "$(df --output=avail -B1 "$parent" | tail -n 1)" -gt 6000000000 ] || die "$parent has too little space: 6 GB are needed"
  run=$(mktemp -d "$parent/zonefs-j-$1.XXXXXX")
  # apt reads packages as another user.
  chmod 755 "$run"
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

declare -A children=()
clean_up() {
  trap '' INT TERM
  local child
  for child in "${children[@]}"; do
    # Its own group: what it has started ends with it.
    kill -TERM -- "-$child" 2>/dev/null || true
  done
  # The first process of a namespace knows no other signal.
  [ ${#children[@]} = 0 ] || sleep 2
  for child in "${children[@]}"; do
    kill -KILL -- "-$child" 2>/dev/null || true
  done
  wait
  # What it unpacks may still be mounted there, if it was ended.
  mounts_below "$run" | while read -r mount; do umount -i -l -- "$mount" || true; done
  rm -rf --one-file-system -- "$run"
}

# start NAME COMMAND...: in the background, in a group of its own.
start() {
  setsid -w "${@:2}" </dev/null &
  children[$1]=$!
}

# await NAME: a signal ends the wait.
await() {
  local status=0
  wait "${children[$1]}" || status=$?
  unset "children[$1]"
  return $status
}

# find_mirrors: sets `codename` to that of this machine's Debian, `mirrors` to the suites that its apt uses, as
# SUITE URI, and `mirror` to that of the release.
find_mirrors() {
  mirrors=$(apt-get indextargets --format '$(ORIGIN)|$(COMPONENT)|$(SUITE)|$(RELEASE)|$(REPO_URI)' 'Identifier: Packages' \
    | awk -F '|' '$1 == "Debian" && $2 == "main" { print $4, $5 }' | sort -u)
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  mirror=$(awk -v name="$codename" '$1 == name { print $2; exit }' <<<"$mirrors")
  [ -n "$mirror" ] || die "this machine's apt has no mirror of Debian's $codename ('apt-get update' may help)"
}

# start_root [OPTION]: begins to make a Debian in `run`/root.
start_root() {
  # shellcheck disable=SC2016
  start debootstrap bash -euc 'log=$1; shift; debootstrap --variant=minbase "$@" >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }' \
    - "$run/debootstrap.log" "$@" "$codename" "$run/root" "$mirror"
}

# await_root: until it is made; gives it this machine's way to packages: suites, proxies, certificates and the like.
await_root() {
  await debootstrap || die "debootstrap failed"
  rm -f "$run/root/etc/apt/sources.list"
  awk -v name="$codename" '$1 ~ "^" name { print "deb", $2, $1, "main" }' <<<"$mirrors" >"$run/root/etc/apt/sources.list"
  apt-config dump | grep -E '^Acquire::(http|https|ftp|Check-|Retries|ForceIPv)' >"$run/root/etc/apt/apt.conf.d/00host" || true
  [ ! -e /etc/resolv.conf ] || cat /etc/resolv.conf >"$run/root/etc/resolv.conf"
  [ ! -f /etc/ssl/certs/ca-certificates.crt ] || [[ $mirror != https:* ]] \
    || install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$run/root/etc/ssl/certs/ca-certificates.crt"
  # What this machine's administrator trusts; the package ca-certificates finds them there.
  [ ! -d /usr/local/share/ca-certificates ] || cp -R /usr/local/share/ca-certificates "$run/root/usr/local/share/"
}

# enter_root ARGUMENT...: runs the script again, with --inside RUN TRIED FAILED ARGUMENT...
enter_root() {
  start inside timeout -s KILL "$LIMIT_SECONDS" unshare --mount --pid --fork --kill-child --propagation private -- \
    "$0" --inside "$run" "$tried" "$failed" "$@"
  await inside || die "the clean Debian came to no end"
}
