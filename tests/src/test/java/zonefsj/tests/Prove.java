// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.tests.bench.InnerCosts;
import zonefsj.tests.bench.ModelledTable;
import zonefsj.tests.bench.ScaleTable;
import zonefsj.tests.bench.TransportBench;
import zonefsj.tests.bench.WrapperCosts;
import zonefsj.tests.cli.StoreBenchOnServer;
import zonefsj.tests.cli.StoreMountOnServer;
import zonefsj.tests.cli.StoreTroubleOnServer;
import zonefsj.tests.contract.DriveProof;
import zonefsj.tests.contract.StoreDeviceOnServer;
import zonefsj.tests.contract.ZdbDeviceOnServer;
import zonefsj.tests.crash.CrashProof;
import zonefsj.tests.fault.CraftedProof;
import zonefsj.tests.fault.FaultPairsProof;
import zonefsj.tests.fault.FaultProof;
import zonefsj.tests.format.FormatProof;
import zonefsj.tests.guest.GuestBench;
import zonefsj.tests.guest.GuestProof;
import zonefsj.tests.kernel.KernelProof;
import zonefsj.tests.model.ConcurrentProof;
import zonefsj.tests.model.ModelProof;
import zonefsj.tests.model.ModelSubjects;
import zonefsj.tests.programs.HostProof;
import zonefsj.tests.programs.MillionBench;
import zonefsj.tests.programs.ProgramsProof;
import zonefsj.tests.programs.RebuildBench;
import zonefsj.tests.programs.WrapperMountBench;
import zonefsj.tests.protocol.ProtocolProof;
import zonefsj.tests.simulate.SimulationTable;
import zonefsj.tests.soak.EconomyProof;
import zonefsj.tests.soak.FillDeleteProof;
import zonefsj.tests.soak.OverwriteProof;
import zonefsj.tests.soak.SoakProof;
import zonefsj.tests.soak.StallProof;
import zonefsj.tests.stack.StackProof;
import zonefsj.tests.stores.HdfsServer;
import zonefsj.tests.stores.OzoneServers;
import zonefsj.tests.stores.ServerProof;
import zonefsj.tests.stores.StoreContractOnServer;
import zonefsj.tests.stores.StoreProof;
import zonefsj.tests.stores.ZdbContractOnServer;
import zonefsj.tests.stores.ZdbServers;

/** What {@code tests/prove} runs: one kind of proof, as long as one likes. */
public final class Prove {
  private static final List<String> KINDS =
      List.of(
          "model",
          "concurrent",
          "kernel",
          "kernel-libfuse",
          "contract",
          "stack",
          "stores",
          "store",
          "zdb",
          "ozone",
          "hdfs-bench",
          "ozone-bench",
          "store-bench",
          "crash",
          "fault",
          "faultpairs",
          "crafted",
          "format",
          "guest",
          "guest-files",
          "guest-bench",
          "protocol",
          "programs",
          "kill",
          "database",
          "mirror",
          "rebuild",
          "million",
          "modelled",
          "scale",
          "inner",
          "transport",
          "wrappers",
          "wrappers-mount",
          "host",
          "soak",
          "overwrite",
          "filldelete",
          "stall",
          "economy",
          "simulate");
  private static final List<String> THREADED = List.of("crash", "guest", "guest-files", "soak");
  private static final String USAGE =
      "usage: tests/prove KIND [--seed S] [--count N | --minutes M] [--threads T]; KIND is one of "
          + String.join(", ", KINDS);

  private Prove() {}

  /** Runs; exits with 1 if anything failed, with 2 if it was asked for the wrong thing. */
  public static void main(String[] arguments) throws Exception {
    String kind = arguments.length == 0 ? "" : arguments[0];
    long seed = System.nanoTime() & 0xffffff;
    long count = 0;
    Duration limit = null;
    int threads = 0;
    for (int at = 1; at < arguments.length; at += 2) {
      if (at + 1 == arguments.length) {
        throw refuse("no value for " + arguments[at]);
      }
      String value = arguments[at + 1];
      switch (arguments[at]) {
        case "--seed" -> seed = number(value);
        case "--count" -> count = number(value);
        case "--minutes" -> limit = Duration.ofMinutes(number(value));
        case "--threads" -> threads = (int) number(value);
        default -> throw refuse("unknown option " + arguments[at]);
      }
    }
    if (count == 0) {
      count = limit != null ? Long.MAX_VALUE : defaultCount(kind);
    }
    System.exit(prove(kind, seed, count, limit, threads) == 0 ? 0 : 1);
  }

  private static long defaultCount(String kind) {
    return switch (kind) {
      case "inner" -> InnerCosts.ROUNDS_BY_DEFAULT;
      case "scale" -> ScaleTable.FILES_BY_DEFAULT;
      case "transport" -> TransportBench.ROUNDS_BY_DEFAULT;
      case "wrappers" -> WrapperCosts.ROUNDS_BY_DEFAULT;
      case "wrappers-mount" -> WrapperMountBench.ROUNDS_BY_DEFAULT;
      case "protocol" -> ProtocolProof.REQUESTS_BY_DEFAULT;
      case "filldelete" -> FillDeleteProof.ROUNDS_BY_DEFAULT;
      case "guest" -> GuestProof.SEQUENCES_BY_DEFAULT;
      case "guest-bench" -> GuestBench.ROUNDS_BY_DEFAULT;
      default -> 1;
    };
  }

  private static long prove(
      String kind, long seed, long count, @Nullable Duration limit, int threads) throws Exception {
    if (threads < 0 || (threads > 0 && !THREADED.contains(kind))) {
      throw refuse("--threads is for " + String.join(", ", THREADED));
    }
    return switch (kind) {
      case "model" -> ModelProof.prove(ModelSubjects::create, seed, count, limit, System.out);
      case "concurrent" -> ConcurrentProof.prove(seed, count, limit, System.out);
      case "kernel" -> KernelProof.prove(seed, count, limit, System.out);
      case "kernel-libfuse" -> KernelProof.proveLibfuse(seed, count, limit, System.out);
      case "contract" -> DriveProof.prove(seed, count, limit, System.out);
      case "stores" -> StoreProof.prove(seed, count, limit, System.out);
      case "store" ->
          ServerProof.prove(
              System.out,
              StoreContractOnServer.class,
              StoreDeviceOnServer.class,
              StoreMountOnServer.class);
      case "ozone" ->
          OzoneServers.prove(
              System.out,
              StoreContractOnServer.class,
              StoreDeviceOnServer.class,
              StoreMountOnServer.class,
              StoreTroubleOnServer.class);
      case "hdfs-bench" -> HdfsServer.prove(System.out, StoreBenchOnServer.class);
      case "ozone-bench" -> OzoneServers.prove(System.out, StoreBenchOnServer.class);
      case "store-bench" -> ServerProof.prove(System.out, StoreBenchOnServer.class);
      case "zdb" ->
          ZdbServers.prove(
              System.out,
              ZdbContractOnServer.class,
              ZdbDeviceOnServer.class,
              StoreMountOnServer.class,
              StoreTroubleOnServer.class);
      case "stack" -> StackProof.prove(seed, count, limit, System.out);
      case "format" -> FormatProof.prove(seed, count, limit, System.out);
      case "protocol" -> ProtocolProof.prove(seed, count, limit, System.out);
      case "programs" -> ProgramsProof.prove(seed, count, limit, System.out);
      case "kill" -> ProgramsProof.proveKills(seed, count, limit, System.out);
      case "database" -> ProgramsProof.proveDatabase(seed, count, limit, System.out);
      case "mirror" -> ProgramsProof.proveMirror(seed, count, limit, System.out);
      case "rebuild" -> RebuildBench.run(count, System.out);
      case "million" -> MillionBench.run(count, System.out);
      case "inner" -> InnerCosts.run(count, System.out);
      case "modelled" -> ModelledTable.run(seed, System.out);
      case "scale" -> ScaleTable.run(seed, count, System.out);
      case "transport" -> TransportBench.run(seed, count, limit, System.out);
      case "wrappers" -> WrapperCosts.run(seed, count, limit, System.out);
      case "wrappers-mount" -> WrapperMountBench.run(seed, count, limit, System.out);
      case "host" -> HostProof.prove(System.out);
      case "soak" -> SoakProof.prove(seed, count, limit, threads, System.out);
      case "filldelete" -> FillDeleteProof.prove(seed, count, limit, System.out);
      case "overwrite" -> OverwriteProof.prove(seed, count, limit, System.out);
      case "stall" -> StallProof.prove(seed, System.out);
      case "economy" -> EconomyProof.prove(seed, System.out);
      case "simulate" -> SimulationTable.run(seed, System.out);
      case "fault" -> FaultProof.prove(seed, count, limit, System.out);
      case "crafted" -> CraftedProof.prove(seed, count, limit, System.out);
      case "faultpairs" -> FaultPairsProof.prove(seed, count, limit, System.out);
      case "guest" -> GuestProof.prove(seed, count, limit, threads, System.out);
      case "guest-files" -> GuestProof.proveFilesystems(seed, threads, System.out);
      case "guest-bench" -> GuestBench.run(seed, count, limit, System.out);
      case "crash" -> CrashProof.prove(seed, count, limit, Math.max(1, threads), System.out);
      default -> throw refuse("unknown kind '" + kind + "'");
    };
  }

  private static long number(String value) {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException words) {
      throw refuse("'" + value + "' is not a number");
    }
  }

  /** Does not return: says what is wrong and ends. */
  private static IllegalArgumentException refuse(String why) {
    System.err.println(why);
    System.err.println(USAGE);
    System.exit(2);
    return new IllegalArgumentException(why);
  }
}
