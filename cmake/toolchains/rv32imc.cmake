# RISC-V rv32imc without an operating system: gcc-riscv64-unknown-elf. Debian's package has no C or C++ headers:
# the C++ ones are those of the ARM toolchain of the same version (libstdc++-arm-none-eabi-dev), the C ones
# newlib's (libnewlib-dev). Only headers are borrowed, no library.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR rv32imc)
set(CMAKE_C_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_CXX_COMPILER riscv64-unknown-elf-g++)
set(CMAKE_ASM_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)

execute_process(COMMAND riscv64-unknown-elf-g++ -dumpfullversion OUTPUT_VARIABLE version
                OUTPUT_STRIP_TRAILING_WHITESPACE)
set(newlib /usr/include/newlib)
set(headers ${newlib}/c++/${version})
if(NOT EXISTS ${headers}/span)
  file(GLOB found ${newlib}/c++/*/span)
  list(APPEND found "")
  list(GET found 0 found)
  get_filename_component(headers "${found}" DIRECTORY)
endif()
if(NOT headers)
  message(FATAL_ERROR "no C++ headers below ${newlib}: apt-get install libstdc++-arm-none-eabi-dev libnewlib-dev")
endif()

set(flags "-march=rv32imc -mabi=ilp32 -ffunction-sections -fdata-sections -fno-unwind-tables -fno-asynchronous-unwind-tables")
set(CMAKE_C_FLAGS_INIT "${flags} -isystem ${newlib}")
set(CMAKE_CXX_FLAGS_INIT
    "${flags} -nostdinc++ -isystem ${headers} -isystem ${headers}/arm-none-eabi/thumb/v7-m/nofp -isystem ${newlib}")
set(CMAKE_ASM_FLAGS_INIT "-march=rv32imc_zicsr -mabi=ilp32")
