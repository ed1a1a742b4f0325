# One library per room (folder), so that the linker and scripts/floors.py agree on who may use whom.
#
#   mp_room(<name> [NEEDS room ...] [LIBRARIES target ...])
#       a room of core/: no exceptions, no RTTI; tests beside the sources (x_test.cpp) and fuzz targets
#       (x_fuzz.cpp) are picked up by name. Installed with the library.
#   mp_tests(<name> SOURCES ... LIBRARIES ...)
#       a GoogleTest program whose cases are CTest tests.
#   mp_program(<name> SOURCES ... LIBRARIES ...)
#       a program that lands in <build>/bin.
add_library(mp_warnings INTERFACE)
target_compile_options(mp_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Wimplicit-fallthrough $<$<BOOL:${MP_WERROR}>:-Werror>)

# A preset of its own for the sanitizers: all objects must agree. Found undefined behaviour ends the program. The
# vptr check needs RTTI, which the core is built without.
if(MP_SANITIZE)
  add_compile_options(-fsanitize=${MP_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MP_SANITIZE} -fno-sanitize=vptr)
  # GCC's guesses about uninitialised memory go wrong between the sanitizers' checks.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()

# What every test includes is compiled once for each set of options: reading GoogleTest takes longer than most tests.
# Not with clang, which so sees to it that each test still names what it needs; nor with optimisation, under which GCC 12
# warns of the library's own headers once they are precompiled.
function(mp_test_headers name)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU" OR NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    return()
  endif()
  get_directory_property(options COMPILE_OPTIONS)
  string(MD5 options "${options}")
  string(SUBSTRING ${options} 0 8 options)
  set(headers mp_test_headers_${options})
  if(NOT TARGET ${headers})
    add_library(${headers} OBJECT ${PROJECT_SOURCE_DIR}/tests/support/headers.cpp)
    target_link_libraries(${headers} PRIVATE mp_warnings GTest::gtest)
    target_precompile_headers(${headers} PRIVATE
      <gtest/gtest.h> <algorithm> <array> <functional> <memory> <optional> <span> <string> <unordered_map> <vector>)
  endif()
  target_precompile_headers(${name} REUSE_FROM ${headers})
endfunction()

function(mp_tests name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT MP_TESTS OR NOT arg_SOURCES)
    return()
  endif()
  find_package(GTest REQUIRED)
  include(GoogleTest)
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} mp_warnings GTest::gtest GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE MP_VECTORS_DIR="${PROJECT_SOURCE_DIR}/tests/vectors")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  mp_test_headers(${name})
  gtest_discover_tests(${name} TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60)
endfunction()

# Fuzz targets need their room and all below it instrumented, and optimised: an input costs microseconds then. The rest
# of the tree needs neither, and compiles in half the time without.
function(mp_instrument room)
  set(sanitizers -fsanitize=address,undefined -fno-sanitize=vptr)
  target_compile_options(${room} PRIVATE ${sanitizers} -fsanitize=fuzzer-no-link -fno-sanitize-recover=all -O1
                         -gline-tables-only)
  target_link_options(${room} PUBLIC ${sanitizers})
endfunction()

function(mp_fuzz_targets room)
  if(NOT MP_FUZZ)
    return()
  endif()
  get_target_property(type ${room} TYPE)
  if(NOT type STREQUAL INTERFACE_LIBRARY)
    mp_instrument(${room})
  endif()
  file(GLOB targets CONFIGURE_DEPENDS *_fuzz.cpp)
  foreach(source IN LISTS targets)
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE ${room} ${ARGN} mp_warnings)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    mp_instrument(${name})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  endforeach()
endfunction()

function(mp_room room)
  cmake_parse_arguments(arg "" "" "NEEDS;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz|bench)\\.cpp$")
  if(sources)
    add_library(mp_${room} STATIC ${sources})
    set(scope PUBLIC)
    target_compile_options(mp_${room} PRIVATE -fno-exceptions -fno-rtti)
    target_link_libraries(mp_${room} PRIVATE $<BUILD_INTERFACE:mp_warnings>)
    if(MP_SANITIZE)
      target_compile_options(mp_${room} PRIVATE -O1)  # for the long runs (make soak)
    else()
      # Not elsewhere: GCC sees null pointers in Asio, and in the checks that sanitizers put in.
      target_compile_options(mp_${room} PRIVATE -Wnull-dereference)
    endif()
  else()
    add_library(mp_${room} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(micropycelium::${room} ALIAS mp_${room})
  set_target_properties(mp_${room} PROPERTIES EXPORT_NAME ${room})
  target_compile_features(mp_${room} ${scope} cxx_std_20)
  target_include_directories(mp_${room} ${scope} $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/core>)
  list(TRANSFORM arg_NEEDS PREPEND mp_)
  target_link_libraries(mp_${room} ${scope} ${arg_NEEDS} ${arg_LIBRARIES})
  set_property(GLOBAL APPEND PROPERTY MP_ROOMS mp_${room})
  mp_tests(${room}_test SOURCES ${tests} LIBRARIES mp_${room} nlohmann_json::nlohmann_json)
  mp_fuzz_targets(mp_${room})
endfunction()

function(mp_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} mp_warnings)
  install(TARGETS ${name} RUNTIME COMPONENT programs)
endfunction()
