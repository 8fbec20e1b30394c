// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A store of objects that never change: a directory, a bucket, a namespace of keys.
 *
 * <p>Names consist of lower-case letters, digits, {@code -} and {@code /}, are at most 200 bytes
 * long and are never used for a second object after the first one was deleted.
 *
 * <p>Every implementation
 *
 * <ul>
 *   <li>must make an object visible as a whole or not at all;
 *   <li>must let at most one of several puts of a name succeed, also of different hosts at the same
 *       time;
 *   <li>must keep an object durably once its put has returned {@code true}, and show it to every
 *       {@link #get} and {@link #read} that begins afterwards, on any host;
 *   <li>must leave the positions of the sources of a put as they are, so that it can be repeated,
 *       and must not touch the sources any more after the put has returned or failed;
 *   <li>must be safe for use by several threads, and must end every request within a stated time.
 * </ul>
 *
 * <p>It need not promise more: a put or delete that fails may have taken effect, or may take effect
 * at any later time; a request may be carried out twice; a listing may be old.
 */
public interface ObjectStore extends Closeable {
  /** The longest object that it takes, in bytes; at least 1 MiB. */
  long maxObjectBytes();

  /**
   * Stores an object unless there is one of its name.
   *
   * @param sources the content, in order
   * @return false if there is an object of this name; if it has the same content, it may be one
   *     that this put has stored, and the answer may be either
   * @throws StoreRefusedException if the put had no effect and will have none, and a repetition is
   *     useless
   * @throws StoreUnavailableException if the put had no effect and will have none
   */
  boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException;

  /**
   * As {@link #putIfAbsent}, for a name that this client alone puts, ever, and with this content
   * only: the store need not care for others.
   */
  default boolean putOwn(String name, ByteBuffer... sources) throws IOException {
    return putIfAbsent(name, sources);
  }

  /**
   * A whole object, with position 0 and its length as limit; empty if there is none.
   *
   * @param mostBytes longest object that the caller takes: somebody else may have put it
   * @throws ObjectTooLongException if it is longer; it is not read then
   * @throws ObjectUnreadableException if the store has lost bytes of it
   */
  Optional<ByteBuffer> get(String name, int mostBytes) throws IOException;

  /**
   * Reads a part of an object until {@code destination} is full.
   *
   * @throws ObjectMissingException if there is no such object
   * @throws ObjectUnreadableException if the store has lost bytes of it
   * @throws java.io.EOFException if it is shorter
   */
  void read(String name, long offsetBytes, ByteBuffer destination) throws IOException;

  /** Calls {@code listing} for each object whose name begins with {@code prefix}, in any order. */
  void list(String prefix, Listing listing) throws IOException;

  /** Deletes an object; does nothing if there is none. */
  void delete(String name) throws IOException;

  /**
   * Deletes what puts that were cut off have left beside the objects for a day or longer, as far as
   * that is possible. Called when a drive was found there, and belongs to this host.
   */
  default void deleteLeftovers() {}

  /**
   * For so long, in milliseconds, no put has had an answer although some were made; 0 if the last
   * one had. Stores that do not repeat requests do not tell.
   */
  default long stalledMillis() {
    return 0;
  }

  /** Where it is, in words for the user. */
  @Override
  String toString();

  /** Receives the objects of a listing. */
  @FunctionalInterface
  interface Listing {
    /**
     * Receives an object.
     *
     * @param name its name
     * @param lengthBytes its length
     */
    void add(String name, long lengthBytes) throws IOException;
  }
}
