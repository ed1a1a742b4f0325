# Tests that are not GoogleTest programs: the installed library, and the scripts that guard the house.
if(MP_INSTALL AND NOT MP_SANITIZE)
  add_test(NAME install
    COMMAND ${CMAKE_COMMAND} -DBUILD=${CMAKE_BINARY_DIR} -DWORK=${CMAKE_BINARY_DIR}/install_test
            -DSOURCE=${PROJECT_SOURCE_DIR}/tests/install -DGENERATOR=${CMAKE_GENERATOR}
            -DCOMPILER=${CMAKE_CXX_COMPILER} -P ${PROJECT_SOURCE_DIR}/tests/install/install.cmake)
  set_tests_properties(install PROPERTIES TIMEOUT 300)
endif()
