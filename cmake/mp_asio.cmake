# mp_asio: standalone Asio (header only), with what each compiler needs to take it.
if(TARGET mp_asio)
  return()
endif()
find_package(Threads REQUIRED)
find_path(MP_ASIO_INCLUDE_DIR asio.hpp DOC "Where asio.hpp lies (Debian: libasio-dev)")
if(NOT MP_ASIO_INCLUDE_DIR)
  message(FATAL_ERROR "asio.hpp is missing: apt-get install libasio-dev, or configure with -DMP_HOST=OFF")
endif()

add_library(mp_asio INTERFACE)
# The default include path already holds /usr/include; naming it again would break <stdlib.h>.
if(NOT MP_ASIO_INCLUDE_DIR STREQUAL "/usr/include")
  target_include_directories(mp_asio SYSTEM INTERFACE ${MP_ASIO_INCLUDE_DIR})
endif()
target_compile_definitions(mp_asio INTERFACE ASIO_STANDALONE
  # Asio 1.22 does not see that clang 14 has coroutines.
  $<$<CXX_COMPILER_ID:Clang>:ASIO_HAS_CO_AWAIT> $<$<CXX_COMPILER_ID:Clang>:ASIO_HAS_STD_COROUTINE>)
target_compile_options(mp_asio INTERFACE
  # GCC 12 mistakes Asio's recycling allocator for a new that meets the wrong delete.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>)
target_link_libraries(mp_asio INTERFACE Threads::Threads)
