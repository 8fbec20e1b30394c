// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import zonefsj.device.spec.NearestName;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.terminal.ErrorLine;
import zonefsj.fs.cli.terminal.StandardOutput;

/** The command {@code zonefs-j}. */
public final class Main {
  private static final List<String> HELP = List.of("-h", "--help", "help");
  private static final List<String> VERSION = List.of("-V", "--version");

  /** Suggestions for an unknown first word. */
  private static final List<String> NAMES =
      Stream.concat(SubcommandTable.words().stream(), Stream.of("--help", "--version")).toList();

  /** Where jffi, which calls native code, unpacks its library. */
  private static final String JFFI_DIRECTORY = "jffi.extract.dir";

  private static final String POM =
      "/META-INF/maven/io.github.zonefsj/zonefsj-fs-cli/pom.properties";

  private final Console console;

  private Main(Console console) {
    this.console = console;
  }

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    keepOutOfWorkingDirectory();
    StandardOutput out = new StandardOutput(new FileOutputStream(FileDescriptor.out));
    int exitCode;
    try {
      exitCode = new Main(new Console(out.stream(), System.err, true)).run(List.of(arguments));
    } catch (OutOfMemoryError | StackOverflowError tooSmall) {
      System.err.println(
          ErrorLine.of(
              "the memory of this process does not suffice: "
                  + tooSmall
                  + "; ZONEFSJ_JAVA_OPTS=-Xmx... gives it more, -XX:MaxDirectMemorySize=... for"
                  + " buffers"));
      exitCode = isFsck(arguments) ? FsckCommand.NOT_CHECKED : Subcommand.FAILED;
    }
    String loss = out.loss();
    if (loss != null) {
      System.err.println(ErrorLine.of("standard output could not be written: " + loss));
      exitCode = withoutOutput(arguments, exitCode);
    }
    System.exit(Integer.getInteger(Subcommand.EXIT_OFFSET, 0) + exitCode);
  }

  /**
   * Where it cannot unpack its library into the directory for temporary files, jffi takes the
   * working directory, in which another user may put his own in its place.
   */
  private static void keepOutOfWorkingDirectory() {
    if (System.getProperty(JFFI_DIRECTORY) == null) {
      System.setProperty(JFFI_DIRECTORY, System.getProperty("java.io.tmpdir"));
    }
  }

  private static boolean isFsck(String[] arguments) {
    return arguments.length > 0
        && SubcommandTable.find(arguments[0]).filter(SubcommandTable.FSCK::equals).isPresent();
  }

  private static int withoutOutput(String[] arguments, int exitCode) {
    if (isFsck(arguments)) {
      // The exit codes of fsck are bits.
      return exitCode | FsckCommand.NOT_CHECKED;
    }
    return exitCode == Subcommand.OK ? Subcommand.FAILED : exitCode;
  }

  /**
   * Runs a command in a process that also does other work.
   *
   * @param out receives the results
   * @param err receives progress, and errors of one line each
   * @return the exit code: 0 success, 1 failure, 2 wrong usage; {@code fsck} has its own exit codes
   */
  public static int run(PrintStream out, PrintStream err, String... arguments) {
    return new Main(new Console(out, err, false)).run(List.of(arguments));
  }

  private int run(List<String> arguments) {
    if (arguments.isEmpty()) {
      usage(console.err());
      return Subcommand.USAGE;
    }
    String first = arguments.get(0);
    List<String> rest = arguments.subList(1, arguments.size());
    if (HELP.contains(first)) {
      return help(rest);
    }
    if (VERSION.contains(first)) {
      console.out().println("zonefs-j " + version());
      return Subcommand.OK;
    }
    if (first.equals(ClassTraining.OPTION) && rest.size() == 1) {
      return ClassTraining.run(Path.of(rest.get(0)), this::run);
    }
    Optional<SubcommandTable> command = SubcommandTable.find(first);
    if (command.isPresent()) {
      return new Invocation(console, command.orElseThrow()).run(rest);
    }
    // The form that fstab and mount(8) use: zonefs-j SPEC DIR -o opts, in any order.
    if (arguments.size() > 1
        && (!first.startsWith("-") || first.startsWith("-o"))
        && !isBareWord(first)) {
      return new Invocation(console, SubcommandTable.MOUNT).run(arguments);
    }
    return noSuchCommand(first, NAMES);
  }

  /** Whether a word can be neither a SPEC nor a path, and names no file here. */
  private static boolean isBareWord(String first) {
    return first.matches("[^-/:=(][^/:=(]*") && Files.notExists(Path.of(first));
  }

  private int noSuchCommand(String word, List<String> known) {
    console
        .err()
        .println(
            ErrorLine.of(
                "there is no command"
                    + (word.contains(".") ? " and no file '" : " '")
                    + word
                    + "'"
                    + NearestName.similar(word, known)
                        .map(name -> ", the nearest is '" + name + "'")
                        .orElse("")
                    + "; 'zonefs-j --help' shows all"));
    return Subcommand.USAGE;
  }

  private int help(List<String> about) {
    if (!about.isEmpty()) {
      Optional<SubcommandTable> command = SubcommandTable.find(about.get(0));
      return command.isPresent()
          ? new Invocation(console, command.orElseThrow()).run(List.of("--help"))
          : noSuchCommand(about.get(0), SubcommandTable.words());
    }
    usage(console.out());
    return Subcommand.OK;
  }

  private static void usage(PrintStream out) {
    out.println("zonefs-j: a filesystem for zoned block devices, host-managed SMR and ZNS.");
    out.println();
    int width =
        SubcommandTable.shown().stream()
            .mapToInt(command -> synopsis(command).length())
            .max()
            .orElseThrow();
    for (CommandGroup group : CommandGroup.values()) {
      out.println(group.title() + ":");
      for (SubcommandTable command : group.commands()) {
        out.printf(
            Locale.ROOT, "  %-" + width + "s  %s%n", synopsis(command), command.description());
      }
      out.println();
    }
    out.println("DIR is a mount point. SPEC names a drive: a block device, the path of an image,");
    out.println(
        "UUID=..., LABEL=..., mem:SIZE, 'mirror(SPEC,SPEC)' and others; see 'man zonefs-j'.");
    out.println("'zonefs-j COMMAND --help' shows the help of a command, with examples.");
  }

  private static String synopsis(SubcommandTable command) {
    return command.word() + " " + command.synopsis();
  }

  /** Reads the version that Maven stores in the jar; a run from class files has none. */
  private static String version() {
    try (InputStream pom = Main.class.getResourceAsStream(POM)) {
      if (pom == null) {
        return "(not packaged)";
      }
      Properties properties = new Properties();
      properties.load(pom);
      return properties.getProperty("version", "(unknown)");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
