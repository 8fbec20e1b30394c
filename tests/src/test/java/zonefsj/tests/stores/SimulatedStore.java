// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.ObjectTooLongException;
import zonefsj.stores.StoreRefusedException;

/**
 * A store in memory that does no more than {@link ObjectStore} says: requests that fail may have
 * had an effect, or have one later; requests are carried out twice; listings are old. Clients can
 * be stopped at any request. Thread-safe.
 */
public final class SimulatedStore {
  private final long maxObjectBytes;
  private final SplittableRandom random;
  private final int faultPercent;
  private final Map<String, byte[]> objects = new HashMap<>();

  /** Names in each state of the store so far. */
  private final List<TreeSet<String>> history = new ArrayList<>(List.of(new TreeSet<>()));

  /** Effects that come later. */
  private final List<Runnable> late = new ArrayList<>();

  /**
   * @param faultPercent how many requests of 100 fail, and how many are carried out twice
   */
  public SimulatedStore(long maxObjectBytes, long seed, int faultPercent) {
    this.maxObjectBytes = maxObjectBytes;
    this.random = new SplittableRandom(seed);
    this.faultPercent = faultPercent;
  }

  /** A client that is never stopped. */
  public Client client() {
    return new Client(Long.MAX_VALUE, null);
  }

  /** A client whose every request fails from one on. */
  public Client clientUntil(long request) {
    return new Client(request, null);
  }

  /**
   * A client that waits before one request.
   *
   * @param pause runs then
   */
  public Client clientThatWaits(long request, Runnable pause) {
    return new Client(request, pause);
  }

  /** Lets all effects come that have not come yet. */
  public synchronized void catchUp() {
    while (!late.isEmpty()) {
      late.remove(random.nextInt(late.size())).run();
    }
  }

  private synchronized boolean put(String name, byte[] content) {
    if (objects.putIfAbsent(name, content) != null) {
      return false;
    }
    note();
    return true;
  }

  private synchronized void remove(String name) {
    if (objects.remove(name) != null) {
      note();
    }
  }

  private void note() {
    if (history.size() > 64) {
      history.remove(0);
    }
    history.add(new TreeSet<>(objects.keySet()));
  }

  /** Decides what becomes of a request; its effect comes now, later, twice or never. */
  private synchronized Fate fate() {
    while (!late.isEmpty() && random.nextInt(100) < faultPercent) {
      late.remove(random.nextInt(late.size())).run();
    }
    int drawn = random.nextInt(100);
    if (drawn >= 2 * faultPercent) {
      return Fate.DONE;
    }
    if (drawn >= faultPercent) {
      return Fate.DONE_TWICE;
    }
    return switch (drawn % 3) {
      case 0 -> Fate.FAILED;
      case 1 -> Fate.DONE_AND_FAILED;
      default -> Fate.DONE_LATER_AND_FAILED;
    };
  }

  private enum Fate {
    DONE,
    DONE_TWICE,
    FAILED,
    DONE_AND_FAILED,
    DONE_LATER_AND_FAILED
  }

  /** A host that uses the store. */
  public final class Client implements ObjectStore {
    private final long stopsAt;
    private final @Nullable Runnable pause;
    private long requests;
    private boolean calm;
    private @Nullable Runnable beside;

    private Client(long stopsAt, @Nullable Runnable pause) {
      this.stopsAt = stopsAt;
      this.pause = pause;
    }

    /** Number of requests so far. */
    public long requests() {
      return requests;
    }

    /** Whether this client has come to the request at which it stops. */
    public boolean isStoppedNow() {
      return pause == null && requests > stopsAt;
    }

    /** Whether no request fails. */
    public void setCalm(boolean nowCalm) {
      calm = nowCalm;
    }

    /** Runs something in the middle of the next put; null for nothing. */
    public void setBeside(@Nullable Runnable once) {
      beside = once;
    }

    private boolean isStopped() {
      if (requests++ < stopsAt) {
        return false;
      }
      if (pause == null) {
        return true;
      }
      if (requests - 1 == stopsAt) {
        pause.run();
      }
      return false;
    }

    private IOException stopped() {
      return new StoreRefusedException("the host has stopped", null);
    }

    @Override
    public long maxObjectBytes() {
      return maxObjectBytes;
    }

    @Override
    public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
      Runnable once = beside;
      beside = null;
      if (once != null) {
        once.run();
      }
      byte[] content = bytes(sources);
      boolean[] result = new boolean[1];
      change(name, () -> result[0] |= put(name, content));
      return result[0];
    }

    @Override
    public void delete(String name) throws IOException {
      change(name, () -> remove(name));
    }

    private void change(String name, Runnable effect) throws IOException {
      boolean stopped = isStopped();
      Fate fate = calm ? Fate.DONE : fate();
      synchronized (SimulatedStore.this) {
        switch (fate) {
          case DONE -> {
            if (!stopped) {
              effect.run();
            }
          }
          case DONE_TWICE -> {
            effect.run();
            late.add(effect);
          }
          case FAILED -> {}
          case DONE_AND_FAILED -> effect.run();
          case DONE_LATER_AND_FAILED -> late.add(effect);
        }
      }
      if (stopped) {
        throw stopped();
      }
      if (fate != Fate.DONE && fate != Fate.DONE_TWICE) {
        throw new IOException("no answer to a request for " + name);
      }
    }

    private byte @Nullable [] find(String name) throws IOException {
      if (isStopped()) {
        throw stopped();
      }
      Fate fate = calm ? Fate.DONE : fate();
      if (fate != Fate.DONE && fate != Fate.DONE_TWICE) {
        throw new IOException("no answer to a request for " + name);
      }
      synchronized (SimulatedStore.this) {
        return objects.get(name);
      }
    }

    @Override
    public Optional<ByteBuffer> get(String name, int mostBytes) throws IOException {
      byte[] content = find(name);
      if (content != null && content.length > mostBytes) {
        throw new ObjectTooLongException(this, name, mostBytes);
      }
      return content == null ? Optional.empty() : Optional.of(ByteBuffer.wrap(content));
    }

    @Override
    public void read(String name, long offsetBytes, ByteBuffer destination) throws IOException {
      byte[] content = find(name);
      if (content == null) {
        throw new ObjectMissingException(this, name);
      }
      if (content.length - offsetBytes < destination.remaining()) {
        throw new EOFException(name + " ends at " + content.length);
      }
      destination.put(content, (int) offsetBytes, destination.remaining());
    }

    @Override
    public void list(String prefix, Listing listing) throws IOException {
      if (isStopped()) {
        throw stopped();
      }
      TreeSet<String> names;
      synchronized (SimulatedStore.this) {
        names = history.get(random.nextInt(history.size()));
      }
      for (String name : names) {
        if (name.startsWith(prefix)) {
          listing.add(name, 0);
        }
      }
    }

    @Override
    public void close() {
      // Nothing is open.
    }

    @Override
    public String toString() {
      return "simulated store";
    }
  }

  private static byte[] bytes(ByteBuffer... sources) {
    int length = 0;
    for (ByteBuffer source : sources) {
      length += source.remaining();
    }
    ByteBuffer all = ByteBuffer.allocate(length);
    for (ByteBuffer source : sources) {
      all.put(source.duplicate());
    }
    return all.array();
  }
}
