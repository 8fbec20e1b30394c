// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import zonefsj.fs.volume.reclaim.Defragmenter;

/**
 * What {@link Volume#defragment} did.
 *
 * @param examinedBytes bytes of files that were examined
 * @param rewrittenBytes bytes of them that lie in another place now
 * @param isFinished whether all files were examined
 * @param lacksRoom whether it ended because no zone could be freed for the rest
 */
public record Defragmented(
    long examinedBytes, long rewrittenBytes, boolean isFinished, boolean lacksRoom) {
  static Defragmented of(Defragmenter.Result result) {
    return new Defragmented(
        result.examinedBytes(),
        result.rewrittenBytes(),
        result.end() == Defragmenter.End.ALL,
        result.end() == Defragmenter.End.NO_ROOM);
  }
}
