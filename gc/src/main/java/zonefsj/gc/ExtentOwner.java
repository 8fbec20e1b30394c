// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;

/** Who knows what is live and can move it: the filesystem. */
public interface ExtentOwner {
  /**
   * What became of live data.
   *
   * @param movedBytes they have another place when the relocations are committed, or are given up
   * @param stayingBytes the drive cannot read them just now, so they stay
   */
  record RelocationResult(long movedBytes, long stayingBytes) {
    /** Nothing was live. */
    public static final RelocationResult NOTHING = new RelocationResult(0, 0);
  }

  /**
   * Verifies and moves what is live of some chunks, together, so that small ones become few.
   *
   * @param zone index of the victim
   * @param chunks as they lie in it
   * @return what became of it
   * @throws NoSpaceForRelocationException if no zone is left to move them to
   */
  RelocationResult relocate(int zone, List<ChunkWalker.FoundChunk> chunks) throws IOException;

  /**
   * Verifies and moves everything live in some zones, found by one scan of all extents: for zones
   * whose summaries are damaged, or cannot be read at all.
   *
   * @param zones by their index
   * @param mayGoOn asked often; where it says no the scan ends, and what was moved stays moved
   * @return what became of it
   * @throws NoSpaceForRelocationException if no zone is left to move them to
   */
  RelocationResult relocateByScan(IntPredicate zones, BooleanSupplier mayGoOn) throws IOException;

  /** Makes everything moved so far durable. */
  void commitRelocations() throws IOException;

  /**
   * Waits until {@link zonefsj.zonemgr.ZoneUsage} counts all changes that the owner's lookups can
   * see: a commit changes what is found before it changes what is counted.
   */
  void awaitCounts() throws IOException;

  /** No zone is left to move data to. */
  final class NoSpaceForRelocationException extends IOException {
    private static final long serialVersionUID = 1;

    /** With the state of the drive in words. */
    public NoSpaceForRelocationException(String message) {
      super(message);
    }
  }
}
