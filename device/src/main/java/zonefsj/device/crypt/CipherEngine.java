// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.crypt.openssl.OpenSslXts;

/** What encrypts. All of them give the same bytes. */
public enum CipherEngine {
  /** OpenSSL's libcrypto, which not every host has. */
  OPENSSL,

  /** The ciphers of the JDK. */
  JAVA;

  private static final Logger LOG = LoggerFactory.getLogger(CipherEngine.class);

  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

  /** Of the processor: HotSpot encrypts 64 bytes with one instruction if it has all of them. */
  private static final List<String> VECTOR_AES = List.of("vaes", "avx512vl", "avx512dq");

  /** Found once, when it is asked for. */
  private static final class Found {
    private static final CipherEngine FASTEST = find();

    private static CipherEngine find() {
      boolean java = isJavaFaster(processorFlags(), System.getProperty("java.vm.info", ""));
      return java || OpenSslXts.version().isEmpty() ? JAVA : OPENSSL;
    }
  }

  /** The fastest that this process can use. */
  public static CipherEngine fastest() {
    return Found.FASTEST;
  }

  /**
   * Whether Java encrypts faster than OpenSSL 3.0, which does one block with one instruction:
   * {@code tests/prove wrappers} compares them.
   *
   * @param processorFlags flags of a processor, as in /proc/cpuinfo
   * @param vmInfo the property java.vm.info, which says which compilers the virtual machine has
   */
  static boolean isJavaFaster(String processorFlags, String vmInfo) {
    boolean optimizes = vmInfo.contains("mixed mode") && !vmInfo.contains("emulated-client");
    return optimizes && Arrays.asList(processorFlags.split("\\s+")).containsAll(VECTOR_AES);
  }

  private static String processorFlags() {
    // A hypervisor may give a processor any bytes as its name.
    try (Stream<String> lines = Files.lines(PROCESSORS, StandardCharsets.ISO_8859_1)) {
      return lines.filter(line -> line.startsWith("flags")).findFirst().orElse("");
    } catch (IOException | UncheckedIOException e) {
      LOG.debug("the processor is not known", e);
      return "";
    }
  }

  /**
   * Makes a worker; by Java where OpenSSL cannot be used or has no memory.
   *
   * @param sectorBytes length of a sector, a multiple of 16
   */
  SectorWorker worker(XtsKey key, int sectorBytes) {
    Optional<SectorWorker> made =
        this == OPENSSL ? OpenSslWorker.create(key, sectorBytes) : Optional.empty();
    return made.orElseGet(() -> new XtsWorker(key, sectorBytes));
  }

  /** In words, with the version. */
  @Override
  public String toString() {
    return this == OPENSSL
        ? OpenSslXts.version().orElse("OpenSSL")
        : "Java " + Runtime.version().feature();
  }
}
