// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.util.SplittableRandom;

/** What kind of files there are, and what is done to them. */
enum LoadProfile {
  /** Files of a kilobyte or so; names are most of the work. */
  TINY(1 << 10, 1.2, 20),
  /** From one byte to many megabytes. */
  MIXED(32 << 10, 2.6, 20),
  /** Files of megabytes. */
  LARGE(2 << 20, 1.3, 30),
  /** A few large files, overwritten in random blocks of 4 KiB. */
  OVERWRITE(64L << 20, 0.1, 1500),
  /** Sparse files, written in pieces of a few bytes, often made durable. */
  SCATTER(1 << 20, 1.0, 100);

  /** The longest file of all. */
  static final long MAX_FILE_BYTES = 64 << 20;

  private final long medianBytes;
  private final double sigma;
  private final int overwriteWeight;

  LoadProfile(long medianBytes, double sigma, int overwriteWeight) {
    this.medianBytes = medianBytes;
    this.sigma = sigma;
    this.overwriteWeight = overwriteWeight;
  }

  /** Draws the size of a file, log-normal. */
  long drawBytes(SplittableRandom random) {
    double size = medianBytes * Math.exp(sigma * random.nextGaussian());
    return Math.max(1, Math.min(MAX_FILE_BYTES, (long) size));
  }

  /** How often blocks are overwritten at random, in the unit of {@link SoakWorker}'s weights. */
  int overwriteWeight() {
    return overwriteWeight;
  }

  /** Bytes of one small write. */
  int drawWriteBytes(SplittableRandom random) {
    return this == SCATTER ? 1 + random.nextInt(80) : 4096;
  }

  /** Such writes between two fsyncs of one operation; 0 for none. */
  int writesPerSync() {
    return this == SCATTER ? 100 : 0;
  }
}
