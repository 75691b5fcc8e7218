/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_LAYOUT_H
#define OCS_LAYOUT_H

/* The scratch file: one region for the kept spectrum of whichever Fourier step is under way (there
 * is never more than one), then the intermediate volumes, each at its own place. */

#include "inputs.h"
#include "restore.h"
#include "settings.h"

struct ocs_layout {
    uint64_t spectrum_bytes; /* the largest of the run's spectra                            */
    uint64_t working;        /* offset: the cropped map                                     */
    uint64_t definition;     /* offset: the cropped solvent definition                      */
    uint64_t target[OCS_TARGET_MAPS];    /* offsets: the target maps' labels in the working box  */
    uint64_t maps[OCS_WORKING_MAPS];     /* offsets: scale, confidence, low-pass to restore  */
    uint64_t modified[OCS_OUTPUT_KINDS]; /* offsets: modifications to finish                */
    uint64_t spool[OCS_INPUT_FILES];     /* offsets: files whose bytes come only once           */
    uint64_t pipe; /* offset: the map for standard output                            */
    uint64_t pyramid[OCS_OUTPUT_KINDS]; /* offsets: coarser levels of an output             */
    uint64_t filtered;                  /* offset: one modification, low-passed, to pad    */
    uint64_t bytes;                     /* of the file; 0: none is needed                   */
};

void ocs_layout_make(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                     bool spectrum_in_memory, struct ocs_layout *layout_ret);

uint64_t ocs_box_voxels(struct ocs_box box);

#endif
