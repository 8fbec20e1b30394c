// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.HostException;
import zonefsj.fs.volume.check.OverlapSearch.Claim;

/**
 * Sorts claims by their start; claims with the same start keep their order. Few claims are sorted
 * in memory, many by a merge of sorted runs (Knuth, "The Art of Computer Programming", volume 3,
 * section 5.4) in a temporary file, 32 bytes for each claim, which {@link #close} removes.
 * Single-threaded.
 */
final class ClaimSorter implements Closeable {
  private static final int CLAIM_BYTES = 4 * Long.BYTES;
  private static final int WRITE_BYTES = 1 << 20;
  private static final int MERGE_BYTES = 32 << 20;
  private static final int MOST_BYTES_A_RUN = 64 << 10;
  private static final int LEAST_BYTES_A_RUN = 4 << 10;

  private final int mostInMemory;
  private final Scratch scratch;
  private final List<Claim> claims = new ArrayList<>();

  /** The start of each run in the file, counted in claims, and the end of the last. */
  private final List<Long> runStarts = new ArrayList<>(List.of(0L));

  private @Nullable FileChannel file;

  /**
   * @param mostInMemory limit of claims in memory, 52 bytes each
   * @param scratch takes the temporary file
   */
  ClaimSorter(int mostInMemory, Scratch scratch) {
    this.mostInMemory = mostInMemory;
    this.scratch = scratch;
  }

  void add(Claim claim) throws IOException {
    if (claims.size() == mostInMemory) {
      writeRun();
    }
    claims.add(claim);
  }

  /** Number of runs in the file. */
  int runs() {
    return runStarts.size() - 1;
  }

  /** Passes on all claims, in order. Called once. */
  void forEachSorted(Consumer<Claim> taker) throws IOException {
    if (file == null) {
      sort();
      claims.forEach(taker);
      return;
    }
    writeRun();
    merge(taker);
  }

  private void sort() {
    claims.sort(Comparator.comparingLong(Claim::from));
  }

  private void writeRun() throws IOException {
    FileChannel channel = file;
    if (channel == null) {
      channel = scratch.newFile();
      file = channel;
    }
    sort();
    ByteBuffer out = ByteBuffer.allocate(WRITE_BYTES);
    for (Claim claim : claims) {
      out.putLong(claim.from()).putLong(claim.to()).putLong(claim.inode()).putLong(claim.end());
      if (!out.hasRemaining()) {
        writeAll(channel, out.flip());
        out.clear();
      }
    }
    writeAll(channel, out.flip());
    runStarts.add(runStarts.get(runs()) + claims.size());
    claims.clear();
  }

  private void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    HostException.doAt(
        scratch,
        () -> {
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        });
  }

  private void merge(Consumer<Claim> taker) throws IOException {
    int bufferBytes = Math.max(LEAST_BYTES_A_RUN, Math.min(MOST_BYTES_A_RUN, MERGE_BYTES / runs()));
    PriorityQueue<Run> queue =
        new PriorityQueue<>(
            Comparator.comparingLong((Run run) -> run.head.from())
                .thenComparingInt(run -> run.number));
    for (int number = 0; number < runs(); number++) {
      queue.add(new Run(number, bufferBytes));
    }
    for (Run first = queue.poll(); first != null; first = queue.poll()) {
      taker.accept(first.head);
      if (first.advance()) {
        queue.add(first);
      }
    }
  }

  /** A sorted run that is being read; never empty. */
  private final class Run {
    final int number;
    private final ByteBuffer buffer;
    private long next;
    private final long end;
    Claim head;

    Run(int number, int bufferBytes) throws IOException {
      this.number = number;
      this.next = runStarts.get(number);
      this.end = runStarts.get(number + 1);
      this.buffer = ByteBuffer.allocate(bufferBytes).limit(0);
      this.head = read();
    }

    boolean advance() throws IOException {
      if (next == end) {
        return false;
      }
      head = read();
      return true;
    }

    private Claim read() throws IOException {
      if (!buffer.hasRemaining()) {
        fill();
      }
      next++;
      return new Claim(buffer.getLong(), buffer.getLong(), buffer.getLong(), buffer.getLong());
    }

    private void fill() throws IOException {
      FileChannel channel = file;
      int bytes = (int) Math.min(buffer.capacity(), (end - next) * CLAIM_BYTES);
      buffer.clear().limit(bytes);
      while (buffer.hasRemaining()) {
        long at = next * CLAIM_BYTES + buffer.position();
        if (channel == null || HostException.at(scratch, () -> channel.read(buffer, at)) < 0) {
          throw new HostException(
              scratch + ": the temporary file of the search for overlaps is cut short");
        }
      }
      buffer.flip();
    }
  }

  @Override
  public void close() throws IOException {
    FileChannel channel = file;
    if (channel != null) {
      channel.close();
    }
  }
}
