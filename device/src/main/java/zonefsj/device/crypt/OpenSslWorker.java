// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.crypt.openssl.OpenSslXts;

/**
 * By OpenSSL: from direct memory to direct memory without a copy. Other buffers are copied, a few
 * sectors at a time so that they stay in the processor's first cache.
 */
final class OpenSslWorker implements SectorWorker {
  private static final Logger LOG = LoggerFactory.getLogger(OpenSslWorker.class);

  private static final int BATCH_BYTES = 8 << 10;

  private final OpenSslXts encryption;
  private final OpenSslXts decryption;
  private final int sectorBytes;
  private final int batchBytes;

  /** For what is decrypted outside direct memory. */
  private final ByteBuffer batch;

  private OpenSslWorker(
      OpenSslXts encryption, OpenSslXts decryption, ByteBuffer batch, int sectorBytes) {
    this.encryption = encryption;
    this.decryption = decryption;
    this.batch = batch;
    this.batchBytes = batch.capacity();
    this.sectorBytes = sectorBytes;
  }

  /** Empty if the host has no such library, or no memory. */
  static Optional<SectorWorker> create(XtsKey key, int sectorBytes) {
    byte[] bytes = key.bytes();
    Optional<OpenSslXts> encryption = Optional.empty();
    Optional<OpenSslXts> decryption = Optional.empty();
    Optional<SectorWorker> made = Optional.empty();
    try {
      ByteBuffer batch =
          ByteBuffer.allocateDirect(Math.max(sectorBytes, BATCH_BYTES - BATCH_BYTES % sectorBytes));
      encryption = OpenSslXts.create(bytes, true);
      decryption = OpenSslXts.create(bytes, false);
      if (encryption.isPresent() && decryption.isPresent()) {
        made =
            Optional.of(
                new OpenSslWorker(
                    encryption.orElseThrow(), decryption.orElseThrow(), batch, sectorBytes));
      }
      return made;
    } catch (OutOfMemoryError none) {
      LOG.debug("no memory for OpenSSL", none);
      return Optional.empty();
    } finally {
      Arrays.fill(bytes, (byte) 0);
      if (made.isEmpty()) {
        encryption.ifPresent(OpenSslXts::close);
        decryption.ifPresent(OpenSslXts::close);
      }
    }
  }

  @Override
  public void encrypt(long sector, Sources sources, ByteBuffer target, int length) {
    long number = sector;
    int left = length;
    while (left > 0) {
      ByteBuffer source = sources.direct(sectorBytes);
      int at = target.position();
      int count;
      if (source == null) {
        count = Math.min(left, batchBytes);
        sources.take(target, count);
        encryption.crypt(number, sectorBytes, target, at, target, at, count);
      } else {
        count = Math.min(left, source.remaining() - source.remaining() % sectorBytes);
        int from = source.position();
        encryption.crypt(number, sectorBytes, source, from, target, at, count);
        source.position(from + count);
        target.position(at + count);
      }
      number += count / sectorBytes;
      left -= count;
    }
  }

  @Override
  public void decrypt(long sector, ByteBuffer buffer) {
    if (buffer.isDirect()) {
      int at = buffer.position();
      decryption.crypt(sector, sectorBytes, buffer, at, buffer, at, buffer.remaining());
      buffer.position(buffer.limit());
      return;
    }
    long number = sector;
    while (buffer.hasRemaining()) {
      int at = buffer.position();
      int count = Math.min(buffer.remaining(), batchBytes);
      batch.put(0, buffer, at, count);
      decryption.crypt(number, sectorBytes, batch, 0, batch, 0, count);
      buffer.put(at, batch, 0, count).position(at + count);
      number += count / sectorBytes;
    }
  }

  @Override
  public void close() {
    encryption.close();
    decryption.close();
  }
}
