// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import zonefsj.tests.posix.Shell;

/**
 * The programs in C, compiled from the resources of this package.
 *
 * @param directory where they are
 */
record NativePrograms(Path directory) {
  /** The load. */
  static final String LOAD = "load";

  private static final String HEADER = "null_tree.h";

  /** Compiles all; a warning is an error. */
  static NativePrograms compile(Path directory) throws IOException {
    NativePrograms programs = new NativePrograms(directory);
    programs.copy(HEADER);
    programs.compile(LOAD, List.of("-pthread"));
    programs.compile(Candidate.LIBFUSE3.program(), flags("fuse3"));
    programs.compile(Candidate.LIBFUSE2.program(), flags("fuse"));
    return programs;
  }

  /** Path of a compiled program. */
  String path(String program) {
    return directory.resolve(program).toString();
  }

  private static List<String> flags(String library) {
    String answer = Shell.run(List.of("pkg-config", "--cflags", "--libs", library)).orFail();
    return Arrays.asList(answer.split("\\s+"));
  }

  private void compile(String program, List<String> flags) throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("gcc", "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror"));
    command.addAll(List.of("-o", path(program), copy(program + ".c").toString()));
    command.addAll(flags);
    Shell.run(command).orFail();
  }

  private Path copy(String resource) throws IOException {
    Path copy = directory.resolve(resource);
    try (InputStream source = NativePrograms.class.getResourceAsStream(resource)) {
      if (source == null) {
        throw new IOException("no resource " + resource);
      }
      Files.copy(source, copy);
    }
    return copy;
  }
}
