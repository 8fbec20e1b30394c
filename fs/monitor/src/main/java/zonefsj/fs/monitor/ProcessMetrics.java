// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.monitor;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.cli.control.Json;

/** The metrics of the daemon's process, under the names that other programs use for theirs. */
final class ProcessMetrics {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessMetrics.class);
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "VmRSS:";
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double MILLIS_PER_SECOND = 1e3;
  private static final int KIBIBYTE = 1024;

  private ProcessMetrics() {}

  /** Memory and CPU time, for the page. */
  static Json.JsonObject toJson() {
    return Json.structure()
        .put("resident_bytes", (long) residentBytes())
        .put("heap_bytes", heapBytes())
        .put("max_heap_bytes", Runtime.getRuntime().maxMemory())
        .put("cpu_nanos", cpuNanos())
        .build();
  }

  private static long heapBytes() {
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /** 0 where it is not known. */
  private static long cpuNanos() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? Math.max(0, system.getProcessCpuTime())
        : 0;
  }

  static void add(MetricFamilies to) {
    to.gauge("jvm_memory_used_bytes", "Used heap of the Java virtual machine.", heapBytes());
    to.gauge(
        "jvm_memory_max_bytes",
        "Limit of the heap of the Java virtual machine.",
        Runtime.getRuntime().maxMemory());
    to.counter(
        "jvm_gc_pause_seconds",
        "Time in which the Java virtual machine collected its own garbage.",
        ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionTime)
                .sum()
            / MILLIS_PER_SECOND);
    to.counter("process_cpu_seconds", "CPU time of the daemon.", cpuNanos() / NANOS_PER_SECOND);
    to.gauge("process_resident_memory_bytes", "Resident memory of the daemon.", residentBytes());
  }

  private static double residentBytes() {
    try {
      return Files.readString(STATUS, StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.startsWith(RESIDENT))
          .map(line -> line.replaceAll("[^0-9]", ""))
          .mapToDouble(number -> Double.parseDouble(number) * KIBIBYTE)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      LOG.debug("{} cannot be read", STATUS, e);
      return 0;
    }
  }
}
