# shellcheck shell=bash
# The steps of ./test. Each adds to passed, failed and skipped, and goes on after a failure.

readonly kTestPackages=(libgtest-dev libgmock-dev libboost-dev clang libclang-rt-dev shellcheck)
readonly kFuzzSeconds=10

# note pass|fail NAME: counts a check that is not a GoogleTest case.
note() {
  if [[ $1 == pass ]]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $2"
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
  if shellcheck -x -a clipguide test .ci/run; then
    note pass shellcheck
  else
    note fail shellcheck
  fi
}

# attribute_sum NAME FILE...: sum of an attribute over the <testsuites> elements of the reports.
attribute_sum() {
  local name=$1
  shift
  sed -n "s/^<testsuites .* $name=\"\([0-9]*\)\".*/\1/p;s/^<testsuites $name=\"\([0-9]*\)\".*/\1/p" "$@" |
    awk '{sum += $1} END {print sum + 0}'
}

# run_test_programs: every GoogleTest program through ctest; the cases are counted from its report.
run_test_programs() {
  local reports=$PWD/build/release/reports log=build/release/ctest.log
  rm -rf "$reports"
  mkdir -p "$reports"
  local status=0
  GTEST_OUTPUT="xml:$reports/" ctest --test-dir build/release --output-on-failure \
    -j "$(build_jobs)" --output-log "$log" >&2 || status=$?

  local files=("$reports"/*.xml) tests failures errors
  if [[ ! -f ${files[0]} ]]; then
    note fail "no test program left a report"
    return
  fi
  tests=$(attribute_sum tests "${files[@]}")
  failures=$(attribute_sum failures "${files[@]}")
  errors=$(attribute_sum errors "${files[@]}")
  # Disabled cases are counted by GoogleTest as tests; skipped ones stand in each case's result.
  local not_run
  not_run=$(cat "${files[@]}" | grep -cE 'status="notrun"|result="skipped"' || true)
  skipped=$((skipped + not_run))
  failed=$((failed + failures + errors))
  passed=$((passed + tests - failures - errors - not_run))
  # A program that crashed or timed out leaves no report, or one without failures.
  if [[ $status -ne 0 && $((failures + errors)) -eq 0 ]]; then
    note fail "ctest: $(grep -E '\(Failed\)|\(Timeout\)|\(SEGFAULT\)|Exception' "$log" | tr -s ' \n' ' ')"
  fi
}

# run_fuzz_targets: each for a few seconds from its seed corpus; a crash is a failure.
run_fuzz_targets() {
  [[ -f tests/fuzz/CMakeLists.txt ]] || return 0
  if ! configure "$PWD" fuzz || ! build "$PWD/build/fuzz" fuzz_targets; then
    note fail "build of the fuzz targets"
    return
  fi
  local target name corpus
  for target in build/fuzz/fuzz/*_fuzz; do
    name=$(basename "$target")
    corpus=$(mktemp -d)
    local seeds=()
    [[ -d tests/fuzz/corpus/$name ]] && seeds=("tests/fuzz/corpus/$name")
    if "$target" -max_total_time=$kFuzzSeconds -timeout=10 -rss_limit_mb=2048 -verbosity=0 \
      -artifact_prefix=build/fuzz/ "$corpus" "${seeds[@]}" >"build/fuzz/$name.log" 2>&1; then
      note pass "$name"
    else
      tail -n 40 "build/fuzz/$name.log" >&2
      note fail "$name (its input lies in build/fuzz)"
    fi
    rm -rf "$corpus"
  done
}
