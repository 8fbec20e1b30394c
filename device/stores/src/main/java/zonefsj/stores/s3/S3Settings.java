// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.s3;

import java.util.List;

/** Names of what can be said of a bucket. */
public final class S3Settings {
  public static final String BUCKET = "bucket";
  public static final String PREFIX = "prefix";
  public static final String REGION = "region";
  public static final String ENDPOINT = "endpoint";
  public static final String PATH_STYLE = "path-style";
  public static final String PROFILE = "profile";

  /** Of {@link #PATH_STYLE}; else no. */
  public static final String YES = "yes";

  static final List<String> NAMES = List.of(BUCKET, PREFIX, REGION, ENDPOINT, PATH_STYLE, PROFILE);

  private S3Settings() {}
}
