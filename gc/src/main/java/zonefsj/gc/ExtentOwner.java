// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.io.IOException;
import java.util.List;
import java.util.function.IntPredicate;

/** The part that knows which data are live and can move them: the filesystem. */
public interface ExtentOwner {
  /**
   * Result of a relocation.
   *
   * @param movedBytes bytes that are moved or given up; their relocations must be committed
   * @param stayingBytes bytes that the drive cannot read now, so they stay
   */
  record RelocationResult(long movedBytes, long stayingBytes) {
    /** There were no live data. */
    public static final RelocationResult NOTHING = new RelocationResult(0, 0);
  }

  /**
   * A relocation that goes on slice by slice. A slice takes a bounded time: it looks at a bounded
   * number of extents, live or not, and moves a bounded number of them and of bytes. The owner may
   * change any data between two slices. Used by one thread at a time.
   */
  interface RelocationRun {
    /**
     * Verifies and moves the live data of the next slice.
     *
     * @return the bytes moved and staying; maybe none
     * @throws NoSpaceForRelocationException if no zone is left to move them to; the slice is not
     *     repeated
     */
    RelocationResult moveSome() throws IOException;

    /** Whether another slice follows. */
    boolean hasMore();
  }

  /**
   * Starts to move the live data of several chunks together, so that many small chunks become few.
   *
   * @param zone index of the victim
   * @param updateRate of its data when it was chosen, see {@link ZoneStatistics}: data of different
   *     rates belong into different zones
   * @param chunks in their order in the zone
   */
  RelocationRun relocate(int zone, double updateRate, List<ChunkWalker.FoundChunk> chunks);

  /**
   * Starts to move all live data in some zones with one scan of all extents; for zones whose
   * summaries are damaged or cannot be read.
   *
   * @param zones index of a zone; true for those to move
   */
  RelocationRun relocateByScan(IntPredicate zones);

  /** Makes all relocations so far durable. */
  void commitRelocations() throws IOException;

  /**
   * Waits until {@link zonefsj.zonemgr.ZoneUsage} counts all changes that the owner's lookups can
   * see: a commit changes the index before it changes the counts.
   */
  void awaitCounts() throws IOException;

  /**
   * Makes all committed changes certain. A mount may drop the newest one, if nothing proves that it
   * is durable and its data do not verify; what it replaced must therefore stay until then.
   *
   * @return false if that is not possible, so that no zone may be reset
   * @throws IOException if the drive failed
   */
  boolean proveCommits() throws IOException;

  /** No zone is left to move data to. */
  final class NoSpaceForRelocationException extends IOException {
    private static final long serialVersionUID = 1;

    /** Creates the exception with a description of the state of the drive. */
    public NoSpaceForRelocationException(String message) {
      super(message);
    }
  }
}
