# Sourced by test.sh and conformance.sh: the programs that tests need beside Node.

say() { printf '\n== %s\n' "$*"; }

# need_tools TOOL…: installs those of chromium, dovecot, openssl and postgresql that are missing where it can, and says what to install where it can't.
need_tools() {
  local tool missing=()
  for tool in "$@"; do
    command -v "$tool" >/dev/null || [ -x "/usr/sbin/$tool" ] && continue
    # Debian keeps its servers off the PATH.
    [ "$tool" = postgresql ] && compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null && continue
    case "$tool" in
      dovecot) missing+=(dovecot-imapd dovecot-pop3d) ;;
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
