package zonefsj.gc;

import java.io.IOException;
import java.util.List;

/** Who knows what is live and can move it: the filesystem. */
public interface ExtentOwner {
  /**
   * Verifies and moves what is live of some chunks, together, so that small ones become few.
   *
   * @param zone index of the victim
   * @param chunks as they lie in it
   * @return bytes moved
   * @throws NoSpaceForRelocationException if no zone is left to move them to
   */
  long relocate(int zone, List<ChunkWalker.Found> chunks) throws IOException;

  /**
   * Verifies and moves everything live in a zone, found by a scan of all extents: for a zone whose
   * summaries are damaged.
   *
   * @return bytes moved
   */
  long relocateByScan(int zone) throws IOException;

  /** Makes everything moved so far durable. */
  void commitRelocations() throws IOException;

  /** No zone is left to move data to. */
  final class NoSpaceForRelocationException extends IOException {
    private static final long serialVersionUID = 1;

    /** With the state of the drive in words. */
    public NoSpaceForRelocationException(String message) {
      super(message);
    }
  }
}
