# Sourced by test.sh and conformance.sh: the programs that tests need beside Node.

say() { printf '\n== %s\n' "$*"; }

# has_tool TOOL: also finds what Debian keeps off the PATH.
has_tool() {
  command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || [ -n "$(ls -d /usr/lib/"$1"/*/bin 2>/dev/null)" ]
}

# need_tools TOOL…: installs those that are missing where it can, and says what to install where it can't.
need_tools() {
  local tool missing=()
  for tool in "$@"; do
    has_tool "$tool" && continue
    case "$tool" in
      dovecot) missing+=(dovecot-imapd dovecot-pop3d) ;;
      ip) missing+=(iproute2) ;;
      sshd) missing+=(openssh-server openssh-client) ;;
      *) missing+=("$tool") ;;
    esac
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
  else
    echo "The tests need: ${missing[*]}. On Debian: apt-get install ${missing[*]}" >&2
    exit 1
  fi
}
