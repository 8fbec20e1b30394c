// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import zonefsj.fs.kit.DelegatingStore;
import zonefsj.fs.kit.DelegatingStores;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;

/**
 * An index that takes only what the drive has flushed: a mount reads the journal from where its
 * index stands, and would not miss a record before that.
 */
final class DurableFirstStores extends DelegatingStores {
  private final List<DriveChange> changes;

  /**
   * @param changes what the drive did so far; grows
   */
  DurableFirstStores(MetadataStores delegate, List<DriveChange> changes) {
    super(delegate);
    this.changes = changes;
  }

  @Override
  protected MetadataStore existing(MetadataStore store) {
    return new Store(store);
  }

  @Override
  protected MetadataStore made(MetadataStore store) {
    return new Store(store);
  }

  private boolean isUnflushed(long sequence) {
    for (int index = changes.size() - 1; index >= 0; index--) {
      DriveChange change = changes.get(index);
      if (change instanceof DriveChange.Flush) {
        return false;
      }
      if (change instanceof DriveChange.Write write) {
        FrameHeader header = FrameHeader.decode(ByteBuffer.wrap(write.bytes()));
        if (header != null && header.kind() == FrameKind.JOURNAL && header.sequence() <= sequence) {
          return true;
        }
      }
    }
    return false;
  }

  private final class Store extends DelegatingStore {
    Store(MetadataStore store) {
      super(store);
    }

    @Override
    public void apply(MetadataBatch batch, AppliedPosition mark) throws IOException {
      if (isUnflushed(mark.sequence())) {
        throw new AssertionError(
            "journal record " + mark.sequence() + " is applied to the index and not yet flushed");
      }
      super.apply(batch, mark);
    }
  }
}
