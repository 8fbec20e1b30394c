// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import zonefsj.device.AccessRules;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.StackedDevice;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneJudge;
import zonefsj.device.ZonedDevice;

/**
 * Encrypts everything before it leaves the process, with AES-256-XTS: each sector, which is a block
 * of the drive but at most 4096 bytes, is encrypted for its number, which is its position on the
 * drive divided by its size (in dm-crypt's words {@code aes-xts-plain64} with {@code
 * iv_large_sectors}). It needs no place on the drive.
 *
 * <p>It hides the content: of files, names and structures alike, from everybody who has the drive
 * and not the key. It does not hide
 *
 * <ul>
 *   <li>the write pointers and conditions of the zones, and so how much is written;
 *   <li>the positions, sizes and times of accesses, from somebody who watches the drive;
 *   <li>that a sector holds the same as before: equal content at the same position, also after the
 *       zone was reset, gives equal ciphertext, and of two contents of a sector one sees which
 *       groups of 16 bytes differ.
 * </ul>
 *
 * <p>It does not authenticate. A changed group of 16 bytes decrypts to 16 bytes that nobody can
 * choose, the rest of the sector stays. The filesystem's CRC32C finds such damage, by accident or
 * not, with a probability of 1 - 2^-32, but it is no protection against an attacker, who can put
 * back what the same position held before.
 *
 * <p>Beyond a write pointer, and in conventional zones that were never written, a read gives what
 * comes of decrypting what the drive below gives there, which looks random.
 *
 * <p>Cost: on one core of a processor without VAES 3.1 GB/s either way by {@link
 * CipherEngine#OPENSSL}, in direct memory; by {@link CipherEngine#JAVA} 1 GB/s to encrypt and 0.6
 * to decrypt, on a processor with VAES 6.4 to 7 GB/s, but 36 to 160 MB/s without Java's second
 * compiler, with which only the daemons of encrypted drives run. Several threads encrypt and
 * decrypt at once. A read is decrypted in place. A write is copied once, into direct memory as long
 * as the write. An append is a write at the write pointer, because the ciphertext depends on the
 * position; appends to one zone follow each other.
 *
 * <p>Threading: as the drive below; writes, finish and reset of one zone wait for each other.
 */
public final class CryptZonedDevice extends FilterZonedDevice implements StackedDevice {
  private static final int MAX_SECTOR_BYTES = 4096;
  private static final int AES_BLOCK_BYTES = 16;

  private final XtsKey key;
  private final CipherEngine engine;
  private final SectorCipher cipher;
  private final AtomicReferenceArray<Pointer> pointers;

  /**
   * @param below the drive that holds the ciphertext; owned from now on
   * @param key the key, always the same for a drive
   * @throws IllegalArgumentException if its block size is no multiple of a sector
   */
  public CryptZonedDevice(ZonedDevice below, XtsKey key) {
    this(below, key, CipherEngine.fastest());
  }

  /**
   * As {@link #CryptZonedDevice(ZonedDevice, XtsKey)}.
   *
   * @param engine what encrypts
   */
  public CryptZonedDevice(ZonedDevice below, XtsKey key, CipherEngine engine) {
    super(below);
    int block = below.geometry().blockSizeBytes();
    int sector = Math.min(block, MAX_SECTOR_BYTES);
    if (block % sector != 0 || sector % AES_BLOCK_BYTES != 0) {
      throw new IllegalArgumentException(
          "a drive with blocks of " + block + " bytes cannot be encrypted");
    }
    this.key = key;
    this.engine = engine;
    this.cipher = new SectorCipher(sector, () -> engine.worker(key, sector));
    this.pointers = new AtomicReferenceArray<>(below.geometry().zoneCount());
  }

  @Override
  public String kind() {
    return "crypt";
  }

  @Override
  public String state() {
    return "aes-256-xts, " + key + ", by " + engine;
  }

  @Override
  public List<Below> below() {
    return List.of(Below.of(delegate()));
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    ByteBuffer whole = destination.duplicate();
    super.read(positionBytes, destination);
    cipher.decrypt(positionBytes, whole);
  }

  @Override
  public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    ByteBuffer whole = destination.duplicate();
    super.readCopy(copy, positionBytes, destination);
    cipher.decrypt(positionBytes, whole);
  }

  @Override
  public void judgeBy(ZoneJudge judge) {
    super.judgeBy(
        (zone, lengthBytes, copy, other) ->
            judge.isNeeded(zone, lengthBytes, decrypted(zone, copy), decrypted(zone, other)));
  }

  private ZoneJudge.Copy decrypted(int zone, ZoneJudge.Copy copy) {
    long startBytes = geometry().zoneStartBytes(zone);
    return (offsetBytes, destination) -> {
      ByteBuffer whole = destination.duplicate();
      copy.read(offsetBytes, destination);
      cipher.decrypt(startBytes + offsetBytes, whole);
    };
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    long length = AccessRules.totalBytes(sources);
    int zone = AccessRules.checkWrite(geometry(), positionBytes, length);
    if (length == 0) {
      super.write(positionBytes, sources);
      return;
    }
    ByteBuffer[] encrypted = cipher.encrypt(zone, positionBytes, sources);
    Pointer pointer = pointer(zone);
    try {
      synchronized (pointer) {
        boolean known = pointer.bytes == positionBytes;
        pointer.forget();
        super.write(positionBytes, encrypted);
        if (known) {
          pointer.bytes = positionBytes + length;
        }
      }
    } finally {
      cipher.giveBack(encrypted);
    }
  }

  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    long length = AccessRules.totalBytes(sources);
    DeviceGeometry geometry = geometry();
    AccessRules.checkAppend(geometry, zone, length);
    if (length == 0) {
      return super.append(zone, sources);
    }
    Pointer pointer = pointer(zone);
    synchronized (pointer) {
      if (pointer.bytes < 0 || pointer.bytes >= pointer.endBytes) {
        ZoneDescriptor descriptor = super.report(zone, 1).get(0);
        if (!takesAppends(descriptor)) {
          return appendAsRefused(descriptor, sources);
        }
        pointer.bytes = descriptor.writePointerBytes();
        pointer.endBytes = descriptor.startBytes() + descriptor.capacityBytes();
      }
      long positionBytes = pointer.bytes;
      ByteBuffer[] encrypted = cipher.encrypt(zone, positionBytes, sources);
      try {
        pointer.forget();
        super.write(positionBytes, encrypted);
      } finally {
        cipher.giveBack(encrypted);
      }
      pointer.bytes = positionBytes + length;
      return positionBytes;
    }
  }

  private static boolean takesAppends(ZoneDescriptor zone) {
    return zone.hasWritePointer() && zone.condition() != ZoneCondition.FULL;
  }

  /** Lets the drive below refuse an append in its own words; it gets no plaintext even so. */
  private long appendAsRefused(ZoneDescriptor zone, ByteBuffer... sources) throws IOException {
    long expectedBytes = zone.startBytes() + zone.writtenBytes();
    ByteBuffer[] encrypted = cipher.encrypt(zone.index(), expectedBytes, sources);
    try {
      long positionBytes = super.append(zone.index(), encrypted);
      if (positionBytes != expectedBytes) {
        throw new IOException(
            geometry().description()
                + ": zone "
                + zone.index()
                + " took an append that it cannot take");
      }
      return positionBytes;
    } finally {
      cipher.giveBack(encrypted);
    }
  }

  @Override
  public void finish(int zone) throws IOException {
    AccessRules.checkZone(geometry(), zone);
    Pointer pointer = pointer(zone);
    synchronized (pointer) {
      pointer.forget();
      super.finish(zone);
    }
  }

  @Override
  public void reset(int zone) throws IOException {
    AccessRules.checkZone(geometry(), zone);
    Pointer pointer = pointer(zone);
    synchronized (pointer) {
      pointer.forget();
      super.reset(zone);
    }
  }

  @Override
  public void close() throws IOException {
    cipher.clear();
    super.close();
  }

  private Pointer pointer(int zone) {
    Pointer pointer = pointers.get(zone);
    if (pointer == null) {
      Pointer made = new Pointer();
      pointer = pointers.compareAndSet(zone, null, made) ? made : pointers.get(zone);
    }
    return pointer;
  }

  /**
   * The write pointer of a zone as far as it is known, and the lock for what changes it. It is
   * learned by an append only, so it stays unknown for a conventional zone.
   */
  private static final class Pointer {
    private long bytes = -1;
    private long endBytes;

    void forget() {
      bytes = -1;
    }
  }
}
