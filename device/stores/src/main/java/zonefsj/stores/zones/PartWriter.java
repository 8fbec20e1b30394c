// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.stores.NoAnswerException;
import zonefsj.stores.ObjectStore;

/** Puts parts of zones into objects of their own, by the threads of the store. Thread-safe. */
final class PartWriter {
  private static final Logger LOG = LoggerFactory.getLogger(PartWriter.class);

  private final ObjectStore store;
  private final StoreLog log;
  private final StoreThreads threads;
  private final ChunkPool memory;
  private final ZoneChanges changes;

  /** Why bytes could not be stored the last time; null after a success. */
  private volatile @Nullable IOException lastFailure;

  private final FailureLog failures = new FailureLog(LOG);

  /**
   * @param memory gets the buffers of what is stored
   * @param changes told of objects that nobody needs any more when they are there
   */
  PartWriter(
      ObjectStore store,
      StoreLog log,
      StoreThreads threads,
      ChunkPool memory,
      ZoneChanges changes) {
    this.store = store;
    this.log = log;
    this.threads = threads;
    this.memory = memory;
    this.changes = changes;
  }

  /** Why bytes could not be stored the last time; null after a success. */
  @Nullable IOException lastFailure() {
    return lastFailure;
  }

  /**
   * Stores a part in the background.
   *
   * @param part was begun by the caller; null: does nothing
   */
  void write(ZoneContent content, @Nullable ZonePart part) {
    if (part == null) {
      return;
    }
    boolean begun = false;
    try {
      threads.executePut(() -> put(content, part));
      begun = true;
    } finally {
      if (!begun) {
        // The host has no thread for it. Whoever waits for the part must not wait for ever.
        fail(content, part, new IOException("there is no thread to store bytes of a zone"));
      }
    }
  }

  private void fail(ZoneContent content, ZonePart part, Exception failure) {
    List<ByteBuffer> freed = new ArrayList<>();
    content.failed(part, failure, freed);
    memory.give(freed);
  }

  /**
   * Takes another name if the store has answered that it does not take the one of an earlier try:
   * it may have kept something else of that.
   */
  private ObjectId putUnderAName(ZoneContent content, ZonePart part) throws IOException {
    ObjectId before = content.triedName(part);
    ObjectId object = content.nameOf(part, log::nextObject);
    try {
      putAs(object, content, part);
      return object;
    } catch (IOException e) {
      if (before == null || NoAnswerException.isIn(e) || !content.forgetName(part)) {
        throw e;
      }
      LOG.debug("{} does not take {}", store, object.name(), e);
    }
    changes.giveUp(content.zone(), List.of(new Piece(0, 1, object, 0)));
    ObjectId other = content.nameOf(part, log::nextObject);
    putAs(other, content, part);
    return other;
  }

  private void putAs(ObjectId object, ZoneContent content, ZonePart part) throws IOException {
    if (!store.putOwn(object.name(), content.contentOf(part))) {
      throw new IOException(store + " has an object " + object.name() + " already");
    }
  }

  private void put(ZoneContent content, ZonePart part) {
    Exception failure = new IOException("bytes of a zone were not stored");
    try {
      ObjectId object = putUnderAName(content, part);
      List<ByteBuffer> freed = new ArrayList<>();
      boolean dropped = content.stored(part, object, 0, freed);
      failure = null;
      lastFailure = null;
      failures.succeeded();
      memory.give(freed);
      content.takeStored();
      if (dropped) {
        changes.giveUp(content.zone(), List.of(new Piece(0, 1, object, 0)));
      }
    } catch (IOException | RuntimeException e) {
      failure = e;
      lastFailure = e instanceof IOException io ? io : new IOException(e);
      failures.failed("bytes of zone " + content.zone() + " cannot be stored now", e);
    } finally {
      if (failure != null) {
        fail(content, part, failure);
      }
    }
  }
}
