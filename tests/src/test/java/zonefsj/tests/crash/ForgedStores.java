package zonefsj.tests.crash;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.AppliedMark;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.Family;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;

/** An index that claims a mark that is not its own, until something is applied. */
final class ForgedStores implements MetadataStores {
  private final MetadataStores delegate;
  private final Optional<AppliedMark> claimed;

  ForgedStores(MetadataStores delegate, Optional<AppliedMark> claimed) {
    this.delegate = delegate;
    this.claimed = claimed;
  }

  @Override
  public Optional<MetadataStore> openExisting() throws IOException {
    return delegate.openExisting().map(Forged::new);
  }

  @Override
  public MetadataStore create() throws IOException {
    return delegate.create();
  }

  @Override
  public MetadataStore restore(CheckpointContent content) throws IOException {
    return delegate.restore(content);
  }

  @Override
  public void setAside(String reason) throws IOException {
    delegate.setAside(reason);
  }

  @Override
  public String describe() {
    return delegate.describe();
  }

  private final class Forged implements MetadataStore {
    private final MetadataStore store;

    Forged(MetadataStore store) {
      this.store = store;
    }

    @Override
    public Optional<AppliedMark> mark() throws IOException {
      return claimed.isPresent() ? claimed : store.mark();
    }

    @Override
    public void apply(MetadataBatch batch, AppliedMark mark) throws IOException {
      store.apply(batch, mark);
    }

    @Override
    public void flush() throws IOException {
      store.flush();
    }

    @Override
    public CheckpointContent checkpoint() throws IOException {
      return store.checkpoint();
    }

    @Override
    public long memoryBytes() {
      return store.memoryBytes();
    }

    @Override
    public byte @Nullable [] get(Family family, byte[] key) throws IOException {
      return store.get(family, key);
    }

    @Override
    public void scan(Family family, byte[] from, byte @Nullable [] to, Visitor visitor)
        throws IOException {
      store.scan(family, from, to, visitor);
    }

    @Override
    public void close() throws IOException {
      store.close();
    }
  }
}
