// SPDX-License-Identifier: ISC
// Nothing: the target that precompiles what all tests include needs a source (cmake/mp_rooms.cmake).
