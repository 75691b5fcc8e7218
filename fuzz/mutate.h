/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FUZZ_MUTATE_H
#define OCS_FUZZ_MUTATE_H

/* What libFuzzer offers to a mutator, and how it calls it. */

#include <stddef.h>
#include <stdint.h>

/* Changes bytes at random, with the words of the dictionary. Returns the new size. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

#endif
