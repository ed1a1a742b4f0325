# mp_sodium: libsodium for the room crypto.
#
# On a host it is the system's library. A cross build gets the headers only, copied into the build tree (the
# host's /usr/include must not be searched for a microcontroller); the image that is linked at last brings the
# code (ports/bare-metal).
if(TARGET mp_sodium)
  return()
endif()
add_library(mp_sodium INTERFACE)
set_target_properties(mp_sodium PROPERTIES EXPORT_NAME sodium)
if(NOT CMAKE_CROSSCOMPILING)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
  target_link_libraries(mp_sodium INTERFACE PkgConfig::SODIUM)
  return()
endif()

set(MP_SODIUM_HEADERS /usr/include CACHE PATH "Folder with sodium.h and sodium/, to copy from")
if(NOT EXISTS ${MP_SODIUM_HEADERS}/sodium.h)
  message(FATAL_ERROR "${MP_SODIUM_HEADERS}/sodium.h is missing: apt-get install libsodium-dev, "
                      "or say where it is with -DMP_SODIUM_HEADERS=<folder>")
endif()
set(copy ${CMAKE_BINARY_DIR}/sodium_headers)
file(COPY ${MP_SODIUM_HEADERS}/sodium.h ${MP_SODIUM_HEADERS}/sodium DESTINATION ${copy})
target_include_directories(mp_sodium SYSTEM INTERFACE $<BUILD_INTERFACE:${copy}>)
