package zonefsj.tests.crash;

import java.io.IOException;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.AppliedMark;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.Family;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;

/** An index that makes some batches durable without being asked, as a real one does. */
final class WritebackStores implements MetadataStores {
  private final MetadataStores delegate;
  private final SplittableRandom random;

  WritebackStores(MetadataStores delegate, SplittableRandom random) {
    this.delegate = delegate;
    this.random = random;
  }

  @Override
  public Optional<MetadataStore> openExisting() throws IOException {
    return delegate.openExisting().map(Store::new);
  }

  @Override
  public MetadataStore create() throws IOException {
    return new Store(delegate.create());
  }

  @Override
  public MetadataStore restore(CheckpointContent content) throws IOException {
    return new Store(delegate.restore(content));
  }

  @Override
  public void setAside(String reason) throws IOException {
    delegate.setAside(reason);
  }

  @Override
  public String describe() {
    return delegate.describe();
  }

  private final class Store implements MetadataStore {
    private final MetadataStore store;

    Store(MetadataStore store) {
      this.store = store;
    }

    @Override
    public void apply(MetadataBatch batch, AppliedMark mark) throws IOException {
      store.apply(batch, mark);
      if (random.nextInt(3) == 0) {
        store.flush();
      }
    }

    @Override
    public Optional<AppliedMark> mark() throws IOException {
      return store.mark();
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
