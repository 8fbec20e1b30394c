// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import zonefsj.device.crypt.openssl.OpenSslXts;

/** The encryption is the standard's. */
class XtsTest {
  private static final UUID ID = new UUID(1, 2);
  private static final HexFormat HEX = HexFormat.of();

  /** Vector 10 of IEEE 1619-2018. */
  private static final String KEY =
      "2718281828459045235360287471352662497757247093699959574966967627"
          + "3141592653589793238462643383279502884197169399375105820974944592";

  private static final String CIPHERTEXT_BEGIN =
      "1c3b3a102f770386e4836c99e370cf9bea00803f5e482357a4ae12d414a3e63b";

  @ParameterizedTest
  @EnumSource
  void vectorOfTheStandard(CipherEngine engine) throws GeneralSecurityException {
    byte[] key = HEX.parseHex(KEY);
    byte[] plain = new byte[512];
    for (int i = 0; i < plain.length; i++) {
      plain[i] = (byte) i;
    }
    try (SectorWorker worker = worker(engine, key, 512)) {
      byte[] encrypted = encrypt(worker, 0xff, ByteBuffer.wrap(plain));
      assertThat(HEX.formatHex(encrypted)).startsWith(CIPHERTEXT_BEGIN);
      assertThat(encrypted).isEqualTo(literal(key, 0xff, plain));
      worker.decrypt(0xff, ByteBuffer.wrap(encrypted));
      assertThat(encrypted).isEqualTo(plain);
    }
  }

  @ParameterizedTest
  @EnumSource
  void asTheStandardIsWritten(CipherEngine engine) throws GeneralSecurityException {
    SplittableRandom random = new SplittableRandom(7);
    byte[] key = new byte[XtsKey.BYTES];
    for (int sectorBytes : new int[] {16, 512, 4096, 48}) {
      random.nextBytes(key);
      try (SectorWorker worker = worker(engine, key, sectorBytes)) {
        for (int sectors : new int[] {1, 3, (16 << 10) / sectorBytes + 1}) {
          byte[] plain = new byte[sectors * sectorBytes];
          random.nextBytes(plain);
          long first = random.nextLong();
          byte[] encrypted = encrypt(worker, first, ByteBuffer.wrap(plain));
          for (int i = 0; i < sectors; i++) {
            int at = i * sectorBytes;
            assertThat(Arrays.copyOfRange(encrypted, at, at + sectorBytes))
                .isEqualTo(
                    literal(key, first + i, Arrays.copyOfRange(plain, at, at + sectorBytes)));
          }
          assertThat(encrypt(worker, first, direct(plain))).isEqualTo(encrypted);
          ByteBuffer back = direct(encrypted);
          worker.decrypt(first, back);
          assertThat(back.hasRemaining()).isFalse();
          assertThat(bytes(back.flip())).isEqualTo(plain);
          worker.decrypt(first, ByteBuffer.wrap(encrypted));
          assertThat(encrypted).isEqualTo(plain);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void anyBuffersGiveTheSame(CipherEngine engine) throws Exception {
    byte[] key = new byte[XtsKey.BYTES];
    new SplittableRandom(1).nextBytes(key);
    SectorCipher cipher = new SectorCipher(512, () -> worker(engine, key, 512));
    byte[] plain = new byte[3 << 20];
    new SplittableRandom(2).nextBytes(plain);
    byte[] whole = joined(cipher.encrypt(0, 1024, ByteBuffer.wrap(plain)));
    ByteBuffer direct = ByteBuffer.allocateDirect(70_001).put(plain, 0, 70_001).flip();
    ByteBuffer empty = ByteBuffer.allocate(0);
    ByteBuffer more = direct(Arrays.copyOfRange(plain, 70_001, 2 << 20)).asReadOnlyBuffer();
    int at = 2 << 20;
    ByteBuffer rest = ByteBuffer.wrap(plain, at, plain.length - at).asReadOnlyBuffer();
    ByteBuffer[] sources = {empty, direct, empty, more, rest, empty};
    assertThat(joined(cipher.encrypt(0, 1024, sources))).isEqualTo(whole);
    assertThat(sources).noneMatch(ByteBuffer::hasRemaining);

    ByteBuffer back = ByteBuffer.allocateDirect(whole.length).put(whole).flip();
    cipher.decrypt(1024, back);
    assertThat(bytes(back.flip())).isEqualTo(plain);
    cipher.clear();
  }

  @ParameterizedTest
  @EnumSource
  void aPartOfABufferIsDecrypted(CipherEngine engine) throws Exception {
    byte[] key = HEX.parseHex(KEY);
    byte[] plain = new byte[20 * 512];
    new SplittableRandom(3).nextBytes(plain);
    SectorCipher cipher = new SectorCipher(512, () -> worker(engine, key, 512));
    byte[] encrypted = joined(cipher.encrypt(0, 512, ByteBuffer.wrap(plain)));
    for (ByteBuffer whole :
        new ByteBuffer[] {
          ByteBuffer.allocate(30_000),
          ByteBuffer.allocateDirect(30_000),
          ByteBuffer.allocateDirect(30_100).slice(100, 30_000)
        }) {
      whole.position(700).put(encrypted);
      ByteBuffer part = whole.duplicate().limit(whole.position()).position(700);
      cipher.decrypt(512, part);
      assertThat(part.position()).isEqualTo(700 + plain.length);
      byte[] all = new byte[30_000];
      System.arraycopy(plain, 0, all, 700, plain.length);
      assertThat(bytes(whole.clear())).isEqualTo(all);
    }
  }

  @Test
  void whatIsUsedAfterTheCloseIsNotKept() throws Exception {
    byte[] key = HEX.parseHex(KEY);
    AtomicInteger open = new AtomicInteger();
    SectorCipher cipher =
        new SectorCipher(
            512,
            () -> {
              open.incrementAndGet();
              return new XtsWorker(new XtsKey(ID, key), 512) {
                @Override
                public void close() {
                  open.decrementAndGet();
                }
              };
            });
    cipher.giveBack(cipher.encrypt(0, 0, ByteBuffer.allocate(512)));
    assertThat(open).hasValue(1);
    cipher.clear();
    assertThat(open).hasValue(0);
    cipher.giveBack(cipher.encrypt(0, 0, ByteBuffer.allocate(512)));
    cipher.decrypt(0, ByteBuffer.allocate(512));
    assertThat(open).hasValue(0);
  }

  /** Nobody would notice that it is not there, but for the speed. */
  @Test
  void thisHostHasOpenSsl() {
    assertThat(CipherEngine.OPENSSL.toString()).startsWith("OpenSSL ").isNotEqualTo("OpenSSL ");
    try (SectorWorker worker = worker(CipherEngine.OPENSSL, HEX.parseHex(KEY), 512)) {
      assertThat(worker).isInstanceOf(OpenSslWorker.class);
    }
  }

  /** What OpenJDK 17 calls itself with two compilers, with the first only, with none. */
  @Test
  void javaIsFasterByWideInstructionsOnly() {
    String wide = "flags\t\t: fpu aes avx512dq avx512vl vaes";
    assertThat(CipherEngine.isJavaFaster(wide, "mixed mode, sharing")).isTrue();
    assertThat(CipherEngine.isJavaFaster("flags : aes vaes", "mixed mode")).isFalse();
    assertThat(CipherEngine.isJavaFaster("", "mixed mode")).isFalse();
    assertThat(CipherEngine.isJavaFaster(wide, "mixed mode, emulated-client, sharing")).isFalse();
    assertThat(CipherEngine.isJavaFaster(wide, "interpreted mode, sharing")).isFalse();
  }

  @Test
  void memoryThatIsNotDirectOrTooShortIsRefused() {
    OpenSslXts xts = OpenSslXts.create(HEX.parseHex(KEY), true).orElseThrow();
    ByteBuffer direct = ByteBuffer.allocateDirect(64);
    ByteBuffer heap = ByteBuffer.allocate(64);
    assertThatThrownBy(() -> xts.crypt(0, 16, heap, 0, direct, 0, 64))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> xts.crypt(0, 16, direct, 0, direct.asReadOnlyBuffer(), 0, 64))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> xts.crypt(0, 16, direct, 16, direct, 0, 64))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> xts.crypt(0, 48, direct, 0, direct, 0, 64))
        .isInstanceOf(IllegalArgumentException.class);
    xts.close();
    assertThatThrownBy(() -> xts.crypt(0, 16, direct, 0, direct, 0, 64))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatIsNoKey() {
    byte[] equal = new byte[XtsKey.BYTES];
    assertThatThrownBy(() -> new XtsKey(ID, equal)).hasMessageContaining("halves");
    assertThatThrownBy(() -> new XtsKey(ID, new byte[32])).hasMessageContaining("64 bytes");
  }

  private static SectorWorker worker(CipherEngine engine, byte[] key, int sectorBytes) {
    return engine.worker(new XtsKey(ID, key), sectorBytes);
  }

  private static byte[] encrypt(SectorWorker worker, long sector, ByteBuffer plain) {
    ByteBuffer target = ByteBuffer.allocateDirect(plain.remaining());
    worker.encrypt(sector, new Sources(plain), target, plain.remaining());
    assertThat(plain.hasRemaining()).isFalse();
    return bytes(target.flip());
  }

  private static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(buffer.position(), bytes);
    return bytes;
  }

  private static byte[] joined(ByteBuffer... pieces) {
    ByteBuffer all =
        ByteBuffer.allocate(Arrays.stream(pieces).mapToInt(ByteBuffer::remaining).sum());
    for (ByteBuffer piece : pieces) {
      all.put(piece);
    }
    return all.array();
  }

  /** One sector, block by block, with the tweak doubled byte by byte, as the standard says it. */
  private static byte[] literal(byte[] key, long sector, byte[] plain)
      throws GeneralSecurityException {
    byte[] tweak = new byte[16];
    for (int i = 0; i < 8; i++) {
      tweak[i] = (byte) (sector >>> (8 * i));
    }
    tweak = ecb(Arrays.copyOfRange(key, 32, 64), tweak);
    byte[] encrypted = new byte[plain.length];
    for (int at = 0; at < plain.length; at += 16) {
      byte[] block = Arrays.copyOfRange(plain, at, at + 16);
      xor(block, tweak);
      block = ecb(Arrays.copyOf(key, 32), block);
      xor(block, tweak);
      System.arraycopy(block, 0, encrypted, at, 16);
      int carryIn = 0;
      for (int i = 0; i < 16; i++) {
        int carryOut = (tweak[i] & 0x80) >> 7;
        tweak[i] = (byte) ((tweak[i] << 1) + carryIn);
        carryIn = carryOut;
      }
      if (carryIn == 1) {
        tweak[0] ^= (byte) 0x87;
      }
    }
    return encrypted;
  }

  private static void xor(byte[] bytes, byte[] other) {
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] ^= other[i];
    }
  }

  private static byte[] ecb(byte[] key, byte[] block) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
    cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"));
    return cipher.doFinal(block);
  }
}
