# shellcheck shell=bash
# The steps of ./test. Each adds to passed, failed and skipped, and goes on after a failure, which it
# keeps in failures to be told at the end.

readonly kTestPackages=(
  libgtest-dev libgmock-dev libboost-dev clang libclang-rt-dev shellcheck ffmpeg
  fonts-noto-color-emoji unicode-cldr-core
)
readonly kFuzzSeconds=10

# note pass|fail NAME: counts one check.
note() {
  if [[ $1 == pass ]]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    failures+=("$2")
  fi
}

prepare_tests() {
  ensure_packages "${kBuildPackages[@]}" "${kTestPackages[@]}" || return 1
  mkdir -p build/release
  (
    flock 9
    configure "$PWD" release -DCLIPGUIDE_TESTS=ON -DCLIPGUIDE_EXAMPLES=ON -DCLIPGUIDE_TRAINING=ON &&
      build "$PWD/build/release" all
  ) 9>build/release/.lock
}

check_scripts() {
  if shellcheck -x -a bench clipguide test .ci/run; then
    note pass shellcheck
  else
    note fail shellcheck
  fi
}

# attribute NAME FILE: of the root element of a GoogleTest report.
attribute() {
  sed -n "/^<testsuites /{s/.* $1=\"\([0-9]*\)\".*/\1/p;q}" "$2"
}

# failed_cases REPORT: a line for each, "Suite.case: what was expected".
failed_cases() {
  awk '
    function attribute(name) {
      return match($0, " " name "=\"[^\"]*") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : ""
    }
    /<testcase / { of = attribute("classname") "." attribute("name") }
    /<failure / {
      said = attribute("message")
      gsub(/&#x0A;/, " ", said); gsub(/&quot;/, "\"", said); gsub(/&lt;/, "<", said)
      gsub(/&gt;/, ">", said); gsub(/&apos;/, "\047", said); gsub(/&amp;/, "\\&", said)
      if (of != "") print of ": " substr(said, 1, 600)
      of = ""
    }' "$1"
}

# count_cases REPORT: adds the cases of one GoogleTest program; fails when none of them failed.
count_cases() {
  local tests wrong errors not_run case_line
  tests=$(attribute tests "$1")
  wrong=$(attribute failures "$1")
  errors=$(attribute errors "$1")
  not_run=$(grep -cE '<testcase .*(status="notrun"|result="skipped")' "$1" || true)
  skipped=$((skipped + not_run))
  failed=$((failed + wrong + errors))
  passed=$((passed + tests - wrong - errors - not_run))
  while IFS= read -r case_line; do failures+=("$case_line"); done < <(failed_cases "$1")
  [[ $((wrong + errors)) -gt 0 ]]
}

# run_ctest FOLDER [CTEST_ARGUMENT...]: counts GoogleTest programs by their cases, others as one.
run_ctest() {
  local folder=$PWD/$1
  shift
  local reports=$folder/reports
  rm -rf "$reports"
  mkdir -p "$reports"
  # The programs run side by side, a core each: a team of OpenMP's would wait for cores that others have.
  OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive GTEST_OUTPUT="xml:$reports/" ctest --test-dir "$folder" --output-on-failure --no-tests=error \
    -j "$(build_jobs)" --output-junit "$reports/ctest.junit" "$@" >&2 || true

  if ! grep -q '<testcase ' "$reports/ctest.junit" 2>/dev/null; then
    note fail "ctest in $folder ran nothing"
    return
  fi
  local name status
  while read -r name status; do
    if [[ -f $reports/${name}_test.xml ]]; then
      # A program may count its cases and then crash, or be stopped: that is a failure too.
      count_cases "$reports/${name}_test.xml" || [[ $status == run ]] || note fail "$name ($status)"
    elif [[ $status == run ]]; then
      note pass "$name"
    else
      note fail "$name ($status)"
    fi
  done < <(sed -n 's/.*<testcase name="\([^"]*\)".* status="\([^"]*\)".*/\1 \2/p' \
    "$reports/ctest.junit")
}

run_test_programs() { run_ctest build/release; }

# run_fuzz_targets: each for a few seconds from its seeds; clang builds them, without torch.
run_fuzz_targets() {
  local targets
  mkdir -p build/fuzz
  if configure "$PWD" fuzz "-DCLIPGUIDE_FUZZ_SECONDS=$kFuzzSeconds"; then
    mapfile -t targets < <(ctest --test-dir build/fuzz -N -L fuzz |
      sed -n 's/.*Test *#[0-9]*: fuzz_\(.*\)/\1_fuzz/p')
    if [[ ${#targets[@]} -gt 0 ]] && build "$PWD/build/fuzz" "${targets[@]}"; then
      run_ctest build/fuzz -L fuzz
      return
    fi
  fi
  note fail "build of the fuzz targets"
}
