// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt.openssl;

import com.kenai.jffi.MemoryIO;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import jnr.ffi.LibraryLoader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * AES-256-XTS in one direction with one key. Costs 1 KiB outside the heap. Not thread-safe.
 *
 * <p>What is not closed is freed, with its key, some time after nothing refers to it.
 */
public final class OpenSslXts implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OpenSslXts.class);

  /** Both halves of the key. */
  private static final int KEY_BYTES = 64;

  private static final int TWEAK_BYTES = 16;

  /** The newest first. */
  private static final List<String> NAMES = List.of("libcrypto.so.3", "libcrypto.so.1.1");

  /**
   * What makes native calls, loaded with the first use.
   *
   * @param functions of libcrypto
   * @param tweaks writes tweaks where the library reads them, which saves a call of 80 ns for each
   *     sector; null: not
   * @param memory tells where direct buffers are
   * @param cleaner frees what nobody has closed
   */
  private record Library(
      LibCrypto functions, @Nullable LibCryptoTweak tweaks, MemoryIO memory, Cleaner cleaner) {
    /** Nothing here may fail: jffi has a native part of its own, which a host may not let load. */
    private static @Nullable Library find() {
      for (String name : NAMES) {
        try {
          Library plain =
              new Library(
                  LibraryLoader.create(LibCrypto.class).failImmediately().load(name),
                  null,
                  MemoryIO.getInstance(),
                  Cleaner.create());
          if (isRight(plain)) {
            LOG.debug("encryption by {}", plain.version());
            return faster(plain, name);
          }
          LOG.warn("{} does not encrypt as IEEE 1619 says; it is not used", name);
        } catch (LinkageError | RuntimeException | OutOfMemoryError e) {
          LOG.debug("{} cannot be used", name, e);
        }
      }
      return null;
    }

    /** The same library with its tweaks, if it really takes them where it says. */
    private static Library faster(Library plain, String name) {
      try {
        Library faster =
            new Library(
                plain.functions,
                LibraryLoader.create(LibCryptoTweak.class).failImmediately().load(name),
                plain.memory,
                plain.cleaner);
        if (isRight(faster)) {
          return faster;
        }
        LOG.debug("{} does not tell where it takes a tweak", name);
      } catch (LinkageError | RuntimeException e) {
        LOG.debug("{} does not tell where it takes a tweak", name, e);
      }
      return plain;
    }

    String version() {
      return functions.OpenSSL_version(0);
    }

    /** Where the library takes the tweak of a context; null if it does not say. */
    @Nullable ByteBuffer tweakOf(long context) {
      long address = tweaks == null ? 0 : tweaks.EVP_CIPHER_CTX_iv_noconst(context);
      return address == 0
          ? null
          : memory.newDirectByteBuffer(address, TWEAK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    long address(ByteBuffer buffer) {
      return memory.getDirectBufferAddress(buffer);
    }

    /**
     * The begin of vector 10 of IEEE 1619-2018, there and back, after a sector with another tweak.
     */
    private static boolean isRight(Library library) {
      byte[] key =
          HexFormat.of()
              .parseHex(
                  "2718281828459045235360287471352662497757247093699959574966967627"
                      + "3141592653589793238462643383279502884197169399375105820974944592");
      byte[] expected =
          HexFormat.of()
              .parseHex("1c3b3a102f770386e4836c99e370cf9bea00803f5e482357a4ae12d414a3e63b");
      int length = expected.length;
      ByteBuffer bytes = ByteBuffer.allocateDirect(length);
      for (int at = 0; at < length; at++) {
        bytes.put(at, (byte) at);
      }
      ByteBuffer plain = ByteBuffer.allocateDirect(length).put(0, bytes, 0, length);
      Optional<OpenSslXts> encryption = create(library, key, true);
      Optional<OpenSslXts> decryption = create(library, key, false);
      if (encryption.isEmpty() || decryption.isEmpty()) {
        throw new IllegalStateException("it gives no AES-256-XTS");
      }
      try (OpenSslXts there = encryption.orElseThrow();
          OpenSslXts back = decryption.orElseThrow()) {
        ByteBuffer other = ByteBuffer.allocateDirect(length);
        there.crypt(1, length, other, 0, other, 0, length);
        back.crypt(2, length, other, 0, other, 0, length);
        there.crypt(0xff, length, bytes, 0, bytes, 0, length);
        boolean isEncrypted = bytes.equals(ByteBuffer.wrap(expected));
        back.crypt(0xff, length, bytes, 0, bytes, 0, length);
        return isEncrypted && bytes.equals(plain);
      }
    }
  }

  /** Found once; a class of its own, so that nothing is loaded before. */
  private static final class Found {
    private static final @Nullable Library LIBRARY = Library.find();
  }

  private final Library library;
  private final long context;

  private final boolean encrypts;

  /** The tweak, then a place where the library notes how much it has written. */
  private final ByteBuffer own;

  private final long ownAddress;

  /** The tweak in the context; null: the library takes each one by a call. */
  private @Nullable ByteBuffer tweak;

  /** The last target that was not the source, for many writes use the same one. */
  private @Nullable ByteBuffer lastTarget;

  private long lastTargetAddress;
  private final Cleaner.Cleanable cleaning;
  private boolean closed;

  private OpenSslXts(Library library, long context, ByteBuffer own, boolean encrypts) {
    this.library = library;
    this.context = context;
    this.encrypts = encrypts;
    this.own = own;
    this.ownAddress = library.address(own);
    LibCrypto functions = library.functions();
    this.cleaning = library.cleaner().register(this, () -> functions.EVP_CIPHER_CTX_free(context));
  }

  /** The library in words, with its version; empty if the host has none that can be used. */
  public static Optional<String> version() {
    return Optional.ofNullable(Found.LIBRARY).map(Library::version);
  }

  /**
   * Prepares an encryption or a decryption.
   *
   * @param key 64 bytes: the half for the data, then the half for the positions
   * @return empty if the host has no library that can be used, or no memory
   */
  public static Optional<OpenSslXts> create(byte[] key, boolean encrypts) {
    Library library = Found.LIBRARY;
    return library == null ? Optional.empty() : create(library, key, encrypts);
  }

  private static Optional<OpenSslXts> create(Library library, byte[] key, boolean encrypts) {
    if (key.length != KEY_BYTES) {
      throw new IllegalArgumentException(key.length + " bytes are no key of AES-256-XTS");
    }
    LibCrypto functions = library.functions();
    long context = 0;
    OpenSslXts made = null;
    boolean complete = false;
    ByteBuffer copy = null;
    try {
      ByteBuffer own =
          ByteBuffer.allocateDirect(TWEAK_BYTES + Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      copy = ByteBuffer.allocateDirect(KEY_BYTES).put(0, key);
      context = functions.EVP_CIPHER_CTX_new();
      if (context == 0) {
        return Optional.empty();
      }
      made = new OpenSslXts(library, context, own, encrypts);
      complete =
          made.init(functions.EVP_aes_256_xts(), library.address(copy), made.ownAddress) == 1;
      if (complete) {
        made.tweak = library.tweakOf(context);
      }
      return complete ? Optional.of(made) : Optional.empty();
    } catch (OutOfMemoryError none) {
      LOG.debug("no memory for OpenSSL", none);
      return Optional.empty();
    } finally {
      if (copy != null) {
        copy.put(0, new byte[KEY_BYTES]);
      }
      if (!complete && made != null) {
        made.close();
      } else if (!complete && context != 0) {
        functions.EVP_CIPHER_CTX_free(context);
      }
    }
  }

  /** Sets what is not 0; returns 1 if it could. */
  private int init(long cipher, long key, long sectorTweak) {
    return encrypts
        ? library.functions().EVP_EncryptInit_ex(context, cipher, 0, key, sectorTweak)
        : library.functions().EVP_DecryptInit_ex(context, cipher, 0, key, sectorTweak);
  }

  /**
   * Encrypts or decrypts whole sectors. Source and target may be the same memory, if they begin at
   * the same place. A target that is not the source is kept from collection until the next one.
   *
   * @param sector number of the first one
   * @param sectorBytes length of each
   * @param from direct, as is {@code to}; positions and limits are not looked at
   * @param length of all together
   */
  public void crypt(
      long sector,
      int sectorBytes,
      ByteBuffer from,
      int fromIndex,
      ByteBuffer to,
      int toIndex,
      int length) {
    Objects.checkFromIndexSize(fromIndex, length, from.capacity());
    Objects.checkFromIndexSize(toIndex, length, to.capacity());
    if (length % sectorBytes != 0 || !from.isDirect() || !to.isDirect() || to.isReadOnly()) {
      throw new IllegalArgumentException(
          length + " bytes in sectors of " + sectorBytes + ", " + from + " to " + to);
    }
    if (closed) {
      throw new IllegalStateException("closed");
    }
    try {
      long begin = library.address(from);
      long end = isSame(from, to) ? begin : targetAddress(to);
      crypt(sector, sectorBytes, begin + fromIndex, end + toIndex, length);
    } finally {
      Reference.reachabilityFence(from);
      Reference.reachabilityFence(to);
      Reference.reachabilityFence(this);
    }
  }

  private long targetAddress(ByteBuffer target) {
    if (!isSame(target, lastTarget)) {
      lastTargetAddress = library.address(target);
      lastTarget = target;
    }
    return lastTargetAddress;
  }

  @SuppressWarnings("ReferenceEquality") // the same memory, not the same content
  private static boolean isSame(ByteBuffer one, @Nullable ByteBuffer other) {
    return one == other;
  }

  private void crypt(long sector, int sectorBytes, long source, long target, int length) {
    for (int at = 0; at < length; at += sectorBytes) {
      if (!setTweak(sector + at / sectorBytes)
          || library
                  .functions()
                  .EVP_CipherUpdate(
                      context, target + at, ownAddress + TWEAK_BYTES, source + at, sectorBytes)
              != 1) {
        throw new IllegalStateException("libcrypto refuses a sector of " + sectorBytes + " bytes");
      }
    }
  }

  private boolean setTweak(long sector) {
    ByteBuffer there = tweak;
    if (there != null) {
      // The other half stays zero.
      there.putLong(0, sector);
      return true;
    }
    own.putLong(0, sector);
    return init(0, 0, ownAddress) == 1;
  }

  @Override
  public void close() {
    closed = true;
    tweak = null;
    lastTarget = null;
    cleaning.clean();
  }
}
