// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.s3.client;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.profiles.ProfileFileSupplier;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.module.StoreConnector;
import zonefsj.stores.s3.S3Settings;
import zonefsj.stores.spec.StoreSpec;

/**
 * Makes clients of buckets. Credentials come from where the tools of AWS look for them: environment
 * variables, {@code ~/.aws}, the metadata of the machine; or from one profile only. They are
 * renewed while the drive is open. Without a region the same places are asked; a store with an
 * endpoint of its own needs none.
 */
public final class S3Connector implements StoreConnector {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration SILENCE = Duration.ofSeconds(30);
  private static final Duration WHOLE = Duration.ofSeconds(60);

  /** Shorter than what servers and balancers usually allow. */
  private static final Duration IDLE = Duration.ofSeconds(20);

  /** What stores accept that have no regions. */
  private static final Region ANY = Region.US_EAST_1;

  @Override
  public String module() {
    return "s3";
  }

  @Override
  public ObjectStore connect(Map<String, String> settings, boolean readOnly) throws IOException {
    String bucket = settings.getOrDefault(S3Settings.BUCKET, "");
    String prefix = settings.getOrDefault(S3Settings.PREFIX, "");
    String endpoint = settings.get(S3Settings.ENDPOINT);
    String words =
        "s3 "
            + (endpoint == null ? "" : endpoint + ", ")
            + bucket
            + (prefix.isEmpty() ? "" : "/")
            + prefix;
    try {
      return new S3Store(client(settings, endpoint), bucket, prefix, words, readOnly);
    } catch (S3Credentials.MissingException e) {
      throw new StoreRefusedException(
          words
              + " cannot be used: "
              + (settings.containsKey(S3Settings.PROFILE)
                  ? e.getMessage()
                  // The SDK tells of each of them why not, in a line of a thousand characters.
                  : "there are no credentials in the environment, in ~/.aws, or of the machine"),
          e);
    } catch (RuntimeException e) {
      // Of a profile that is not there, or files that cannot be parsed, it says so with many
      // classes.
      throw new StoreRefusedException(words + " cannot be used: " + e.getMessage(), e);
    }
  }

  private static S3Client client(Map<String, String> settings, @Nullable String endpoint) {
    String profile = settings.get(S3Settings.PROFILE);
    boolean inPath =
        settings.containsKey(S3Settings.PATH_STYLE)
            ? settings.get(S3Settings.PATH_STYLE).equals(S3Settings.YES)
            : endpoint != null;
    S3ClientBuilder builder =
        S3Client.builder()
            .credentialsProvider(credentials(profile))
            .region(region(settings, profile))
            .forcePathStyle(inPath)
            // Stores of others do not know those of AWS; what we read has checksums of its own.
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .serviceConfiguration(each -> each.chunkedEncodingEnabled(false))
            .httpClientBuilder(
                Apache5HttpClient.builder()
                    .maxConnections(StoreSpec.REQUESTS)
                    .connectionTimeout(CONNECT)
                    .connectionMaxIdleTime(IDLE)
                    .socketTimeout(SILENCE))
            .overrideConfiguration(
                each -> {
                  each.retryStrategy(DefaultRetryStrategy.doNotRetry()).apiCallTimeout(WHOLE);
                  if (profile != null) {
                    each.defaultProfileName(profile);
                  }
                });
    if (endpoint != null) {
      builder.endpointOverride(URI.create(endpoint));
    }
    return builder.build();
  }

  private static AwsCredentialsProvider credentials(@Nullable String profile) {
    ProfileFileSupplier files = ProfileFileSupplier.defaultSupplier();
    S3Credentials credentials =
        new S3Credentials(
            profile == null
                ? DefaultCredentialsProvider.builder().profileFile(files).build()
                : ProfileCredentialsProvider.builder()
                    .profileFile(files)
                    .profileName(profile)
                    .build());
    // At once, and in words: if there are none at the beginning, nobody waits for them.
    credentials.resolveCredentials();
    return credentials;
  }

  private static Region region(Map<String, String> settings, @Nullable String profile) {
    String region = settings.get(S3Settings.REGION);
    if (region != null) {
      return Region.of(region);
    }
    if (settings.containsKey(S3Settings.ENDPOINT)) {
      return ANY;
    }
    DefaultAwsRegionProviderChain.Builder chain = DefaultAwsRegionProviderChain.builder();
    return (profile == null ? chain : chain.profileName(profile)).build().getRegion();
  }
}
