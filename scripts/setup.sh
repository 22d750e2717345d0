# shellcheck shell=bash
# Sourced by ./clipguide, ./test and ./bench: installs what the build lacks, configures, builds.
# All remarks go to stderr: stdout belongs to the program.

# libopenblas0: without it Debian links libtorch to the reference BLAS, which is many times slower.
readonly kBuildPackages=(
  g++ cmake ninja-build pkg-config ca-certificates
  libtorch-dev libopenblas0-openmp libfmt-dev nlohmann-json3-dev libcli11-dev
  zlib1g-dev libpng-dev libjpeg-dev libwebp-dev libcurl4-openssl-dev libssl-dev libicu-dev
  libcairo2-dev libfreetype-dev fonts-dejavu-core libtomlplusplus-dev libarchive-dev
)

say() { printf 'clipguide: %s\n' "$*" >&2; }

# is_installed PACKAGE
is_installed() {
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# ensure_packages PACKAGE...: installs those that are missing, as root or through sudo.
ensure_packages() {
  local missing=() package
  if ! command -v dpkg-query >/dev/null; then
    command -v cmake >/dev/null && return 0
    say "this is not Debian; install the equivalents of: $*"
    return 1
  fi
  # One query for all: the common case, with nothing missing, must not delay a run.
  if [[ $(dpkg-query -W -f '${db:Status-Status}\n' "$@" 2>/dev/null | grep -cx installed) -eq $# ]]; then
    return 0
  fi
  for package in "$@"; do
    # Another libtorch serves as well when CMake is told where it lies.
    [[ $package == libtorch-dev && -n ${CMAKE_PREFIX_PATH:-}${Torch_DIR:-} ]] && continue
    is_installed "$package" || missing+=("$package")
  done
  [[ ${#missing[@]} -eq 0 ]] && return 0

  local root=()
  if [[ $(id -u) -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
      say "these packages are missing, and neither root nor sudo is at hand to install them:"
      say "  apt-get install ${missing[*]}"
      return 1
    fi
    root=(sudo)
    [[ -t 0 ]] || root=(sudo -n)
  fi
  say "installing packages that are missing: ${missing[*]}"
  local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  "${apt[@]}" update >&2 || say "apt-get update failed; trying with the lists that are here"
  if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >&2; then
    say "could not install; as root, run: apt-get install ${missing[*]}"
    return 1
  fi
}

# build_jobs: compilers at once; each takes up to 1.5 GB with libtorch's headers.
build_jobs() {
  local cores memory_kb limit
  cores=$(nproc)
  memory_kb=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
  [[ $limit =~ ^[0-9]+$ && $((limit / 1024)) -lt $memory_kb ]] && memory_kb=$((limit / 1024))
  local by_memory=$((memory_kb / 1500000))
  local jobs=$((cores < by_memory ? cores : by_memory))
  echo $((jobs > 1 ? jobs : 1))
}

# configure SOURCE PRESET [CMAKE_ARGUMENT...]: once, or again when arguments are given that differ.
configure() {
  local source=$1 preset=$2 log
  shift 2
  log=$(mktemp)
  if ! (cd "$source" && cmake --preset "$preset" "$@") >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    say "configuring failed, see above"
    return 1
  fi
  rm -f "$log"
}

# build FOLDER TARGET...: builds what changed; silent when nothing did.
build() {
  local folder=$1 log
  shift
  if ninja -C "$folder" -n "$@" 2>/dev/null | grep -q 'no work to do'; then
    return 0
  fi
  say "building in ${folder#"$PWD"/} with $(build_jobs) jobs (the first time takes some minutes)"
  if [[ -t 2 ]]; then
    ninja -C "$folder" -j "$(build_jobs)" "$@" >&2 && return 0
  else
    log=$(mktemp)
    if ninja -C "$folder" -j "$(build_jobs)" "$@" >"$log" 2>&1; then
      rm -f "$log"
      return 0
    fi
    grep -v '^\[[0-9]*/[0-9]*\] ' "$log" | tail -n 100 >&2
    rm -f "$log"
  fi
  say "the build failed, see above"
  return 1
}
