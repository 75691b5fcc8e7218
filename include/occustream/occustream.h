/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCCUSTREAM_H
#define OCCUSTREAM_H

/* The whole public interface. */

#include "occustream/confine.h"
#include "occustream/convert.h"
#include "occustream/error.h"
#include "occustream/estimate.h"
#include "occustream/info.h"
#include "occustream/limits.h"
#include "occustream/location.h"
#include "occustream/options.h"
#include "occustream/report.h"
#include "occustream/version.h"

#endif
