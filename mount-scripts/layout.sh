# shellcheck shell=bash
# What an installation consists of and where it goes: for `install` and `package`; `uninstall` reads what they have
# written down. Sourced after common.sh, never run.

# What `build` makes; the tarball has it at its root.
if [ -f "$ROOT/pom.xml" ]; then
  PRODUCT=$ROOT/fs/cli/target/zonefs-j
else
  PRODUCT=$ROOT
fi
# shellcheck disable=SC2034
# What `install` and `uninstall` need of mount-scripts in a tarball.
SOURCES=(install uninstall layout.sh common.sh zonefs-j.conf zonefs-j@.service)
LAUNCHERS=(zonefs-j mount.fuse.zonefs-j umount.fuse.zonefs-j fsck.fuse.zonefs-j)
# shellcheck disable=SC2034 # who sources it takes the default from here
CONFIGURATION=/etc/zonefs-j.conf

# The list of what was installed, in the installation itself. A line is a file, "FILE -> TARGET" for a link, or
# "DIRECTORY/" for one that belongs to zonefs-j and is removed when it is empty; outermost first.
# shellcheck disable=SC2034
LIST=installed

# places PREFIX: sets where things go; `package` changes some of them.
places() {
  prefix=$1
  home=$prefix/lib/zonefs-j
  sbin=/sbin
  units=$prefix/lib/systemd/system
  manuals=$prefix/share/man
  documents=$prefix/share/doc/zonefs-j
  bash_completions=$prefix/share/bash-completion/completions
  zsh_completions=$prefix/share/zsh/site-functions
}

# stage DEST: puts an installation below DEST, from which it runs as `places` says. Sets `listed`.
stage() {
  local dest=$1 helper file directory
  listed=()

  # New files, not new bytes in old ones: a daemon that runs from there keeps what it has open.
  rm -rf -- "$dest$home"
  own_directory "$home"
  own_directory "$home/mount-scripts"
  own_directory "$documents"
  for directory in lib modules native; do
    cp -R -- "$PRODUCT/$directory" "$dest$home/"
    find "$dest$home/$directory" -type d -exec chmod 755 {} +
    find "$dest$home/$directory" -type f -exec chmod 644 {} +
  done
  put 755 "$home/mount-scripts" "${LAUNCHERS[@]/#/$ROOT/mount-scripts/}"
  put 644 "$home/mount-scripts" "$ROOT/mount-scripts/common.sh"

  put 644 "$documents" "$ROOT"/*.md "$ROOT"/{LICENSE,NOTICE} "$PRODUCT/zonefs-j.cdx.json" "$ROOT/mount-scripts/zonefs-j.conf"
  own_directory "$documents/monitoring"
  put 644 "$documents/monitoring" "$ROOT"/mount-scripts/monitoring/*
  for file in "$ROOT"/mount-scripts/man/*.[1-8]; do
    put 644 "$manuals/man${file##*.}" "$file"
  done

  file=$(mktemp "$dest$home/unit.XXXXXX")
  sed "s|/usr/local/bin|$prefix/bin|" "$ROOT/mount-scripts/zonefs-j@.service" >"$file"
  put_as 644 "$units/zonefs-j@.service" "$file"
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
  listed+=("$1/")
}

# make_way PATH: like mkdir -p, for everybody to enter whatever the umask is; what is there stays as it is.
make_way() {
  local way=$dest part
  while IFS= read -r -d / part; do
    way+=${part:+/$part}
    [ -z "$way" ] || [ -d "$way" ] || mkdir -m 755 -- "$way"
  done <<<"$1/"
}

# write_list DEST
write_list() {
  printf '%s\n' "${listed[@]}" >"$1$home/$LIST"
  chmod 644 -- "$1$home/$LIST"
}

# take_away LINE: what a line of the list names, below `dest`, but for directories.
take_away() {
  local file=${1%% -> *}
  case $1 in
    /*/ | /*/../*) ;;
    *' -> '*)
      # A link may lead to another installation by now: that one keeps it.
      if [ "$(readlink -- "$dest$file")" = "${1#* -> }" ]; then
        rm -- "$dest$file"
      elif [ -e "$dest$file" ] || [ -L "$dest$file" ]; then
        echo "left: $dest$file, which does not lead to $home" >&2
      fi
      ;;
    /*) rm -f -- "$dest$file" ;;
  esac
}
