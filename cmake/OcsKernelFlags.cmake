# SPDX-License-Identifier: GPL-3.0-or-later
# The row kernels are one text compiled once per instruction set (src/kernel/rows_body.h). None of these flags
# changes a result: contraction stays off, and nothing here looks at floating-point exception flags.
set(rows ${PROJECT_SOURCE_DIR}/src/kernel/rows)
set(rows_common -O3 -fno-trapping-math)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  # GCC otherwise joins neighbouring conditions into branches before it looks for minima and maxima.
  list(APPEND rows_common -fno-thread-jumps)
endif()
if(CMAKE_C_COMPILER_ID MATCHES Clang AND (OCS_SANITIZE OR OCS_COVERAGE OR OCS_FUZZ))
  # Loops that are looked into are no vectors, and need not be.
  list(APPEND rows_common -Wno-pass-failed)
endif()
set_source_files_properties(${rows}_scalar.c ${rows}_neon.c PROPERTIES COMPILE_OPTIONS "${rows_common}")
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/output/half_block.c PROPERTIES COMPILE_OPTIONS "${rows_common}")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(${rows}_avx2.c PROPERTIES
    COMPILE_OPTIONS "${rows_common};-mavx2;-mfma;-mf16c")
  set_source_files_properties(${rows}_avx512.c PROPERTIES
    COMPILE_OPTIONS "${rows_common};-mavx2;-mfma;-mf16c;-mavx512f;-mavx512bw;-mavx512dq;-mavx512vl;-mprefer-vector-width=512")
endif()
