# A room of Linux code (interfaces/, ports/host, programs/<x>): exceptions and RTTI as usual, headers included from
# the root of the project ("interfaces/udp/udp_interface.hpp"), tests beside the sources.
#
#   mp_host_room(<name> [NEEDS target ...] [PRIVATE_NEEDS target ...] [NOT file ...])
include_guard(GLOBAL)

function(mp_host_room room)
  cmake_parse_arguments(arg "" "" "NEEDS;PRIVATE_NEEDS;NOT" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz|bench)\\.cpp$")
  foreach(file IN LISTS arg_NOT)
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  endforeach()
  add_library(mp_${room} STATIC ${sources})
  add_library(micropycelium::${room} ALIAS mp_${room})
  target_compile_features(mp_${room} PUBLIC cxx_std_20)
  target_include_directories(mp_${room} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(mp_${room} PUBLIC ${arg_NEEDS} PRIVATE ${arg_PRIVATE_NEEDS} mp_warnings)
  mp_tests(${room}_test SOURCES ${tests} LIBRARIES mp_${room} ${arg_PRIVATE_NEEDS})
endfunction()
