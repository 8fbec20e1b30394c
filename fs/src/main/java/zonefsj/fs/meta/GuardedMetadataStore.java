package zonefsj.fs.meta;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells somebody of every read that fails, before its caller learns of it: a change that broke off
 * between two of its records must never be committed.
 *
 * <p>Threading: as the store below. Closes it with itself.
 */
public final class GuardedMetadataStore implements MetadataStore {
  private final MetadataStore below;
  private volatile Consumer<IOException> guard = failed -> {};

  /**
   * @param below the store with everything; owned from now on
   */
  public GuardedMetadataStore(MetadataStore below) {
    this.below = below;
  }

  /** Sets who hears of failed reads, in the thread that meets one. */
  public void whenReadsFail(Consumer<IOException> newGuard) {
    guard = newGuard;
  }

  @Override
  public byte @Nullable [] get(Family family, byte[] key) throws IOException {
    try {
      return below.get(family, key);
    } catch (IOException failed) {
      guard.accept(failed);
      throw failed;
    }
  }

  @Override
  public void scan(Family family, byte[] from, byte @Nullable [] to, Visitor visitor)
      throws IOException {
    boolean[] visiting = {false};
    try {
      below.scan(
          family,
          from,
          to,
          (key, value) -> {
            visiting[0] = true;
            boolean goOn = visitor.visit(key, value);
            visiting[0] = false;
            return goOn;
          });
    } catch (IOException failed) {
      // What a visitor meets elsewhere is no fault of the store.
      if (!visiting[0]) {
        guard.accept(failed);
      }
      throw failed;
    }
  }

  @Override
  public Optional<AppliedMark> mark() throws IOException {
    return below.mark();
  }

  @Override
  public void apply(MetadataBatch batch, AppliedMark mark) throws IOException {
    below.apply(batch, mark);
  }

  @Override
  public void flush() throws IOException {
    below.flush();
  }

  @Override
  public CheckpointContent checkpoint() throws IOException {
    return below.checkpoint();
  }

  @Override
  public long imageBytes() {
    return below.imageBytes();
  }

  @Override
  public long compactImageBytes() {
    return below.compactImageBytes();
  }

  @Override
  public void compact() throws IOException {
    below.compact();
  }

  @Override
  public long memoryBytes() {
    return below.memoryBytes();
  }

  @Override
  public void close() throws IOException {
    below.close();
  }
}
