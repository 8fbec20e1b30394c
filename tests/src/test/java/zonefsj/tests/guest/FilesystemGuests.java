// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The whole filesystem on real drives: guests, each with its drives and a script, or the model
 * test, in it. The scripts are resources of this package.
 */
final class FilesystemGuests {
  private static final int KILLS = 50;
  private static final int POWER_CUTS = 5;
  private static final int MODEL_SEQUENCES = 60;
  private static final int FILES = 5000;

  /** How many times the drive is overwritten. */
  private static final int TIMES = 3;

  private static final int LEAST_ACTIVE_ZONES = 7;
  private static final int BOOT_DRIVES = 4;
  private static final int TIMEOUT_SECONDS = 3000;
  private static final String NVME = "size=512M,zone=16M,capacity=12M,open=8,active=12";
  private static final String PULLED = "size=256M,zone=8M,capacity=6M,open=14,active=14";
  private static final String SMR = "size=512M,zone=16M,capacity=12M,open=8,conventional=2";

  private final GuestInstallation installation;

  private FilesystemGuests(GuestInstallation installation) {
    this.installation = installation;
  }

  /**
   * All guests, the longest first.
   *
   * @param seed of the model's sequences
   * @param installation what runs in them
   */
  static List<GuestRun> runs(long seed, GuestInstallation installation) throws IOException {
    return new FilesystemGuests(installation).runs(seed);
  }

  private List<GuestRun> runs(long seed) throws IOException {
    List<String> nvme = List.of("--nvme", NVME);
    List<String> smr = List.of("--scsi-debug", SMR);
    List<GuestRun> runs = new ArrayList<>();
    runs.add(script("kills", nvme, "kills.sh", "/dev/nvme0n1", KILLS));
    runs.add(limits());
    runs.add(boots());
    runs.add(script("volume-nvme", nvme, "volume.sh", "/dev/nvme0n1", FILES, TIMES));
    runs.add(
        script(
            "power-cuts",
            List.of("--nvme", NVME, "--reboots", "" + POWER_CUTS, "--share", share()),
            "reboots.sh",
            "/dev/nvme0n1",
            POWER_CUTS));
    runs.add(script("volume-smr", smr, "volume.sh", "/dev/sda", FILES, TIMES));
    runs.add(
        script(
            "pulled-nvme",
            List.of("--nvme", PULLED, "--nvme", PULLED),
            "pulled.sh",
            "/dev/nvme0n1",
            "/dev/nvme1n1"));
    runs.add(script("pulled-smr", smr, "pulled.sh", "/dev/sda"));
    runs.add(
        script(
            "dying",
            List.of("--null-blk", "size=512M,zone=16M,capacity=12M,open=8,active=12"),
            "dying.sh",
            "nullb0"));
    runs.add(
        script(
            "peers",
            List.of("--nvme", NVME, "--null-blk", "size=512M"),
            "peers.sh",
            "/dev/nvme0n1",
            "/dev/nullb0"));
    runs.add(model("model-nvme", seed, "/dev/nvme0n1", "--nvme", "capacity=1536K,active=12"));
    runs.add(model("model-smr", seed, "/dev/sda", "--scsi-debug", "capacity=1M"));
    return runs;
  }

  private GuestRun boots() throws IOException {
    List<String> options =
        new ArrayList<>(
            List.of("--systemd", "--reboots", "1", "--over", GuestCommand.resource("boots")));
    List<Object> drives = new ArrayList<>();
    for (int drive = 0; drive < BOOT_DRIVES; drive++) {
      options.addAll(List.of("--nvme", "size=256M,zone=8M,open=14,active=14"));
      drives.add("/dev/nvme" + drive + "n1");
    }
    return script("boots", options, "boots.sh", drives.toArray());
  }

  private GuestRun limits() throws IOException {
    List<String> options = new ArrayList<>();
    options.addAll(List.of("--null-blk", "size=128M,zone=4M,conventional=3"));
    options.addAll(List.of("--null-blk", "size=128M"));
    for (int active = 1; active <= LEAST_ACTIVE_ZONES; active++) {
      options.add("--null-blk");
      options.add("size=128M,zone=4M,capacity=3M,open=" + active + ",active=" + active);
    }
    List<Object> arguments = new ArrayList<>();
    for (int drive = 0; drive < 2 + LEAST_ACTIVE_ZONES; drive++) {
      arguments.add("nullb" + drive);
    }
    return script("limits", options, "limits.sh", arguments.toArray());
  }

  private GuestRun model(String name, long seed, String drive, String kind, String limits) {
    List<String> command = new ArrayList<>(GuestCommand.java("-Dzonefsj.model.drive=" + drive));
    command.addAll(List.of("zonefsj.tests.Prove", "model", "--seed", Long.toString(seed)));
    command.addAll(List.of("--count", Integer.toString(MODEL_SEQUENCES)));
    return run(name, List.of(kind, "size=128M,zone=2M,open=8," + limits), command);
  }

  private GuestRun script(String name, List<String> options, String script, Object... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("bash", GuestCommand.resource(script)));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return run(name, options, command);
  }

  private GuestRun run(String name, List<String> options, List<String> command) {
    List<String> all = new ArrayList<>();
    all.addAll(List.of("--timeout", "" + TIMEOUT_SECONDS, "--memory", GuestCommand.MEMORY_MIB));
    all.addAll(List.of("--over", installation.over().toString()));
    all.addAll(options);
    return new GuestRun(name, all, Map.of("ZONEFSJ_SHARE", share()), command);
  }

  private String share() {
    return installation.share().toString();
  }
}
