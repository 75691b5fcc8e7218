# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the local scale inside each domain of a phantom beside its true occupancy.

    domain_scales.py SCALE.mrc LABELS.mrc TRUTH.json
"""
import json
import sys

import mrcfile
import numpy as np


def main(scale_path, labels_path, truth_path):
    scale, labels = mrcfile.read(scale_path), mrcfile.read(labels_path)
    with open(truth_path, encoding="utf-8") as file:
        domains = json.load(file)["domains"]
    print("domain  true occupancy  scale: median  quartiles")
    for domain in domains:
        low, median, high = np.percentile(scale[labels == domain["label"]], (25, 50, 75))
        print(f"{domain['label']:6}  {domain['occupancy']:14.2f}  {median:13.2f}  {low:.2f} - {high:.2f}")
    print(f"{'none':>6}  {'-':>14}  {np.median(scale[labels == 0]):13.2f}")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
