# What `cmake --install` puts where: the core's headers and libraries, the targets micropycelium::<room> and the
# umbrella micropycelium::micropycelium, and the package files that make find_package(micropycelium) work.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

get_property(rooms GLOBAL PROPERTY MP_ROOMS)
add_library(mp_micropycelium INTERFACE)
add_library(micropycelium::micropycelium ALIAS mp_micropycelium)
set_target_properties(mp_micropycelium PROPERTIES EXPORT_NAME micropycelium)
target_link_libraries(mp_micropycelium INTERFACE ${rooms})

install(TARGETS ${rooms} mp_sodium mp_micropycelium EXPORT micropycelium-targets
        ARCHIVE COMPONENT library
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT micropycelium-targets NAMESPACE micropycelium::
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/micropycelium COMPONENT library)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/core/micropycelium DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        COMPONENT library FILES_MATCHING PATTERN "*.hpp")

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/micropyceliumConfig.cmake.in
  ${CMAKE_BINARY_DIR}/micropyceliumConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/micropycelium)
# Before 1.0 a new minor version may change the API.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/micropyceliumConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/micropyceliumConfig.cmake ${CMAKE_BINARY_DIR}/micropyceliumConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/micropycelium COMPONENT library)
