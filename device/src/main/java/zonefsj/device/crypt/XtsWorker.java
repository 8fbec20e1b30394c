// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * By the ciphers of Java, which has no XTS. One call of its ECB mode encrypts the numbers of all
 * sectors of a batch, and another one all their data, so that the cost of a call does not count,
 * and that the JDK can use the processor's instructions for several blocks at once.
 */
class XtsWorker implements SectorWorker {
  /** Longest batch: the arrays of this size together fit the first cache of a processor. */
  private static final int BATCH_BYTES = 8 << 10;

  private static final int AES_BLOCK = 16;

  /** x^128 = x^7 + x^2 + x + 1. */
  private static final long REDUCTION = 0x87;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final int sectorBytes;
  private final int batchBytes;
  private final Cipher encryption;
  private final Cipher decryption;
  private final Cipher tweakEncryption;
  private final byte[] numbers;
  private final byte[] tweaks;
  private final byte[] mask;
  private final byte[] input;
  private final byte[] output;

  XtsWorker(XtsKey key, int sectorBytes) {
    if (sectorBytes < AES_BLOCK || sectorBytes > BATCH_BYTES || sectorBytes % AES_BLOCK != 0) {
      throw new IllegalArgumentException("sectors of " + sectorBytes + " bytes");
    }
    this.sectorBytes = sectorBytes;
    this.batchBytes = BATCH_BYTES - BATCH_BYTES % sectorBytes;
    this.encryption = cipher(Cipher.ENCRYPT_MODE, key.data());
    this.decryption = cipher(Cipher.DECRYPT_MODE, key.data());
    this.tweakEncryption = cipher(Cipher.ENCRYPT_MODE, key.tweak());
    this.numbers = new byte[batchBytes / sectorBytes * AES_BLOCK];
    this.tweaks = new byte[numbers.length];
    this.mask = new byte[batchBytes];
    this.input = new byte[batchBytes];
    this.output = new byte[batchBytes];
  }

  private static Cipher cipher(int mode, SecretKeySpec key) {
    try {
      Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
      cipher.init(mode, key);
      return cipher;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no AES with keys of 256 bits", e);
    }
  }

  @Override
  public void encrypt(long sector, Sources sources, ByteBuffer target, int length) {
    for (int done = 0; done < length; ) {
      int count = Math.min(batchBytes, length - done);
      sources.take(input, count);
      crypt(encryption, sector + done / sectorBytes, count);
      target.put(output, 0, count);
      done += count;
    }
  }

  @Override
  public void decrypt(long sector, ByteBuffer buffer) {
    long number = sector;
    while (buffer.hasRemaining()) {
      int count = Math.min(batchBytes, buffer.remaining());
      buffer.get(buffer.position(), input, 0, count);
      crypt(decryption, number, count);
      buffer.put(output, 0, count);
      number += count / sectorBytes;
    }
  }

  /** Does nothing: what Java's ciphers hold goes with them. */
  @Override
  public void close() {}

  private void crypt(Cipher cipher, long sector, int length) {
    if (length % sectorBytes != 0) {
      throw new IllegalArgumentException(length + " bytes are not whole sectors");
    }
    spread(sector, length / sectorBytes);
    whiten(input, mask, length);
    ecb(cipher, input, length, output);
    whiten(output, mask, length);
  }

  /** Prepares the masks of all blocks of some sectors. */
  private void spread(long sector, int sectors) {
    for (int i = 0; i < sectors; i++) {
      LONGS.set(numbers, i * AES_BLOCK, sector + i);
    }
    ecb(tweakEncryption, numbers, sectors * AES_BLOCK, tweaks);
    int done = 0;
    for (; done + 1 < sectors; done += 2) {
      multiplyOutTwo(done);
    }
    if (done < sectors) {
      multiplyOut(done);
    }
  }

  /** The mask of each block of a sector is the one before times x in GF(2^128). */
  private void multiplyOut(int sector) {
    long low = (long) LONGS.get(tweaks, sector * AES_BLOCK);
    long high = (long) LONGS.get(tweaks, sector * AES_BLOCK + Long.BYTES);
    int from = sector * sectorBytes;
    for (int at = from; at < from + sectorBytes; at += AES_BLOCK) {
      LONGS.set(mask, at, low);
      LONGS.set(mask, at + Long.BYTES, high);
      long carry = high >> 63 & REDUCTION;
      high = high << 1 | low >>> 63;
      low = low << 1 ^ carry;
    }
  }

  /** The same for two sectors: a step waits for the one before it, but not for the other sector. */
  private void multiplyOutTwo(int sector) {
    int seed = sector * AES_BLOCK;
    long low = (long) LONGS.get(tweaks, seed);
    long high = (long) LONGS.get(tweaks, seed + Long.BYTES);
    long nextLow = (long) LONGS.get(tweaks, seed + AES_BLOCK);
    long nextHigh = (long) LONGS.get(tweaks, seed + AES_BLOCK + Long.BYTES);
    byte[] to = mask;
    int distance = sectorBytes;
    int from = sector * distance;
    for (int at = from; at < from + distance; at += AES_BLOCK) {
      LONGS.set(to, at, low);
      LONGS.set(to, at + Long.BYTES, high);
      LONGS.set(to, at + distance, nextLow);
      LONGS.set(to, at + distance + Long.BYTES, nextHigh);
      long carry = high >> 63 & REDUCTION;
      high = high << 1 | low >>> 63;
      low = low << 1 ^ carry;
      long nextCarry = nextHigh >> 63 & REDUCTION;
      nextHigh = nextHigh << 1 | nextLow >>> 63;
      nextLow = nextLow << 1 ^ nextCarry;
    }
  }

  /** A loop over bytes, which the compiler turns into vector instructions. */
  private static void whiten(byte[] bytes, byte[] mask, int length) {
    for (int at = 0; at < length; at++) {
      bytes[at] ^= mask[at];
    }
  }

  private static void ecb(Cipher cipher, byte[] from, int length, byte[] to) {
    try {
      if (cipher.doFinal(from, 0, length, to, 0) != length) {
        throw new IllegalStateException("AES changed the length of the data");
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES failed on whole blocks", e);
    }
  }
}
