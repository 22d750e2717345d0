# clipguide_module(NAME [TORCH] [QUICK] SOURCES a.cpp ... [LINK target ...])
#   One folder of src/clipguide as an object library `clipguide_NAME`; all of them together make
#   the library `clipguide`. TORCH modules share one precompiled base/torch.h.
#   Link only to modules that stand lower in the house (tests/layering checks the includes).
function(clipguide_flags target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wno-unused-parameter
    # GCC 12 warns wrongly about std::string, and takes the files compiled together for headers.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-stringop-overflow;-Wno-subobject-linkage>)
  if(CLIPGUIDE_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=${CLIPGUIDE_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${CLIPGUIDE_SANITIZE})
  endif()
endfunction()

# clipguide_quick(target)  For code that is compiled often and run seldom (verbs, workflows, tests): a
#   quarter less time in the compiler. Call it before clipguide_link_torch.
function(clipguide_quick target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  # GTest's target sets it: the precompiled header serves only code that was compiled alike.
  target_compile_definitions(${target} PRIVATE GTEST_HAS_PTHREAD=1)
  set_target_properties(${target} PROPERTIES CLIPGUIDE_QUICK ON)
endfunction()

# libtorch warns in its own headers: they are system headers everywhere.
function(clipguide_link_torch target)
  target_include_directories(${target} SYSTEM PUBLIC ${TORCH_INCLUDE_DIRS})
  target_link_libraries(${target} PUBLIC ${TORCH_LIBRARIES})
  if(CLIPGUIDE_CUDA)
    target_include_directories(${target} SYSTEM PUBLIC ${CUDAToolkit_INCLUDE_DIRS})
    target_compile_definitions(${target} PRIVATE CLIPGUIDE_CUDA)
  endif()
  # libtorch 2.x brings headers of a newer fmt without its library: they shadow the system's.
  foreach(folder ${TORCH_INCLUDE_DIRS})
    if(EXISTS ${folder}/fmt/format.h AND NOT folder STREQUAL "/usr/include")
      target_compile_definitions(${target} PRIVATE FMT_HEADER_ONLY)
    endif()
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${CLIPGUIDE_UNITY} UNITY_BUILD_BATCH_SIZE 8)
  get_target_property(quick ${target} CLIPGUIDE_QUICK)
  set(pch clipguide_pch)
  if(quick)
    set(pch clipguide_pch_quick)
  endif()
  if(TARGET ${pch} AND NOT target STREQUAL pch)
    # A precompiled header serves only code compiled alike: executables too are built with -fPIC.
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC -Winvalid-pch)
    target_precompile_headers(${target} REUSE_FROM ${pch})
  endif()
endfunction()

function(clipguide_module name)
  cmake_parse_arguments(ARG "TORCH;QUICK" "" "SOURCES;LINK" ${ARGN})
  set(target clipguide_${name})
  add_library(${target} OBJECT ${ARG_SOURCES})
  clipguide_flags(${target})
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
  if(ARG_QUICK)
    clipguide_quick(${target})
  endif()
  if(ARG_TORCH)
    clipguide_link_torch(${target})
  endif()
  target_link_libraries(${target} PUBLIC ${ARG_LINK})
  set_property(GLOBAL APPEND PROPERTY CLIPGUIDE_MODULES ${target})
endfunction()

# clipguide_vector_sources(source.cpp ...)  Sources, in this folder, whose loops the compiler is to turn into
#   vectors (base/target.h). Contraction is off: results then do not depend on the instruction set.
#   They know no torch: other flags than the precompiled header's would make it useless.
function(clipguide_vector_sources)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS
    "-O3;-ffp-contract=off;-fno-math-errno;-fno-trapping-math")
endfunction()

# clipguide_test(NAME [TORCH] SOURCES a_test.cpp ... [LINK target ...])  a GoogleTest program
function(clipguide_test name)
  cmake_parse_arguments(ARG "TORCH" "" "SOURCES;LINK" ${ARGN})
  set(target ${name}_test)
  add_executable(${target} ${ARG_SOURCES})
  clipguide_flags(${target})
  clipguide_quick(${target})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  if(ARG_TORCH)
    clipguide_link_torch(${target})
  endif()
  target_compile_definitions(${target} PRIVATE
    CLIPGUIDE_FIXTURES="${PROJECT_SOURCE_DIR}/tests/fixtures"
    CLIPGUIDE_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    CLIPGUIDE_BINARY="$<TARGET_FILE:clipguide_cli>")
  target_link_libraries(${target} PRIVATE clipguide ${ARG_LINK} GTest::gtest_main GTest::gmock)
  # One entry a program: starting libtorch anew for each case would take longer than the cases.
  add_test(NAME ${name} COMMAND ${target} --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES TIMEOUT 1500)
endfunction()
