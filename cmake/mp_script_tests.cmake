# Tests that are not GoogleTest programs: the installed library, and the script that guards the floors.
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
foreach(script floors floors_test)
  add_test(NAME scripts.${script} COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/scripts/${script}.py)
endforeach()

if(MP_INSTALL AND NOT MP_SANITIZE)
  add_test(NAME install
    COMMAND ${CMAKE_COMMAND} -DBUILD=${CMAKE_BINARY_DIR} -DWORK=${CMAKE_BINARY_DIR}/install_test
            -DSOURCE=${PROJECT_SOURCE_DIR}/tests/install -DGENERATOR=${CMAKE_GENERATOR}
            -DCOMPILER=${CMAKE_CXX_COMPILER} -P ${PROJECT_SOURCE_DIR}/tests/install/install.cmake)
  set_tests_properties(install PROPERTIES TIMEOUT 600)
endif()
