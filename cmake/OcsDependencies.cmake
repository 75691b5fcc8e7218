# SPDX-License-Identifier: GPL-3.0-or-later
# What occustream stands on; the README says what each is for.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBUV REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(FFTW3F REQUIRED IMPORTED_TARGET fftw3f)
pkg_check_modules(CMINPACK REQUIRED IMPORTED_TARGET cminpack)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
find_package(BZip2 REQUIRED)
pkg_check_modules(LZMA REQUIRED IMPORTED_TARGET liblzma)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
# Only their headers: libcurl is loaded when a URL is opened, libblosc when a chunk wants it. libcurl and the three dozen
# libraries below it would cost every run 6 MiB of memory and 60 ms; libblosc and the C++ library 1.5 MiB and 5 ms.
pkg_check_modules(LIBCURL REQUIRED libcurl>=7.87)
pkg_check_modules(BLOSC REQUIRED blosc)
