# shellcheck shell=bash
# Completion of zonefs-j for bash, made by 'zonefs-j completion bash'. It needs no other package, and starts the command
# only for labels, UUIDs and zones.

# _zonefs_j_command COMMAND: sets `options` to the names of its options and `positions` to the kinds of its arguments;
# a last kind with a star stands for all further arguments. Fails if there is no such command.
_zonefs_j_command() {
  case $1 in
@COMMANDS@
    *) return 1 ;;
  esac
}

# _zonefs_j_option COMMAND OPTION: sets `kind` to the kind of its value; empty if it takes none.
_zonefs_j_option() {
  kind=''
  case "$1 $2" in
@OPTIONS@
  esac
}

# _zonefs_j_mount_option NAME: sets `kind` to the kind of its value.
_zonefs_j_mount_option() {
  case $1 in
@MOUNT_OPTIONS@
    *) kind=text ;;
  esac
}

# _zonefs_j_unquote WORD: sets `plain` to what the shell makes of it, `quote` to a quotation mark that is still open, and
# `mark` to the number of characters before the part that readline replaces.
_zonefs_j_unquote() {
  local rest=$1 char
  plain='' quote='' mark=0
  while [ -n "$rest" ]; do
    char=${rest:0:1} rest=${rest:1}
    case $quote$char in
      \\ | \"\\) plain+=${rest:0:1} rest=${rest:1} ;;
      "'" | '"') quote=$char mark=${#plain} ;;
      "''" | '""') quote='' ;;
      *)
        plain+=$char
        [[ $quote || $COMP_WORDBREAKS != *"$char"* ]] || mark=${#plain}
        ;;
    esac
  done
}

# _zonefs_j_words WORD...: offers those that begin with `part`.
_zonefs_j_words() {
  local word
  for word; do
    [[ $word != "$part"* ]] || found+=("$prefix$word")
  done
}

# _zonefs_j_files f|d: offers files, or directories only.
_zonefs_j_files() {
  local names=() name
  mapfile -t names < <(compgen "-$1" -- "$part")
  for name in "${names[@]}"; do
    # Whoever goes on within a directory wants no space.
    [[ ! -d ${name/#\~\//$HOME/} ]] || name+=/
    found+=("$prefix$name")
  done
}

# _zonefs_j_ask WORD...: asks the command on this line, and gives up soon.
_zonefs_j_ask() {
  timeout 5 "${words[0]/#\~\//$HOME/}" completion "$@" 2>/dev/null </dev/null
}

# _zonefs_j_tags [mounted]: offers LABEL= and UUID=, and their values; false if the word is neither.
_zonefs_j_tags() {
  local names=() tag=${part%%=*}
  case $part in
    LABEL=* | UUID=*)
      mapfile -t names < <(_zonefs_j_ask "${tag,,}s" "$@")
      _zonefs_j_words "${names[@]/#/$tag=}"
      ;;
    *)
      _zonefs_j_words LABEL= UUID=
      return 1
      ;;
  esac
}

# _zonefs_j_mounts [points]: offers mount points, and the drives that are mounted there.
_zonefs_j_mounts() {
  local source place type
  while read -r source place type _; do
    [[ $type == fuse.zonefs-j || $type == fuseblk.zonefs-j ]] || continue
    # \040 is a space.
    printf -v place %b "${place//\\/\\0}"
    printf -v source %b "${source//\\/\\0}"
    _zonefs_j_words "$place"
    [ -n "${1:-}" ] || _zonefs_j_words "$source"
  done </proc/self/mounts
}

# Offers what names a drive.
_zonefs_j_drives() {
  if [[ $part =~ ^[a-z][a-z0-9+-]*\( ]]; then
    prefix+=${part%"${part##*[(,]}"} part=${part##*[(,]}
  fi
  case $part in
@DRIVES@
    *)
      _zonefs_j_tags && return
      _zonefs_j_words @KINDS@
      _zonefs_j_files f
      ;;
  esac
}

# Offers zones of the drive on this line.
_zonefs_j_zones() {
  local i names=() drive='' filter=$command
  for i in "${!positions[@]}"; do
    case ${positions[i]} in
      drive | drive-or-mount) drive=${given[i]:-} ;;
    esac
  done
  if [ "$command" = zone ]; then
    filter=${given[0]:-}
    case $filter in
      dump | restore)
        # A file, or the drive.
        [ ${#given[@]} -gt 2 ] || _zonefs_j_drives
        return 0
        ;;
    esac
    _zonefs_j_words all
    # Ranges.
    [[ ! $part =~ ^[0-9]+- ]] || { prefix+=${part%-*}- part=${part##*-}; }
  fi
  [ -n "$drive" ] || return 0
  mapfile -t names < <(_zonefs_j_ask zones "${drive/#\~\//$HOME/}" "$filter" "$part")
  _zonefs_j_words "${names[@]}"
}

# _zonefs_j_last_of_list: leaves only what stands behind the last comma in `part`.
_zonefs_j_last_of_list() {
  [[ $part != *,* ]] || { prefix+=${part%,*}, part=${part##*,}; }
}

# _zonefs_j_value KIND [CHOICE...]: offers values.
_zonefs_j_value() {
  local kind=$1 word names=()
  shift
  case $kind in
    file) _zonefs_j_files f ;;
    directory) _zonefs_j_files d ;;
    choice) _zonefs_j_words "$@" ;;
    list)
      _zonefs_j_last_of_list
      for word; do
        [[ ,$prefix != *[,=]"$word",* ]] || continue
        _zonefs_j_words "$word"
      done
      ;;
    zone) _zonefs_j_zones ;;
    drive) _zonefs_j_drives ;;
    drive-or-mount)
      _zonefs_j_mounts
      _zonefs_j_drives
      ;;
    mount)
      _zonefs_j_mounts
      # A drive in this directory, or a directory within a mount.
      _zonefs_j_tags mounted || [ ${#found[@]} != 0 ] || _zonefs_j_files f
      ;;
    mount-point)
      _zonefs_j_mounts points
      [ ${#found[@]} != 0 ] || _zonefs_j_files d
      ;;
    mount-options | live-options)
      _zonefs_j_last_of_list
      if [[ $part == *=* ]]; then
        word=${part%%=*}
        prefix+=$word= part=${part#*=}
        _zonefs_j_mount_option "$word"
        # shellcheck disable=SC2086 # several words
        _zonefs_j_value $kind
        return
      fi
      names=(@MOUNT_OPTION_NAMES@)
      [ "$kind" = mount-options ] || names=(@LIVE_OPTION_NAMES@)
      for word in "${names[@]}"; do
        [[ ,$prefix == *,"${word%=}"[=,]* ]] || _zonefs_j_words "$word"
      done
      ;;
  esac
}

# Offers the options of the command that are not given yet.
_zonefs_j_options() {
  local word
  for word in "${options[@]}"; do
    _zonefs_j_option "$command" "$word"
    [[ " ${used[*]} " == *" $word "* && $kind != list* && $kind != *-options ]] || _zonefs_j_words "$word"
  done
}

# Finds what is to be completed: sets `found`.
_zonefs_j_find() {
  local cur=$1 last=$((${#words[@]} - 1)) i=2 kind='' ended='' word
  local command options=() positions=() used=() given=()
  if [ "$last" = 1 ]; then
    case $cur in
      */* | *=* | *:* | *\(*) _zonefs_j_drives ;;
      *) _zonefs_j_words @WORDS@ help --help --version ;;
    esac
    return
  fi
  command=${words[1]}
  case $command in
    help | -h | --help)
      [ "$last" != 2 ] || _zonefs_j_words @WORDS@
      return
      ;;
  esac
  # zonefs-j SPEC DIR is a mount.
  _zonefs_j_command "$command" || { command=mount i=1; _zonefs_j_command mount; }
  for (( ; i < last; i++)); do
    word=${words[i]}
    if [ -n "$kind" ]; then
      kind=''
    elif [[ $ended || $word != -?* ]]; then
      given+=("$word")
    elif [ "$word" = -- ]; then
      ended=1
    else
      used+=("${word%%=*}")
      [[ $word == *=* ]] || _zonefs_j_option "$command" "$word"
    fi
  done
  if [ -z "$kind" ] && [[ -z $ended && $cur == -?* ]]; then
    word=${cur%%=*}
    [[ $cur == --* ]] || word=${cur:0:2}
    [ "$cur" = "$word" ] || _zonefs_j_option "$command" "$word"
    if [ -z "$kind" ]; then
      _zonefs_j_options
      return
    fi
    [[ $cur != --* ]] || word+='='
    prefix=$word part=${cur:${#word}}
  elif [[ -z $ended && $cur == - ]]; then
    _zonefs_j_options
    return
  elif [ -z "$kind" ]; then
    i=${#given[@]}
    kind=${positions[i]:-}
    if [[ -z $kind && ${#positions[@]} != 0 && ${positions[-1]} == \** ]]; then
      kind=${positions[-1]}
    fi
    kind=${kind#\*}
    if [ -z "$kind" ]; then
      [ -n "$ended" ] || _zonefs_j_options
      return
    fi
  fi
  # shellcheck disable=SC2086 # several words
  _zonefs_j_value $kind
}

_zonefs_j() {
  local words=() rest=${COMP_LINE-} i word plain='' quote='' mark=0 prefix='' part='' found=() own=''
  local -A seen=()
  COMPREPLY=()
  # Bash splits words at = and :, too: what the line has without a space between is one word here.
  rest=${rest:0:${COMP_POINT:-0}}
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]-}
    if [ -z "$rest" ] && [ -z "${COMP_LINE-}" ]; then
      words+=("$word")
      continue
    fi
    if [[ $i == 0 || $rest == [[:space:]]* || ${COMP_WORDS[i - 1]} == *[\<\>] ]]; then
      rest=${rest#"${rest%%[![:space:]]*}"}
      words+=('')
    fi
    # What stands behind the cursor does not count.
    [ "${rest:0:${#word}}" = "$word" ] || word=$rest
    words[${#words[@]} - 1]+=$word
    rest=${rest:${#word}}
  done
  for i in "${!words[@]}"; do
    _zonefs_j_unquote "${words[i]}"
    words[i]=$plain
  done
  part=$plain
  if [[ ${#words[@]} -gt 2 && ${words[${#words[@]} - 2]} =~ ^[0-9]*[\<\>]+$ ]]; then
    _zonefs_j_files f
  else
    _zonefs_j_find "$plain"
  fi
  # As file names, they are shown without their directories, and quoted by readline.
  if [[ ${plain:mark} == */* ]] && compopt -o filenames 2>/dev/null; then
    own=files
  fi
  if [ ${#found[@]} = 1 ]; then
    # A single choice would end the word, with its quotation mark.
    case $prefix${found[0]} in
      *\(*[/:=]) ;;
      *\() [ -z "$quote" ] || found+=("${found[0]}...") ;;
      *\(*) found=("${found[0]}," "${found[0]})") ;;
    esac
  fi
  for word in "${found[@]}"; do
    word=${word:mark}
    case $own$quote in
      # Readline adds the slash itself where the whole word is a path.
      files*) [ ${#prefix} -gt "$mark" ] || word=${word%/} ;;
      "'") word=${word//\'/\'\\\'\'} ;;
      '"')
        # One by one: what & means in a replacement depends on the version of bash.
        plain=$word word=
        for ((i = 0; i < ${#plain}; i++)); do
          case ${plain:i:1} in
            [\"\\\$\`]) word+=\\ ;;
          esac
          word+=${plain:i:1}
        done
        ;;
      *) [[ $word == *[!A-Za-z0-9,._+:@%/=-]* ]] && printf -v word %q "$word" ;;
    esac
    [ -n "${seen[x$word]-}" ] || COMPREPLY+=("$word")
    seen[x$word]=1
  done
  if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=:/\(] ]]; then
    compopt -o nospace 2>/dev/null
  fi
  return 0
}

complete -F _zonefs_j zonefs-j
