// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;

/**
 * The catalogue of messages in TROUBLESHOOTING.md: each message here is provoked, is a row there,
 * and says what, where, and what to do; and each row there is provoked here.
 */
final class MessageCatalogueTest {
  /** What a row begins with: the message, in backticks. */
  private static final Pattern ROW = Pattern.compile("^\\| `([^`]+)` \\| (.+ )?\\| .+ \\|$");

  private static final String NAME = "zonefs-j: ";
  private static final String PAGE = "TROUBLESHOOTING.md";
  private static final String BEGIN = "## Messages";

  /** Of wrong usage: where the right words are. */
  private static final Pattern USAGE = Pattern.compile(" \\(see 'zonefs-j [a-z]+ --help'\\)$");

  /** What to do, in the words of all messages. */
  private static final Pattern REMEDY =
      Pattern.compile(
          "\\b(give|use|make|mount|unmount|restore|remove|run|end|look|reset|free|set|unset|install)\\b|:"
              + " reset or finish|--[a-z-]+ (overwrites|makes|adds|reads)|with"
              + " --length|chmod|'zonefs-j [^']*'|'bench --write'|zonefs-j mkfs makes one|leave"
              + " out|begin a layer|looks like|the nearest is|did you mean|can be one part only");

  private static final String[] CONVENTIONAL = {
    "--size", "64M", "--zone-size", "2M", "--conventional", "1"
  };

  @RegisterExtension final CommandFixture cli = new CommandFixture();

  /** What the kernel says to applications. */
  private final List<String> kernels = new ArrayList<>();

  private final List<String> wrong = new ArrayList<>();

  /** Messages, and by which command. */
  private final Map<String, String> provoked = new LinkedHashMap<>();

  private void note(int exitCode, String said, Object... words) {
    String command = Stream.of(words).map(String::valueOf).collect(Collectors.joining(" "));
    if (exitCode == 0 || said.lines().count() != 1 || !said.startsWith(NAME)) {
      wrong.add("%s: exit code %d, not one line: %s".formatted(command, exitCode, said));
    } else {
      provoked.put(said.strip().substring(NAME.length()), command);
    }
  }

  /** A command that fails, within this process. */
  private void refused(Object... words) {
    Commands.Outcome outcome = Commands.run(words);
    note(outcome.exitCode(), outcome.err(), words);
  }

  /** A command that fails, in a process of its own. */
  private void refusedOutside(Object... words) throws IOException, InterruptedException {
    CommandFixture.Outcome outcome = cli.run(words);
    assertThat(outcome.exitCode()).as("%s: %s", List.of(words), outcome).isNotZero();
    // Without how far it was, which a slow machine hears of.
    note(outcome.exitCode(), outcome.failure(outcome.exitCode()) + "\n", words);
  }

  private Path image(String name, String... options) {
    Path image = cli.path(name);
    List<Object> words = new ArrayList<>(List.of("create", image));
    words.addAll(List.of(options));
    Commands.run(words.toArray()).ok();
    return image;
  }

  private void usage() {
    refused("mout");
    refused("no-such.img");
    refused("mkfs", "x", "--forse");
    refused("mkfs");
    refused("create", cli.path("x"));
    refused("mkfs", "a", "b");
    refused("create", cli.path("x"), "--size", "1Q");
    refused("create", cli.path("x"), "--size", "1G", "--max-open", "many");
  }

  private void drives() throws IOException {
    Path image = image("drives.img", "--size", "64M");
    refused("info", cli.path("absent"));
    refused("info", "file:" + cli.path("absent"));
    refused("mkfs", cli.path(""));
    refused("info", "/dev/null");
    refused("info", Files.writeString(cli.path("text"), "hello"));
    refused("info", Files.createFile(cli.path("empty")));
    refused("info", "UUID=1");
    refused("info", "LABEL=");
    refused("info", "LABEL=no-such-label-anywhere");
    refused("info", "concat(file:/a,fil:/b)");
    refused("info", "crypt(mem:1G,/a)");
    refused("info", "concat(" + image + "," + image + ")");
    refused("info", "");
    Path cut = image("cut.img", "--size", "64M");
    try (RandomAccessFile file = new RandomAccessFile(cut.toFile(), "rw")) {
      file.setLength(file.length() - 4096);
    }
    refused("info", cut);
    Path newer = image("newer.img", "--size", "64M");
    try (RandomAccessFile file = new RandomAccessFile(newer.toFile(), "rw")) {
      file.seek(4096);
      file.write(new byte[] {99});
    }
    refused("info", newer);
    Path other = image("other.img", "--size", "64M", "--zone-size", "2M");
    refused("mkfs", "mirror(" + image + "," + other + ")");
    refused("info", "mirror(" + image + "," + image("empty.img", "--size", "64M") + ")");
    refused("info", "zonefs:" + cli.path(""));
  }

  /** A mirror that lost its power, and members that were each written alone. */
  private void mirrors() throws IOException {
    Path one = image("one.img", "--size", "64M");
    Path two = image("two.img", "--size", "64M");
    Path inUse = cli.path("in-use.img");
    String spec = "mirror(" + one + "," + two + ")";
    Commands.run("mkfs", spec).ok();
    Path away = cli.path("away.img");
    Path closed = Files.copy(one, cli.path("closed.img"));
    try (ZonedDevice mirror =
        DeviceSpec.parse(spec)
            .open(
                new DeviceOpening(
                    DeviceAccess.READ_WRITE, Creation.NONE, DeviceLookup.none(), 0))) {
      mirror.finish(mirror.geometry().zoneCount() - 1);
      Files.copy(one, inUse);
    }
    Files.move(two, away);
    Files.move(inUse, one, StandardCopyOption.REPLACE_EXISTING);
    refused("tune", spec, "--label", "alone");
    Files.move(closed, one, StandardCopyOption.REPLACE_EXISTING);
    Commands.run("tune", spec, "--label", "one").ok();
    Files.move(one, closed);
    Files.move(away, two);
    Commands.run("tune", spec, "--label", "two").ok();
    Files.move(closed, one);
    refused("info", spec);
  }

  private void create() {
    Path image = cli.path("new.img");
    refused("create", cli.path("drives.img"), "--size", "1G");
    refused("create", cli.path("no/such/x.img"), "--size", "1G");
    refused("create", "mem:1G", "--size", "1G");
    refused("create", image, "--size", "0");
    refused("create", image, "--size", "1000");
    refused("create", image, "--size", "4096");
    refused("create", image, "--size", "64M", "--zone-size", "4M", "--zone-capacity", "8M");
    refused("create", image, "--size", "64M", "--zone-size", "4M", "--conventional", "16");
    refused("create", image, "--size", "64M", "--max-open", "9", "--max-active", "3");
    refused("create", image, "--size", "64M", "--max-open", "0");
  }

  private void mkfs() throws IOException {
    Path image = image("mkfs.img", "--size", "64M");
    refused("mkfs", image, "--label", "x".repeat(65));
    refused("mkfs", image, "--label", "a\tb");
    refused("mkfs", image, "--journal-copies", "3");
    refused("mkfs", image("few.img", "--size", "64M", "--zone-size", "8M"));
    refused("mkfs", image("tight.img", "--size", "64M", "--max-open", "2", "--max-active", "3"));
    Commands.run("mkfs", image, "--label", "mine").ok();
    refused("mkfs", image);
    Path xfs = image("xfs.img", "--size", "64M");
    Commands.run("write", xfs, "--zone", "0", "--pad", Files.writeString(cli.path("XFSB"), "XFSB"))
        .ok();
    refused("mkfs", xfs);
    refused("mkfs", "mirror(" + image + "," + xfs + ")");
  }

  private void mountOptions() {
    for (String option :
        new String[] {
          "comit=5",
          "uid=5",
          "commit=x",
          "commit",
          "ro=1",
          "errors=panic",
          "transport=fast",
          "gc_start=200",
          "gc_reserve=x",
          "cache=1K",
          "gc_rate=10",
          "gc_policy=fifo",
          "gc_start=5,gc_urgent=10",
          "writeback,transport=jnr-fuse",
          "cache=many"
        }) {
      refused("mount", "x", "/tmp", "-o", option);
    }
    refused("mount", "--takeover", "--mkfs", "x", "/tmp");
  }

  private void mount() throws Exception {
    Path image = cli.image();
    Path where = cli.mountPoint();
    refusedOutside("mount", image, cli.path("nowhere"));
    refusedOutside("mount", image, cli.path("text"));
    refusedOutside("mount", image, cli.path(""));
    refusedOutside("mount", cli.path("empty.img"), where);
    refusedOutside("mount", image, where, "-o", "dirty=1000G");
    refusedOutside("mount", "mem:1000G", where);
    refusedOutside("mount", image, where, "-o", "gc_reserve=33");
    refusedOutside("mount", image, where, "-o", "meta=/");
    refusedOutside("mount", image, where, "-o", "meta=/proc");
    refusedOutside("mount", image, where, "-o", "meta=" + cli.path("text"));
    Files.writeString(Files.createDirectory(cli.path("home")).resolve("precious"), "x");
    refusedOutside("mount", image, where, "-o", "meta=" + cli.path("home"));
    refusedOutside("mount", image, where, "-o", "meta=" + where.resolve("index"));
    Path open = Files.createDirectory(cli.path("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    refusedOutside("mount", image, where, "-o", "meta=" + open.resolve("index"));
    refusedOutside("mount", "--takeover", image, where);
    Path first = image("first.img", "--size", "64M");
    Path second = image("second.img", "--size", "64M");
    Commands.run("mkfs", "concat(" + first + "," + second + ")").ok();
    refusedOutside("mount", first, where);
    refusedOutside("mount", "crypt(" + cli.path("no.key") + "," + image + ")", where);
    refusedOutside("mount", "--mkfs", cli.path("mkfs.img"), where);
  }

  private void liveMount() throws Exception {
    Path image = cli.image();
    Path where = cli.mountPoint();
    refused("status", cli.path("home"));
    refused("sync", cli.path("no-such"));
    refusedOutside("umount", image);
    cli.run("mount", image, where).ok();
    refusedOutside("mount", image, where);
    Path copy = cli.path("copy.img");
    cli.shell("cp --sparse=always drive.img copy.img");
    Path other = Files.createDirectory(cli.path("other"));
    refusedOutside("mount", image, other);
    refusedOutside("mount", copy, other);
    refusedOutside("mkfs", image, "--force");
    refusedOutside("zone", "reset", image, "40", "--force");
    refusedOutside("fsck", image);
    refusedOutside("tune", image, "--label", "x");
    refused("gc", where, "--until", "0");
    refused("gc", where, "--until", "50", "--defrag");
    refused("scrub", where, "--rate", "10");
    refused("scrub", where, "--rate", "fast");
    refusedOutside("shrink", where, "--zones", "3");
    refused("shrink", where, "--zones", "0");
    refusedOutside("shrink", where, "--zones", "100");
    refusedOutside("grow", where, cli.path("tight.img"));
    refusedOutside("grow", where);
    refusedOutside("eject", where, image);
    ejected(image, where);
    Process user = new ProcessBuilder("sleep", "60").directory(where.toFile()).start();
    try {
      refusedOutside("umount", where);
    } finally {
      user.destroyForcibly().waitFor();
    }
    cli.killDaemon();
    refusedOutside("status", where);
    cli.run("umount", where);
    cli.run("mount", image, where, "-o", "ro").ok();
    refusedOutside("gc", where);
    refusedOutside("grow", where);
    cli.run("umount", where).ok();
  }

  private void ejected(Path image, Path where) throws Exception {
    cli.run("eject", where).ok();
    cli.shell("cp --sparse=always drive.img as-it-was.img");
    refusedOutside("eject", where);
    refusedOutside("gc", where);
    // What is there is changed, and then is again as it was.
    Commands.run("tune", image, "--label", "changed").ok();
    refusedOutside("mount", image, where, "-o", "remount");
    cli.shell("cp --sparse=always as-it-was.img drive.img");
    cli.run("umount", where).ok();
    cli.run("mount", "memdiff(" + image + ")", where).ok();
    refusedOutside("eject", where);
    cli.run("umount", where).ok();
    cli.run("mount", image, where).ok();
  }

  private void dumps(Path image) throws IOException {
    refused("zone", "dump", "concat(" + image + "," + image("c.img", CONVENTIONAL) + ")", "x");
    Path dump = cli.path("zones.dump");
    Commands.run("write", image, "--zone", "4", cli.path("data")).ok();
    Commands.run("zone", "dump", image, dump).ok();
    refused("zone", "restore", dump, image("larger.img", "--size", "128M"));
    Path used = image("used.img", CONVENTIONAL);
    Commands.run("zone", "finish", used, "9").ok();
    refused("zone", "restore", dump, used);
    Path worn = image("worn.img", CONVENTIONAL);
    Commands.run("zone", "fail", worn, "4", "--offline").ok();
    refused("zone", "restore", dump, worn);
    Path mark = Files.writeString(cli.path("mark"), "ZFJREST\0");
    Commands.run("write", used, "--zone", "0", "--offset", "0", "--pad", mark).ok();
    refused("fsck", used);
  }

  private void zones() throws Exception {
    Path image = image("zones.img", CONVENTIONAL);
    Path data = Files.write(cli.path("data"), new byte[4096]);
    Path odd = Files.write(cli.path("odd"), new byte[5000]);
    refused("zone", "rest", image, "3");
    refused("zone", "reset", image, "x");
    refused("zone", "reset", image, "64");
    refused("zone", "fail", image, "5");
    refused("zone", "reset", image, "5", "--offline");
    refused("zone", "fail", image, "5", "--offline", "--read-only");
    refused("zone", "fail", "memdiff(" + image + ")", "5", "--offline");
    refused("zone", "open", image, "1-20");
    refused("zone", "reset", cli.path("mkfs.img"), "5");
    refused("zones", image, "--json", "--map");
    refused("zones", image, "--condition", "ful");
    refused("zones", image, "--type", "seq");
    refused("zones", image, "--from", "-1");
    refused("zones", image, "--count", "0");
    refused("zones", image, "--from", "1", "--position", "1M");
    refused("zones", image, "--count", "1", "--length", "1M");
    refused("zones", image, "--position", "1G");
    refused("zone", "reset", image);
    refused("zone", "reset", image, "--length", "2M");
    refused("zone", "reset", image, "--position", "1M");
    refused("zone", "dump", image);
    refused("zone", "dump", image, "mem:1G");
    dumps(image);
    refused("read", image);
    refused("read", image, "--position", "0", "--offset", "1");
    refused("read", image, "--zone", "5");
    refused("read", image, "--zone", "5", "--offset", "2M");
    refused("read", image, "--zone", "5", "--length", "4M");
    refused("read", image, "--zone", "5", "--length", "0");
    refused("read", image, "--position", "1G");
    refused("write", image, "--zone", "5", Files.createFile(cli.path("nothing")));
    refused("write", image, "--zone", "5", odd);
    refused("write", image, "--zone", "5", "--offset", "4096", data);
    refused("write", image, "--zone", "5", "--offset", "5", data);
    refused("write", image, "--zone", "0", data);
    refused("write", image, "--zone", "5", cli.path("cut.img"));
    refused("write", image, "--zone", "5", cli.path("home"));
    Commands.run("zone", "finish", image, "6").ok();
    refused("write", image, "--zone", "6", data);
    Commands.run("zone", "fail", image, "7", "--offline").ok();
    refused("read", image, "--zone", "7");
    refused("zone", "reset", image, "7");
    refused("bench", image, "--zones", "0");
    refused("bench", image, "--reset");
    refused("bench", image, "--write", "--zones", "20");
    refused("bench", image, "--write", "--block-size", "5000");
    refused("bench", image, "--write", "--size", "4M");
    refused("bench", image, "--zones", "5");
  }

  private void others() throws Exception {
    Path key = cli.path("key");
    refused("key", "made", key);
    Commands.run("key", "create", key).ok();
    refused("key", "create", key);
    refused("key", "change", key, "--passphrase");
    refused("key", "create", cli.path("key2"), "--no-passphrase");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    refused("info", "crypt(" + key + "," + cli.path("zones.img") + ")");
    refused("tune", cli.path("mkfs.img"));
    refused("fsck", cli.path("zones.img"));
    refused("dump", cli.path("zones.img"));
    refused("layer", "merge", "diff(a,b)");
    refused("layer", "drop", cli.path("zones.img"));
    String top = "diff(file:" + cli.path("zones.img") + "," + cli.path("mkfs.img") + ")";
    refused("layer", "drop", top);
    refused("layer", "create", top);
    refused(
        "layer", "create", "diff(file:" + cli.path("mkfs.img") + "," + cli.path("zones.img") + ")");
    Path other = image("top.img", "--size", "70M", "--zone-size", "2M");
    Commands.run("mkfs", other).ok();
    refused("layer", "create", "diff(file:" + other + "," + cli.path("other.img") + ")");
    Path unknown = image("unknown.img", "--size", "64M", "--zone-size", "2M");
    refused("mkfs", "concat(" + unknown + "," + other + ")");
    Commands.run("write", unknown, "--zone", "3", Files.write(cli.path("block"), new byte[4096]))
        .ok();
    refused("mount", "--mkfs", unknown, cli.mountPoint());
    refused("info", "diff(" + cli.path("text") + "," + cli.path("zones.img") + ")");
    refused("info", "cache(" + cli.path("text") + "," + cli.path("zones.img") + ",size=1M)");
    for (String place :
        List.of("file:" + other, "mem(64M,block-size=8K)", "mem(4M,zone-size=4M)")) {
      refused("info", "cache(" + place + ",mem:64M,size=1M)");
    }
  }

  private void applications() throws Exception {
    Path where = cli.mountPoint();
    Path small = cli.path("second.img");
    Commands.run("mkfs", small, "--force").ok();
    cli.run("mount", small, where).ok();
    Files.write(where.resolve("damaged"), new byte[8 << 20]);
    failed(() -> Files.write(where.resolve("large"), new byte[64 << 20]));
    failed(() -> Files.createFile(where.resolve("x".repeat(256))));
    cli.run("umount", where).ok();
    String full =
        Commands.run("dump", small)
            .ok()
            .replaceFirst("(?s).*\\n +(\\d+) [^\\n]* full [^\\n]* cold:.*", "$1");
    Commands.run("zone", "fail", small, full, "--offline", "--force").ok();
    cli.run("mount", small, where).ok();
    failed(() -> Files.readAllBytes(where.resolve("damaged")));
    failed(() -> Files.readAllBytes(where.resolve("large")));
    cli.run("umount", where).ok();
    cli.run("mount", small, where, "-o", "ro").ok();
    failed(() -> Files.createFile(where.resolve("new")));
    cli.killDaemon();
    failed(() -> Files.readAllBytes(where.resolve("damaged")));
    cli.run("umount", where);
  }

  private interface Access {
    void run() throws IOException;
  }

  /** An access of an application that fails: the words of the kernel. */
  private void failed(Access access) {
    try {
      access.run();
    } catch (FileSystemException e) {
      kernels.add(String.valueOf(e.getReason()));
    } catch (IOException e) {
      kernels.add(String.valueOf(e.getMessage()));
    }
  }

  private void environment() throws Exception {
    CommandFixture.Outcome outcome =
        cli.exec(
            Map.of("JAVA_HOME", cli.path("no-java").toString()),
            List.of(root().resolve("mount-scripts/zonefs-j").toString(), "list"));
    note(outcome.exitCode(), outcome.err(), "list", "JAVA_HOME=" + cli.path("no-java"));
    cli.setEnvironment("ZONEFSJ_LOG_LEVEL", "loud");
    refusedOutside("list");
  }

  private static Path root() {
    for (Path path = Path.of("").toAbsolutePath(); path != null; path = path.getParent()) {
      if (Files.exists(path.resolve(PAGE))) {
        return path;
      }
    }
    throw new IllegalStateException("no " + PAGE + " here or above");
  }

  /** The messages of the page, as patterns. */
  private static Map<String, Pattern> catalogue() throws IOException {
    String page = Files.readString(root().resolve(PAGE));
    Map<String, Pattern> rows = new LinkedHashMap<>();
    for (String line : page.substring(page.indexOf(BEGIN)).lines().toList()) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        rows.put(
            row.group(1),
            Pattern.compile(
                Stream.of(row.group(1).split("…", -1))
                    .map(Pattern::quote)
                    .collect(Collectors.joining(".*"))));
      }
    }
    return rows;
  }

  @Test
  void everyMessageIsInTheCatalogueAndTheCatalogueHasNoOthers() throws Exception {
    cli.format();
    usage();
    drives();
    mirrors();
    create();
    mkfs();
    mountOptions();
    mount();
    liveMount();
    zones();
    others();
    applications();
    environment();
    Map<String, Pattern> rows = catalogue();
    Set<String> unseen = new LinkedHashSet<>(rows.keySet());
    List<String> all = new ArrayList<>(kernels);
    provoked.forEach(
        (message, words) -> {
          String plain = USAGE.matcher(message).replaceFirst("");
          if (plain.equals(message)) {
            check(message, words);
          }
          all.add(plain);
        });
    for (String message : all) {
      List<String> found =
          rows.entrySet().stream()
              .filter(row -> row.getValue().matcher(message).matches())
              .map(Map.Entry::getKey)
              .toList();
      unseen.removeAll(found);
      if (found.isEmpty()) {
        wrong.add("no row of " + PAGE + " has this message: " + message);
      }
    }
    unseen.forEach(row -> wrong.add("nothing here provokes this row of " + PAGE + ": " + row));
    assertThat(wrong).isEmpty();
    assertThat(rows).hasSizeGreaterThan(90);
    assertThat(provoked).hasSizeGreaterThan(120);
  }

  /** One line says what, where and what to do. */
  private void check(String message, String command) {
    boolean where =
        Stream.of(command.split(" ", -1))
            .skip(1)
            .flatMap(word -> Stream.of(word.split("[=(),]|file:|zonefs:")))
            .anyMatch(word -> !word.isEmpty() && message.contains(word));
    if (!where && command.strip().contains(" ")) {
      wrong.add("does not say where: " + message + " (" + command + ")");
    }
    if (!REMEDY.matcher(message).find()) {
      wrong.add("does not say what to do: " + message + " (" + command + ")");
    }
  }
}
