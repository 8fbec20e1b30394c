# shellcheck shell=bash
# What the scripts share; sourced, never run. ROOT is the checkout, or where `install` put it all.

# Bash takes it from the environment, and a function that calls one too many ends without ending the script.
unset -v FUNCNEST
# A path that begins with / or ./ is not looked up in CDPATH; -P: the directory above is that of where a link leads.
ROOT=${BASH_SOURCE[0]}
[[ ! -L $ROOT ]] || ROOT=$(readlink -f -- "$ROOT")
[[ $ROOT == /* ]] || ROOT=./$ROOT
ROOT=$(cd -P -- "${ROOT%/*}/.." && pwd -P)
# `mount` started at boot may have no PATH; that of bash ends with the working directory.
[[ ${PATH@a} == *x* && $PATH ]] || PATH=/usr/bin:/bin
[[ :$PATH: == *:/usr/sbin:* && :$PATH: == *:/sbin:* ]] || PATH+=:/usr/sbin:/sbin
# What is said, by the system and other tools, too, is English; names of files are UTF-8.
export PATH LC_ALL=C.UTF-8

die() {
  die_with 1 "$@"
}

# die_with CODE WORD...
die_with() {
  echo "${0##*/}: ${*:2}" >&2
  exit "$1"
}

# runs_as_root: whether this process does. EUID can be a variable of the environment.
runs_as_root() {
  local key effective=0
  while read -r key _ effective _; do
    [ "$key" != Uid: ] || break
  done 2>/dev/null </proc/self/status || true
  [ "${effective:-0}" = 0 ]
}

# in_user_namespace: whether root of this process is another user outside, as in a rootless container.
in_user_namespace() {
  local inside outside count
  read -r inside outside count 2>/dev/null </proc/self/uid_map && [ "$inside $outside $count" != '0 0 4294967295' ]
}

# clean_environment "$@": root's environment may be a user's (su, sudo -E), and what programs, libraries and shells
# run, read or write by it nobody can list. Root's scripts keep what they and zonefs-j know, which SECURITY.md
# names: where there is anything else, the script begins again without it, once. bash -p runs no exported functions.
clean_environment() {
  # Bytes: half a character would hide the end of an entry.
  local entry home='' others=() LC_ALL=C
  runs_as_root || return 0
  # Only there it is the home of who has started this: the one of root may be closed to him.
  ! in_user_namespace || ! [ -O "${HOME:-/}" ] || home=$HOME
  # Exit code 8 is that of an fsck which could not begin. Only names become arguments, which everybody can read.
  while IFS= read -r -d '' entry; do
    case ${entry%%=*} in
      PATH | PWD | OLDPWD | SHLVL | _ | LC_ALL | TERM | LD_* | TMPDIR | CI | PREFIX | DESTDIR) ;;
      FAKETIME* | NO_FAKE_STAT | DONT_FAKE_MONOTONIC) ;;
      ZONEFSJ_* | XDG_RUNTIME_DIR | XDG_STATE_HOME | CREDENTIALS_DIRECTORY | JAVA_HOME | MAVEN_* | M2_HOME) ;;
      AWS_* | HADOOP_* | KRB5CCNAME | http_proxy | https_proxy | no_proxy | HTTP_PROXY | HTTPS_PROXY | NO_PROXY) ;;
      # A zone by its name: any other file can be a pipe.
      TZ) [[ ${entry#TZ=} != [/:]* && $entry != *..* ]] || others+=(-u TZ) ;;
      HOME) [ -n "$home" ] || others+=(-u HOME) ;;
      # One without a name is no variable for anybody.
      '') ;;
      *) others+=(-u "${entry%%=*}") ;;
    esac
  done 2>/dev/null </proc/self/environ || die_with 8 "the environment of root cannot be looked at: /proc is not mounted"
  if [ ${#others[@]} != 0 ]; then
    [ "${ZONEFSJ_CLEANED:-}" != $$ ] || die_with 8 "something puts variables back that are not for root: ${others[*]}"
    exec env "${others[@]}" ZONEFSJ_CLEANED=$$ /bin/bash -p -- "$0" "$@"
  fi
  unset -v ZONEFSJ_CLEANED
  # Where the password file has no root, Java finds a home by itself, and nobody else needs one.
  [ -n "$home" ] || export HOME=~root
  [[ $HOME == /* ]] || unset HOME
  # Whoever began the shell of root may have let everybody write to what it makes.
  umask o-w
}

# place_of_root PLACE: refuses a place that root's environment names where somebody else can change the way.
place_of_root() {
  runs_as_root || return 0
  [[ /$1/ != */../* ]] || stranger="it has '..'"
  [[ /$1/ != */../* ]] && walk_of_root "$1" missing || die "$1 is not for root: $stranger; name another directory"
}

# plain_path PATH: sets `plain` to it without `//`, `/./` and a slash at its end; empty for /.
plain_path() {
  local slash=/
  plain=$1/
  while [[ $plain == *//* || $plain == */./* ]]; do
    plain=${plain//"//"/$slash}
    plain=${plain//"/./"/$slash}
  done
  plain=${plain%/}
}

# place_of_installation [PREFIX | --prefix DIR]: sets `prefix`, `dest` and `home` by the arguments and the environment,
# and refuses what others could change.
place_of_installation() {
  local place given=''
  case $#:${1:-} in
    0:) ;;
    1:--prefix=*) given=${1#--prefix=} ;;
    2:--prefix) given=$2 ;;
    1:*) given=$1 ;;
    *) given=- ;;
  esac
  [[ $given != -* ]] || die_with 2 "usage: ${0##*/} [--prefix DIR]"
  prefix=${given:-${PREFIX:-/usr/local}}
  # It is written into a unit of systemd, where anything else would mean something.
  [[ $prefix =~ ^/[A-Za-z0-9._/+-]*$ && $prefix/ != */../* ]] \
    || die "PREFIX must be an absolute path of letters, digits and ._+-/, without '..', not '$prefix'"
  # Lists of what was installed are compared by their text.
  plain_path "$prefix"
  prefix=$plain home=$plain/lib/zonefs-j
  plain_path "${DESTDIR:-}"
  dest=$plain
  [ -n "$dest" ] || { [ -z "$given" ] && [ -n "${PREFIX:-}" ]; } || return 0
  for place in "$dest$home" "$dest$prefix"/{bin,lib/systemd/system,share/{man/man5,man/man8,doc/zonefs-j,zonefs-j,bash-completion/completions,zsh/site-functions}} \
    "$dest/sbin"; do
    place_of_root "$place"
  done
}

say() {
  printf '\n== %s\n' "$*"
}

need_root() {
  [ "$(id -u)" = 0 ] || die "must run as root: it installs packages and mounts"
}

# need_packages GROUP...: installs the Debian packages of the commands that are missing.
need_packages() {
  local group pair missing=() pairs=()
  for group in "$@"; do
    case $group in
      build) pairs+=(javac:openjdk-17-jdk-headless mvn:maven flock:util-linux) ;;
      mount) pairs+=(fusermount3:fuse3 mount:mount findmnt:util-linux) ;;
      # Below: libfuse.so.2 for -o transport=jnr-fuse, libcrypto for faster encryption.
      libraries) ;;
      quickstart) pairs+=(rsync:rsync setfacl:acl setfattr:attr) ;;
      test) pairs+=(git:git python3:python3 sqlite3:sqlite3 tar:tar rsync:rsync setfacl:acl setfattr:attr
        gcc:gcc gencat:libc6-dev make:make redis-check-rdb:redis-tools zsh:zsh groff:groff-base) ;;
      programs) pairs+=(curl:curl /usr/lib/postgresql/15/bin/postgres:postgresql-15 qemu-img:qemu-utils fio:fio
        filefrag:e2fsprogs fstrim:util-linux setpriv:util-linux) ;;
      bench) pairs+=(python3:python3 ntfs-3g:ntfs-3g fuse2fs:fuse2fs mke2fs:e2fsprogs bindfs:bindfs git:git rsync:rsync
        tar:tar losetup:mount setpriv:util-linux /usr/lib/postgresql/15/bin/postgres:postgresql-15) ;;
      profile) pairs+=(python3:python3) ;;
      host) pairs+=(faketime:faketime) ;;
      store-bench) pairs+=(rclone:rclone) ;;
      transport) pairs+=(gcc:gcc gencat:libc6-dev pkg-config:pkg-config) ;;
      wrappers) pairs+=(openssl:openssl) ;;
      pictures) pairs+=(python3:python3 chromium:chromium) ;;
      package) pairs+=(dpkg-deb:dpkg xz:xz-utils gzip:gzip git:git) ;;
      clean-root) pairs+=(debootstrap:debootstrap lintian:lintian shellcheck:shellcheck unshare:util-linux) ;;
      guest) pairs+=(qemu-system-x86_64:qemu-system-x86 /usr/share/seabios/bios-256k.bin:seabios busybox:busybox-static
        cpio:cpio depmod:kmod udevadm:udev /lib/systemd/systemd:systemd blkzone:util-linux
        dmsetup:dmsetup mkfs.f2fs:f2fs-tools mkfs.btrfs:btrfs-progs mkfs.ext4:e2fsprogs
        /usr/bin/python3:python3) ;;
      *) die "no such group of packages: $group" ;;
    esac
  done
  for pair in "${pairs[@]}"; do
    command -v -- "${pair%%:*}" >/dev/null || [ -f "${pair%%:*}" ] || missing+=("${pair##*:}")
  done
  if [[ " $* " == *" libraries "* ]]; then
    # Debian's package `fuse` would drive out fuse3.
    [[ $(ldconfig -p) == *libfuse.so.2* ]] || missing+=(libfuse2)
    [[ $(ldconfig -p) == *libcrypto.so.3* || $(ldconfig -p) == *libcrypto.so.1.1* ]] || missing+=(libssl3)
  fi
  if [[ " $* " == *" transport "* ]]; then
    pkg-config --exists fuse3 2>/dev/null || missing+=(libfuse3-dev)
    pkg-config --exists fuse 2>/dev/null || missing+=(libfuse-dev)
  fi
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "not a Debian system: please install ${missing[*]} by hand"
  need_root
  echo "installing ${missing[*]}" >&2
  [[ " ${missing[*]} " != *" postgresql-15 "* ]] || no_database_server
  export DEBIAN_FRONTEND=noninteractive
  watched "apt-get update" apt-get -qq -o Dpkg::Use-Pty=0 update \
    && watched "apt-get install" apt-get -q -y -o Dpkg::Use-Pty=0 install --no-install-recommends "${missing[@]}" \
    || die "apt-get could not install ${missing[*]}"
}

# watched WHAT COMMAND...: runs it without input, and says on stderr each 10 seconds what its last line is; all that it
# has said only if it fails. Plain lines: this may be a log.
watched() {
  local what=$1 log status=0 ticker begun=$SECONDS
  shift
  log=$(mktemp /tmp/zonefs-j-log.XXXXXX)
  while sleep 10 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
    printf '%s: %d s: %s\n' "$what" $((SECONDS - begun)) "$(tail -n 1 "$log" | plain_line)" >&2
  done 9<&- </dev/null &
  ticker=$!
  "$@" >"$log" 2>&1 </dev/null || status=$?
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  # Lines that only name what was fetched or unpacked explain no failure.
  [ "$status" = 0 ] || grep -vE '^(\[INFO\]|Download|Progress|Get:|Selecting|Preparing|Unpacking|Setting up)' "$log" | plain_line >&2 || true
  rm -f "$log"
  return "$status"
}

# Without escape codes, levels and the places where files are fetched.
plain_line() {
  sed -E 's/\x1b\[[0-9;]*[A-Za-z]//g; s/^\[INFO\] //; s,(https?|file)://[^ ]*/,,; s/ +/ /g; s/(.{110}).*/\1/'
}

# need_promtool: unpacks Debian's promtool to tests/target/tools, and puts it first in PATH. Installing its package
# would start a server.
need_promtool() {
  local tools=$ROOT/tests/target/tools fetch
  if [ ! -x "$tools/usr/bin/promtool" ]; then
    fetch=$(mktemp -d /tmp/zonefs-j-fetch.XXXXXX)
    chmod 755 "$fetch"
    if { (cd "$fetch" && apt-get -qq download prometheus) || { apt-get -qq update && (cd "$fetch" && apt-get -qq download prometheus); }; } >/dev/null 2>&1 </dev/null \
      && dpkg-deb -x "$fetch"/prometheus_*.deb "$fetch/root"; then
      mkdir -p "$tools/usr/bin"
      mv "$fetch/root/usr/bin/promtool" "$tools/usr/bin/"
      rm -rf --one-file-system -- "$fetch"
    else
      rm -rf --one-file-system -- "$fetch"
      die "apt-get could not download prometheus, which has promtool"
    fi
  fi
  PATH=$tools/usr/bin:$PATH
}

# The tests start a database server of their own: installing one makes none that runs on this machine.
no_database_server() {
  local settings=/etc/postgresql-common/createcluster.d
  mkdir -p "$settings"
  [ -e "$settings/zonefs-j.conf" ] || echo "create_main_cluster = false" >"$settings/zonefs-j.conf"
}

# number_in FILE: sets `number` to the one that it holds, empty if there is none, or one beyond all memory.
number_in() {
  number=''
  { read -r number <"$1"; } 2>/dev/null || true
  [[ $number =~ ^[0-9]{1,15}$ ]] || number=''
}

# memory_left: sets `left` to the bytes that the control groups of this process leave it, `group` to the
# one that leaves least; `left` is empty where none has a limit. What the kernel can write to swap, or read
# from files again, counts as left. It starts no process. Files: cgroup-v1/memory.rst and cgroup-v2.rst of
# the kernel's documentation.
memory_left() {
  local root='' path='' prefix='' controllers key value level limit file number free swap=0
  local limits=(memory.max memory.high) used=memory.current kernel=none swaps=memory.swap.max no_swap=0
  left='' group=''
  while IFS=: read -r _ controllers value; do
    case ,$controllers, in
      *,memory,*)
        root=/sys/fs/cgroup/memory path=$value prefix=total_ limits=(memory.limit_in_bytes)
        used=memory.usage_in_bytes kernel=memory.kmem.usage_in_bytes swaps=memory.memsw.limit_in_bytes
        break
        ;;
      ,,) root=/sys/fs/cgroup path=$value ;;
    esac
  done 2>/dev/null </proc/self/cgroup || return 0
  # Above the groups that are shown here, there is one of somebody else's.
  [[ $root && $path == /* && $path != /..* ]] || return 0
  while read -r key value _; do
    [ "$key" != SwapFree: ] || swap=$((value << 10))
  done 2>/dev/null </proc/meminfo || true
  path=${path%/}
  # In a container the path may be the host's: what does not exist here is passed over.
  while :; do
    level=$root$path limit=''
    for file in "${limits[@]}"; do
      number_in "$level/$file"
      [ -z "$number" ] || { [ -n "$limit" ] && [ "$limit" -le "$number" ]; } || limit=$number
    done
    number_in "$level/$used"
    if [ -n "$limit" ] && [ -n "$number" ]; then
      free=$((limit - number))
      while read -r key value; do
        case $key in
          "${prefix}inactive_file" | "${prefix}active_file" | slab_reclaimable) free=$((free + value)) ;;
        esac
      done 2>/dev/null <"$level/memory.stat" || true
      number_in "$level/$kernel"
      free=$((free + ${number:-0}))
      [ -z "$prefix" ] || no_swap=$limit
      number_in "$level/$swaps"
      [ "$number" = "$no_swap" ] || free=$((free + swap))
      if [ -z "$left" ] || [ "$free" -lt "$left" ]; then
        left=$free group=${path:-/}
      fi
    fi
    [ -n "$path" ] || break
    path=${path%/*}
  done
}

# walk_of_root PATH [missing]: whether only root can change a file, and each directory and each link on the way to
# it; whoever owns one decides where it leads. Sets `reached` to where it leads, or `stranger` to what is wrong. The
# owner of / stands for root where root has no number. A FUSE mount of a user can show any owner, or not answer:
# nothing on it is looked at. With `missing`, the way may end at what is not there yet, and only root could make;
# with `new`, at what others could make, too.
walk_of_root() {
  local left=$1 part target links=0 owner mode place rest options mount mounts=()
  reached='' stranger=''
  while read -r _ _ _ _ place rest; do
    # The kernel's own word is the last field: the names of type and source are a user's.
    options=${rest##* }
    [[ ${rest#* - } == fuse* && ,$options, == *,user_id=* && ,$options, != *,user_id=0,* ]] || continue
    place=${place//\\040/ } place=${place//\\011/$'\t'} place=${place//\\012/$'\n'}
    place=${place//\\134/\\}
    mounts+=("$place")
  done </proc/self/mountinfo
  [[ $left == /* ]] || left=$PWD/$left
  while [ -n "$left" ]; do
    left=${left#"${left%%[!/]*}"}
    part=$reached/${left%%/*}
    [[ $left == */* ]] && left=${left#*/} || left=
    case ${part##*/} in
      '' | .) continue ;;
      ..) reached=${reached%/*}; continue ;;
    esac
    for mount in "${mounts[@]}"; do
      [ "$part" != "$mount" ] || { stranger="$part was mounted by a user"; return 1; }
    done
    # In this order: nobody's link is followed before it is known whose it is.
    if ! [ -L "$part" ] && ! [ -e "$part" ]; then
      [ -z "${2:-}" ] || break
      stranger="$part is missing"
      return 1
    fi
    mode=$(stat -c '%u %a' -- "$part") || { stranger="$part cannot be looked at"; return 1; }
    owner=${mode% *} mode=${mode#* }
    if [ "$owner" != 0 ] && [ "$owner" != "$(stat -c %u /)" ]; then
      stranger="$part belongs to user $owner"
      return 1
    fi
    if [ -L "$part" ]; then
      # One of a process leads where its text does not say.
      [ "$(stat -f -c %T -- "${reached:-/}")" != proc ] || { stranger="$part is a link of a process"; return 1; }
      links=$((links + 1))
      [ "$links" -le 40 ] && target=$(readlink -- "$part") || { stranger="$part has too many links"; return 1; }
      left=$target/$left
      [[ $target != /* ]] || reached=
    else
      # The sticky bit protects what is in a directory: a name that leads on.
      if ((8#$mode & 2)) && ! ((8#$mode & 8#1000)); then
        stranger="everybody may write to $part"
        return 1
      fi
      reached=$part
    fi
  done
  [ "${2:-}" != new ] || return 0
  mode=$(stat -c %a -- "${reached:-/}") || { stranger="$reached cannot be looked at"; return 1; }
  ! ((8#$mode & 2)) || { stranger="everybody may write to $reached"; return 1; }
}

# read_settings FILE: exports what the administrator sets there for the commands of this host, unless the environment
# has it. The file is read, never run. Returns 1, with `wrong`, if it may not be used as a whole. Only a file that
# sets something costs processes: those that look whose it is.
read_settings() {
  local line key value number=0 keys=() values=() i
  local known='JAVA_HOME ZONEFSJ_JAVA_OPTS ZONEFSJ_LOG_DIR ZONEFSJ_LOG_LEVEL ZONEFSJ_OPTS ZONEFSJ_STATE_DIR'
  wrong=''
  # Nobody looks at a file of somebody else: it could be on a mount that does not answer.
  [ "$1" = /etc/zonefs-j.conf ] || [ -z "$1" ] || walk_of_root "$1" || { wrong="$1: $stranger"; return 1; }
  [ -f "$1" ] && [ -r "$1" ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    line=${line#"${line%%[![:space:]]*}"}
    line=${line%"${line##*[![:space:]]}"}
    [[ $line && $line != '#'* ]] || continue
    wrong="$1, line $number: "
    [[ $line =~ ^([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] || { wrong+="it is not KEY=VALUE"; return 1; }
    key=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
    [[ " $known " == *" $key "* ]] || { wrong+="unknown key $key; known are $known"; return 1; }
    [[ " ${keys[*]} " != *" $key "* ]] || { wrong+="$key is set twice"; return 1; }
    case $value in
      '"'*'"' | "'"*"'") [ "${#value}" = 1 ] || value=${value:1:-1} ;;
    esac
    [[ $value != *[[:cntrl:]\"\']* || $key == ZONEFSJ_OPTS && $value != *[[:cntrl:]]* ]] \
      || { wrong+="$key has a quote or a control character"; return 1; }
    case $key:$value in
      *:) ;;
      JAVA_HOME:/* | ZONEFSJ_*_DIR:/*) ;;
      JAVA_HOME:* | ZONEFSJ_*_DIR:*) wrong+="$key must be an absolute path"; return 1 ;;
      ZONEFSJ_LOG_LEVEL:off | ZONEFSJ_LOG_LEVEL:error | ZONEFSJ_LOG_LEVEL:warn) ;;
      ZONEFSJ_LOG_LEVEL:info | ZONEFSJ_LOG_LEVEL:debug | ZONEFSJ_LOG_LEVEL:trace) ;;
      ZONEFSJ_LOG_LEVEL:*) wrong+="$key must be off, error, warn, info, debug or trace"; return 1 ;;
    esac
    [ -z "$value" ] || { keys+=("$key"); values+=("$value"); }
  done <"$1"
  wrong=''
  [ ${#keys[@]} != 0 ] || return 0
  walk_of_root "$1" || { wrong="$1 is not for the commands of this host: $stranger; only root may be able to change it"; return 1; }
  for i in "${!keys[@]}"; do
    key=${keys[i]}
    # Directories of root: those of other users are in their homes.
    [[ $key != ZONEFSJ_*_DIR ]] || runs_as_root || continue
    [[ -v $key ]] || export "$key=${values[i]}"
  done
}

# java_version JAVA: sets `version` to the major version of a Java by the file `release` beside it; empty if there is
# none. Where it lies in /usr/lib/jvm, as in Debian, no process is started.
java_version() {
  local place=$1 candidate line
  version=''
  if [ -L "$place" ]; then
    for candidate in /usr/lib/jvm/*/bin/java; do
      [ ! "$candidate" -ef "$place" ] || { place=$candidate; break; }
    done
    [ "$place" != "$1" ] || [[ $place == /usr/lib/jvm/* ]] || place=$(readlink -f -- "$place")
  fi
  for candidate in "${place%/bin/*}" "${place%/jre/bin/*}"; do
    [ -f "$candidate/release" ] || continue
    while read -r line; do
      [[ $line == JAVA_VERSION=* ]] || continue
      # Java 8 calls itself 1.8.
      line=${line#JAVA_VERSION=} line=${line#\"}
      line=${line#1.}
      version=${line%%[!0-9]*}
      return 0
    done 2>/dev/null <"$candidate/release" || true
  done
}

# named_java WHERE: sets `java` to that of JAVA_HOME, which is not empty; returns 1, with `wrong`, if it cannot be run.
# WHERE says who has set it, for the message.
named_java() {
  java=$JAVA_HOME/bin/java wrong=''
  if runs_as_root; then
    if walk_of_root "$java"; then
      java=$reached
    else
      wrong="no java found that is for root: JAVA_HOME=$JAVA_HOME$1, and $stranger; unset it, or name one that only root can change"
    fi
  fi
  if [ -z "$wrong" ] && ! { [ -f "$java" ] && [ -x "$java" ]; }; then
    wrong="no java found: JAVA_HOME=$JAVA_HOME$1 has no bin/java; unset it, or name another"
  fi
  [ -n "$wrong" ] || java_version "$java"
  if [ -z "$wrong" ] && [ "${version:-17}" -lt 17 ]; then
    wrong="no java found: JAVA_HOME=$JAVA_HOME$1 is Java $version, and 17 or newer is needed; unset it, or name another"
  fi
  [ -z "$wrong" ]
}

# find_java: sets `java` to the one in PATH if that is new enough, or does not tell; else to the newest in
# /usr/lib/jvm. Returns 1, with `wrong`, if there is none.
find_java() {
  local candidate old='' best=16
  java=''
  if hash java 2>/dev/null; then
    java=${BASH_CMDS[java]}
    java_version "$java"
    [ "${version:-17}" -lt 17 ] || return 0
    old="$java is Java $version, and 17 or newer is needed; "
    java=''
  fi
  for candidate in /usr/lib/jvm/*/bin/java; do
    [ -x "$candidate" ] || continue
    java_version "$candidate"
    [ "${version:-0}" -gt "$best" ] || continue
    # Nobody has chosen this one: an archive unpacked by root can belong to anybody.
    if runs_as_root; then
      walk_of_root "$candidate" || continue
    fi
    best=$version java=$candidate
  done
  wrong="no java found: ${old}install openjdk-17-jre-headless, or set JAVA_HOME"
  [ -n "$java" ]
}

# processes_of DIR: what runs from the installation in DIR, its real path: sets `running` to the processes of root and
# of this user, `foreign` to words that name those of others.
processes_of() {
  local process user key value words word theirs=()
  running=() foreign=''
  # The launcher tells Java where it lies; by the real path. That of root and of who uninstalls counts. Others could
  # give this word to any program, and keep its reader waiting for ever: they are only named, by the files that they
  # have open.
  for process in /proc/[0-9]*; do
    # The owner of the directory is root for what may not be dumped.
    user=
    while read -r key value _; do
      [ "$key" != Uid: ] || { user=$value; break; }
    done 2>/dev/null <"$process/status" || continue
    case $user in
      '') ;;
      0 | "$UID")
        # In a container the same path is another installation.
        [ ! -r "$process/root/" ] || [ "$process/root/$1/" -ef "$1/" ] || continue
        mapfile -d '' -t words 2>/dev/null <"$process/cmdline" || continue
        for word in "${words[@]}"; do
          [ "$word" != "-Dzonefsj.launcher=$1/mount-scripts/zonefs-j" ] || running+=("${process#/proc/}")
        done
        ;;
      *) theirs+=("$process/fd") ;;
    esac
  done
  # shellcheck disable=SC2016 # for the shell that is started
  [ ${#theirs[@]} = 0 ] \
    || foreign=$(printf '%s\0' "${theirs[@]}" | timeout -s KILL 5 xargs -0 sh -c 'find "$@" -lname "$0/lib/*" -printf "%h\n"' "$1" \
      2>/dev/null | sort -u) || true
  foreign=${foreign//[!0-9$'\n']/}
  foreign=${foreign//$'\n'/ }
}

need_fuse() {
  local key effective=''
  [ -c /dev/fuse ] || modprobe fuse 2>/dev/null || true
  [ -c /dev/fuse ] || die "/dev/fuse is missing: load the kernel module 'fuse', or give it to this container (--device /dev/fuse)"
  { : <>/dev/fuse; } 2>/dev/null || die "/dev/fuse cannot be opened: give it to this container (--device /dev/fuse)"
  runs_as_root || return 0
  while read -r key effective _; do
    [ "$key" != CapEff: ] || break
  done </proc/self/status
  # CAP_SYS_ADMIN of capabilities(7)
  ((16#$effective >> 21 & 1)) || die "this root may not mount: give CAP_SYS_ADMIN to this container (--cap-add SYS_ADMIN)"
}

# guest_kernel DIR: where Debian's kernel for guests is unpacked, below a cache directory. Nothing of it
# is installed.
guest_kernel() {
  local name kernel
  mkdir -p "$1"
  exec 9<"$1"
  await_lock "$1"
  kernel=$(find "$1" -mindepth 1 -maxdepth 1 -name 'linux-image-*' -type d | sort -V | tail -n 1)
  if [ -z "$kernel" ]; then
    command -v apt-get >/dev/null || die "not a Debian system: unpack a linux-image package to $1 by hand"
    apt-get -qq update >&2 </dev/null || die "apt-get could not update its lists"
    name=$(apt-cache depends linux-image-amd64 | awk '$1 == "Depends:" && $2 ~ /^linux-image-/ { print $2; exit }')
    [ -n "$name" ] || die "the lists of apt-get name no kernel for a guest (linux-image-amd64)"
    echo "fetching $name for the guest" >&2
    rm -rf "$1/new"
    mkdir "$1/new"
    (cd "$1/new" && apt-get -qq -o APT::Sandbox::User=root download "$name" && dpkg -x ./*.deb . && rm ./*.deb \
      && depmod -b . "$(ls lib/modules)") >&2 </dev/null || die "$name could not be fetched and unpacked"
    kernel=$1/$name
    mv "$1/new" "$kernel"
  fi
  exec 9<&-
  printf '%s\n' "$kernel"
}

# await_lock FILE: takes its lock; it is open as 9. Whoever may read it can keep it.
await_lock() {
  flock -n 9 || {
    echo "${0##*/}: waiting for another process that has locked $1" >&2
    flock -w 3600 9 || die "another process has locked $1 for an hour ('fuser -v' tells which)"
  }
}

# build MODULE [PROFILE]: compiles it and what it needs, without checks or tests; says on stderr what it does. One at
# a time.
build() {
  exec 9<"$ROOT/pom.xml"
  await_lock "$ROOT/pom.xml"
  watched "building $1" mvn -B -Dstyle.color=never -f "$ROOT/pom.xml" "-Pfast${2:+,$2}" -pl "$1" -am package 9<&- || {
    # What it has not made complete. The root alone makes nothing there.
    [ "$1" = . ] || rm -rf "$ROOT/fs/cli/target/zonefs-j/lib"
    die "the build failed; its messages are above"
  }
  [ "$1" != fs/cli ] || share_classes "$ROOT/fs/cli/target/zonefs-j" "$ROOT/mount-scripts/zonefs-j" 9<&-
  exec 9<&-
}

# share_classes DIR LAUNCHER: makes DIR/classes.jsa of the classes in DIR/lib, which LAUNCHER runs: later starts read
# and check fewer. Java ignores it when the jars or Java itself have changed since.
share_classes() {
  local scratch made=
  rm -f "$1/classes.jsa" "$1/classes.new"
  # Relative: options of Java are split at spaces. Nobody reads a file that is not complete.
  scratch=$(mktemp -d /tmp/zonefs-j-classes.XXXXXX) \
    && (cd "$1" && ZONEFSJ_JAVA_OPTS='-XX:ArchiveClassesAtExit=classes.new -Xlog:cds=off -Xlog:cds+dynamic=off' \
      "$2" --train-classes "$scratch" >/dev/null </dev/null && chmod 644 classes.new && mv -f classes.new classes.jsa) \
    && made=1
  [ -z "$scratch" ] || rm -rf --one-file-system -- "$scratch"
  [ -n "$made" ] || {
    rm -f "$1/classes.new"
    echo "${0##*/}: without an archive of classes, which only makes starts slower" >&2
  }
}

# The mount points at or below a directory, the innermost first.
mounts_below() {
  findmnt -rno TARGET | awk -v dir="$1" '$0 == dir || index($0, dir "/") == 1' | tac
}

# Ends mounts that something left behind: properly if they still answer, else by force.
unmount_below() {
  local target
  mounts_below "$1" | while read -r target; do
    echo "${0##*/}: ending the mount left at $target" >&2
    timeout 60 "$ROOT/mount-scripts/zonefs-j" umount "$target" >&2 </dev/null \
      || umount -i -l -- "$target" || true
  done
}
