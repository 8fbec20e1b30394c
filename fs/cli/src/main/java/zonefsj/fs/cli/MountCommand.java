// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.device.crypt.KeyHandover;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.daemon.DaemonLauncher;
import zonefsj.fs.cli.daemon.DaemonMemory;
import zonefsj.fs.cli.daemon.ForegroundReport;
import zonefsj.fs.cli.daemon.MountDaemon;
import zonefsj.fs.cli.daemon.MountRequest;
import zonefsj.fs.cli.daemon.SocketReport;
import zonefsj.fs.cli.daemon.StartupReport;
import zonefsj.fs.cli.drive.DriveOpener;
import zonefsj.fs.cli.host.CanonicalPath;
import zonefsj.fs.cli.host.DeadMount;
import zonefsj.fs.cli.host.Directories;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.MountInfo;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.logging.LogTarget;
import zonefsj.fs.cli.options.MountOptionParser;
import zonefsj.fs.cli.options.MountOptions;
import zonefsj.fs.cli.options.TransportChoice;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.ErrorLine;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.ProgressPrinter;
import zonefsj.fs.fuse.FallbackTransport;
import zonefsj.fs.fuse.FuseTransport;
import zonefsj.fs.fuse.MountPointCheck;
import zonefsj.fs.fuse.direct.DirectFuseTransport;
import zonefsj.fs.fuse.jnr.JnrFuseTransport;

/** Mounts a drive, in a daemon process or in the foreground. */
@Command
final class MountCommand extends Subcommand {
  /** Environment variable: mount options that come before those of {@code -o}. */
  private static final String DEFAULT_OPTIONS = "ZONEFSJ_OPTS";

  @Parameters(index = "0", paramLabel = "SPEC", description = "Drive to mount.")
  private @Nullable String spec;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "DIR",
      description = "Mount point; with -o remount, it is enough.")
  private @Nullable Path directory;

  @Option(
      names = "-o",
      paramLabel = "OPTIONS",
      description = {
        "Mount options, separated by commas:",
        "  ro, rw, commit=SECONDS, meta=DIR, cache=SIZE, dirty=SIZE, errors=remount-ro|continue,",
        "  gc_policy=auto|greedy|cost-benefit|mdc, gc_start=auto|PERCENT,",
        "  gc_urgent=auto|PERCENT, gc_reserve=ZONES, gc_rate=SIZE/s, gc_idle=SECONDS,",
        "  streams=auto|NUMBER, max_active=auto|ZONES,",
        "  noatime, relatime, strictatime, nodiratime, allow_other, nonempty, auto_unmount,",
        "  remount, sync, dirsync,",
        "  transport=auto|direct|jnr-fuse, writeback, metrics=ADDRESS,",
        "and the options of mount(8) for all filesystems. 'man 5 zonefs-j' describes them."
      })
  private List<String> optionLists = new ArrayList<>();

  @Option(names = "-f", description = "Stays in the foreground and logs to standard error.")
  private boolean foreground;

  @Option(
      names = "--mkfs",
      description =
          "Formats the drive first; it must hold nothing. A drive in memory is always formatted.")
  private boolean format;

  @Option(
      names = "--takeover",
      description =
          "Takes a drive on a store from another host that has not unmounted it. That host cannot"
              + " write to it any more; what it has not synced is lost.")
  private boolean takeover;

  @Option(names = "--startup-socket", hidden = true)
  private @Nullable Path startupSocket;

  @Option(names = "--keys-from-input", hidden = true)
  private boolean keysFromInput;

  @Option(names = "--log-file", hidden = true)
  private @Nullable Path logFile;

  private volatile boolean isRemount;

  MountCommand(Console console) {
    super(console);
  }

  @Override
  protected LogTarget logTarget() throws UsageError {
    boolean daemon = foreground || startupSocket != null;
    Level otherwise = isVerbose() ? Level.DEBUG : daemon ? Level.INFO : Level.OFF;
    return new LogTarget(logFile, LogTarget.levelOf(System.getenv(), otherwise));
  }

  @Override
  protected int run() throws IOException, UsageError, InterruptedException {
    MountOptions options = MountOptionParser.parse(optionLists);
    Directories directories = Directories.ofCurrentUser();
    Path target = directory;
    if (options.remount()) {
      isRemount = true;
      Path mounted = target == null ? Path.of(RequiredArgument.of(spec)) : target;
      new Remount(console())
          .run(LiveMount.entryOf(mounted, LiveMount.Scope.MOUNT_POINT), options, true);
      return OK;
    }
    if (target == null) {
      throw new UsageError("missing required parameter: 'DIR'");
    }
    if (startupSocket == null) {
      // The daemon gets them with the others.
      addDefaults(System.getenv().getOrDefault(DEFAULT_OPTIONS, ""));
      options = MountOptionParser.parse(optionLists);
    }
    if (takeover && (format || options.readOnly())) {
      throw new UsageError(
          "--takeover is for mounts that write what is there: leave out "
              + (format ? "--mkfs" : "ro, which needs no takeover"));
    }
    String source = new DriveOpener().absolute(RequiredArgument.of(spec));
    Path mountPoint = CanonicalPath.of(target);
    Path log = logFile;
    MountRequest request =
        new MountRequest(
            source, mountPoint, options, format, takeover, log == null ? "" : log.toString());
    if (keysFromInput) {
      KeyHandover.accept(System.in);
    }
    if (startupSocket != null) {
      return runDaemon(request, directories, startupSocket);
    }
    refuseMountedElsewhere(source, mountPoint, directories);
    DaemonMemory.checkMachine(request);
    clearDeadMount(mountPoint, directories);
    if (foreground) {
      try (StartupReport report = new ForegroundReport(console().err(), console().progressOnly())) {
        return daemon(request, directories).run(report);
      }
    }
    start(request, directories);
    return OK;
  }

  /** The last of contradicting options wins: those that are given come behind. */
  private void addDefaults(String defaults) throws UsageError {
    if (defaults.isBlank()) {
      return;
    }
    try {
      MountOptions alone = MountOptionParser.parse(List.of(defaults));
      if (alone.remount() || alone.indexDirectory() != null) {
        throw new UsageError(
            "remount and meta= are for one mount; ZONEFSJ_STATE_DIR says where indexes are");
      }
    } catch (UsageError wrong) {
      throw new UsageError(
          DEFAULT_OPTIONS
              + " (of the environment, or of /etc/zonefs-j.conf): "
              + ErrorLine.words(wrong));
    }
    optionLists.add(0, defaults);
  }

  /** The daemon would only find that the drive is in use. */
  private static void refuseMountedElsewhere(
      String source, Path mountPoint, Directories directories) throws IOException {
    for (MountEntry entry : MountInfo.read().entries()) {
      if (entry.isOf(directories.uid())
          && entry.source().equals(source)
          && !entry.mountPoint().equals(mountPoint)
          && !DriveOpener.isInMemory(source)
          && LiveMount.of(directories, entry).isPresent()) {
        throw new UserError(
            source
                + " is mounted already, on "
                + entry.mountPoint()
                + ": 'mount --bind "
                + entry.mountPoint()
                + " "
                + mountPoint
                + "' shows it in a second place");
      }
    }
  }

  private static MountDaemon daemon(MountRequest request, Directories directories) {
    return new MountDaemon(
        request, directories, new DriveOpener(), transport(request.options().transport()));
  }

  private static FuseTransport transport(TransportChoice choice) {
    return switch (choice) {
      case DIRECT -> new DirectFuseTransport();
      case JNR_FUSE -> new JnrFuseTransport();
      case AUTO ->
          new FallbackTransport(List.of(new DirectFuseTransport(), new JnrFuseTransport()));
    };
  }

  private static int runDaemon(MountRequest request, Directories directories, Path socket)
      throws IOException, InterruptedException {
    MountDaemon daemon = daemon(request, directories);
    try (StartupReport report = SocketReport.connect(socket, daemon::end)) {
      return daemon.run(report);
    }
  }

  /** Clears the mount of a killed daemon. Nobody can use it, and it would block the new mount. */
  private void clearDeadMount(Path mountPoint, Directories directories) throws IOException {
    Optional<MountEntry> dead =
        MountInfo.read().at(mountPoint).filter(entry -> entry.isOf(directories.uid()));
    if (dead.isPresent()
        && LiveMount.of(directories, dead.orElseThrow()).isEmpty()
        && DeadMount.isDead(dead.orElseThrow())) {
      DeadMount.clear(dead.orElseThrow());
      console()
          .remark(
              mountPoint
                  + " held the dead mount of "
                  + dead.orElseThrow().source()
                  + ", whose daemon was killed; it is replaced");
    }
  }

  private void start(MountRequest request, Directories directories)
      throws IOException, InterruptedException {
    DaemonLauncher launcher =
        new DaemonLauncher(directories, Main.class.getName(), console().interruption());
    // Nobody types a passphrase for a mount that is refused anyway.
    MountPointCheck.refuseMounted(request.mountPoint());
    byte[] keys = KeyHandover.ask(DeviceSpec.parse(request.spec()));
    try (ProgressPrinter progress = console().progress()) {
      launcher.start(
          request.mountPoint(),
          (socket, log) -> arguments(request, socket, log, keys.length > 0),
          javaOptions(request),
          environment(),
          keys,
          progress);
    } finally {
      Arrays.fill(keys, (byte) 0);
    }
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    if (isRemount && moment.state() != Interruption.State.ENDED) {
      return Remount.WHEN_INTERRUPTED;
    }
    return switch (moment.state()) {
      case ENDED -> "";
      case STOPPED -> "nothing is mounted; the next mount begins anew";
      case RUNNING ->
          "its daemon was told to end, and has not yet: the drive takes long for an access";
    };
  }

  private Map<String, String> environment() {
    Map<String, String> changed = new HashMap<>();
    Map<String, String> here = System.getenv();
    if (isVerbose() && !here.containsKey(LogTarget.LEVEL_VARIABLE)) {
      changed.put(LogTarget.LEVEL_VARIABLE, "debug");
    }
    String passphrase = here.get(KeyHandover.FILE_VARIABLE);
    if (passphrase != null) {
      changed.put(KeyHandover.FILE_VARIABLE, Path.of(passphrase).toAbsolutePath().toString());
    }
    return changed;
  }

  private static List<String> javaOptions(MountRequest request) throws IOException {
    List<String> options = new ArrayList<>(DaemonMemory.javaOptionsFor(request));
    if (DeviceSpec.parse(request.spec()).encrypts()) {
      // Of all that a daemon does, only Java's ciphers gain by the optimizing compiler: thirty
      // times.
      options.add("-XX:TieredStopAtLevel=4");
    }
    return options;
  }

  private List<String> arguments(MountRequest request, Path socket, Path log, boolean withKeys) {
    List<String> arguments =
        new ArrayList<>(List.of("mount", "--startup-socket=" + socket, "--log-file=" + log));
    if (withKeys) {
      arguments.add("--keys-from-input");
    }
    if (request.format()) {
      arguments.add("--mkfs");
    }
    if (request.takeover()) {
      arguments.add("--takeover");
    }
    for (String list : optionLists) {
      arguments.add("-o");
      arguments.add(list);
    }
    Path index = request.options().indexDirectory();
    if (index != null) {
      // The daemon runs in another directory, where a relative path would name another directory.
      arguments.add("-o");
      arguments.add("meta=" + MountOptionParser.escape(index.toString()));
    }
    arguments.add("--");
    arguments.add(request.spec());
    arguments.add(request.mountPoint().toString());
    return arguments;
  }
}
