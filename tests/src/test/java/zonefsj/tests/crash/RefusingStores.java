// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import zonefsj.fs.HostException;
import zonefsj.fs.kit.DelegatingStore;
import zonefsj.fs.kit.DelegatingStores;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;

/** Stores on a host that takes nothing while a test says so, as a full disk. */
public final class RefusingStores extends DelegatingStores {
  /** What the host says. */
  public static final String WORDS = "the index at /full: the host's filesystem is full";

  private volatile boolean refuses;
  private volatile boolean refusesImages;
  private volatile boolean failsImages;

  /** Takes everything at first. */
  public RefusingStores(MetadataStores delegate) {
    super(delegate);
  }

  /** Whether changes, flushes and images are refused from now on. */
  public void refuse(boolean everything) {
    refuses = everything;
    refusesImages = everything;
  }

  /** Images are refused from now on, and changes are taken. */
  public void refuseImages() {
    refusesImages = true;
  }

  /** Images fail from now on, or no longer, as if the index were damaged. */
  public void failImages(boolean fails) {
    failsImages = fails;
  }

  private static void check(boolean refused) throws HostException {
    if (refused) {
      throw new HostException(WORDS);
    }
  }

  @Override
  protected MetadataStore existing(MetadataStore store) {
    return new DelegatingStore(store) {
      @Override
      public void apply(MetadataBatch batch, AppliedPosition mark) throws IOException {
        check(refuses);
        super.apply(batch, mark);
      }

      @Override
      public void flush() throws IOException {
        check(refuses);
        super.flush();
      }

      @Override
      public CheckpointContent checkpoint() throws IOException {
        check(refusesImages);
        if (failsImages) {
          throw new IOException("a table of the index is damaged");
        }
        return super.checkpoint();
      }

      @Override
      public void compact() throws IOException {
        check(refuses);
        super.compact();
      }
    };
  }

  @Override
  protected MetadataStore made(MetadataStore store) {
    return existing(store);
  }
}
