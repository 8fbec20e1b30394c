// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.s3.client;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.ObjectTooLongException;
import zonefsj.stores.StoreRefusedException;

/**
 * Objects of a bucket. Thread-safe. A request ends after 60 seconds.
 *
 * <p>Costs one request for each method, and one for each thousand objects that are listed; 64 KiB
 * of heap for each request at a time.
 */
final class S3Store implements ObjectStore {
  private static final long MAX_OBJECT_BYTES = 64L << 20;
  private static final int BUFFER_BYTES = 64 << 10;

  /** The length of the object, in a header Content-Range. */
  private static final Pattern RANGE = Pattern.compile("bytes [0-9-]+/([0-9]{1,18})");

  private final S3Client client;
  private final String bucket;
  private final String prefix;
  private final String words;
  private final boolean readOnly;

  /** Whether the store was seen to refuse a second object of the same name. */
  private volatile boolean refusesSecond;

  /**
   * Does not connect yet.
   *
   * @param client owned from now on
   * @param prefix what all keys begin with
   * @param words what the store is called
   */
  S3Store(S3Client client, String bucket, String prefix, String words, boolean readOnly) {
    this.client = client;
    this.bucket = bucket;
    this.prefix = prefix;
    this.words = words;
    this.readOnly = readOnly;
  }

  @Override
  public long maxObjectBytes() {
    return MAX_OBJECT_BYTES;
  }

  @Override
  public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
    if (!refusesSecond) {
      ConditionProbe.run(this);
      refusesSecond = true;
    }
    return putWithCondition(name, sources);
  }

  /** Puts an object unless there is one, if the store knows how. */
  boolean putWithCondition(String name, ByteBuffer... sources) throws IOException {
    try {
      put(PutObjectRequest.builder().ifNoneMatch("*"), name, sources);
      return true;
    } catch (S3Exception e) {
      if (e.statusCode() == S3Errors.TAKEN) {
        return false;
      }
      throw judged(e, name);
    } catch (RuntimeException e) {
      throw judged(e, name);
    }
  }

  @Override
  public boolean putOwn(String name, ByteBuffer... sources) throws IOException {
    try {
      put(PutObjectRequest.builder(), name, sources);
      return true;
    } catch (RuntimeException e) {
      throw judged(e, name);
    }
  }

  private void put(PutObjectRequest.Builder request, String name, ByteBuffer... sources)
      throws IOException {
    requireWritable();
    long length = 0;
    for (ByteBuffer source : sources) {
      length += source.remaining();
    }
    PutObjectResponse answer =
        client.putObject(
            request.bucket(bucket).key(prefix + name).build(),
            RequestBody.fromContentProvider(
                () -> new BufferStream(sources), length, "application/octet-stream"));
    if (answer.eTag() == null) {
      // A proxy, or a page of its own that it shows instead of the store.
      throw new IOException(this + ": an answer to the put of " + name + " is not that of a store");
    }
  }

  /**
   * What a request for an object has found.
   *
   * @param there whether it is there; if not, nothing else counts
   * @param lengthBytes number of bytes that were announced; -1 if none was
   * @param complete whether all that were wanted have come
   */
  private record Found(boolean there, long lengthBytes, boolean complete) {}

  private static final Found MISSING = new Found(false, 0, false);

  /**
   * Asks for an object, or a part of it.
   *
   * @param range empty for all of it
   * @param taker takes its bytes; what it throws comes back in the words of the SDK
   */
  private Found ask(String name, String range, Taker taker) throws IOException {
    GetObjectRequest.Builder request = GetObjectRequest.builder().bucket(bucket).key(prefix + name);
    if (!range.isEmpty()) {
      request.range(range);
    }
    try {
      // The bytes are taken within the time of the request; what it returns has no limit any more.
      return client.getObject(
          request.build(),
          (response, in) -> {
            Long length = response.contentLength();
            if (response.eTag() == null) {
              throw new IOException("it is not the answer of a store");
            }
            long taken = taker.take(response, in);
            if (length == null || taken != length) {
              // A close would read the rest.
              in.abort();
            }
            return new Found(true, length == null ? -1 : length, taken >= 0);
          });
    } catch (S3Exception e) {
      if (S3Errors.isMissing(e)) {
        return MISSING;
      }
      if (e.statusCode() == S3Errors.BEYOND) {
        return new Found(true, 0, false);
      }
      throw judged(e, name);
    } catch (RuntimeException e) {
      throw judged(e, name);
    }
  }

  /** Takes the bytes of an answer. */
  @FunctionalInterface
  private interface Taker {
    /** Returns the number of bytes that it has taken; -1 if it lacks some. */
    long take(GetObjectResponse response, InputStream in) throws IOException;
  }

  @Override
  public Optional<ByteBuffer> get(String name, int mostBytes) throws IOException {
    if (mostBytes == 0) {
      return look(name);
    }
    ByteBuffer[] object = new ByteBuffer[1];
    Found found =
        ask(
            name,
            "",
            (response, in) -> {
              Long length = response.contentLength();
              if (length == null || length > mostBytes) {
                return -1;
              }
              object[0] = ByteBuffer.allocate(Math.toIntExact(length));
              return fill(in, object[0]);
            });
    if (!found.there()) {
      return Optional.empty();
    }
    if (found.lengthBytes() > mostBytes) {
      throw new ObjectTooLongException(this, name, mostBytes);
    }
    if (!found.complete()) {
      throw new IOException(this + ": " + name + " came without its end");
    }
    return Optional.of(object[0].flip());
  }

  /** Whether there is an object; one byte of it is asked for, as HEAD has no words for errors. */
  private Optional<ByteBuffer> look(String name) throws IOException {
    Found found = ask(name, "bytes=0-0", (response, in) -> in.read() < 0 ? -1 : 1);
    if (!found.there()) {
      return Optional.empty();
    }
    if (found.lengthBytes() != 0) {
      throw new ObjectTooLongException(this, name, 0);
    }
    return Optional.of(ByteBuffer.allocate(0));
  }

  @Override
  public void read(String name, long offsetBytes, ByteBuffer destination) throws IOException {
    if (!destination.hasRemaining()) {
      return;
    }
    int position = destination.position();
    long end = offsetBytes + destination.remaining();
    String from = "bytes " + offsetBytes + "-" + (end - 1) + "/";
    Found found = MISSING;
    try {
      found =
          ask(
              name,
              "bytes=" + offsetBytes + "-" + (end - 1),
              (response, in) -> {
                String range = response.contentRange();
                if (range == null || !range.startsWith(from)) {
                  return requireShort(range, end);
                }
                return fill(in, destination);
              });
    } finally {
      if (!found.complete()) {
        destination.position(position);
      }
    }
    if (!found.there()) {
      throw new ObjectMissingException(this, name);
    }
    if (!found.complete()) {
      throw new EOFException(this + ": object " + name + " is too short");
    }
  }

  /** Another part came than was asked for: so it should be only if the object ends before. */
  private static long requireShort(@Nullable String range, long endBytes) throws IOException {
    Matcher matcher = RANGE.matcher(range == null ? "" : range);
    if (!matcher.matches() || Long.parseLong(matcher.group(1)) >= endBytes) {
      throw new IOException("another part of the object came: " + range);
    }
    return -1;
  }

  /**
   * Takes as many bytes as have room.
   *
   * @throws IOException if there are fewer, though they were announced
   */
  private static long fill(InputStream in, ByteBuffer destination) throws IOException {
    int wanted = destination.remaining();
    byte[] buffer = new byte[Math.min(BUFFER_BYTES, Math.max(1, wanted))];
    while (destination.hasRemaining()) {
      int length = in.read(buffer, 0, Math.min(buffer.length, destination.remaining()));
      if (length < 0) {
        throw new EOFException("the answer was cut off");
      }
      destination.put(buffer, 0, length);
    }
    return wanted;
  }

  @Override
  public void list(String names, Listing listing) throws IOException {
    String next = null;
    do {
      ListObjectsV2Response page = page(names, next);
      for (S3Object object : page.contents()) {
        String key = object.key();
        Long length = object.size();
        if (key == null || length == null) {
          throw new IOException(this + ": a listing has an object without a name or a length");
        }
        if (key.startsWith(prefix + names) && !key.startsWith(prefix + ConditionProbe.NAMES)) {
          listing.add(key.substring(prefix.length()), length);
        }
      }
      next = null;
      if (Boolean.TRUE.equals(page.isTruncated())) {
        next = page.nextContinuationToken();
        if (next == null) {
          throw new IOException(this + ": a listing was cut off");
        }
      }
    } while (next != null);
  }

  private ListObjectsV2Response page(String names, @Nullable String token) throws IOException {
    try {
      return client.listObjectsV2(
          each -> each.bucket(bucket).prefix(prefix + names).continuationToken(token));
    } catch (RuntimeException e) {
      throw judged(e, names);
    }
  }

  @Override
  public void delete(String name) throws IOException {
    requireWritable();
    try {
      client.deleteObject(each -> each.bucket(bucket).key(prefix + name));
    } catch (S3Exception e) {
      if (!S3Errors.isMissing(e)) {
        throw judged(e, name);
      }
    } catch (RuntimeException e) {
      throw judged(e, name);
    }
  }

  private void requireWritable() throws StoreRefusedException {
    if (readOnly) {
      throw new StoreRefusedException(words + " is only read", null);
    }
  }

  private IOException judged(RuntimeException e, String name) {
    return S3Errors.of(e, words + ": " + name);
  }

  @Override
  public void close() {
    client.close();
  }

  @Override
  public String toString() {
    return words;
  }
}
