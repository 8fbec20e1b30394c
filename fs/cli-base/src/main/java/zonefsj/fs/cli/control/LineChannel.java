// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lines of UTF-8 over a socket, each with a deadline. One thread may read while another writes;
 * writers take turns.
 */
public final class LineChannel implements Closeable {
  private final SocketChannel socket;
  private final Selector readable;
  private final Selector writable;
  private final int maxLineBytes;
  private final ReentrantLock sending = new ReentrantLock();

  /** The rest of a line of which only a part was sent at once; guarded by {@link #sending}. */
  private ByteBuffer unsent = ByteBuffer.allocate(0);

  private ByteBuffer received = ByteBuffer.allocate(8 << 10).flip();

  /**
   * Takes ownership of a connected socket.
   *
   * @param maxLineBytes limit for the lines that the other end sends
   */
  public LineChannel(SocketChannel socket, int maxLineBytes) throws IOException {
    this.socket = socket;
    this.maxLineBytes = maxLineBytes;
    socket.configureBlocking(false);
    this.readable = Selector.open();
    this.writable = Selector.open();
    socket.register(readable, SelectionKey.OP_READ);
    socket.register(writable, SelectionKey.OP_WRITE);
  }

  /**
   * Waits for a line.
   *
   * @return the line without its end; empty if the other end has closed between two lines
   * @throws PeerTimeoutException if no complete line arrives in time
   * @throws IOException if the line is too long or incomplete, or the socket fails
   */
  public Optional<String> readLine(Duration timeout) throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    int scanned = 0;
    while (true) {
      for (int i = received.position() + scanned; i < received.limit(); i++) {
        if (received.get(i) == '\n') {
          return Optional.of(take(i));
        }
      }
      scanned = received.remaining();
      if (scanned > maxLineBytes) {
        throw new MalformedJsonException("a line of more than " + maxLineBytes + " bytes");
      }
      if (!receive(deadline)) {
        if (scanned > 0) {
          throw new EOFException("the connection ended within a line");
        }
        return Optional.empty();
      }
    }
  }

  /** Whether the other end sends nothing any more. Does not wait; for the thread that reads. */
  public boolean isAtEnd() throws IOException {
    try {
      return readLine(Duration.ZERO).isEmpty();
    } catch (PeerTimeoutException open) {
      return false;
    }
  }

  /** Tells the other end that no line follows. Lines of the other end can still be read. */
  public void endOutput() throws IOException {
    socket.shutdownOutput();
  }

  private String take(int end) {
    byte[] line = new byte[end - received.position()];
    received.get(line).get();
    return new String(line, StandardCharsets.UTF_8);
  }

  /** Waits for bytes. Returns false at the end of the stream. */
  private boolean receive(long deadlineNanos) throws IOException {
    received.compact();
    if (!received.hasRemaining()) {
      received = ByteBuffer.allocate(received.capacity() * 2).put(received.flip());
    }
    try {
      while (true) {
        int count = socket.read(received);
        if (count != 0) {
          return count > 0;
        }
        await(readable, deadlineNanos);
      }
    } finally {
      received.flip();
    }
  }

  /** Sends a line. {@code line} must not contain a line end. */
  public void writeLine(String line, Duration timeout) throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    sending.lock();
    try {
      write(unsent, deadline);
      // After a timeout the next line goes behind its rest.
      unsent = bytesOf(line);
      write(unsent, deadline);
    } finally {
      sending.unlock();
    }
  }

  private void write(ByteBuffer bytes, long deadlineNanos) throws IOException {
    while (true) {
      socket.write(bytes);
      if (!bytes.hasRemaining()) {
        return;
      }
      await(writable, deadlineNanos);
    }
  }

  /**
   * Sends a line that is not worth waiting for: it is left out while another one is being sent, or
   * the other end does not read. {@code line} must not contain a line end.
   *
   * @throws IOException if the other end is gone
   */
  public void offerLine(String line) throws IOException {
    if (!sending.tryLock()) {
      return;
    }
    try {
      socket.write(unsent);
      if (!unsent.hasRemaining()) {
        unsent = bytesOf(line);
        socket.write(unsent);
      }
    } finally {
      sending.unlock();
    }
  }

  private static ByteBuffer bytesOf(String line) {
    return ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static void await(Selector selector, long deadlineNanos) throws IOException {
    long leftMillis = (deadlineNanos - System.nanoTime()) / 1_000_000;
    if (leftMillis <= 0) {
      throw new PeerTimeoutException();
    }
    try {
      selector.select(leftMillis);
      selector.selectedKeys().clear();
    } catch (ClosedSelectorException e) {
      AsynchronousCloseException closed = new AsynchronousCloseException();
      closed.initCause(e);
      throw closed;
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("interrupted");
    }
  }

  @Override
  public void close() throws IOException {
    try (readable;
        writable) {
      socket.close();
    }
  }
}
