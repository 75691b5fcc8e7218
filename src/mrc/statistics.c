/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stored statistics. MRC2014 lets a writer leave them undetermined: DMAX < DMIN, DMEAN below both,
 * RMS negative. Older writers leave 0: DMIN = DMAX says nothing here, nor does RMS = 0. */
#include "findings.h"

#include <math.h>

/* The values a mode can hold; false for float32, where all are fine. */
static bool range_of(const struct ocs_mrc *mrc, double *low_ret, double *high_ret)
{
    static const struct {
        int32_t mode;
        double low, high;
    } ranges[] = {{OCS_MODE_INT8, -128, 127},
                  {OCS_MODE_INT16, -32768, 32767},
                  {OCS_MODE_UINT16, 0, 65535},
                  {OCS_MODE_UINT4, 0, 15}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; ++i) {
        if (ranges[i].mode != mrc->header.mode)
            continue;
        *low_ret = mrc->unsigned_bytes ? 0 : ranges[i].low;
        *high_ret = mrc->unsigned_bytes ? 255 : ranges[i].high;
        return true;
    }
    return false;
}

void ocs_mrc_check_stored_statistics(struct ocs_mrc *mrc)
{
    const struct ocs_mrc_header *const header = &mrc->header;
    const double min = header->dmin, max = header->dmax;
    if (!isfinite(min) || !isfinite(max) || !isfinite(header->dmean) || !isfinite(header->rms)) {
        ocs_find(&mrc->findings, "statistics",
                 "the stored statistics are not all numbers: %g, %g, mean %g, rms %g", min, max,
                 header->dmean, header->rms);
        return;
    }
    if (min < max && header->dmean > max + 0.01 * (max - min))
        ocs_find(&mrc->findings, "statistics", "the stored mean %g is above the stored maximum %g",
                 header->dmean, max);
    double low, high;
    if (min < max && range_of(mrc, &low, &high) &&
        (min < low || max > high || min != floor(min) || max != floor(max)))
        ocs_find(&mrc->findings, "statistics",
                 "the stored range %g to %g cannot be that of %s voxels", min, max,
                 mrc->unsigned_bytes ? "unsigned byte" : ocs_mrc_mode_name(header->mode));
}

/* How far statistics of the voxels before they were narrowed to this mode may be from those after.
 */
static double narrowing(const struct ocs_mrc *mrc)
{
    return mrc->header.mode == OCS_MODE_FLOAT16 ? 0x1p-11 : 0;
}

static bool is_near(double stored, double true_value, double tolerance)
{
    return fabs(stored - true_value) <= tolerance;
}

static void check_extreme(struct ocs_mrc *mrc, const char *name, double stored, double true_value)
{
    const double step = narrowing(mrc);
    const double tolerance = step * fabs(true_value) + (step > 0 ? 0x1p-25 : 0);
    if (!is_near(stored, (float)true_value, tolerance))
        ocs_find(&mrc->findings, "statistics", "the stored %s is %.9g, that of the voxels %.9g",
                 name, stored, true_value);
}

void ocs_mrc_check_statistics(struct ocs_mrc *mrc, double min, double max, double mean, double rms)
{
    const struct ocs_mrc_header *const header = &mrc->header;
    if (!isfinite(header->dmin) || !isfinite(header->dmax) || !isfinite(header->dmean) ||
        !isfinite(header->rms) || !isfinite(mean))
        return;
    if (header->dmin < header->dmax) {
        check_extreme(mrc, "minimum", header->dmin, min);
        check_extreme(mrc, "maximum", header->dmax, max);
    }
    const double spread = sqrt(mean * mean + rms * rms);
    /* A mean near zero that was summed in float32 is only good to a part of the spread. */
    const double mean_tolerance = 0.01 * fabs(mean) + (narrowing(mrc) + 1e-6) * spread;
    if (header->dmean > fminf(header->dmin, header->dmax) &&
        !is_near(header->dmean, mean, mean_tolerance))
        ocs_find(&mrc->findings, "statistics", "the stored mean is %.7g, that of the voxels %.7g",
                 header->dmean, mean);
    if (header->rms > 0 && !is_near(header->rms, rms, 0.01 * rms + narrowing(mrc) * spread))
        ocs_find(&mrc->findings, "statistics",
                 "the stored rms deviation is %.7g, that of the voxels %.7g", header->rms, rms);
    if (header->rms == 0 && rms > 0)
        ocs_find(&mrc->notes, "statistics", "the stored rms deviation is 0: left unset");
}
