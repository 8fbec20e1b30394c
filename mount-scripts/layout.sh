# shellcheck shell=bash
# What an installation consists of and where it goes: for `install` and `package`; `uninstall` reads what they have
# written down. Sourced after common.sh, never run.

# What `build` makes; the tarball has it at its root.
if [ -f "$ROOT/pom.xml" ]; then
  PRODUCT=$ROOT/fs/cli/target/zonefs-j
else
  PRODUCT=$ROOT
fi
UNITS=(zonefs-j@.service zonefs-j-scrub@.service zonefs-j-scrub@.timer)
# After that of blkid, which knows no zonefs-j.
RULES=61-zonefs-j.rules
# shellcheck disable=SC2034
# What `install` and `uninstall` need of mount-scripts in a tarball.
SOURCES=(install uninstall layout.sh common.sh zonefs-j.conf "${UNITS[@]}" "$RULES")
LAUNCHERS=(zonefs-j mount.fuse.zonefs-j umount.fuse.zonefs-j fsck.fuse.zonefs-j zonefs-j-probe)
# shellcheck disable=SC2034 # who sources it takes the default from here
CONFIGURATION=/etc/zonefs-j.conf

# The list of what was installed, in the installation itself. A line is a file, "FILE -> TARGET" for a link, or
# "DIRECTORY/" for one that belongs to zonefs-j, or that `install` has made, and is removed when it is empty; outermost
# first.
# shellcheck disable=SC2034
LIST=installed

# places PREFIX: sets where things go; `package` changes some of them.
places() {
  prefix=$1
  home=$prefix/lib/zonefs-j
  sbin=/sbin
  units=$prefix/lib/systemd/system
  rules=$prefix/lib/udev/rules.d
  manuals=$prefix/share/man
  documents=$prefix/share/doc/zonefs-j
  shared=$prefix/share/zonefs-j
  bash_completions=$prefix/share/bash-completion/completions
  zsh_completions=$prefix/share/zsh/site-functions
}

# stage DEST: puts an installation below DEST, where none is, from which it runs as `places` says. Sets `listed`.
stage() {
  local dest=$1 helper file manual directory version unit
  listed=()

  own_directory "$home"
  own_directory "$home/mount-scripts"
  own_directory "$documents"
  for directory in lib modules native; do
    cp -R -- "$PRODUCT/$directory" "$dest$home/"
    # Five digits: the bits of a directory with a group of its own go, too.
    find "$dest$home/$directory" -type d -exec chmod 00755 {} +
    find "$dest$home/$directory" -type f -exec chmod 644 {} +
  done
  put 755 "$home/mount-scripts" "${LAUNCHERS[@]/#/$ROOT/mount-scripts/}"
  put 644 "$home/mount-scripts" "$ROOT/mount-scripts/common.sh"

  put 644 "$documents" "$ROOT"/*.md "$ROOT"/{LICENSE,NOTICE} "$PRODUCT/zonefs-j.cdx.json" "$ROOT/mount-scripts/zonefs-j.conf"
  # Not documents: Prometheus and Grafana read them.
  own_directory "$shared"
  own_directory "$shared/monitoring"
  put 644 "$shared/monitoring" "$ROOT"/mount-scripts/monitoring/*

  file=$(mktemp "$dest$home/edited.XXXXXX")
  version=$(ZONEFSJ_CONFIG='' "$ROOT/mount-scripts/zonefs-j" --version </dev/null) || die "the command does not run, see above"
  for manual in "$ROOT"/mount-scripts/man/*.[1-8]; do
    sed "/^\.TH /s/\"zonefs\\\\-j [^\"]*\"/\"zonefs\\\\-j ${version#zonefs-j }\"/" "$manual" >"$file"
    put_as 644 "$manuals/man${manual##*.}/${manual##*/}" "$file"
  done
  for unit in "${UNITS[@]}"; do
    sed "s|/usr/local/bin|$prefix/bin|" "$ROOT/mount-scripts/$unit" >"$file"
    put_as 644 "$units/$unit" "$file"
  done
  sed "s|/usr/local/lib/zonefs-j|$home|" "$ROOT/mount-scripts/$RULES" >"$file"
  put_as 644 "$rules/$RULES" "$file"
  rm -- "$file"
  stage_completions

  put_link "$home/mount-scripts/zonefs-j" "$prefix/bin/zonefs-j"
  for helper in mount umount fsck; do
    put_link "$home/mount-scripts/$helper.fuse.zonefs-j" "$sbin/$helper.fuse.zonefs-j"
  done
}

# The command writes the completions itself.
stage_completions() {
  local shell file
  for shell in bash zsh; do
    case $shell in
      bash) file=$bash_completions/zonefs-j ;;
      zsh) file=$zsh_completions/_zonefs-j ;;
    esac
    # Not with the settings of this host.
    ZONEFSJ_CONFIG='' "$ROOT/mount-scripts/zonefs-j" completion "$shell" >"$dest$home/completion" </dev/null \
      || die "the completion for $shell could not be made, see above"
    put_as 644 "$file" "$dest$home/completion"
    rm -f -- "$dest$home/completion"
  done
}

# put MODE DIRECTORY FILE...
put() {
  local file
  for file in "${@:3}"; do
    put_as "$1" "$2/${file##*/}" "$file"
  done
}

# put_as MODE PATH FILE: removes what is there, as whoever has it open or linked keeps it.
put_as() {
  make_way "${2%/*}"
  rm -f -- "$dest$2"
  install -m "$1" -- "$3" "$dest$2"
  listed+=("$2")
}

# put_link TARGET PATH
put_link() {
  make_way "${2%/*}"
  ln -sfn -- "$1" "$dest$2"
  listed+=("$2 -> $1")
}

# own_directory PATH
own_directory() {
  make_way "$1"
  chmod 00755 -- "$dest$1"
  listed+=("$1/")
}

# make_way PATH: like mkdir -p, for everybody to enter whatever the umask is; what is there stays as it is. Adds what
# it makes of this installation's places to `made`.
made=()
make_way() {
  local way=$dest part
  while IFS= read -r -d / part; do
    way+=${part:+/$part}
    if [ -n "$way" ] && [ ! -d "$way" ]; then
      mkdir -m 755 -- "$way"
      ! is_place "${way#"$dest"}" || made+=("${way#"$dest"}/")
    fi
  done <<<"$1/"
}

# deploy TREE: brings what is staged in TREE to `dest`, but for what is in `home`. Renamed: who has the old file open
# keeps it.
deploy() {
  local line file
  for line in "${listed[@]}"; do
    file=${line%% -> *}
    case $file in
      "$home"/*) ;;
      */) make_way "${file%/}" ;;
      *)
        make_way "${file%/*}"
        # -Z: where SELinux is, with the label of its new place.
        mv -f -T -Z -- "$1$file" "$dest$file"
        ;;
    esac
  done
}

# write_list DEST LINE...: complete, or the old one.
write_list() {
  printf '%s\n' "${@:2}" >"$1$home/$LIST.new"
  chmod 644 -- "$1$home/$LIST.new"
  mv -f -- "$1$home/$LIST.new" "$1$home/$LIST"
}

# read_list DIR: sets `former` to the lines of its list that name places of this installation. As plain paths: earlier
# versions wrote a prefix as it was given.
read_list() {
  local line file target
  former=()
  [ -f "$1/$LIST" ] || return 0
  while IFS= read -r line; do
    plain_path "${line%% -> *}"
    # shellcheck disable=SC2154 # plain_path sets it
    file=$plain target=''
    if [[ $line == *' -> '* ]]; then
      plain_path "${line#* -> }"
      target=" -> $plain"
    elif [[ $line == */ ]]; then
      target=/
    fi
    if is_place "$file"; then
      former+=("$file$target")
    else
      echo "left: $line, which is in the list of $home, but no place of it" >&2
    fi
  done <"$1/$LIST"
}

# is_place PATH: whether it is one where `install` puts things.
is_place() {
  local directory
  [[ $1 == /* && $1/ != */../* ]] || return 1
  case $1 in
    "$prefix" | "$prefix"/* | "$sbin"/*.fuse.zonefs-j) return 0 ;;
  esac
  # By another name of the same directory.
  directory=$(readlink -m -- "$dest${1%/*}")/
  case $directory in
    "$(readlink -m -- "$dest$prefix")"/*) return 0 ;;
    "$(readlink -m -- "$dest$sbin")"/) [[ $1 == *.fuse.zonefs-j ]] ;;
    *) return 1 ;;
  esac
}

# is_listed FILE: whether `listed` has it, also by another name of its directory.
is_listed() {
  local line file
  for line in "${listed[@]}"; do
    file=${line%% -> *}
    file=${file%/}
    [ "$file" != "$1" ] || return 0
    [ "${file##*/}" != "${1##*/}" ] || ! [ "$dest${file%/*}/" -ef "$dest${1%/*}/" ] || return 0
  done
  return 1
}

# take_away LINE: what a line of the list names, below `dest`, but for directories.
take_away() {
  local file=${1%% -> *}
  case $1 in
    /*/ | /*/../*) ;;
    *' -> '*)
      # A link may lead to another installation by now: that one keeps it.
      plain_path "$(readlink -- "$dest$file")"
      if [ "$plain" = "${1#* -> }" ] || { [ -L "$dest$file" ] && [ "$dest$file" -ef "$dest${1#* -> }" ]; }; then
        rm -- "$dest$file"
      elif [ -e "$dest$file" ] || [ -L "$dest$file" ]; then
        echo "left: $dest$file, which does not lead to $home" >&2
      fi
      ;;
    /*) rm -f -- "$dest$file" ;;
  esac
}

# is_packaged PATH: whether a package of this system has it.
is_packaged() {
  [ -z "$dest" ] && command -v dpkg-query >/dev/null || return 1
  dpkg-query -S -- "$(readlink -m -- "${1%/*}")/${1##*/}" >/dev/null 2>&1
}

# leads_elsewhere LINK: whether what is at the place of a link is not of this installation; sets `other` to what it is.
leads_elsewhere() {
  local path=$dest$1 target
  other=''
  if [ -L "$path" ]; then
    target=$(readlink -- "$path")
    case $target in
      /*) target=$dest$target ;;
      *) target=${path%/*}/$target ;;
    esac
    [ ! -e "$target" ] || [ "$target" -ef "$dest$home/mount-scripts/${1##*/}" ] || other="leads to $target"
  elif [ -e "$path" ]; then
    other="is no link"
  fi
  [ -n "$other" ] || ! is_packaged "$1" || other="is of a package"
  [ -n "$other" ]
}
