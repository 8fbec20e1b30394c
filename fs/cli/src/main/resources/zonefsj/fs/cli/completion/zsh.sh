#compdef zonefs-j
# Completion of zonefs-j for zsh, made by 'zonefs-j completion zsh'. It starts the command only for labels, UUIDs and
# zones.

_zonefs-j_commands() {
  local -a commands=(
@SUMMARIES@
    'help:Shows the help of a command'
  )
  _describe -t commands command commands
}

# The first word: a command, or the drive of a mount.
_zonefs-j_first() {
  if [[ $PREFIX == (*/*|*=*|*:*|*\(*) ]]; then
    _zonefs-j_drives
  else
    _zonefs-j_commands
  fi
}

# _zonefs-j_ask WORD...: asks the command on this line, and gives up soon.
_zonefs-j_ask() {
  _call_program $1 timeout 5 $zonefs_j completion ${(q)@} 2>/dev/null </dev/null
}

# _zonefs-j_tag TAG WORD [mounted]: the values of LABEL= or UUID=.
_zonefs-j_tag() {
  local expl
  local -a names
  compset -P '*='
  names=(${(f)"$(_zonefs-j_ask ${@[2,-1]})"})
  _wanted $2 expl $1 compadd -a names
}

_zonefs-j_tag_names() {
  compadd "$@" -S '' -- LABEL= UUID=
}

# Sets `points` and `drives` of the mounts.
_zonefs-j_read_mounts() {
  local row
  local -a fields
  for row in ${(f)"$(</proc/self/mounts)"}; do
    fields=(${(s: :)row})
    [[ $fields[3] == (fuse|fuseblk).zonefs-j ]] || continue
    # \040 is a space.
    drives+=(${(g:o:)fields[1]})
    points+=(${(g:o:)fields[2]})
  done
}

_zonefs-j_mount_points() {
  local -a points drives
  _zonefs-j_read_mounts
  _alternative 'mount-points:mount point:compadd -a points' || _files -/
}

# _zonefs-j_mounts [any]: mounts; with `any`, also drives that are not mounted.
_zonefs-j_mounts() {
  local -a points drives what
  case $PREFIX in
    LABEL=*) _zonefs-j_tag LABEL labels ${1:-mounted} && return ;;
    UUID=*) _zonefs-j_tag UUID uuids ${1:-mounted} && return ;;
  esac
  if [[ -n $1 && $PREFIX == */* ]]; then
    # Mount points are among the directories.
    _zonefs-j_drives
    return
  fi
  _zonefs-j_read_mounts
  what=('mount-points:mount point:compadd -a points' 'mounted-drives:mounted drive:compadd -a drives')
  if [[ -n $1 ]]; then
    _alternative $what 'drives:drive:_zonefs-j_drives'
  else
    # Else a drive in this directory, or a directory within a mount.
    _alternative $what 'tags:tag:_zonefs-j_tag_names' || _files
  fi
}

_zonefs-j_kinds() {
  local -a kinds=(
@KINDS@
  )
  _describe -t kinds 'kind of drive' kinds -S ''
}

_zonefs-j_drives() {
  [[ $PREFIX != [a-z]*\(* ]] || compset -P '*[(,]'
  case $PREFIX in
    LABEL=*) _zonefs-j_tag LABEL labels ;;
    UUID=*) _zonefs-j_tag UUID uuids ;;
@DRIVES@
    *)
      _alternative 'tags:tag:_zonefs-j_tag_names' 'kinds:kind of drive:_zonefs-j_kinds' 'files:drive or image:_files'
      ;;
  esac
}

# _zonefs-j_zones SPEC FILTER: zones of a drive.
_zonefs-j_zones() {
  local expl spec=${${(Q)1}/#\~\//$HOME/}
  local -a zones
  compset -P '<->-'
  if [[ -n $spec ]]; then
    zones=(${(f)"$(_zonefs-j_ask zones "$spec" "${(Q)2}" "$PREFIX")"})
  fi
  _wanted -V zones expl zone compadd "${@[3,-1]}" -a zones
}

# _zonefs-j_action_zones ACTION SPEC: zones that the action changes.
_zonefs-j_action_zones() {
  local expl
  case $1 in
    dump | restore)
      _zonefs-j_drives
      return
      ;;
  esac
  _wanted all expl 'all zones' compadd all
  _zonefs-j_zones "$2" "$1"
}

_zonefs-j_mount_options() {
  _values -s , 'mount option' \
@MOUNT_OPTIONS@
}

# _zonefs-j_live_options [-s ,]
_zonefs-j_live_options() {
  _values "$@" option \
@LIVE_OPTIONS@
}

_zonefs-j() {
  local curcontext=$curcontext zonefs_j=$words[1] state ret=1
  local -a line
  typeset -A opt_args
  _arguments -C \
    '(- *)'{-h,--help}'[Shows the help]' \
    '(- *)'{-V,--version}'[Shows the version]' \
    '1: :_zonefs-j_first' \
    '*:: :->rest' && ret=0
  [[ $state == rest ]] || return ret
  if [[ -z $words[1] || $words[1] != (@NAMES@|help) ]]; then
    # zonefs-j SPEC DIR is a mount.
    words=(mount "${words[@]}")
    ((CURRENT++))
  fi
  curcontext=${curcontext%:*}-$words[1]:
  case $words[1] in
    help) _arguments '1: :_zonefs-j_commands' && ret=0 ;;
@COMMANDS@
  esac
  return ret
}

if [[ $funcstack[1] == _zonefs-j ]]; then
  _zonefs-j "$@"
else
  compdef _zonefs-j zonefs-j
fi
