// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import zonefsj.device.AccessRules;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.ObjectTooLongException;
import zonefsj.stores.StoreRefusedException;

/** Objects in memory, none longer than it says. Stays when it is closed. */
final class MemoryObjectStore implements ObjectStore {
  private final Map<String, ByteBuffer> objects = new ConcurrentSkipListMap<>();
  private final long maxObjectBytes;

  MemoryObjectStore(long maxObjectBytes) {
    this.maxObjectBytes = maxObjectBytes;
  }

  int count(String prefix) {
    return (int) objects.keySet().stream().filter(name -> name.startsWith(prefix)).count();
  }

  @Override
  public long maxObjectBytes() {
    return maxObjectBytes;
  }

  @Override
  public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
    int length = Math.toIntExact(AccessRules.totalBytes(sources));
    if (length > maxObjectBytes) {
      throw new StoreRefusedException(name + " has " + length + " bytes", null);
    }
    ByteBuffer object = ByteBuffer.allocate(length);
    for (ByteBuffer source : sources) {
      object.put(source.duplicate());
    }
    return objects.putIfAbsent(name, object.flip()) == null;
  }

  @Override
  public Optional<ByteBuffer> get(String name, int mostBytes) throws IOException {
    ByteBuffer object = objects.get(name);
    if (object == null) {
      return Optional.empty();
    }
    if (object.remaining() > mostBytes) {
      throw new ObjectTooLongException(this, name, mostBytes);
    }
    return Optional.of(object.duplicate());
  }

  @Override
  public void read(String name, long offsetBytes, ByteBuffer destination) throws IOException {
    ByteBuffer object = objects.get(name);
    if (object == null) {
      throw new ObjectMissingException(this, name);
    }
    if (offsetBytes > object.remaining() - destination.remaining()) {
      throw new EOFException(name);
    }
    destination.put(object.slice((int) offsetBytes, destination.remaining()));
  }

  @Override
  public void list(String prefix, Listing listing) throws IOException {
    for (Map.Entry<String, ByteBuffer> entry : objects.entrySet()) {
      if (entry.getKey().startsWith(prefix)) {
        listing.add(entry.getKey(), entry.getValue().remaining());
      }
    }
  }

  @Override
  public void delete(String name) {
    objects.remove(name);
  }

  @Override
  public void close() {
    // The next one finds them.
  }

  @Override
  public String toString() {
    return "memory";
  }
}
